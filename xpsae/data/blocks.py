"""Rows in, blocks out: every check of the input, once, and the cut into blocks of rows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

from xpsae.arrays.convert import as_floating, require_finite
from xpsae.arrays.namespace import array_namespace, device_of, library_name
from xpsae.arrays.typing import Array, Device, DType, Namespace
from xpsae.checks import complaint

BLOCK_ROWS = 1250
"""About this many rows make a block: enough for the products to run at full speed, few enough to share out."""
SHARE = 8
"""The number of blocks is a multiple of this where there are as many, so that 2, 4 or 8 workers get equal shares."""


@dataclass(frozen=True, eq=False)
class RowBlocks:
    """Checked data: one array of samples, and the blocks of rows it is visited in."""

    X: Array
    """All samples, shape (n_samples, n_features), float32 or float64, finite."""
    blocks: tuple[Array, ...]
    """The same rows, block after block."""
    xp: Namespace

    def __reduce__(self) -> tuple[Any, ...]:
        # A module cannot be pickled, and blocks that are views would be pickled as copies.
        return cut, (self.X, self.blocks[0].shape[0])

    @property
    def n_samples(self) -> int:
        """The number of rows."""
        return self.X.shape[0]

    @property
    def n_features(self) -> int:
        """The number of columns."""
        return self.X.shape[1]

    @property
    def library_name(self) -> str:
        """The import name of the data's library."""
        return library_name(self.xp)

    @property
    def dtype(self) -> DType:
        """float32 or float64, of the data's own library."""
        return self.X.dtype

    @property
    def device(self) -> Device:
        """Where the data lie."""
        return device_of(self.X)


def row_blocks(X: Any, *, name: str = "X", block_rows: int | None = None) -> RowBlocks:
    """Return checked data, cut into blocks.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        Rows are samples. Any array library's real array; lists and data frames become NumPy arrays. float32 and float64
        are kept; float16 becomes float32; integers and booleans become float64 (float32 where the device lacks it).
    name : str
        What the caller calls it, for messages.
    block_rows : int, optional
        Rows a block; by default about a thousand with NumPy, all rows with a library that has threads of its own.

    Returns
    -------
    RowBlocks
        The data.

    Raises
    ------
    TypeError
        If X is sparse, complex, or not numeric.
    ValueError
        If it is not 2-D, is empty, or contains NaN or Inf.
    """
    return cut(as_rows(X, name=name), block_rows)


def cut(rows: Array, block_rows: int | None = None) -> RowBlocks:
    """Return rows that have been checked, cut into blocks as `row_blocks` does."""
    xp, n_rows = array_namespace(rows), rows.shape[0]
    if block_rows is None:
        block_rows = preferred_rows(n_rows) if library_name(xp) == "numpy" else n_rows
    starts = range(0, n_rows, block_rows)
    return RowBlocks(rows, tuple(rows[start : min(start + block_rows, n_rows), :] for start in starts), xp)


def preferred_rows(n_rows: int) -> int:
    """Return the rows of a block where workers share the data and memory is no concern."""
    n_blocks = -(-n_rows // BLOCK_ROWS)
    if n_blocks > SHARE // 2:
        n_blocks = -(-n_blocks // SHARE) * SHARE
    return -(-n_rows // n_blocks)


def as_rows(X: Any, *, name: str = "X", n_features: int | None = None) -> Array:
    """Return X as a finite 2-D float32 or float64 array of its own library, or raise the error that says why not.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        As for `row_blocks`.
    name : str
        What the caller calls it.
    n_features : int, optional
        The number of columns it has to have.

    Returns
    -------
    array, shape (n_samples, n_features)
        X itself where nothing had to be converted.
    """
    array = as_floating(X, name=name)
    if array.ndim != 2:
        remedy = (
            f"Pass {name}.reshape(1, -1) for one sample, {name}.reshape(-1, 1) for one feature."
            if array.ndim < 2
            else f"Flatten each sample: {name}.reshape({name}.shape[0], -1)."
        )
        got = f"{array.ndim} dimensions, shape {tuple(array.shape)}"
        raise ValueError(complaint(name, "a 2-D array, one row a sample", got, remedy))
    if 0 in array.shape:
        got = f"shape {tuple(array.shape)}"
        raise ValueError(complaint(name, "at least one row and one column", got, "Check how the data were selected."))
    if n_features is not None and array.shape[1] != n_features:
        got = f"{array.shape[1]} of them, shape {tuple(array.shape)}"
        remedy = "Pass rows of the kind the model was trained on."
        raise ValueError(complaint(name, f"{n_features} features (columns)", got, remedy))
    require_finite(array, name=name)
    return array


def warn_if_transposed(X: Array, *, name: str = "X") -> None:
    """Warn where the data have more columns than rows, as data with samples in columns (MATLAB's habit) would."""
    n_rows, n_columns = X.shape
    if n_columns > n_rows > 1:
        message = (
            f"{name} has more columns ({n_columns}) than rows ({n_rows}). Rows are samples and columns are features: "
            f"pass {name}.T if it is the other way round."
        )
        warnings.warn(message, UserWarning, stacklevel=3)
