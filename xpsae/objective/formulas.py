"""The elementwise formulas of the lecture notes, a line or two each; all take arrays of any library and its `xp`.

Symbols: z a weighted input, a an activation, c = 1 - a its complement, ρ the sparsity target, ρ̂ a unit's mean
activation over all rows and 1 - ρ̂ its mean complement.
"""

from __future__ import annotations

import math

from xpsae.arrays.fusion import elementwise
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
    return _sigmoids_of_negative(-z, xp=xp)


def _sigmoids_of_negative(u: Array, *, xp: Namespace) -> tuple[Array, Array]:
    """Return σ(-u) and σ(u)."""
    e = xp.exp(xp.minimum(u, -math.log(xp.finfo(u.dtype).smallest_normal)))
    a = 1.0 / (1.0 + e)
    e *= a
    return a, e


def row_squares(D: Array, *, xp: Namespace) -> Array:
    """Return ‖d‖² of each row, shape (rows,)."""
    return xp.vecdot(D, D)


@elementwise
def activations(z: Array, b: Array, *, xp: Namespace) -> tuple[Array, Array]:
    """Return the activations σ(z + b) of a layer and their complements, each shape (rows, units)."""
    return _sigmoids_of_negative(-b - z, xp=xp)


@elementwise
def outputs(z: Array, b: Array, *, decoder: str, xp: Namespace) -> tuple[Array]:
    """Return the outputs h, shape (rows, n_features): σ(z + b), or z + b with the linear decoder."""
    return (z + b if decoder == "linear" else _sigmoids_of_negative(-b - z, xp=xp)[0],)


@elementwise
def output_errors(u: Array, x: Array, *, decoder: str, xp: Namespace) -> tuple[Array, Array]:
    """Return the output units' error signal δ = (h - x) h', times -1, and the squared error ‖h - x‖² of each row.

    It takes the negative weighted inputs u = -z and returns the negative signal, which saves a pass over memory at both
    ends. Where the exponential overflows, h is 0, as it should.
    """
    if decoder == "linear":
        u += x
        return u, row_squares(u, xp=xp)
    h = 1.0 / (1.0 + xp.exp(u))
    d = h * h
    d -= h
    h -= x
    d *= h
    return d, row_squares(h, xp=xp)


@elementwise
def hidden_errors(carried: Array, slope: Array, sparsity_slope: Array) -> tuple[Array]:
    """Return the hidden units' error signal: what is carried back to them and β KL'(ρ̂), times their own slope."""
    carried += sparsity_slope
    carried *= slope
    return (carried,)


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
