"""From whatever a user passes to a real floating-point array of its own library, or the error that says why not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Set
from typing import Any, cast

from xpsae.arrays import host
from xpsae.arrays.namespace import (
    accumulator,
    array_namespace,
    detached,
    device_of,
    is_array,
    place,
    read,
    without_numbers,
    working_on,
)
from xpsae.arrays.typing import Array, DType, HostArray
from xpsae.checks import complaint, described


def as_real(X: Any, *, name: str = "X") -> Array:
    """Return X as an array of real numbers of its own library and dtype.

    Parameters
    ----------
    X : array_like
        Any real array; lists and data frames become NumPy arrays.
    name : str
        What the caller calls it, for messages.

    Returns
    -------
    array
        X itself where it is an array of this machine's byte order.

    Raises
    ------
    TypeError
        If X is sparse, masked, complex, or not numeric.
    """
    if hasattr(X, "toarray") and hasattr(X, "nnz"):
        got = f"a sparse {type(X).__name__}"
        raise TypeError(complaint(name, "a dense array", got, f"Pass {name}.toarray() if it fits into memory."))
    foreign = is_array(X) and not isinstance(X, host.ndarray)
    unusable = without_numbers(X) if foreign else None
    if unusable:
        raise TypeError(complaint(name, "a dense array", unusable, f"Pass {name}.to_dense() if it fits into memory."))
    array = detached(X) if foreign else _from_array_like(X, name)
    if array_namespace(array).isdtype(array.dtype, ("bool", "integral", "real floating")):
        return array
    remedy = "Pass its real part, or stack real and imaginary parts as columns."
    raise TypeError(complaint(name, "real numbers", f"dtype {array.dtype}", remedy))


def floating_dtype(array: Array) -> DType:
    """Return the dtype that real numbers are computed in.

    float32 and float64 stay, float16 becomes float32; integers, booleans and wider floats become float64 (float32 where
    the device lacks it).
    """
    xp = array_namespace(array)
    if xp.isdtype(array.dtype, (xp.float32, xp.float64)):
        return array.dtype
    if xp.isdtype(array.dtype, "real floating") and xp.finfo(array.dtype).bits < 32:
        return xp.float32
    return accumulator(xp=xp, device=device_of(array))


def as_floating(X: Any, *, name: str = "X") -> Array:
    """Return X as a float32 or float64 array of its own library: `as_real` in its `floating_dtype`."""
    array = as_real(X, name=name)
    dtype = floating_dtype(array)
    return array if array.dtype == dtype else array_namespace(array).astype(array, dtype)


def require_finite(array: Array, *, name: str) -> None:
    """Raise a ValueError that counts the NaN and infinite values of an array, if any, and places the first."""
    xp = array_namespace(array)
    if not xp.isdtype(array.dtype, "real floating"):
        return
    with working_on(array):
        if math.isfinite(read(xp.reshape(xp.sum(array), (1,)))[0]):
            return
        bad = xp.reshape(~xp.isfinite(array), (-1,))
        found = read(xp.stack([xp.count_nonzero(bad), xp.argmax(xp.astype(bad, xp.int8))]))
    count, first = int(found[0]), int(found[1])
    if count:
        index = tuple(int(i) for i in host.unravel_index(first, array.shape))
        raise ValueError(nonfinite_complaint(count, index, name=name))


def nonfinite_complaint(count: int, index: tuple[int, ...], *, name: str) -> str:
    """Return what to say of NaN and infinite values, so many, the first of which stands at `index`."""
    where = f"row {index[0]}, column {index[1]}" if len(index) == 2 else f"position {index}"
    got = f"{count} NaN or infinite value{'s' if count > 1 else ''}, the first at {where}"
    return complaint(name, "finite numbers", got, "Leave those out or fill the gaps first.")


def _from_array_like(X: Any, name: str) -> Array:
    remedy = "Pass an array of numbers, shape (n_samples, n_features)."
    if isinstance(X, str | bytes) or X is None:
        raise TypeError(complaint(name, "an array of numbers", described(X), remedy))
    if isinstance(X, host.ma.MaskedArray):
        raise TypeError(complaint(name, "an array without a mask", "a masked array", f"Fill it: {name}.filled(0)."))
    if isinstance(X, Mapping):
        got, remedy = f"a {type(X).__name__} of columns", f"Pass numpy.column_stack(list({name}.values()))."
        raise TypeError(complaint(name, "an array of numbers", got, remedy))
    if isinstance(X, Set | Iterator):
        got, remedy = f"a {type(X).__name__}, which is no sequence", f"Pass list({name}), its rows in the right order."
        raise TypeError(complaint(name, "an array of numbers", got, remedy))
    try:
        array: Any = host.asarray(X)
    except (ValueError, TypeError) as error:
        raise TypeError(complaint(name, "an array of numbers", f"a {type(X).__name__} ({error})", remedy)) from None
    if array.dtype.kind not in "biufc":
        got = f"dtype {array.dtype}" + ("" if array is X else f" (from a {type(X).__name__})")
        raise TypeError(complaint(name, "an array of numbers", got, _cure(array)))
    return cast("Array", array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("=")))


def _cure(array: HostArray) -> str:
    """Return what helps with an array of something else than numbers."""
    if array.dtype.kind in "SUT":
        return "Read the text as numbers first, or leave those columns out."
    if array.dtype.names:
        return "Pass numpy.lib.recfunctions.structured_to_unstructured(...) of it."
    return "Pass numbers only: rows of one length, dates and categories coded as numbers."


def largest_byte(X: Any) -> int | None:
    """Return 255 where X holds unsigned 8-bit integers, as pictures do, and None otherwise."""
    array = X if is_array(X) else host.asarray(X)
    xp = array_namespace(array)
    return int(xp.iinfo(array.dtype).max) if array.dtype == xp.uint8 else None


def matching(x: Any, like: Array, *, name: str, shape: tuple[int, ...], remedy: str) -> Array:
    """Return `x` in the dtype of `like`, or raise the error that says why the two do not belong together.

    Parameters
    ----------
    x : array
        Real floating-point numbers.
    like : array
        An array of the library, device and dtype that is wanted.
    name : str
        What the caller calls `x`.
    shape : tuple of int
        The shape that is wanted.
    remedy : str
        What the caller can do about a refusal.

    Returns
    -------
    array
        `x` itself where it needs no conversion, without a gradient tape.

    Raises
    ------
    TypeError
        If `x` is not an array of that library, or not of real floating-point numbers.
    ValueError
        If it is of another shape or on another device.
    """
    xp = array_namespace(like)
    what = f"a vector of {shape[0]} numbers" if len(shape) == 1 else f"an array of shape {shape}"
    expected = f"{what}, {place(like)}"
    if not is_array(x) or array_namespace(x) is not xp:
        raise TypeError(complaint(name, expected, place(x) if is_array(x) else described(x), remedy))
    if tuple(x.shape) != shape:
        raise ValueError(complaint(name, expected, f"shape {tuple(x.shape)}", remedy))
    if device_of(x) not in (None, device_of(like)):
        raise ValueError(complaint(name, expected, place(x), "Move it to that device first."))
    x = detached(x)
    if x.dtype == like.dtype:
        return cast("Array", x)
    if not xp.isdtype(x.dtype, "real floating"):
        raise TypeError(complaint(name, "real floating-point numbers", f"dtype {x.dtype}", remedy))
    return xp.astype(x, like.dtype)
