"""What is asked of data wherever they are: in an array, in files, on a cluster."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeGuard, TypeVar, cast

from xpsae.arrays.convert import nonfinite_complaint
from xpsae.arrays.devices import in_host_memory, to_device
from xpsae.arrays.namespace import array_namespace, read
from xpsae.arrays.typing import Array
from xpsae.data.cluster import Shared
from xpsae.data.parts import HeldPart
from xpsae.data.stored import Stored

Found = TypeVar("Found")


def is_elsewhere(X: object) -> TypeGuard[Any]:
    """Return whether rows are not an array here, but something that brings or visits them."""
    return isinstance(X, Stored | Shared)


def is_shared(X: object) -> TypeGuard[Any]:
    """Return whether rows lie on a cluster."""
    return isinstance(X, Shared)


def each(function: Callable[[Array], Found], X: Any, rows: int) -> Iterator[Found]:
    """Yield a function of all rows in their order, so many at a time."""
    if is_elsewhere(X):
        yield from X.each(function, rows)
        return
    n_rows = X.shape[0]
    for first in range(0, n_rows, rows):
        yield function(X[first : min(first + rows, n_rows), ...])


def extremes(X: Any) -> tuple[float, float]:
    """Return the smallest and the largest of all values; data elsewhere are read for it once, however often."""
    if not is_elsewhere(X):
        return _extremes(X)
    if X.extremes is None:
        lows, highs = zip(*X.each(_extremes), strict=True)
        unknown = any(map(math.isnan, lows))
        object.__setattr__(X, "extremes", (math.nan, math.nan) if unknown else (min(lows), max(highs)))
    return cast("tuple[float, float]", X.extremes)


def require_finite_rows(X: Any, *, name: str) -> None:
    """Raise a ValueError that counts the NaN and infinite values, if any, and places the first."""
    if all(map(math.isfinite, extremes(X))):
        return
    total, place, before = 0, None, 0
    for n_rows, count, first in X.each(_nonfinite):
        if count and place is None:
            place = before + first // X.shape[1], first % X.shape[1]
        total, before = total + count, before + n_rows
    raise ValueError(nonfinite_complaint(total, place or (0, 0), name=name))


def placed(X: Any, device: str | None) -> Array:
    """Return rows where ``device=`` asks for them; those of files and of the host go to a GPU when they are read.

    Parameters
    ----------
    X : array or rows elsewhere
        The rows.
    device : {None, "cpu", "cuda", "auto"}
        Where they shall be.

    Returns
    -------
    array or rows elsewhere
        NumPy's rows that shall be on a card stay on the host, as if they lay in a file, until a plan says whether they
        are moved at once or sent block by block.
    """
    if is_elsewhere(X):
        return cast("Array", X.to_device(device))
    if device not in {"cuda", "auto"} or not in_host_memory(X):
        return to_device(X, device)
    like = to_device(X[:0, :], device)
    return X if in_host_memory(like) else cast("Array", replace(Stored.of([HeldPart(X)]), like=like))


def moved_bytes(before: Any, after: Any) -> int:
    """Return the bytes that a move by `placed` has taken; none where rows stayed, or are yet to be read."""
    return 0 if after is before or is_elsewhere(after) else int(after.nbytes)


def at_hand(X: Any) -> Array:
    """Return rows as an array, all of them read now where they are elsewhere."""
    return cast("Array", X[0 : X.shape[0], :]) if is_elsewhere(X) else X


def _extremes(X: Array) -> tuple[float, float]:
    xp = array_namespace(X)
    low, high = read(xp.stack([xp.min(X), xp.max(X)]))
    return low, high


def _nonfinite(X: Array) -> tuple[int, int, int]:
    """Return how many rows these are, how many of their values are not finite, and where the first stands."""
    xp = array_namespace(X)
    bad = xp.reshape(~xp.isfinite(X), (-1,))
    count, first = read(xp.stack([xp.count_nonzero(bad), xp.argmax(xp.astype(bad, xp.int8))]))
    return X.shape[0], int(count), int(first)
