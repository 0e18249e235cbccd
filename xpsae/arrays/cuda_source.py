"""From a traced formula to one CUDA kernel that computes all of its results.

Every result belongs to a job: matrices and their sums over columns are computed row by row, vectors element by element,
and sums of vectors, with what is computed from them, by one block of threads. No job waits for another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xpsae.arrays.cuda_lines import Scope, c_type
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
REDUCE = """\
room[thread] = sum%(k)d; __syncthreads();
for (int half = %(width)s / 2; half > 0; half /= 2) {
if (%(place)s < half) room[thread] += room[thread + half];
__syncthreads();
}
"""


@dataclass(frozen=True)
class Source:
    """A kernel in CUDA, and what has to be known to launch it."""

    code: str
    name: str
    matrices: tuple[tuple[Length, Length], ...]
    """The shapes of what is computed row by row."""
    vectors: tuple[Length, ...]
    """The lengths of what is computed element by element."""
    adds: bool
    """Whether a vector is added up."""


def cuda_source(name: str, results: Sequence[Symbol], inputs: Sequence[Symbol]) -> Source:
    """Return one kernel that computes all results, in the order inputs, results, ``Sizes``, ``Numbers``.

    Parameters
    ----------
    name : str
        The name of the kernel.
    results : sequence of Symbol
        Matrices, sums over the columns of matrices, vectors, and scalars computed from sums of vectors.
    inputs : sequence of Symbol
        What `tracing.trace` made of the arrays.

    Returns
    -------
    Source
        ``Sizes`` holds the length and the step (in elements) of every axis of every input; ``Numbers`` the numbers.
    """
    names, axes = [0], [axis for x in inputs for axis in x.shape]
    shapes = {_key(shape): shape for x in results if (shape := _matrix(x))}
    vectors = {_key(x.shape): x.shape[0] for x in results if x.ndim == 1 and x.op != "rows"}
    scalars = [(k, x) for k, x in enumerate(results) if x.ndim == 0]
    jobs = [_by_rows(names, results, key, shape) for key, shape in shapes.items()]
    jobs += [_by_elements(names, results, key, size) for key, size in vectors.items()]
    jobs += [_by_one_block(names, scalars)] if scalars else []
    pointers = [f"const {c_type(x.dtype)}* p{k}" for k, x in enumerate(inputs)]
    pointers += [f"{c_type(x.dtype)}* out{k}" for k, x in enumerate(results)]
    known = LOCALS | {
        f"{axis}{what}": f"const long long {axis}{what} = sizes.at[{2 * k + n}];"
        for k, axis in enumerate(axes)
        for n, what in enumerate(("", "_step"))
    }
    used = set(re.findall(r"\w+", "\n".join(line for job in jobs for line in job)))
    code = "\n".join(
        [
            HEAD,
            f"struct Sizes {{ long long at[{max(1, 2 * len(axes))}]; }};",
            "struct Numbers { double at[16]; };",
            f'extern "C" __global__ void __launch_bounds__({MOST_THREADS if scalars else THREADS})',
            f"{name}({', '.join(pointers)}, const Sizes sizes, const Numbers numbers) {{",
            *(line for name, line in known.items() if name in used),
            *(line for job in jobs for line in ("{", *job, "}")),
            "}\n",
        ]
    )
    return Source(code, name, tuple(shapes.values()), tuple(vectors.values()), bool(scalars))


def _key(shape: tuple[Length, ...]) -> str:
    return ", ".join(map(str, shape))


def _matrix(x: Symbol) -> Any:
    """Return the shape of a matrix, or of what is summed over its columns; None for others."""
    return x.args[0].shape if x.op == "rows" else x.shape if x.ndim == 2 else None


def _by_rows(names: list[int], results: Sequence[Symbol], key: str, shape: tuple[Length, Length]) -> list[str]:
    scope, stores, sums, ends = Scope(names), [], [], []
    for k, x in enumerate(results):
        if (of := _matrix(x)) is None or _key(of) != key:
            continue
        if x.op == "rows":
            one, other = (scope.typed(arg, ("i", "j"), x.dtype) for arg in x.args)
            stores.append(f"sum{k} += {one} * {other};")
            sums.append(f"{c_type(x.dtype)} sum{k} = 0;")
            ends += [REDUCE % {"k": k, "width": "lanes", "place": "lane"}]
            ends += [f"if (lane == 0 && i < {shape[0]}) out{k}[i] = room[thread];", "__syncthreads();"]
        else:
            stores.append(f"out{k}[i * {shape[1]} + j] = {scope.typed(x, ('i', 'j'), x.dtype)};")
    return [
        "const long long stride = (long long)gridDim.x * blockDim.y;",
        f"for (long long first = (long long)blockIdx.x * blockDim.y; first < {shape[0]}; first += stride) {{",
        "const long long i = first + threadIdx.y;",
        *sums,
        f"if (i < {shape[0]}) for (long long j = lane; j < {shape[1]}; j += lanes) {{",
        *scope.lines,
        *stores,  # after all is read: a result may take the place of an argument
        "}",
        *ends,
        "}",
    ]


def _by_elements(names: list[int], results: Sequence[Symbol], key: str, size: Length) -> list[str]:
    scope = Scope(names)
    stores = [
        f"out{k}[i] = {scope.typed(x, ('i',), x.dtype)};"
        for k, x in enumerate(results)
        if x.ndim == 1 and x.op != "rows" and _key(x.shape) == key
    ]
    return [
        "const long long stride = (long long)gridDim.x * threads;",
        f"for (long long i = (long long)blockIdx.x * threads + thread; i < {size}; i += stride) {{",
        *scope.lines,
        *stores,
        "}",
    ]


def _by_one_block(names: list[int], scalars: Sequence[tuple[int, Symbol]]) -> list[str]:
    lines, last = ["if (blockIdx.x == gridDim.x - 1) {"], Scope(names)
    for k, total in enumerate(_totals([x for _, x in scalars])):
        within, (x,) = Scope(names), total.args
        found = within.typed(x, ("i",), total.dtype)
        lines += [f"{c_type(total.dtype)} sum{k} = 0;", "#pragma unroll 8"]
        lines += [
            f"for (long long i = thread; i < {x.shape[0]}; i += threads) {{",
            *within.lines,
            f"sum{k} += {found};",
        ]
        lines += ["}", REDUCE % {"k": k, "width": "threads", "place": "thread"}]
        lines += [f"const {c_type(total.dtype)} total{k} = room[0];", "__syncthreads();"]
        last.known[total, ()] = f"total{k}"
    stores = [f"out{k}[0] = {last.typed(x, (), x.dtype)};" for k, x in scalars]
    return [*lines, "if (thread == 0) {", *last.lines, *stores, "}", "}"]


def _totals(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Return the sums of vectors that symbols are computed from, each once."""
    found: dict[Symbol, None] = {}
    for x in symbols:
        found.update(dict.fromkeys([x] if x.op == "total" else _totals(x.args)))
    return list(found)
