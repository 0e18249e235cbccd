"""The jobs of a kernel: matrices row by row, vectors element by element, and the sums of vectors by one block.

Each is a list of lines of C. No job waits for another, so that all of them are done by one kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xpsae.arrays.cuda_lines import Scope, c_type
from xpsae.arrays.symbols import Length, Symbol

REDUCE = """\
room[thread] = sum%(k)d; __syncthreads();
for (int half = %(width)s / 2; half > 0; half /= 2) {
if (%(place)s < half) room[thread] = %(both)s;
__syncthreads();
}
"""
START = {"sum": "0", "max": "-1.0 / 0.0"}
BOTH = {"sum": "{} + {}", "max": "most({}, {})"}
"""How two are brought together."""


def jobs_of(
    names: list[int], results: Sequence[Symbol], totals: Sequence[Symbol], stage: str
) -> tuple[list[list[str]], dict[str, tuple[Length, Length]], dict[str, Length]]:
    """Return the jobs of all results, the shapes of those by rows, and the lengths of those by elements."""
    if any(x.ndim == 2 and totals_of([x]) for x in results):
        message = "a matrix computed from the sum of a vector"
        raise NotImplementedError(message)
    late = [x for x in results if x.ndim == 0 or (x.ndim == 1 and x.op != "rows" and totals_of([x]))]
    early = [x if x not in late else None for x in results]
    shapes = {_key(shape): shape for x in early if x and (shape := _matrix(x))}
    vectors = {_key(x.shape): x.shape[0] for x in early if x and x.ndim == 1 and x.op != "rows"}
    jobs = [_by_rows(names, early, key, shape) for key, shape in shapes.items()]
    jobs += [_by_elements(names, early, key, size) for key, size in vectors.items()]
    jobs += [_by_one_block(names, totals, [(k, x) for k, x in enumerate(results) if x in late], stage)] if late else []
    return jobs, shapes, vectors


def _key(shape: tuple[Length, ...]) -> str:
    return ", ".join(map(str, shape))


def _matrix(x: Symbol) -> Any:
    """Return the shape of a matrix, or of what is summed over its columns; None for others."""
    return x.args[0].shape if x.op == "rows" else x.shape if x.ndim == 2 else None


def _by_rows(names: list[int], results: Sequence[Symbol | None], key: str, shape: tuple[Length, Length]) -> list[str]:
    scope, stores, sums, ends = Scope(names), [], [], []
    for k, x in enumerate(results):
        if x is None or (of := _matrix(x)) is None or _key(of) != key:
            continue
        if x.op == "rows":
            one, other = (scope.typed(arg, ("i", "j"), x.dtype) for arg in x.args)
            stores.append(f"sum{k} += {one} * {other};")
            sums.append(f"{c_type(x.dtype)} sum{k} = 0;")
            ends += [_reduced(k, "sum", width="lanes", place="lane")]
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


def _by_elements(names: list[int], results: Sequence[Symbol | None], key: str, size: Length) -> list[str]:
    scope = Scope(names)
    stores = [
        f"out{k}[i] = {scope.typed(x, ('i',), x.dtype)};"
        for k, x in enumerate(results)
        if x is not None and x.ndim == 1 and x.op != "rows" and _key(x.shape) == key
    ]
    return [
        "const long long stride = (long long)gridDim.x * threads;",
        f"for (long long i = (long long)blockIdx.x * threads + thread; i < {size}; i += stride) {{",
        *scope.lines,
        *stores,
        "}",
    ]


def _by_one_block(
    names: list[int], totals: Sequence[Symbol], results: Sequence[tuple[int, Symbol]], stage: str
) -> list[str]:
    """Return the sums of vectors, or of their parts, and what is computed from them."""
    lines, last = ["if (blockIdx.x == gridDim.x - 1) {"], Scope(names)
    for k, total in enumerate(totals):
        lines += _added(names, k, total) if stage == "whole" else _added_parts(k, total)
        lines += [f"const {c_type(total.dtype)} total{k} = room[0];", "__syncthreads();"]
        last.known[total, ()] = f"total{k}"
    singles = [f"out{k}[0] = {last.typed(x, (), x.dtype)};" for k, x in results if x.ndim == 0]
    lines += last.lines
    lines += ["if (thread == 0) {", *singles, "}"] if singles else []
    for k, x in results:
        if x.ndim == 1:
            within = last.inside()
            store = f"out{k}[i] = {within.typed(x, ('i',), x.dtype)};"
            lines += [f"for (long long i = thread; i < {x.shape[0]}; i += threads) {{", *within.lines, store, "}"]
    return [*lines, "}"]


def parts_of(names: list[int], totals: Sequence[Symbol]) -> list[str]:
    """Return what each block adds up: its share of every vector."""
    lines = []
    for k, total in enumerate(totals):
        lines += _added(names, k, total, first="blockIdx.x * threads + thread", stride="gridDim.x * threads")
        lines += [f"if (thread == 0) parts[{k} * n_parts + blockIdx.x] = room[0];", "__syncthreads();"]
    return lines


def _added(names: list[int], k: int, total: Symbol, *, first: str = "thread", stride: str = "threads") -> list[str]:
    """Return the lines that leave a vector's sum, or its largest element, in the first place of the block's room."""
    within, (x,) = Scope(names), total.args
    found = within.typed(x, ("i",), total.dtype)
    return [
        f"{c_type(total.dtype)} sum{k} = {START[total.extra]};",
        "#pragma unroll 8",
        f"for (long long i = {first}; i < {x.shape[0]}; i += {stride}) {{",
        *within.lines,
        f"sum{k} = {BOTH[total.extra].format(f'sum{k}', found)};",
        "}",
        _reduced(k, total.extra, width="threads", place="thread"),
    ]


def _added_parts(k: int, total: Symbol) -> list[str]:
    kind, part = c_type(total.dtype), f"parts[{k} * n_parts + i]"
    return [
        f"{kind} sum{k} = {START[total.extra]};",
        f"for (long long i = thread; i < n_parts; i += threads) {{ const {kind} part = {part};",
        f"sum{k} = {BOTH[total.extra].format(f'sum{k}', 'part')};",
        "}",
        _reduced(k, total.extra, width="threads", place="thread"),
    ]


def _reduced(k: int, how: str, *, width: str, place: str) -> str:
    both = BOTH[how].format("room[thread]", "room[thread + half]")
    return REDUCE % {"k": k, "width": width, "place": place, "both": both}


def totals_of(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Return the sums of vectors that symbols are computed from, each once."""
    found: dict[Symbol, None] = {}
    for x in symbols:
        found.update(dict.fromkeys([x] if x.op == "total" else totals_of(x.args)))
    return list(found)
