"""The elementwise formulas of the lecture notes, one line each; every one takes arrays of any library and its `xp`.

Symbols: z a weighted input, a an activation, c = 1 - a its complement, ρ the sparsity target, ρ̂ a unit's mean
activation over all rows and 1 - ρ̂ its mean complement.
"""

from __future__ import annotations

import math

from xpsae.arrays.typing import Array, DType, Namespace


def sigmoids(z: Array, *, xp: Namespace) -> tuple[Array, Array]:
    r"""Return σ(z) and its complement σ(-z) = 1 - σ(z), both with full relative accuracy and never an overflow.

    Parameters
    ----------
    z : array
        Weighted inputs, any shape, float32 or float64.
    xp : namespace
        The library of `z`.

    Returns
    -------
    a : array
        The activation σ(z), in [0, 1]; it stays at the dtype's smallest normal number for z below its logarithm, about
        -87 in float32 and -708 in float64.
    c : array
        The complement σ(-z), in [0, 1].

    Notes
    -----
    .. math:: \sigma(z) = \frac{1}{1 + e^{-z}}, \qquad 1 - \sigma(z) = e^{-z} \sigma(z)

    CS294A notes, section 1. Relative accuracy matters at both ends: the sparsity penalty of a nearly dead or nearly
    saturated unit is the logarithm of a tiny mean, and its slope a ratio of two tiny numbers. Computing 1 - a instead
    leaves nothing of them from z = 17 (float32) or z = 37 (float64) on.
    """
    e = xp.exp(-xp.maximum(z, math.log(xp.finfo(z.dtype).smallest_normal)))
    a = 1.0 / (1.0 + e)
    return a, e * a


def row_squares(D: Array, *, xp: Namespace) -> Array:
    """Return ‖d‖² of each row, shape (rows,)."""
    return xp.vecdot(D, D)


def divergence(mean_activation: Array, mean_complement: Array, target: float, *, dtype: DType, xp: Namespace) -> Array:
    r"""Return KL(ρ ‖ ρ̂) between Bernoulli variables of means ρ and ρ̂, one value a unit, finite for every ρ̂ in [0, 1].

    Parameters
    ----------
    mean_activation, mean_complement : array, shape (n_hidden,)
        ρ̂ and 1 - ρ̂, each from 0 to 1, both included.
    target : float
        ρ, strictly between 0 and 1.
    dtype : dtype
        The dtype the activations were computed in; it decides how close to 0 and 1 the formula can be trusted.
    xp : namespace
        The library of the means.

    Returns
    -------
    array, shape (n_hidden,)
        At least 0, and 0 only at ρ̂ = ρ.

    Notes
    -----
    .. math:: \rho \log\frac{\rho}{\hat\rho} + (1 - \rho) \log\frac{1 - \rho}{1 - \hat\rho}

    CS294A notes, section 3. Nearer to 0 or 1 than the dtype resolves (1e-31 in float32, 1e-292 in float64), where the
    formula runs to infinity, its tangent continues it: the function stays convex and continuously differentiable, and
    `divergence_slope` stays its exact derivative.
    """
    on = _cross_entropy(mean_activation, target, dtype, xp)
    off = _cross_entropy(mean_complement, 1.0 - target, dtype, xp)
    return on + off


def divergence_slope(
    mean_activation: Array, mean_complement: Array, target: float, *, dtype: DType, xp: Namespace
) -> Array:
    r"""Return the derivative of `divergence` by ρ̂: -ρ/ρ̂ + (1-ρ)/(1-ρ̂), finite for every ρ̂ in [0, 1].

    Parameters
    ----------
    mean_activation, mean_complement : array, shape (n_hidden,)
        ρ̂ and 1 - ρ̂, each from 0 to 1, both included.
    target : float
        ρ, strictly between 0 and 1.
    dtype : dtype
        The dtype the activations were computed in.
    xp : namespace
        The library of the means.

    Returns
    -------
    array, shape (n_hidden,)
        Negative below ρ, positive above.
    """
    on = target / xp.maximum(mean_activation, _smallest_mean(dtype, xp))
    off = (1.0 - target) / xp.maximum(mean_complement, _smallest_mean(dtype, xp))
    return off - on


def _cross_entropy(mean: Array, target: float, dtype: DType, xp: Namespace) -> Array:
    """Return t log(t/q), continued below the smallest trusted q by its tangent."""
    q = xp.maximum(mean, _smallest_mean(dtype, xp))
    return target * (xp.log(target / q) + (q - mean) / q)


def _smallest_mean(dtype: DType, xp: Namespace) -> float:
    limits = xp.finfo(dtype)
    return float(limits.smallest_normal) / float(limits.eps)
