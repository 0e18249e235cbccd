"""Forward and backward through the two layers, on one block of rows.

X is a block, shape (rows, n_features); nothing here knows whether there are others.
"""

from __future__ import annotations

from typing import NamedTuple

from xpsae.arrays.namespace import device_of
from xpsae.arrays.typing import Array, Namespace
from xpsae.objective import formulas
from xpsae.objective.parameters import Parameters

DECODERS = ("sigmoid", "linear")


def encode(X: Array, W1: Array, b1: Array, *, xp: Namespace) -> tuple[Array, Array]:
    """Return the activations A = σ(X W1ᵀ + b1) and their complements 1 - A, each shape (rows, n_hidden)."""
    return formulas.sigmoids(X @ W1.T + b1, xp=xp)


def decode(A: Array, W2: Array, b2: Array, *, decoder: str, xp: Namespace) -> Array:
    """Return the outputs, shape (rows, n_features): σ(A W2ᵀ + b2), or A W2ᵀ + b2 with the linear decoder."""
    z = A @ W2.T + b2
    return z if decoder == "linear" else formulas.sigmoids(z, xp=xp)[0]


def output_delta(H: Array, D: Array, *, decoder: str) -> Array:
    """Return the error signal of the output layer for ½‖h - x‖²: D = H - X, times the slope of the output unit."""
    return D if decoder == "linear" else D * H * (1.0 - H)


class Forward(NamedTuple):
    """What the forward pass over one block leaves for the sums and for the backward pass."""

    squared_error: Array
    """‖h - x‖² of each row, shape (rows,)."""
    activations: Array
    """A, shape (rows, n_hidden)."""
    complements: Array
    """1 - A, shape (rows, n_hidden)."""
    backpropagated: Array
    """The output error signal carried back through W2, before the hidden units' slope, shape (rows, n_hidden)."""
    W2: Array
    """This block's part of the gradient of Σ ½‖h - x‖² by W2."""
    b2: Array
    """This block's part of the gradient by b2."""


def forward(X: Array, parameters: Parameters, *, decoder: str, xp: Namespace) -> Forward:
    """Return the errors and activations of a block, and the decoder's part of the gradient (three products)."""
    W1, W2, b1, b2 = parameters
    A, C = encode(X, W1, b1, xp=xp)
    H = decode(A, W2, b2, decoder=decoder, xp=xp)
    D = H - X
    delta = output_delta(H, D, decoder=decoder)
    return Forward(formulas.row_squares(D, xp=xp), A, C, delta @ W2, delta.T @ A, column_sums(delta, xp=xp))


def backward(X: Array, kept: Forward, sparsity_slope: Array, *, xp: Namespace) -> tuple[Array, Array]:
    """Return this block's part of the gradient by W1 and b1, given β KL'(ρ̂) of every unit (one product)."""
    delta = (kept.backpropagated + sparsity_slope) * kept.activations * kept.complements
    return delta.T @ X, column_sums(delta, xp=xp)


def column_sums(X: Array, *, xp: Namespace) -> Array:
    """Return the sum over rows as a product, which is fast on every library and rounds less than adding row by row."""
    return xp.ones((X.shape[0],), dtype=X.dtype, device=device_of(X)) @ X
