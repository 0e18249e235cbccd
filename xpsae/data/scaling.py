"""Which transformation brings the data into a decoder's range; never a silent one."""

from __future__ import annotations

import math
from typing import Any

from xpsae.arrays.convert import floating_dtype
from xpsae.arrays.namespace import accumulator, device_of, read
from xpsae.arrays.typing import Array, Namespace
from xpsae.checks import complaint, one_of
from xpsae.data.affine import Scaling
from xpsae.data.elsewhere import each, extremes, is_elsewhere

__all__ = ["Scaling", "choose_scaling", "three_sigma"]

_CHOICES = (None, "auto", "range", "three-sigma")
_REMEDY = "Pass scaling='auto', 'range' or 'three-sigma', scale the data yourself, or use decoder='linear'."
_NARROW = 0.1  # data that fill less than this share of a decoder's range leave its units nothing to tell apart
_AT_ONCE = 2**18  # values whose moments are added at a time
_ROUNDING = 16  # a spread of this many units in the last place is what subtracting a mean leaves of constant data


def choose_scaling(
    X: Array, scaling: str | Scaling | None, decoder: str, *, xp: Namespace, integer_max: int | None = None
) -> Scaling:
    """Return the transformation that brings `X` into the range of a decoder.

    Parameters
    ----------
    X : array
        The data, any shape, float32 or float64, finite.
    scaling : {None, "auto", "range", "three-sigma"} or Scaling
        None leaves the values alone. "auto" does so for a linear decoder and for values in [0, 1] that fill at least a
        tenth of it, divides by `integer_max` values that fill at least a tenth of what it allows, and is "range"
        otherwise. "range" maps the
        smallest and the largest value to 0.1 and 0.9. "three-sigma" is the notes' recipe, see `three_sigma`. A Scaling
        is used as it is.
    decoder : {"sigmoid", "linear"}
        A sigmoid decoder returns values from 0 to 1 only.
    xp : Namespace
        The namespace of `X`.
    integer_max : int, optional
        The largest value of the integer type that the data came in, 255 for 8-bit pictures. Masks of nothing but 0 and
        1 are in range as they are, and are left alone.

    Returns
    -------
    Scaling
        The transformation. `X` is read from its device once at most.

    Raises
    ------
    ValueError
        If `scaling` is none of these, or would leave values outside [0, 1] to a sigmoid decoder, or if the values
        span more than their type can hold.

    Examples
    --------
    >>> import numpy as np
    >>> print(choose_scaling(np.asarray([[-3.0, 5.0]]), "auto", "sigmoid", xp=np))
    values from -3 to 5 mapped to [0.1, 0.9]
    >>> print(choose_scaling(np.asarray([[0.0, 200.0]]), "auto", "sigmoid", xp=np, integer_max=255))
    values divided by 255
    >>> print(choose_scaling(np.asarray([[0.0, 16.0]]), "auto", "sigmoid", xp=np, integer_max=255))
    values from 0 to 16 mapped to [0.1, 0.9]
    >>> print(choose_scaling(np.asarray([[0.5, 0.501]]), "auto", "sigmoid", xp=np))
    values from 0.5 to 0.501 mapped to [0.1, 0.9]
    """
    if not isinstance(scaling, Scaling):
        one_of("scaling", scaling, _CHOICES, remedy="Pass one of these or a Scaling.")
    if scaling == "three-sigma":
        return three_sigma(X, xp=xp)
    chosen = scaling if isinstance(scaling, Scaling) else Scaling()
    if decoder == "linear" and scaling != "range":
        return chosen
    low, high = extremes(X)
    if scaling == "auto" and integer_max is not None and high > 1.0 and _fills(low / integer_max, high / integer_max):
        return Scaling("unit", width=float(integer_max))
    if scaling == "range" or (scaling == "auto" and not _fills(low, high)):
        limits = xp.finfo(floating_dtype(X))
        return _range(low, high, tiny=float(limits.smallest_normal), huge=float(limits.max))
    _refuse_outside(chosen, low, high)
    return chosen


def _fills(low: float, high: float) -> bool:
    """Return whether values are in [0, 1], and use enough of it to be told apart."""
    return low >= 0.0 and high <= 1.0 and high - low >= _NARROW


def three_sigma(X: Array, *, xp: Namespace, source: Array | None = None) -> Scaling:
    r"""Return the notes' transformation: three standard deviations around the mean to [0.1, 0.9].

    Parameters
    ----------
    X : array
        The data, any shape, float32 or float64, finite.
    xp : Namespace
        The namespace of `X`.
    source : array, optional
        What `X` was computed from by subtracting means; a spread that rounding leaves of values as large as these
        counts as none. `X` itself by default.

    Returns
    -------
    Scaling
        The transformation, of the kind "three-sigma", or "constant" where the data have no spread.

    Raises
    ------
    ValueError
        If the standard deviation is more than the type of the data can hold.

    Notes
    -----
    With the mean :math:`\mu` and the standard deviation :math:`\sigma` (divisor :math:`N - 1`) of all values [1]_,

    .. math:: y = 0.5 + 0.4\,\min\bigl(1, \max(-1, (x - \mu)/(3\sigma))\bigr).

    References
    ----------
    .. [1] Ng, A., "Sparse autoencoder", CS294A lecture notes, Stanford University, 2011; the exercise's preprocessing.

    Examples
    --------
    >>> import numpy as np
    >>> print(three_sigma(np.asarray([-1.0, 0.0, 1.0]), xp=np))
    values centered at 0, clipped at ±3 (three standard deviations) and mapped to [0.1, 0.9]
    """
    origin, limits = X if source is None else source, xp.finfo(floating_dtype(X))
    wide = accumulator(xp=xp, device=device_of(X))
    numbers: list[Any] = [*_moments(X, xp=xp)]
    for x in (X, origin):
        numbers += extremes(x) if is_elsewhere(x) else (xp.min(x), xp.max(x))
    mean, variance, low, high, *ends = read(xp.stack([xp.asarray(number, dtype=wide) for number in numbers]))
    width = 3.0 * math.sqrt(variance)
    if low == high or width <= _ROUNDING * float(limits.eps) * max(map(abs, ends)):
        # A rounded mean may lie outside of its own data.
        return Scaling("constant", shift=min(max(mean, low), high), offset=0.5)
    if not width <= float(limits.max):
        raise ValueError(_too_wide(low, high))
    return Scaling("three-sigma", shift=mean, width=width, gain=0.4, offset=0.5, clipped=True)


def _moments(X: Array, *, xp: Namespace) -> tuple[Array, Array]:
    """Return the mean and the variance of all values, in float64 where the device has it, a part of them at a time."""
    size, wide = math.prod(X.shape), accumulator(xp=xp, device=device_of(X))
    step = max(1, _AT_ONCE * X.shape[0] // size)
    mean, squares = xp.zeros((), dtype=wide, device=device_of(X)), xp.zeros((), dtype=wide, device=device_of(X))
    for total in each(lambda part: xp.sum(xp.astype(part, wide, copy=False)), X, step):
        mean = mean + total / size
    center = mean
    for total in each(lambda part: xp.sum((xp.astype(part, wide, copy=False) - center) ** 2), X, step):
        squares = squares + total
    return mean, squares / max(size - 1, 1)


def _range(low: float, high: float, *, tiny: float, huge: float) -> Scaling:
    # The shift is the smallest value itself, because the middle may not exist in float32.
    width = high - low
    if not width <= huge:
        raise ValueError(_too_wide(low, high))
    if width < tiny:
        return Scaling("constant", shift=low, offset=0.5)
    return Scaling("range", shift=low, width=width, gain=0.8, offset=0.1)


def _too_wide(low: float, high: float) -> str:
    remedy = "Divide the data by a large number first."
    return complaint("X", "values whose spread fits their type", f"values from {low:g} to {high:g}", remedy)


def _refuse_outside(scaling: Scaling, low: float, high: float) -> None:
    quotients = [(x - scaling.shift) / scaling.width for x in (low, high)]
    if scaling.clipped:
        quotients = [max(-1.0, min(1.0, quotient)) for quotient in quotients]
    first, last = (scaling.offset + scaling.gain * quotient for quotient in quotients)
    if not (first >= 0.0 and last <= 1.0):
        got = f"values from {low:g} to {high:g}"
        if scaling.kind != "identity":
            got += f", which become {first:g} to {last:g} ({scaling.description})"
        raise ValueError(complaint("X", "values in [0, 1], the range of a sigmoid decoder", got, _REMEDY))
