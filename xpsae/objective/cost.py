r"""The cost of a sparse autoencoder and its gradient, as a reduction over blocks of rows.

.. math:: J = \frac{1}{2m} \sum_i \lVert h(x_i) - x_i \rVert^2
              + \frac{\lambda}{2} \left( \lVert W_1 \rVert^2 + \lVert W_2 \rVert^2 \right)
              + \beta \sum_j \mathrm{KL}(\rho \,\|\, \hat\rho_j)
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from xpsae.arrays.namespace import accumulator, device_of
from xpsae.arrays.typing import Array, DType, Namespace
from xpsae.checks import one_of, real_number
from xpsae.objective import formulas, network
from xpsae.objective.parameters import Parameters


@dataclass(frozen=True)
class Penalties:
    """The hyper-parameters of the cost, checked and kept as Python floats."""

    weight_decay: float = 1e-4
    sparsity_target: float = 0.05
    sparsity_weight: float = 3.0
    decoder: str = "sigmoid"

    def __post_init__(self) -> None:
        checked = {
            "weight_decay": real_number("weight_decay", self.weight_decay, remedy="Pass 1e-4, say."),
            "sparsity_target": real_number(
                "sparsity_target", self.sparsity_target, high=1.0, open_ends=True, remedy="Pass 0.05, say."
            ),
            "sparsity_weight": real_number(
                "sparsity_weight", self.sparsity_weight, remedy="Pass 3.0, say, or 0 for no sparsity penalty."
            ),
            "decoder": one_of("decoder", self.decoder, network.DECODERS, remedy="Pass one of these."),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)


class Terms(NamedTuple):
    """The three terms of the cost, 0-d arrays (or host floats in a model's history)."""

    error: Array
    """Half the mean squared reconstruction error, 1/(2m) Σ‖h - x‖²."""
    decay: Array
    """λ/2 (‖W1‖² + ‖W2‖²)."""
    sparsity: Array
    """β Σ_j KL(ρ ‖ ρ̂_j)."""


class Evaluation(NamedTuple):
    """Everything one evaluation of the objective finds out."""

    terms: Terms
    mean_activation: Array
    """ρ̂ over all rows, shape (n_hidden,)."""
    gradient: Parameters

    @property
    def cost(self) -> Array:
        """J, a 0-d array."""
        return total(self.terms)


def total(terms: Terms) -> Array:
    """Return the cost, the sum of its terms."""
    return terms.error + terms.decay + terms.sparsity


def add(parts: Iterable[Array]) -> Array:
    """Return the sum of the blocks' parts, added in the order of the blocks."""
    return functools.reduce(operator.add, parts)


def squared_norm(W: Array, *, dtype: DType, xp: Namespace) -> Array:
    """Return the sum of the squares of a matrix, row by row and then in `dtype`."""
    return xp.sum(formulas.row_squares(W, xp=xp), dtype=dtype)


class Means(NamedTuple):
    """ρ̂ and 1 - ρ̂ over all rows, each shape (n_hidden,), both with full relative accuracy and of sum exactly 1."""

    activation: Array
    complement: Array


def means(passes: Iterable[tuple[Array, Array]], *, n_rows: int, xp: Namespace) -> Means:
    """Return the means over the rows of all blocks, added across blocks in float64 where the device has it."""

    def sums(block: Array) -> Array:
        """Return the column sums of one block in the accumulator's dtype."""
        return xp.astype(network.column_sums(block, xp=xp), accumulator(xp=xp, device=device_of(block)))

    added = [(sums(A), sums(C)) for A, C in passes]
    activation, complement = add(on for on, _ in added) / n_rows, add(off for _, off in added) / n_rows
    # Each was rounded by itself. The divergence is flat at ρ only where the two add up to one, so the smaller, which
    # has the digits, gives the larger.
    small = activation < complement
    return Means(xp.where(small, activation, 1.0 - complement), xp.where(small, 1.0 - activation, complement))


def cost_terms(
    squared_error: Array, means: Means, parameters: Parameters, penalties: Penalties, *, n_rows: int, xp: Namespace
) -> Terms:
    """Return the cost's terms from the sums over all rows."""
    wide, dtype = squared_error.dtype, parameters.W1.dtype
    weights = squared_norm(parameters.W1, dtype=wide, xp=xp) + squared_norm(parameters.W2, dtype=wide, xp=xp)
    return Terms(
        error=squared_error * (0.5 / n_rows),
        decay=weights * (0.5 * penalties.weight_decay),
        sparsity=xp.sum(formulas.divergence(*means, penalties.sparsity_target, dtype=dtype, xp=xp))
        * penalties.sparsity_weight,
    )


def evaluate(blocks: Sequence[Array], parameters: Parameters, penalties: Penalties, *, xp: Namespace) -> Evaluation:
    r"""Return the cost's terms, ρ̂ and the gradient, by backpropagation over all rows.

    Parameters
    ----------
    blocks : sequence of array, each shape (rows, n_features)
        The data, cut into blocks of rows; the result does not depend on the cuts, except in the last digits.
    parameters : Parameters
        Where to evaluate.
    penalties : Penalties
        λ, ρ, β and the kind of decoder.
    xp : namespace
        The library of all these arrays.

    Returns
    -------
    Evaluation
        Cost terms and ρ̂ in float64 where the device has it, the gradient in the dtype of the data.

    Notes
    -----
    CS294A notes, sections 2 and 3. With D = H - X, the sigmoid decoder has δ³ = D∘H∘(1-H), the linear one δ³ = D, and

    .. math:: \delta^2 = \left( \delta^3 W_2 + \beta \mathrm{KL}'(\hat\rho) \right) \circ A \circ (1 - A)

    .. math:: \nabla_{W_1} J = \tfrac{1}{m} \delta^{2\top} X + \lambda W_1, \quad
              \nabla_{W_2} J = \tfrac{1}{m} \delta^{3\top} A + \lambda W_2

    The sparsity slope couples all rows through ρ̂, so there are two phases: forward over all blocks, keeping A, 1 - A
    and δ³W2 (3·m·n_hidden numbers), then backward. Five matrix products in all.
    """
    n_rows = sum(X.shape[0] for X in blocks)
    dtype, (W1, W2, _, _) = parameters.W1.dtype, parameters
    passes = [network.forward(X, parameters, decoder=penalties.decoder, xp=xp) for X in blocks]
    averages = means(((each.activations, each.complements) for each in passes), n_rows=n_rows, xp=xp)
    slope = formulas.divergence_slope(*averages, penalties.sparsity_target, dtype=dtype, xp=xp)
    slope = xp.astype(slope * penalties.sparsity_weight, dtype)
    backward = [network.backward(X, kept, slope, xp=xp) for X, kept in zip(blocks, passes, strict=True)]
    squared_error = add(xp.sum(each.squared_error, dtype=averages.activation.dtype) for each in passes)
    gradient = Parameters(
        W1=add(by_W1 for by_W1, _ in backward) / n_rows + W1 * penalties.weight_decay,
        W2=add(each.W2 for each in passes) / n_rows + W2 * penalties.weight_decay,
        b1=add(by_b1 for _, by_b1 in backward) / n_rows,
        b2=add(each.b2 for each in passes) / n_rows,
    )
    found = cost_terms(squared_error, averages, parameters, penalties, n_rows=n_rows, xp=xp)
    return Evaluation(found, averages.activation, gradient)


def mean_activations(blocks: Sequence[Array], parameters: Parameters, *, xp: Namespace) -> Means:
    """Return ρ̂ and 1 - ρ̂ alone, by the first half of the forward pass (one product)."""
    codes = (network.encode(X, parameters.W1, parameters.b1, xp=xp) for X in blocks)
    return means(codes, n_rows=sum(X.shape[0] for X in blocks), xp=xp)


def evaluate_terms(blocks: Sequence[Array], parameters: Parameters, penalties: Penalties, *, xp: Namespace) -> Terms:
    """Return the cost's terms alone, by the forward pass (two products)."""
    W1, W2, b1, b2 = parameters
    n_rows = sum(X.shape[0] for X in blocks)
    codes = [network.encode(X, W1, b1, xp=xp) for X in blocks]
    averages = means(codes, n_rows=n_rows, xp=xp)
    errors = (
        network.decode(A, W2, b2, decoder=penalties.decoder, xp=xp) - X for X, (A, _) in zip(blocks, codes, strict=True)
    )
    wide = averages.activation.dtype
    squared_error = add(squared_norm(D, dtype=wide, xp=xp) for D in errors)
    return cost_terms(squared_error, averages, parameters, penalties, n_rows=n_rows, xp=xp)
