"""From a traced formula to one CUDA kernel that computes all of its results, by several jobs that do not wait.

Long vectors are added up in parts by many blocks, in a kernel of its own that comes before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xpsae.arrays.cuda_jobs import jobs_of, parts_of, totals_of
from xpsae.arrays.cuda_lines import c_type
from xpsae.arrays.symbols import Length, Symbol

THREADS = 256
"""Of a block; those of a block that adds up a vector are as many as there can be."""
MOST_THREADS = 1024
HEAD = """\
// NaN wins, as in the standard.
template <typename T> __device__ inline T least(T a, T b) { return (a <= b || a != a) ? a : b; }
template <typename T> __device__ inline T most(T a, T b) { return (a >= b || a != a) ? a : b; }
"""
LOCALS = {
    "lane": "const int lane = threadIdx.x;",
    "lanes": "const int lanes = blockDim.x;",
    "thread": "const int thread = threadIdx.y * blockDim.x + threadIdx.x;",
    "threads": "const int threads = blockDim.x * blockDim.y;",
    "room": f"__shared__ double room[{MOST_THREADS}];",
}


@dataclass(frozen=True, eq=False)
class Source:
    """A kernel in CUDA, and what has to be known to launch it."""

    code: str
    name: str
    matrices: tuple[tuple[Length, Length], ...]
    """The shapes of what is computed row by row."""
    vectors: tuple[Length, ...]
    """The lengths of what is computed element by element."""
    sums: tuple[Length, ...]
    """The lengths of what is added up."""


def cuda_source(
    name: str, results: Sequence[Symbol], inputs: Sequence[Symbol], n_numbers: int, *, stage: str = "whole"
) -> Source:
    """Return a kernel: of all results, of the parts of sums that come before them, or of all results from these parts.

    Parameters
    ----------
    name : str
        The name of the kernel.
    results : sequence of Symbol
        Matrices, sums over the columns of matrices, vectors, and scalars computed from sums of vectors.
    inputs : sequence of Symbol
        What `tracing.trace` made of the arrays.
    n_numbers : int
        How many of the formula's keywords are numbers.
    stage : {"whole", "parts", "rest"}
        Which kernel.

    Returns
    -------
    Source
        It takes pointers to the inputs, then to the results, then to the parts where there are any; ``Sizes``, with the
        length and the step (in elements) of every axis of every input, and the number of parts; and the numbers.
    """
    names, axes = [0], [axis for x in inputs for axis in x.shape]
    totals = totals_of(results)
    adding = stage == "parts"
    jobs, shapes, vectors = ([parts_of(names, totals)], {}, {}) if adding else jobs_of(names, results, totals, stage)
    pointers = [f"const {c_type(x.dtype)}* p{k}" for k, x in enumerate(inputs)]
    pointers += [f"{c_type(x.dtype)}* out{k}" for k, x in enumerate(results) if not adding]
    pointers += {"whole": [], "parts": ["double* parts"], "rest": ["const double* parts"]}[stage]
    numbers = [f"const double number{k}" for k in range(n_numbers)]
    name = name if stage == "whole" else f"{name}_{stage}"
    code = "\n".join(
        [
            HEAD,
            f"struct Sizes {{ long long at[{2 * len(axes) + 1}]; }};",
            f'extern "C" __global__ void __launch_bounds__({MOST_THREADS if totals else THREADS})',
            f"{name}({', '.join([*pointers, 'const Sizes sizes', *numbers])}) {{",
            *_locals(axes, jobs),
            *(line for job in jobs for line in ("{", *job, "}")),
            "}\n",
        ]
    )
    return Source(
        code, name, tuple(shapes.values()), tuple(vectors.values()), tuple(x.args[0].shape[0] for x in totals)
    )


def _locals(axes: Sequence[Length], jobs: Sequence[Sequence[str]]) -> list[str]:
    """Return the declarations of what the jobs name."""
    known = LOCALS | {
        f"{axis}{what}": f"const long long {axis}{what} = sizes.at[{2 * k + n}];"
        for k, axis in enumerate(axes)
        for n, what in enumerate(("", "_step"))
    }
    known["n_parts"] = f"const long long n_parts = sizes.at[{2 * len(axes)}];"
    used = set(re.findall(r"\w+", "\n".join(line for job in jobs for line in job)))
    return [line for name, line in known.items() if name in used]
