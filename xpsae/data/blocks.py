"""Rows in, blocks out: every check of the input, once, and the cut into blocks of rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar, cast

from xpsae.arrays.convert import as_real, floating_dtype, require_finite
from xpsae.arrays.fusion import TILE_BYTES
from xpsae.arrays.namespace import array_namespace, device_of, is_chunked, library_name, set_rows, where
from xpsae.arrays.typing import Array, Device, DType, Namespace
from xpsae.checks import complaint
from xpsae.data.affine import Conversion
from xpsae.data.elsewhere import is_elsewhere, require_finite_rows
from xpsae.data.schedule import fold
from xpsae.data.sources import opened, require_matrix
from xpsae.warnings import DataWarning

Sums = TypeVar("Sums")

BLOCK_ROWS = (1250, 2500)
"""So many rows make a block, the more the narrower they are: enough for the products to run at full speed, and for the
calls not to matter, few enough to share out."""
SHARE = 8
"""The number of blocks is a multiple of this where there are as many, so that 2, 4 or 8 workers get equal shares."""


@dataclass(frozen=True, eq=False)
class RowBlocks(Sequence[Array]):
    """Checked data as a sequence of blocks of rows, in the dtype they are computed in."""

    X: Array
    """All samples, shape (n_samples, n_features), finite, as the user has them."""
    block_rows: int
    convert: Conversion | None = None
    """What is done to a block before it is used; None if nothing is."""

    def __post_init__(self) -> None:
        self.like  # noqa: B018 - made now: within a function that is traced, it would be an array of that trace

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make a copy: what is derived, such as a namespace, cannot be pickled."""
        return type(self), (self.X, self.block_rows, self.convert)

    def __len__(self) -> int:
        return -(-self.n_samples // self.block_rows)

    def __getitem__(self, i: Any) -> Any:
        """Return block `i`, shape (rows, n_features)."""
        return self.converted(self.raw(i))

    def raw(self, i: Any) -> Array:
        """Return the rows of block `i` as the user has them."""
        first = range(0, self.n_samples, self.block_rows)[i]
        whole = len(self) == 1 and not is_elsewhere(self.X)
        return self.X if whole else self.X[first : min(first + self.block_rows, self.n_samples), :]

    def converted(self, rows: Array) -> Array:
        """Return rows in the dtype and the range they are computed in."""
        return self.convert(rows, xp=self.xp) if self.convert else rows

    def fold(
        self, visit: Callable[[int, Array], Sums], add: Callable[[Sums, Sums], Sums], *, workers: int | None
    ) -> Sums:
        """Return the sum of ``visit(i, block)`` over all blocks, added in their order, as `schedule.fold` does."""
        if is_elsewhere(self.X):
            return cast("Sums", self.X.fold(visit, self, add, workers=workers))
        return fold(visit, self, add, workers=workers)

    @cached_property
    def xp(self) -> Namespace:
        """The namespace of the data's library."""
        return array_namespace(self.X)

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

    @cached_property
    def dtype(self) -> DType:
        """float32 or float64, of the data's own library."""
        return floating_dtype(self.X)

    @property
    def itemsize(self) -> int:
        """The bytes of a number of that dtype."""
        return self.xp.finfo(self.dtype).bits // 8

    @cached_property
    def device(self) -> Device:
        """Where the data lie."""
        return device_of(self.X)

    @cached_property
    def like(self) -> Array:
        """An empty array of the library, device and dtype of the blocks."""
        with where(self.X):
            return self.xp.zeros((0,), dtype=self.dtype, device=self.device)

    def copied(self) -> RowBlocks:
        """Return the same blocks, read and converted once for all; these where there is nothing to do."""
        if self.convert is None and not is_elsewhere(self.X):
            return self
        # A block may be as large as the data, of which the host shall hold no second copy on their way.
        pieces = replace(self, block_rows=min(self.block_rows, self.X.piece_rows)) if is_elsewhere(self.X) else self
        if len(pieces) == 1:
            return RowBlocks(pieces[0], self.block_rows)
        whole = self.xp.zeros(self.X.shape, dtype=self.dtype, device=self.device)
        for i, block in enumerate(pieces):
            whole = set_rows(whole, i * pieces.block_rows, block)
        return RowBlocks(whole, self.block_rows)


def preferred_rows(n_rows: int, row_bytes: int) -> int:
    """Return the rows of a block where workers share the data and memory is no concern."""
    least, most = BLOCK_ROWS
    n_blocks = -(-n_rows // max(least, min(most, TILE_BYTES // row_bytes)))
    if n_blocks > SHARE // 2:
        n_blocks = -(-n_blocks // SHARE) * SHARE
    return -(-n_rows // n_blocks)


def as_rows(X: Any, *, name: str = "X", n_features: int | None = None) -> Array:
    """Return `real_rows` in the dtype they are computed in: float32 or float64."""
    if is_chunked(X):
        remedy = f"Pass {name}.map_blocks(model.encode), say, to have it done chunk by chunk."
        raise TypeError(complaint(name, "an array or files", "a Dask array", remedy))
    array = real_rows(X, name=name, n_features=n_features)
    return in_dtype(array, floating_dtype(array))


def in_dtype(array: Array, dtype: DType) -> Array:
    """Return rows in a dtype; those of files are converted when they are read."""
    if array.dtype == dtype:
        return array
    converted: Any = array.astype(dtype) if is_elsewhere(array) else array_namespace(array).astype(array, dtype)
    return cast("Array", converted)


def real_rows(X: Any, *, name: str = "X", n_features: int | None = None) -> Array:
    """Return X as a finite 2-D array of real numbers of its own library and dtype, or raise the error that says why.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        Rows are samples. Any array library's real array; lists and data frames become NumPy arrays. Files, memory maps
        and stores stay where they are, see `xpsae.data.sources.opened`.
    name : str
        What the caller calls it.
    n_features : int, optional
        The number of columns it has to have.

    Returns
    -------
    array, shape (n_samples, n_features)
        X itself where it is an array of this machine's byte order.

    Raises
    ------
    TypeError
        If X is sparse, complex, or not numeric.
    ValueError
        If it is not 2-D, is empty, has another number of columns, or contains NaN or Inf.
    """
    source = opened(X, name=name)
    array = source if is_elsewhere(source) else as_real(source, name=name)
    require_matrix(tuple(array.shape), name=name)
    if n_features is not None and array.shape[1] != n_features:
        got = f"{array.shape[1]} of them, shape {tuple(array.shape)}"
        remedy = "Pass rows of the kind the model was trained on."
        raise ValueError(complaint(name, f"{n_features} features (columns)", got, remedy))
    if is_elsewhere(array):
        require_finite_rows(array, name=name)
        return cast("Array", array)
    require_finite(array, name=name)
    xp = array_namespace(array)
    # Truth values are numbers here, and the standard has no minimum of them.
    return xp.astype(array, xp.uint8) if xp.isdtype(array.dtype, "bool") else array


def warn_if_transposed(X: Array, *, name: str = "X") -> None:
    """Warn where the data have more columns than rows, as data with samples in columns (MATLAB's habit) would."""
    n_rows, n_columns = X.shape
    if n_columns > n_rows > 1:
        message = (
            f"{name} has more columns ({n_columns}) than rows ({n_rows}). Rows are samples and columns are features: "
            f"pass {name}.T if it is the other way round."
        )
        warnings.warn(message, DataWarning, stacklevel=3)
