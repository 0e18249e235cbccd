"""The check at the door of everything that computes with pictures or patches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xpsae.arrays.convert import as_floating, require_finite
from xpsae.arrays.namespace import array_namespace
from xpsae.arrays.typing import Array, Namespace
from xpsae.checks import complaint


def real_array(name: str, x: Any, shapes: Sequence[str]) -> tuple[Array, Namespace]:
    """Return `x` as a finite floating-point array, and its namespace.

    Parameters
    ----------
    name : str
        The parameter, as the caller spells it.
    x : array_like
        Real numbers, of any library. float32 and float64 are kept; integers and booleans become float64
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
    array = as_floating(x, name=name)
    if array.ndim not in {shape.count(",") + 1 for shape in shapes} or 0 in array.shape:
        expected = f"shape {' or '.join(shapes)}, nowhere 0"
        raise ValueError(complaint(name, expected, f"shape {tuple(array.shape)}", "Reshape or index the array."))
    require_finite(array, name=name)
    return array, array_namespace(array)
