"""Forward and backward through the two layers, on one block of rows.

X is a block, shape (rows, n_features); nothing here knows whether there are others. All that is returned in a `Forward`
or a `Backward` is a sum over the rows of the block, to be added to those of the other blocks.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from xpsae.arrays.fusion import small
from xpsae.arrays.namespace import device_of
from xpsae.arrays.typing import Array, DType, Namespace
from xpsae.arrays.workspaces import ones_for_rows
from xpsae.objective import formulas
from xpsae.objective.parameters import Parameters

DECODERS = ("sigmoid", "linear")


def encode(X: Array, W1: Array, b1: Array, *, xp: Namespace) -> tuple[Array, Array]:
    """Return the activations A = σ(X W1ᵀ + b1) and their complements 1 - A, each shape (rows, n_hidden)."""
    return formulas.activations(X @ W1.T, b1, xp=xp)


def decode(A: Array, W2: Array, b2: Array, *, decoder: str, xp: Namespace) -> Array:
    """Return the outputs, shape (rows, n_features): σ(A W2ᵀ + b2), or A W2ᵀ + b2 with the linear decoder."""
    return formulas.outputs(A @ W2.T, b2, decoder=decoder, xp=xp)[0]


class Squares(NamedTuple):
    """‖w‖² of every row of the two matrices of weights, for their penalty."""

    W1: Array
    """Shape (n_hidden,)."""
    W2: Array
    """Shape (n_features,)."""


class Weights(NamedTuple):
    """Both layers as matrices, the biases of the outputs being weights from one more hidden unit that is always on.

    So one product gives weighted inputs with their biases, and one the gradient by both. The decoder's are negative, as
    `formulas.output_errors` wants them.
    """

    W1: Array
    """Encoder weights, shape (n_hidden + 1, n_features)."""
    b1: Array
    """Encoder biases, shape (n_hidden + 1,)."""
    V: Array
    """-(W2, b2), shape (n_features, n_hidden + 1)."""
    squares: Squares


@small
def weights(parameters: Parameters, *, xp: Namespace) -> Weights:
    """Return the parameters as `forward` wants them."""
    W1, W2, b1, b2 = parameters
    like = {"dtype": W1.dtype, "device": device_of(W1)}
    none, on = xp.zeros((1, W1.shape[1]), **like), xp.ones((1,), **like) * math.inf
    V = xp.concat([W2, xp.reshape(b2, (-1, 1))], axis=1) * -1.0
    return Weights(xp.concat([W1, none]), xp.concat([b1, on]), V, row_squares(W1, W2, xp=xp))


def row_squares(W1: Array, W2: Array, *, xp: Namespace) -> Squares:
    """Return ‖w‖² of every row of both matrices."""
    return Squares(formulas.row_squares(W1, xp=xp), formulas.row_squares(W2, xp=xp))


class Kept(NamedTuple):
    """What the backward pass needs of the forward pass, each shape (rows, n_hidden + 1)."""

    carried: Array
    """The output error signal carried back through W2."""
    slope: Array
    """The slope A (1 - A) of the hidden units."""


class Forward(NamedTuple):
    """Sums over the rows of a block that the forward pass finds, and the decoder's part of the gradient."""

    activation: Array
    """Σ A, shape (n_hidden + 1,)."""
    complement: Array
    """Σ (1 - A), shape (n_hidden + 1,)."""
    squared_error: Array
    """Σ ‖h - x‖², 0-d."""
    V: Array
    """The gradient of Σ ½‖h - x‖² by V, shape (n_features, n_hidden + 1)."""


class Backward(NamedTuple):
    """Sums over the rows of a block that the backward pass finds: the encoder's part of the gradient."""

    W1: Array
    b1: Array


def forward(X: Array, weights: Weights, *, decoder: str, wide: DType, xp: Namespace) -> tuple[Forward, Kept]:
    """Return a block's sums, those of few terms in the dtype `wide`, and what `backward` needs (four products)."""
    A, C = encode(X, weights.W1, weights.b1, xp=xp)
    minus_delta, squared = formulas.output_errors(A @ weights.V.T, X, decoder=decoder, xp=xp)
    on, off = column_sums(A, C, xp=xp)
    sums = Forward(*_summed(on, off, squared, wide=wide, xp=xp), minus_delta.T @ A)
    C *= A
    return sums, Kept(carried=minus_delta @ weights.V, slope=C)


@small
def _summed(on: Array, off: Array, squared: Array, *, wide: DType, xp: Namespace) -> tuple[Array, Array, Array]:
    """Return the sums of few terms in the dtype `wide`, and the squared errors of the rows added up in it."""
    return xp.astype(on, wide, copy=False), xp.astype(off, wide, copy=False), xp.sum(squared, dtype=wide)


def backward(X: Array, kept: Kept, sparsity_slope: Array, *, xp: Namespace) -> Backward:
    """Return a block's part of the gradient by W1 and b1, given β KL'(ρ̂) of every unit (one product)."""
    (delta,) = formulas.hidden_errors(*kept, sparsity_slope)
    return Backward(delta.T @ X, *column_sums(delta, xp=xp))


def backward_by_parts(X: Array, kept: Kept, *, xp: Namespace) -> tuple[Backward, Backward]:
    """Return G and S such that `backward` is G + β KL'(ρ̂) S, for a slope that is not known yet (two products)."""
    carried = kept.carried * kept.slope
    of_carried, of_slope = column_sums(carried, kept.slope, xp=xp)
    return Backward(carried.T @ X, of_carried), Backward(kept.slope.T @ X, of_slope)


def column_sums(X: Array, *others: Array, xp: Namespace) -> tuple[Array, ...]:
    """Return sums over rows as products, which are fast on every library and round less than adding row by row."""
    ones = ones_for_rows(X, xp=xp)
    return tuple(ones @ each for each in (X, *others))
