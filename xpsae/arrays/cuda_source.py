"""From a traced formula to one CUDA kernel that computes all of its results.

Every result belongs to a job: matrices and their sums over columns are computed row by row, vectors element by element,
and sums of vectors, with what is computed from them, by one block of threads. No job waits for another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xpsae.arrays.tracing import Length, Symbol

TYPES = {"float32": "float", "float64": "double", "bool": "bool"}
THREADS = 256
"""Of a block; those of a block that adds up a vector are as many as there can be."""
MOST_THREADS = 1024
OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<"}
HEAD = """\
// NaN wins, as in the standard.
template <typename T> __device__ inline T least(T a, T b) { return (a <= b || a != a) ? a : b; }
template <typename T> __device__ inline T most(T a, T b) { return (a >= b || a != a) ? a : b; }
"""
REDUCE = """\
room[thread] = sum%(k)d; __syncthreads();
for (int half = %(width)s / 2; half > 0; half /= 2) {
if (%(place)s < half) room[thread] += room[thread + half];
__syncthreads();
}
"""


@dataclass
class Scope:
    """Lines of C, and what they have computed already."""

    names: list[int]
    """One counter for all scopes of a kernel."""
    outer: Scope | None = None
    lines: list[str] = field(default_factory=list)
    known: dict[tuple[Symbol, tuple[str, ...]], str] = field(default_factory=dict)

    def value(self, x: Symbol, index: tuple[str, ...]) -> str:
        """Return the name of an element."""
        if (found := self._find(x, index)) is None:
            found = self.known[x, index] = self._computed(x, index)
        return found

    def inside(self) -> Scope:
        """Return the scope of a branch or loop within this one."""
        return Scope(self.names, self)

    def typed(self, x: Symbol, index: tuple[str, ...], dtype: Any) -> str:
        """Return the name of an element, or the literal of a constant, in a dtype."""
        if x.op == "constant":
            return literal(x.extra, dtype)
        index = index[len(index) - x.ndim :]
        index = tuple("0" if axis == 1 else i for axis, i in zip(x.shape, index, strict=True))
        name = self.value(x, index)
        return name if x.dtype == dtype else f"({_type(dtype)})({name})"

    def _find(self, x: Symbol, index: tuple[str, ...]) -> str | None:
        found = self.known.get((x, index))
        return self.outer._find(x, index) if found is None and self.outer else found

    def _named(self, dtype: Any, text: str) -> str:
        self.names[0] += 1
        name = f"v{self.names[0]}"
        self.lines.append(f"const {_type(dtype)} {name} = {text};")
        return name

    def _computed(self, x: Symbol, index: tuple[str, ...]) -> str:
        if x.op == "concat":
            return self._one_of(x, index)
        if x.op in {"part", "column", "flat"}:
            return self.value(x.args[0], _moved(x, index))
        return self._named(x.dtype, self._text(x, index))

    def _text(self, x: Symbol, index: tuple[str, ...]) -> str:
        if x.op == "input":
            place = " + ".join(f"{i} * {axis}_step" for i, axis in zip(index, x.shape, strict=True))
            return f"p{x.extra}[{place or 0}]"
        if x.op == "number":
            return f"numbers.at[{x.extra}]"
        dtype = np.result_type(*(a.dtype for a in x.args if a.dtype is not None)) if x.op == "lt" else x.dtype
        if x.op == "where":
            condition, *both = x.args
            parts = [self.typed(condition, index, condition.dtype), *(self.typed(a, index, dtype) for a in both)]
            return "{} ? {} : {}".format(*parts)
        parts = [self.typed(a, index, dtype) for a in x.args]
        if x.op in OPERATORS:
            return f" {OPERATORS[x.op]} ".join(parts)
        single = "f" if dtype == np.float32 else ""
        forms = {"neg": "-{}", "cast": "{}", "min": "least({}, {})", "max": "most({}, {})"}
        return forms.get(x.op, f"{x.op}{single}({{}})").format(*parts)

    def _one_of(self, x: Symbol, index: tuple[str, ...]) -> str:
        self.names[0] += 1
        name, axis, place = f"v{self.names[0]}", x.extra, index[x.extra]
        self.lines.append(f"{_type(x.dtype)} {name};")
        for k, part in enumerate(x.args):
            last = k == len(x.args) - 1
            test = "" if last else f"if ({place} < {part.shape[axis]}) "
            within = self.inside()
            found = within.typed(part, (*index[:axis], place, *index[axis + 1 :]), x.dtype)
            body = [*within.lines, f"{name} = {found};"]
            self.lines += [("else " if k else "") + test + "{", *body, "}"]
            place = f"({place} - {part.shape[axis]})"
        return name


def _moved(x: Symbol, index: tuple[str, ...]) -> tuple[str, ...]:
    """Return where an element of a part, a column or a flattened matrix stands in what it was taken from."""
    source = x.args[0]
    if x.op == "flat":
        return f"({index[0]} / {source.shape[1]})", f"({index[0]} % {source.shape[1]})"
    if x.op == "column":
        return index[:1]
    kept = iter(index)
    return tuple(f"({axis} - 1)" if last else next(kept) for axis, last in zip(source.shape, x.extra, strict=True))


def literal(value: float, dtype: Any) -> str:
    """Return a Python number in a dtype, to the last bit."""
    if math.isinf(value):
        return f"({_type(dtype)})({'-' * (value < 0)}1.0 / 0.0)"
    if dtype == np.float32:
        return f"{float(np.float32(value))!r}f"
    return repr(float(value))


def _type(dtype: Any) -> str:
    return "double" if dtype is None else TYPES[str(dtype)]


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
    pointers = [f"const {_type(x.dtype)}* p{k}" for k, x in enumerate(inputs)]
    pointers += [f"{_type(x.dtype)}* out{k}" for k, x in enumerate(results)]
    lengths = [f"const long long {axis} = sizes.at[{2 * k}], {axis}_step = sizes.at[{2 * k + 1}];" for k, axis in enumerate(axes)]
    code = "\n".join(
        [
            HEAD,
            f"struct Sizes {{ long long at[{max(1, 2 * len(axes))}]; }};",
            "struct Numbers { double at[16]; };",
            f'extern "C" __global__ void {name}({", ".join(pointers)}, const Sizes sizes, const Numbers numbers) {{',
            *lengths,
            "const int lane = threadIdx.x, lanes = blockDim.x, threads = blockDim.x * blockDim.y;",
            "const int thread = threadIdx.y * lanes + lane;",
            f"__shared__ double room[{MOST_THREADS}];",
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
            sums.append(f"{_type(x.dtype)} sum{k} = 0;")
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
        lines += [f"{_type(total.dtype)} sum{k} = 0;", "#pragma unroll 8"]
        lines += [f"for (long long i = thread; i < {x.shape[0]}; i += threads) {{", *within.lines, f"sum{k} += {found};"]
        lines += ["}", REDUCE % {"k": k, "width": "threads", "place": "thread"}]
        lines += [f"const {_type(total.dtype)} total{k} = room[0];", "__syncthreads();"]
        last.known[total, ()] = f"total{k}"
    stores = [f"out{k}[0] = {last.typed(x, (), x.dtype)};" for k, x in scalars]
    return [*lines, "if (thread == 0) {", *last.lines, *stores, "}", "}"]


def _totals(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Return the sums of vectors that symbols are computed from, each once."""
    found: dict[Symbol, None] = {}
    for x in symbols:
        found.update(dict.fromkeys([x] if x.op == "total" else _totals(x.args)))
    return list(found)
