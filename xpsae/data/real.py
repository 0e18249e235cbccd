"""The check at the door of everything that computes with pictures or patches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xpsae.arrays.namespace import accumulator, array_namespace, detached, device_of, is_array
from xpsae.arrays.typing import Array, Namespace
from xpsae.checks import complaint, described

_REMEDY = "Pass real numbers in an array, for instance numpy.asarray(...)."


def real_array(name: str, x: Any, shapes: Sequence[str]) -> tuple[Array, Namespace]:
    """Return `x` as a finite floating-point array, and its namespace.

    Parameters
    ----------
    name : str
        The parameter, as the caller spells it.
    x : array
        An array of real numbers of any library. float32 and float64 are kept; integers and booleans become float64
        (float32 where the device has no float64), float16 and its like float32.
    shapes : sequence of str
        The accepted shapes in words such as ``"(height, width)"``; the number of axes is counted from them.

    Returns
    -------
    array : Array
        The values, of x's library and on its device.
    xp : Namespace
        The namespace of the library.

    Raises
    ------
    TypeError
        If `x` is not an array of real numbers.
    ValueError
        If it has another number of axes, no elements, or elements that are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> array, xp = real_array("images", np.zeros((2, 3), dtype=np.uint8), ["(height, width)"])
    >>> array.dtype
    dtype('float64')
    """
    if not is_array(x):
        raise TypeError(complaint(name, "an array", described(x), _REMEDY))
    xp = array_namespace(x)
    if not xp.isdtype(x.dtype, ("bool", "integral", "real floating")):
        raise TypeError(complaint(name, "real numbers", f"data of type {x.dtype}", _REMEDY))
    if x.ndim not in {shape.count(",") + 1 for shape in shapes} or 0 in x.shape:
        expected = f"shape {' or '.join(shapes)}, nowhere 0"
        raise ValueError(complaint(name, expected, f"shape {tuple(x.shape)}", "Reshape or index the array."))
    array = _floating(detached(x), xp=xp)
    finite = xp.isfinite(array)
    if not bool(xp.all(finite)):
        wrong = int(xp.count_nonzero(~finite))
        raise ValueError(complaint(name, "finite values", f"{wrong} that are NaN or infinite", "Leave those out."))
    return array, xp


def _floating(x: Array, *, xp: Namespace) -> Array:
    if x.dtype in (xp.float32, xp.float64):
        return x
    narrow = xp.isdtype(x.dtype, "real floating")
    return xp.astype(x, xp.float32 if narrow else accumulator(xp=xp, device=device_of(x)))
