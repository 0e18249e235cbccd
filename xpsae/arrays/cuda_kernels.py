"""Formulas on CuPy's arrays: one kernel each, generated from the formula itself and compiled once."""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from xpsae.arrays.cuda_source import MOST_THREADS, THREADS, Source, cuda_source
from xpsae.arrays.symbols import Symbol, length, symbols_for
from xpsae.arrays.tracing import is_number, leaves, rebuilt, trace

MOST_BLOCKS = 4096
"""Enough for every card; a block goes on with the next rows."""
NUMBERS = np.dtype([("at", "f8", 16)])


@dataclass(frozen=True, eq=False)
class Traced:
    """A formula for arguments of certain dtypes and numbers of axes, as one kernel."""

    result: Any
    """What the formula returns, with symbols for arrays."""
    symbols: tuple[Symbol, ...]
    """Those of the result."""
    numbers: tuple[str, ...]
    """The keywords that are numbers."""
    source: Source


@dataclass(frozen=True)
class Layout:
    """How a kernel is launched for arguments of certain shapes and strides."""

    shapes: tuple[tuple[int, ...], ...]
    """Of the results."""
    sizes: Any
    """The struct the kernel takes, in an array of one element."""
    grid: tuple[int]
    block: tuple[int, int]


@functools.cache
def traced(
    function: Callable[..., Any], kinds: tuple[tuple[int, str], ...], tree: Any, keywords: tuple[tuple[str, Any], ...]
) -> Traced:
    """Return the kernel of a formula.

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
    return Traced(result, symbols, numbers, cuda_source(name, symbols, inputs))


@functools.lru_cache(maxsize=256)
def laid_out(formula: Traced, shapes: tuple[tuple[int, ...], ...], steps: tuple[tuple[int, ...], ...]) -> Layout:
    """Return how to launch a kernel for arrays of these shapes and steps (strides in elements)."""
    source = formula.source
    known = [size for shape in shapes for size in shape]
    by_axis = [step for of_array in steps for step in of_array]
    sizes = np.zeros(1, dtype=[("at", "i8", max(1, 2 * len(known)))])
    sizes["at"][0, : 2 * len(known)] = [number for pair in zip(known, by_axis, strict=True) for number in pair]
    found = tuple(tuple(length(size, known) for size in x.shape) for x in formula.symbols)
    matrices = [tuple(length(size, known) for size in shape) for shape in source.matrices]
    threads = MOST_THREADS if source.adds else THREADS
    widest = max((columns for _, columns in matrices), default=0)
    lanes = threads if not matrices else 32 if widest <= 128 else 64 if widest <= 512 else 128
    blocks = [-(-rows // (threads // lanes)) for rows, _ in matrices]
    blocks += [-(-length(size, known) // threads) for size in source.vectors]
    return Layout(found, sizes, (min(MOST_BLOCKS, max([*blocks, 1])),), (lanes, threads // lanes))


def by_kernel(
    function: Callable[..., Any], arguments: tuple[Any, ...], keywords: Mapping[str, Any], *, gives_up: bool
) -> Any:
    """Return a formula's results, computed by one kernel on the current stream.

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

    Returns
    -------
    array or tuple
        What the formula returns.
    """
    arrays = leaves(arguments)
    formula = _traced_for(function, arguments, arrays, keywords)
    steps = tuple(tuple(stride // x.itemsize for stride in x.strides) for x in arrays)
    layout = laid_out(formula, tuple(x.shape for x in arrays), steps)
    cupy = importlib.import_module("cupy")
    results = [
        cupy.empty(shape, dtype=x.dtype)
        for shape, x in zip(layout.shapes[gives_up:], formula.symbols[gives_up:], strict=True)
    ]
    if gives_up:
        donor, shape, dtype = arrays[0], layout.shapes[0], formula.symbols[0].dtype
        fits = donor.shape == shape and donor.dtype == dtype and donor.flags.c_contiguous
        results.insert(0, donor if fits else cupy.empty(shape, dtype=dtype))
    numbers = np.zeros(1, dtype=NUMBERS)
    numbers["at"][0, : len(formula.numbers)] = [keywords[name] for name in formula.numbers]
    _compiled(formula)(layout.grid, layout.block, (*arrays, *results, layout.sizes, numbers))
    return rebuilt(formula.result, iter(results))


def _traced_for(
    function: Callable[..., Any], arguments: tuple[Any, ...], arrays: list[Any], keywords: Mapping[str, Any]
) -> Traced:
    kinds = tuple((x.ndim, x.dtype.name) for x in arrays)
    fixed = tuple(
        (name, 1 if is_number(value) else None if name == "xp" else value) for name, value in keywords.items()
    )
    return traced(function, kinds, rebuilt(arguments, iter([0] * len(arrays))), fixed)


@functools.cache
def _compiled(formula: Traced) -> Any:
    return importlib.import_module("cupy").RawKernel(formula.source.code, formula.source.name)
