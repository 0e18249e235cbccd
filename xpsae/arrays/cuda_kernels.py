"""Formulas on CuPy's arrays: one kernel each, generated from the formula itself and compiled once.

Where long vectors are added up, there are two: in the first, several blocks add up a part of each.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xpsae.arrays.cuda_source import MOST_THREADS, THREADS, Source, cuda_source
from xpsae.arrays.symbols import Symbol, length, symbols_for
from xpsae.arrays.tracing import is_number, leaves, rebuilt, trace

MOST_BLOCKS = 4096
"""Enough for every card; a block goes on with the next rows."""
LONG = 2**16
"""Vectors of more numbers are added up in parts, by several blocks, in a kernel before."""
MOST_PARTS = 256
PART_LENGTH = 2**13
"""How many numbers a block adds up, at least."""

# Arrays' kinds: dtype, shape and strides in bytes of each.
Kinds = tuple[tuple[Any, tuple[int, ...], tuple[int, ...]], ...]
Keywords = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Traced:
    """A formula for arguments of certain dtypes and numbers of axes, as kernels."""

    result: Any
    """What the formula returns, with symbols for arrays."""
    symbols: tuple[Symbol, ...]
    """Those of the result."""
    numbers: tuple[str, ...]
    """The keywords that are numbers."""
    whole: Source
    """One kernel that does it all."""
    parts: Source
    """What adds up parts of vectors."""
    rest: Source
    """What does all else then."""


@dataclass(frozen=True, eq=False)
class Launch:
    """A kernel, and how it is launched for arguments of certain shapes and strides."""

    kernel: Any
    grid: tuple[int]
    block: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Prepared:
    """All that a formula's execution takes for arguments of certain kinds."""

    formula: Traced
    results: tuple[tuple[tuple[int, ...], Any], ...]
    """Shapes and dtypes."""
    sizes: Any
    """What the kernels are told of lengths and steps: an array of one element, which is passed by value."""
    adding: Launch | None
    """What adds up parts, where there are any."""
    parts: tuple[int, int]
    """How many vectors are added up, and how many parts each has."""
    launch: Launch
    empty: Callable[[tuple[int, ...], Any], Any]
    """What makes arrays."""


@functools.cache
def traced(function: Callable[..., Any], kinds: tuple[tuple[int, str], ...], tree: Any, keywords: Keywords) -> Traced:
    """Return the kernels of a formula.

    Parameters
    ----------
    function : callable
        The formula itself.
    kinds : tuple
        The number of axes and the dtype of every array.
    tree : object
        The arguments, with anything in the places of arrays.
    keywords : tuple
        Names and values of the keywords; of numbers, only that they are numbers counts.
    """
    given, inputs = dict(keywords), symbols_for(kinds)
    result = trace(function, tree, inputs, given)
    symbols = tuple(leaves(result))
    name = "xpsae_" + re.sub(r"\W", "", function.__name__)
    numbers = tuple(key for key, value in given.items() if is_number(value))
    sources = (cuda_source(name, symbols, inputs, len(numbers), stage=stage) for stage in ("whole", "parts", "rest"))
    return Traced(result, symbols, numbers, *sources)


@functools.lru_cache(maxsize=1024)
def prepared(function: Callable[..., Any], kinds: Kinds, tree: Any, keywords: Keywords) -> Prepared:
    """Return what executing a formula takes; the parameters are those of `traced`, and shapes and strides."""
    formula = traced(function, tuple((len(shape), dtype.name) for dtype, shape, _ in kinds), tree, keywords)
    known = [size for _, shape, _ in kinds for size in shape]
    steps = [step // dtype.itemsize for dtype, _, strides in kinds for step in strides]
    longest = max((length(size, known) for size in formula.whole.sums), default=0)
    n_parts = min(MOST_PARTS, -(-longest // PART_LENGTH)) if longest > LONG else 0
    numbers = [number for pair in zip(known, steps, strict=True) for number in pair] + [n_parts]
    # A plain void, because CuPy asks NumPy to describe the fields of a struct at every launch.
    sizes = np.asarray(numbers, dtype="i8").view(f"V{8 * len(numbers)}")
    results = tuple((tuple(length(size, known) for size in x.shape), x.dtype) for x in formula.symbols)
    last = formula.rest if n_parts else formula.whole
    adding = Launch(_compiled(formula.parts), (n_parts,), (MOST_THREADS, 1)) if n_parts else None
    launch = Launch(_compiled(last), *laid_out(last, known))
    empty = importlib.import_module("cupy").empty
    return Prepared(formula, results, sizes, adding, (len(formula.whole.sums), n_parts), launch, empty)


def laid_out(source: Source, known: Sequence[int]) -> tuple[tuple[int], tuple[int, int]]:
    """Return the grid and the block of a kernel for axes of these lengths."""
    matrices = [tuple(length(size, known) for size in shape) for shape in source.matrices]
    threads = MOST_THREADS if source.sums else THREADS
    widest = max((columns for _, columns in matrices), default=0)
    lanes = threads if not matrices else 32 if widest <= 128 else 64 if widest <= 512 else 128
    blocks = [-(-rows // (threads // lanes)) for rows, _ in matrices]
    blocks += [-(-length(size, known) // threads) for size in source.vectors]
    return (min(MOST_BLOCKS, max([*blocks, 1])),), (lanes, threads // lanes)


def by_kernel(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
    *,
    gives_up: bool = False,
    into: Sequence[Any] = (),
) -> Any:
    """Return a formula's results, computed by one kernel (two where long vectors are added up) on the current stream.

    Parameters
    ----------
    function : callable
        The formula itself.
    arguments : tuple
        CuPy's arrays, and records of them.
    keywords : mapping
        The formula's keywords.
    gives_up : bool
        Whether the first result may take the place of the first argument.
    into : sequence of array
        Contiguous arrays for the first results.

    Returns
    -------
    array or tuple
        What the formula returns.
    """
    arrays = leaves(arguments)
    plan = _prepared_for(function, arguments, arrays, keywords)
    results = list(into)
    if gives_up:
        donor, (shape, dtype) = arrays[0], plan.results[0]
        if donor.shape == shape and donor.dtype == dtype and donor.flags.c_contiguous:
            results.append(donor)
    results += [plan.empty(shape, dtype) for shape, dtype in plan.results[len(results) :]]
    numbers = [float(keywords[name]) for name in plan.formula.numbers]
    parts = []
    if plan.adding:
        parts = [plan.empty(plan.parts, np.float64)]
        plan.adding.kernel(plan.adding.grid, plan.adding.block, (*arrays, *parts, plan.sizes, *numbers))
    launch = plan.launch
    launch.kernel(launch.grid, launch.block, (*arrays, *results, *parts, plan.sizes, *numbers))
    return rebuilt(plan.formula.result, iter(results))


def _prepared_for(
    function: Callable[..., Any], arguments: tuple[Any, ...], arrays: list[Any], keywords: Mapping[str, Any]
) -> Prepared:
    kinds = tuple([(x.dtype, x.shape, x.strides) for x in arrays])
    fixed = tuple(
        [(name, 1 if is_number(value) else None if name == "xp" else value) for name, value in keywords.items()]
    )
    return prepared(function, kinds, rebuilt(arguments, iter([0] * len(arrays))), fixed)


@functools.cache
def _compiled(source: Source) -> Any:
    return importlib.import_module("cupy").RawKernel(source.code, source.name)
