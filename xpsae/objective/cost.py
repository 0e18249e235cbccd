r"""The cost of a sparse autoencoder, from the sums over all rows.

.. math:: J = \frac{1}{2m} \sum_i \lVert h(x_i) - x_i \rVert^2
              + \frac{\lambda}{2} \left( \lVert W_1 \rVert^2 + \lVert W_2 \rVert^2 \right)
              + \beta \sum_j \mathrm{KL}(\rho \,\|\, \hat\rho_j)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from xpsae.arrays.typing import Array, DType, Namespace
from xpsae.checks import one_of, real_number
from xpsae.objective import formulas, network
from xpsae.objective.network import Squares


@dataclass(frozen=True)
class Penalties:
    """The hyper-parameters of the cost, checked and kept as Python floats."""

    weight_decay: float = 1e-4
    sparsity_target: float = 0.05
    sparsity_weight: float = 3.0
    decoder: str = "sigmoid"

    @property
    def numbers(self) -> dict[str, float]:
        """λ, ρ and β by their names."""
        return {name: getattr(self, name) for name in ("weight_decay", "sparsity_target", "sparsity_weight")}

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


def total(terms: Terms) -> Array:
    """Return the cost, the sum of its terms."""
    return terms.error + terms.decay + terms.sparsity


def squared_norm(W: Array, *, dtype: DType, xp: Namespace) -> Array:
    """Return the sum of the squares of a matrix, row by row and then in `dtype`."""
    return xp.sum(formulas.row_squares(W, xp=xp), dtype=dtype)


class Means(NamedTuple):
    """ρ̂ and 1 - ρ̂ over all rows, each shape (n_hidden,), both with full relative accuracy and of sum exactly 1."""

    activation: Array
    complement: Array


def means(activation: Array, complement: Array, *, n_rows: int, xp: Namespace) -> Means:
    """Return the means over all rows from the sums Σ A and Σ (1 - A)."""
    activation, complement = activation / n_rows, complement / n_rows
    # Each was rounded by itself. The divergence is flat at ρ only where the two add up to one, so the smaller, which
    # has the digits, gives the larger.
    small = activation < complement
    return Means(xp.where(small, activation, 1.0 - complement), xp.where(small, 1.0 - activation, complement))


def cost_terms(
    squared_error: Array,
    means: Means,
    squares: Squares,
    *,
    n_rows: int,
    weight_decay: float,
    sparsity_target: float,
    sparsity_weight: float,
    xp: Namespace,
) -> Terms:
    """Return the cost's terms from the sums over all rows, and those over the rows of the weights."""
    wide = squared_error.dtype
    weights = xp.sum(squares.W1, dtype=wide) + xp.sum(squares.W2, dtype=wide)
    return Terms(
        error=squared_error * (0.5 / n_rows),
        decay=weights * (0.5 * weight_decay),
        sparsity=xp.sum(formulas.divergence(*means, sparsity_target, dtype=squares.W1.dtype, xp=xp)) * sparsity_weight,
    )
