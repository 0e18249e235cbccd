"""Hypothesis strategies: small autoencoder problems, built in NumPy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

SHAPES = [(1, 1, 1), (1, 5, 3), (12, 5, 3), (12, 3, 6), (30, 7, 1)]
"""Rows, features, hidden units. A few, because JAX compiles every operation anew for every shape."""


@dataclass(frozen=True)
class Problem:
    """Data, a point and hyper-parameters, on the host in float64."""

    X: Any
    theta: Any
    n_hidden: int
    penalties: dict

    @property
    def size(self):
        return self.theta.shape[0]

    def with_rows(self, X):
        return Problem(X, self.theta, self.n_hidden, self.penalties)


@st.composite
def problems(draw, *, shapes=SHAPES, decoders=("sigmoid", "linear")):
    """Data in [0, 1] and parameters about as large as training makes them, from one drawn seed."""
    n_rows, n_features, n_hidden = draw(st.sampled_from(shapes))
    scale = draw(st.sampled_from([0.1, 1.0, 3.0]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = 2 * n_features * n_hidden + n_hidden + n_features
    penalties = {
        "weight_decay": draw(st.sampled_from([0.0, 1e-4, 3e-3, 0.5])),
        "sparsity_target": draw(st.sampled_from([0.01, 0.1, 0.5, 0.9])),
        "sparsity_weight": draw(st.sampled_from([0.0, 0.3, 3.0])),
        "decoder": draw(st.sampled_from(decoders)),
    }
    return Problem(rng.random((n_rows, n_features)), scale * rng.standard_normal(size), n_hidden, penalties)
