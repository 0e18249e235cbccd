"""Forward and backward through the two layers, on one block of rows.

X is a block, shape (rows, n_features); nothing here knows whether there are others. All that is returned in a `Forward`
or a `Backward` is a sum over the rows of the block, to be added to those of the other blocks.
"""

from __future__ import annotations

from typing import NamedTuple

from xpsae.arrays.namespace import device_of
from xpsae.arrays.typing import Array, DType, Namespace
from xpsae.objective import formulas
from xpsae.objective.parameters import Parameters

DECODERS = ("sigmoid", "linear")


def encode(X: Array, W1: Array, b1: Array, *, xp: Namespace) -> tuple[Array, Array]:
    """Return the activations A = σ(X W1ᵀ + b1) and their complements 1 - A, each shape (rows, n_hidden)."""
    return formulas.activations(X @ W1.T, b1, xp=xp)


def decode(A: Array, W2: Array, b2: Array, *, decoder: str, xp: Namespace) -> Array:
    """Return the outputs, shape (rows, n_features): σ(A W2ᵀ + b2), or A W2ᵀ + b2 with the linear decoder."""
    return formulas.outputs(A @ W2.T, b2, decoder=decoder, xp=xp)[0]


class Kept(NamedTuple):
    """What the backward pass needs of the forward pass, each shape (rows, n_hidden)."""

    carried: Array
    """The output error signal carried back through W2."""
    slope: Array
    """The slope A (1 - A) of the hidden units."""


class Forward(NamedTuple):
    """Sums over the rows of a block that the forward pass finds, and the decoder's part of the gradient."""

    activation: Array
    """Σ A, shape (n_hidden,)."""
    complement: Array
    """Σ (1 - A), shape (n_hidden,)."""
    squared_error: Array
    """Σ ‖h - x‖², 0-d."""
    W2: Array
    """The gradient of Σ ½‖h - x‖² by W2."""
    b2: Array
    """The gradient by b2."""


class Backward(NamedTuple):
    """Sums over the rows of a block that the backward pass finds: the encoder's part of the gradient."""

    W1: Array
    b1: Array


def forward(X: Array, parameters: Parameters, *, decoder: str, wide: DType, xp: Namespace) -> tuple[Forward, Kept]:
    """Return a block's sums, those of few terms in the dtype `wide`, and what `backward` needs (four products)."""
    W1, W2, b1, b2 = parameters
    A, C = encode(X, W1, b1, xp=xp)
    delta, squared = formulas.output_errors(A @ W2.T, b2, X, decoder=decoder, xp=xp)
    on, off = (xp.astype(column_sums(each, xp=xp), wide) for each in (A, C))
    sums = Forward(on, off, xp.sum(squared, dtype=wide), delta.T @ A, column_sums(delta, xp=xp))
    C *= A
    return sums, Kept(carried=delta @ W2, slope=C)


def backward(X: Array, kept: Kept, sparsity_slope: Array, *, xp: Namespace) -> Backward:
    """Return a block's part of the gradient by W1 and b1, given β KL'(ρ̂) of every unit (one product)."""
    (delta,) = formulas.hidden_errors(*kept, sparsity_slope)
    return Backward(delta.T @ X, column_sums(delta, xp=xp))


def backward_by_parts(X: Array, kept: Kept, *, xp: Namespace) -> tuple[Backward, Backward]:
    """Return G and S such that `backward` is G + β KL'(ρ̂) S, for a slope that is not known yet (two products)."""
    carried = kept.carried * kept.slope
    return (
        Backward(carried.T @ X, column_sums(carried, xp=xp)),
        Backward(kept.slope.T @ X, column_sums(kept.slope, xp=xp)),
    )


def column_sums(X: Array, *, xp: Namespace) -> Array:
    """Return the sum over rows as a product, which is fast on every library and rounds less than adding row by row."""
    return xp.ones((X.shape[0],), dtype=X.dtype, device=device_of(X)) @ X
