"""How far reconstructions are from their data, at any scale that the data's type can hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

from xpsae.arrays.namespace import accumulator, device_of, read, working_on
from xpsae.arrays.typing import Array, Namespace


def squared_errors(X: Array, R: Array, *, xp: Namespace) -> Array:
    """Return the mean squared difference of each row, summed in float64 where the device has it.

    Parameters
    ----------
    X, R : array, shape (n_samples, n_features)
        Data and what a model makes of them, float32 or float64.
    xp : Namespace
        The namespace of both.

    Returns
    -------
    array, shape (n_samples,)
        At least 0, in the squared units of `X`.
    """
    with working_on(X):
        difference = _wide(X, xp=xp) - _wide(R, xp=xp)
        return xp.vecdot(difference, difference) / X.shape[1]


def explained_variance(X: Array, R: Array, *, xp: Namespace) -> float:
    r"""Return the share of the variance of data that their reconstructions keep.

    Parameters
    ----------
    X, R : array, shape (n_samples, n_features)
        Data and what a model makes of them, float32 or float64; `X` is finite.
    xp : Namespace
        The namespace of both.

    Returns
    -------
    float
        1 for perfect reconstructions, 0 for those no better than the mean row, negative for worse ones. Data whose rows
        are all equal have no variance: they score 1 if reconstructed exactly, and 0 otherwise.

    Notes
    -----
    .. math:: 1 - \frac{\sum_i \lVert x_i - r_i \rVert^2}{\sum_i \lVert x_i - \bar x \rVert^2}

    Both sums are taken in units of a power of two near the largest value that is squared. That is exact, and neither
    data of size 1e-30 in float32 nor data of size 1e300 in float64 vanish or overflow. The device is read twice (four
    times where the data span more than half of what float64 can hold).

    Examples
    --------
    >>> import numpy as np
    >>> X = np.asarray([[0.0], [2.0]])
    >>> explained_variance(X, X, xp=np), explained_variance(1e-200 * X, np.zeros((2, 1)), xp=np)
    (1.0, -1.0)
    """
    spread, lost, widest, worst = _differences(X, R, xp=xp)
    if widest == 0.0:
        return 1.0 if worst == 0.0 else 0.0
    spread_unit, lost_unit = math.frexp(widest)[1], math.frexp(worst)[1]
    with working_on(X):
        spread, lost = _shifted(spread, -spread_unit), _shifted(lost, -lost_unit)
        centered = spread - xp.mean(spread, axis=0, keepdims=True)
        variance, error = read(xp.stack([xp.sum(xp.vecdot(part, part)) for part in (centered, lost)]))
    return _quotient(error, variance, 2 * (lost_unit - spread_unit))


def explained_by_blocks(
    pairs: Callable[[], Iterable[tuple[Array, Array]]], extremes: tuple[float, float], *, xp: Namespace
) -> float:
    """Return what `explained_variance` does, to rounding, of data that are gone over block by block, twice.

    Parameters
    ----------
    pairs : callable
        Returns the blocks of data, each with what a model makes of it, whenever it is called.
    extremes : tuple of float
        The smallest and the largest value of the data.
    xp : Namespace
        The namespace of all blocks.

    Returns
    -------
    float
        At most 1.
    """
    unit = math.frexp(max(map(abs, extremes)))[1]
    first, mean, n_rows, widest, worst = None, None, 0, 0.0, 0.0
    for X, spread, lost in _halves(pairs, xp=xp):
        first = spread[:1, :] if first is None else first
        found = read(xp.stack([xp.max(xp.abs(part)) for part in (spread - first, lost)]))
        widest, worst, n_rows = max(widest, found[0]), max(worst, found[1]), n_rows + X.shape[0]
        total = xp.sum(_shifted(spread - first, -unit), axis=0, keepdims=True)
        mean = total if mean is None else mean + total
    if first is None or mean is None or widest == 0.0:
        return 1.0 if worst == 0.0 else 0.0
    spread_unit, lost_unit = math.frexp(widest)[1], math.frexp(worst)[1]
    mean, variance, error = _shifted(mean / n_rows, unit - spread_unit), 0.0, 0.0
    for _, spread, lost in _halves(pairs, xp=xp):
        centered, lost = _shifted(spread - first, -spread_unit) - mean, _shifted(lost, -lost_unit)
        found = read(xp.stack([xp.sum(xp.vecdot(part, part)) for part in (centered, lost)]))
        variance, error = variance + found[0], error + found[1]
    return _quotient(error, variance, 2 * (lost_unit - spread_unit))


def _halves(
    pairs: Callable[[], Iterable[tuple[Array, Array]]], *, xp: Namespace
) -> Iterator[tuple[Array, Array, Array]]:
    """Yield blocks of data, their halves, and half of what they differ from their reconstructions, in the wide dtype.

    Halves, because a difference may be twice as large as what it is of.
    """
    for X, R in pairs():
        with working_on(X):
            half = _wide(X, xp=xp) * 0.5
            yield X, half, half - _wide(R, xp=xp) * 0.5


def _quotient(error: float, variance: float, exponent: int) -> float:
    try:
        return 1.0 - math.ldexp(error / variance, exponent)
    except OverflowError:
        return -math.inf


def _differences(X: Array, R: Array, *, xp: Namespace) -> tuple[Array, Array, float, float]:
    """Return X less its first row, X - R, and the largest absolute value of each; a quarter where that overflows.

    The first row and not the mean, because a constant column is then exactly zero; rounded means may leave a rest.
    """
    for factor in (1.0, 0.25):
        with working_on(X):
            data, back = _wide(X, xp=xp) * factor, _wide(R, xp=xp) * factor
            spread, lost = data - data[:1, :], data - back
            widest, worst = read(xp.stack([xp.max(xp.abs(part)) for part in (spread, lost)]))
        if math.isfinite(widest) and math.isfinite(worst):
            break
    return spread, lost, widest, worst


def _shifted(x: Array, exponent: int) -> Array:
    """Return x·2^exponent, in two steps because the power itself may not exist in the type of x."""
    half = exponent // 2
    return x * 2.0**half * 2.0 ** (exponent - half)


def _wide(x: Array, *, xp: Namespace) -> Array:
    dtype = accumulator(xp=xp, device=device_of(x))
    return x if x.dtype == dtype else xp.astype(x, dtype)
