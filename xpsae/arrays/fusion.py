"""The first door for speed: an elementwise formula, executed in the way that suits its library.

A formula says what is computed, in standard operations on whole arrays. On a CPU that would walk through memory once an
operation; visiting some hundred thousand at a time keeps everything between the first and the last operation in the
cache. The values are the same to the last bit, because each element is computed by the same operations.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import array_api_compat
import numpy as np

Formula = TypeVar("Formula", bound=Callable[..., tuple[Any, ...]])

TILE_BYTES = 5 * 2**18
"""Bytes of one argument visited at a time: few enough for the cache, enough for NumPy's calls not to matter, between
which threads wait for the interpreter."""


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

    @functools.wraps(formula)
    def executed(*arrays: Any, **keywords: Any) -> tuple[Any, ...]:
        """Return the formula's results."""
        if array_api_compat.is_numpy_array(arrays[0]) and arrays[0].nbytes > TILE_BYTES:
            return _by_tiles(formula, arrays, keywords)
        return formula(*arrays, **keywords)

    return cast("Formula", executed)


def _room(n_rows: int, part: Any, donor: Any = None) -> Any:
    """Return an array for all rows of a result, the donor itself where that fits."""
    shape = (n_rows, *part.shape[1:])
    fits = donor is not None and donor.shape == shape and donor.dtype == part.dtype
    return donor if fits else np.empty(shape, dtype=part.dtype)


def _by_tiles(
    formula: Callable[..., tuple[Any, ...]], arrays: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[Any, ...]:
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
