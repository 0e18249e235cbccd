r"""Other activations and penalties, by formulas of the user's, on one block of rows.

.. math:: J = \frac{1}{2m} \sum_i \lVert h(x_i) - x_i \rVert^2
              + \frac{\lambda}{2} \left( \lVert W_1 \rVert^2 + \lVert W_2 \rVert^2 \right)
              + \frac{\beta}{m} \sum_{ij} p(a_{ij}), \qquad a = f(W_1 x + b_1)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from xpsae.arrays.typing import Array, DType, Namespace
from xpsae.objective import formulas, network
from xpsae.objective.cost import squared_norm
from xpsae.objective.parameters import Parameters

Formula = Callable[..., Any]


@dataclass(frozen=True)
class Activation:
    """An activation of the hidden units, element by element.

    Attributes
    ----------
    name : str
        What it is called in messages.
    value : callable
        ``value(z, xp=xp)``: the activations of weighted inputs, an array like `z`.
    slope : callable
        ``slope(z, a, xp=xp)``: the derivative of `value` by `z`; `a` is the activation that is known already.

    Examples
    --------
    >>> import numpy as np
    >>> softplus = Activation("softplus", lambda z, xp: xp.log1p(xp.exp(z)), lambda z, a, xp: 1 / (1 + xp.exp(-z)))
    >>> softplus.value(np.zeros(1), xp=np).round(3)
    array([0.693])
    """

    name: str
    value: Formula
    slope: Formula


@dataclass(frozen=True)
class Penalty:
    """A penalty on every activation of every row, whose mean over the rows is added to the cost.

    Attributes
    ----------
    name : str
        What it is called in messages.
    value : callable
        ``value(a, xp=xp)``: the penalty of each activation, an array like `a`.
    slope : callable
        ``slope(a, xp=xp)``: its derivative by `a`.

    Examples
    --------
    >>> import numpy as np
    >>> cauchy = Penalty("cauchy", lambda a, xp: xp.log(1 + a * a), lambda a, xp: 2 * a / (1 + a * a))
    >>> cauchy.slope(np.ones(1), xp=np)
    array([1.])
    """

    name: str
    value: Formula
    slope: Formula


def _signs(x: Array, xp: Namespace) -> Array:
    positive, negative = (xp.astype(each, x.dtype) for each in (x > 0.0, x < 0.0))
    return positive - negative


TANH = Activation("tanh", lambda z, xp: xp.tanh(z), lambda _, a, xp: 1.0 - a * a)  # noqa: ARG005
"""The hyperbolic tangent, from -1 to 1."""
RELU = Activation("relu", lambda z, xp: xp.maximum(z, 0.0 * z), lambda z, _, xp: xp.astype(z > 0.0, z.dtype))
"""The larger of z and 0."""
L1 = Penalty("l1", lambda a, xp: xp.abs(a), _signs)
"""The size of every activation."""


class Sums(NamedTuple):
    """What a block of rows adds to cost and gradient."""

    squared_error: Array
    penalty: Array
    gradient: Parameters
    """The gradient of the two, times the number of rows."""


def sums(
    X: Array,
    parameters: Parameters,
    activation: Activation,
    penalty: Penalty,
    *,
    weight: float,
    decoder: str,
    wide: DType,
    xp: Namespace,
) -> Sums:
    """Return a block's part of cost and gradient, in one pass: an elementwise penalty does not couple the rows."""
    W1, W2, b1, b2 = parameters
    z = X @ W1.T + b1
    a = activation.value(z, xp=xp)
    minus_delta, squared = formulas.output_errors(-(a @ W2.T + b2), X, decoder=decoder, xp=xp)
    delta = (weight * penalty.slope(a, xp=xp) - minus_delta @ W2) * activation.slope(z, a, xp=xp)
    of_b1, of_b2 = (network.column_sums(each, xp=xp)[0] for each in (delta, minus_delta))
    return Sums(
        xp.sum(squared, dtype=wide),
        xp.sum(penalty.value(a, xp=xp), dtype=wide) * weight,
        Parameters(delta.T @ X, -(minus_delta.T @ a), of_b1, -of_b2),
    )


def cost_and_gradient(
    found: Sums, parameters: Parameters, *, weight_decay: float, n_rows: int, xp: Namespace
) -> tuple[Array, Parameters]:
    """Return cost and gradient from the sums over all rows."""
    wide = found.squared_error.dtype
    weights = sum(squared_norm(W, dtype=wide, xp=xp) for W in (parameters.W1, parameters.W2))
    cost = (0.5 * found.squared_error + found.penalty) / n_rows + 0.5 * weight_decay * weights
    by = found.gradient
    gradient = Parameters(
        by.W1 / n_rows + weight_decay * parameters.W1,
        by.W2 / n_rows + weight_decay * parameters.W2,
        by.b1 / n_rows,
        by.b2 / n_rows,
    )
    return cost, gradient
