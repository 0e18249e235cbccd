"""The elementwise formulas of the lecture notes, one line each; every one takes arrays of any library and its `xp`.

Symbols: z a weighted input, a an activation, h an output, d = h - x an output error, ρ the sparsity target, ρ̂ a unit's
mean activation over all rows.
"""

from __future__ import annotations

import math

from xpsae.arrays.typing import Array, DType, Namespace


def sigmoid(z: Array, *, xp: Namespace) -> Array:
    r"""Return σ(z) = 1/(1 + exp(-z)), with full relative accuracy for z → -∞ and never an overflow.

    Parameters
    ----------
    z : array
        Weighted inputs, any shape, float32 or float64.
    xp : namespace
        The library of `z`.

    Returns
    -------
    array
        Values from the dtype's smallest normal number to 1.

    Notes
    -----
    CS294A notes, section 1. Below z = ln(smallest normal number), about -87 in float32 and -708 in float64, the value
    stays at the smallest normal number instead of becoming zero. Relative accuracy matters there: the slope of the
    sparsity penalty of a nearly dead unit is a ratio of two tiny activations, and ½(1 + tanh(z/2)), the other
    overflow-free form, returns exactly zero from z = -17 (float32) and z = -38 (float64).
    """
    lowest = math.log(xp.finfo(z.dtype).smallest_normal)
    return 1.0 / (1.0 + xp.exp(-xp.maximum(z, lowest)))


def sigmoid_slope(a: Array) -> Array:
    """Return dσ/dz = a (1 - a), from the activation a = σ(z) itself (CS294A notes, section 2)."""
    return a * (1.0 - a)


def _inside(mean_activation: Array, dtype: DType, xp: Namespace) -> Array:
    """Return ρ̂ moved into the interval where the divergence and its slope are finite in `dtype`."""
    limits = xp.finfo(dtype)
    lowest, eps = float(limits.smallest_normal / limits.eps), float(limits.eps)
    return xp.minimum(xp.maximum(mean_activation, lowest), 1.0 - eps)


def divergence(mean_activation: Array, target: float, *, dtype: DType, xp: Namespace) -> Array:
    r"""Return KL(ρ ‖ ρ̂) between Bernoulli variables of means ρ and ρ̂, one value a unit, finite for every ρ̂ in [0, 1].

    Parameters
    ----------
    mean_activation : array, shape (n_hidden,)
        ρ̂, each from 0 to 1, both included.
    target : float
        ρ, strictly between 0 and 1.
    dtype : dtype
        The dtype the activations were computed in; it decides how close to 0 and 1 the formula can be trusted.
    xp : namespace
        The library of `mean_activation`.

    Returns
    -------
    array, shape (n_hidden,)
        At least 0, and 0 only at ρ̂ = ρ.

    Notes
    -----
    .. math:: \rho \log\frac{\rho}{\hat\rho} + (1 - \rho) \log\frac{1 - \rho}{1 - \hat\rho}

    CS294A notes, section 3. Nearer to 0 or 1 than the dtype resolves, where the formula is infinite, its tangent
    continues it: the function stays convex and continuously differentiable, and `divergence_slope` stays its exact
    derivative.
    """
    q = _inside(mean_activation, dtype, xp)
    value = target * xp.log(target / q) + (1.0 - target) * xp.log((1.0 - target) / (1.0 - q))
    return value + _slope(q, target) * (mean_activation - q)


def divergence_slope(mean_activation: Array, target: float, *, dtype: DType, xp: Namespace) -> Array:
    r"""Return the derivative of `divergence` by ρ̂: -ρ/ρ̂ + (1-ρ)/(1-ρ̂), finite for every ρ̂ in [0, 1].

    Parameters
    ----------
    mean_activation : array, shape (n_hidden,)
        ρ̂, each from 0 to 1, both included.
    target : float
        ρ, strictly between 0 and 1.
    dtype : dtype
        The dtype the activations were computed in.
    xp : namespace
        The library of `mean_activation`.

    Returns
    -------
    array, shape (n_hidden,)
        Negative below ρ, positive above.
    """
    return _slope(_inside(mean_activation, dtype, xp), target)


def _slope(q: Array, target: float) -> Array:
    return (1.0 - target) / (1.0 - q) - target / q
