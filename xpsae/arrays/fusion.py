"""The first door for speed: an elementwise formula, executed in the way that suits its library.

A formula says what is computed, in standard operations on whole arrays. On a CPU that would walk through memory once an
operation; visiting some hundred thousand at a time keeps everything between the first and the last operation in the
cache. The values are the same to the last bit, because each element is computed by the same operations. On a GPU it
would start a kernel an operation; there the formula becomes one kernel (`cuda_kernels`). `WAYS`, `SMALL_WAYS` and
`WRITING_WAYS` are the tables of that, a row a library, and `ROW_WAYS` is that of formulas no kernel is made of; where a
library has none, the formula itself is called.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import numpy as np

from xpsae.arrays.cuda_kernels import by_kernel
from xpsae.arrays.namespace import set_rows
from xpsae.arrays.typing import Array

Formula = TypeVar("Formula", bound=Callable[..., Any])
# What calls a formula with its arguments and keywords.
Way = Callable[[Callable[..., Any], tuple[Any, ...], Mapping[str, Any]], Any]

TILE_BYTES = 5 * 2**18
"""Bytes of one argument visited at a time: few enough for the cache, enough for NumPy's calls not to matter, between
which threads wait for the interpreter."""
PIECE_BYTES = 2**15
"""Bytes of a vector visited at a time where results go into rows that are there: temporaries hardly count then."""


def elementwise(formula: Formula) -> Formula:
    """Return a formula on rows, to be executed in the way of the library of its first argument.

    Parameters
    ----------
    formula : callable
        Takes arrays of shape (rows, columns) and (columns,), and keywords; returns a tuple of arrays of shape
        (rows, columns) or (rows,), each row of which depends on the same row of the arguments only. Its first
        argument is given up by the caller.

    Returns
    -------
    callable
        The same function. The formula itself is its attribute ``__wrapped__``.
    """
    return _executing(formula, WAYS)


def rowwise(formula: Formula) -> Formula:
    """Return a formula on rows as `elementwise` does, one whose rows take more than tracing knows: itself on a GPU.

    Parameters
    ----------
    formula : callable
        As for `elementwise`.

    Returns
    -------
    callable
        The same function. The formula itself is its attribute ``__wrapped__``.
    """
    return _executing(formula, ROW_WAYS)


def small(formula: Formula) -> Formula:
    """Return a formula on weights and sums, which is called once an evaluation: one kernel on a GPU, itself elsewhere.

    Parameters
    ----------
    formula : callable
        Takes arrays and records of arrays, and keywords; returns such. What it may do with them, `tracing` says.

    Returns
    -------
    callable
        The same function. The formula itself is its attribute ``__wrapped__``.
    """
    return _executing(formula, SMALL_WAYS)


def with_rows(
    buffer: Array, rows: Sequence[int], formula: Callable[..., tuple[Any, ...]], *arguments: Array, **keywords: Any
) -> Array:
    """Return a matrix with some of its rows replaced by a formula's results: in place where arrays can be written.

    Parameters
    ----------
    buffer : array, shape (n_rows, n)
        The matrix, contiguous.
    rows : sequence of int
        Which rows, one a result.
    formula : callable
        A `small` formula. Takes vectors of n elements and keywords; returns a tuple of such, each element of which
        depends on the same element of the arguments only.
    *arguments : array, shape (n,)
        The formula's arguments.
    **keywords
        The formula's keywords.

    Returns
    -------
    array, shape (n_rows, n)
        `buffer` itself where arrays can be written.
    """
    itself = cast("Any", formula).__wrapped__
    if way := WRITING_WAYS.get(_library(buffer)):
        into: Any = buffer
        way(itself, arguments, keywords, into=[into[row] for row in rows])
        return buffer
    for row, found in zip(rows, itself(*arguments, **keywords), strict=True):
        buffer = set_rows(buffer, row, found[None, :])
    return buffer


def _executing(formula: Formula, ways: dict[str, Way]) -> Formula:
    @functools.wraps(formula)
    def executed(*arguments: Any, **keywords: Any) -> Any:
        """Return the formula's results."""
        first = arguments[0]
        while isinstance(first, tuple):
            first = first[0]
        way = ways.get(_library(first))
        return way(formula, arguments, keywords) if way else formula(*arguments, **keywords)

    cast("Any", executed).ways = ways
    return cast("Formula", executed)


def _library(x: Any) -> str:
    return "numpy" if isinstance(x, np.ndarray) else type(x).__module__.partition(".")[0]


def _room(n_rows: int, part: Any, donor: Any = None) -> Any:
    """Return an array for all rows of a result, the donor itself where that fits."""
    shape = (n_rows, *part.shape[1:])
    fits = donor is not None and donor.shape == shape and donor.dtype == part.dtype
    return donor if fits else np.empty(shape, dtype=part.dtype)


def _by_tiles(
    formula: Callable[..., tuple[Any, ...]], arrays: tuple[Any, ...], keywords: Mapping[str, Any]
) -> tuple[Any, ...]:
    if arrays[0].nbytes <= TILE_BYTES:
        return formula(*arrays, **keywords)
    # The first argument is given up: the first result takes its place, which spares the system finding new memory.
    n_rows, n_columns = arrays[0].shape
    step = max(1, TILE_BYTES // (n_columns * arrays[0].itemsize))
    whole: tuple[Any, ...] = ()
    for first in range(0, n_rows, step):
        rows = slice(first, min(first + step, n_rows))
        tile, *others = (x[rows] if x.ndim == 2 else x for x in arrays)
        parts = formula(tile, *others, **keywords)
        if not whole:
            whole = (_room(n_rows, parts[0], arrays[0]), *(_room(n_rows, part) for part in parts[1:]))
        for target, part in zip(whole, parts, strict=True):
            if part is not tile:
                target[rows] = part
    return whole


def _by_pieces(
    formula: Callable[..., tuple[Any, ...]],
    arrays: tuple[Any, ...],
    keywords: Mapping[str, Any],
    *,
    into: Sequence[Any],
) -> None:
    step = PIECE_BYTES // arrays[0].itemsize
    for first in range(0, arrays[0].size, step):
        piece = slice(first, first + step)
        for target, part in zip(into, formula(*(x[piece] for x in arrays), **keywords), strict=True):
            target[piece] = part


WAYS: dict[str, Way] = {"numpy": _by_tiles, "cupy": functools.partial(by_kernel, gives_up=True)}
"""How each library executes a formula on rows."""
ROW_WAYS: dict[str, Way] = {"numpy": _by_tiles}
"""How each executes one that no kernel is made of."""
SMALL_WAYS: dict[str, Way] = {"cupy": by_kernel}
"""How each library executes a small formula."""
WRITING_WAYS: dict[str, Callable[..., Any]] = {"numpy": _by_pieces, "cupy": by_kernel}
"""How each executes a formula on vectors, ``into`` rows that are there."""
