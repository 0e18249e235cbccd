"""The flat vector of all parameters and its four parts, and the draw a run starts from.

The vector is W1 (n_hidden, n_features), W2 (n_features, n_hidden), b1, b2, each in C order, one after the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from xpsae.arrays import host, random
from xpsae.arrays.typing import Array, HostArray, Namespace, RNGLike


class Parameters(NamedTuple):
    """The two layers of weights and biases, or a gradient by them."""

    W1: Array
    """Encoder weights, shape (n_hidden, n_features)."""
    W2: Array
    """Decoder weights, shape (n_features, n_hidden)."""
    b1: Array
    """Encoder biases, shape (n_hidden,)."""
    b2: Array
    """Decoder biases, shape (n_features,)."""


def flat(parameters: Parameters, *, xp: Namespace) -> Array:
    """Return the four parts as one vector."""
    return xp.concat([xp.reshape(part, (-1,)) for part in parameters])


@dataclass(frozen=True)
class Layout:
    """How many features and hidden units there are, and so where each parameter stands in the flat vector."""

    n_features: int
    n_hidden: int

    @property
    def size(self) -> int:
        """The length of the flat vector: 2·n_features·n_hidden + n_hidden + n_features."""
        return 2 * self.n_features * self.n_hidden + self.n_hidden + self.n_features

    def unpack(self, theta: Array, *, xp: Namespace) -> Parameters:
        """Return the four parts of a flat vector (views of it, where the library has views)."""
        n, h = self.n_features, self.n_hidden
        return Parameters(
            W1=xp.reshape(theta[: n * h], (h, n)),
            W2=xp.reshape(theta[n * h : 2 * n * h], (n, h)),
            b1=theta[2 * n * h : 2 * n * h + h],
            b2=theta[2 * n * h + h :],
        )

    def pack(self, parameters: Parameters, *, xp: Namespace) -> Array:
        """Return the flat vector of the four parts, the inverse of `unpack`."""
        return flat(parameters, xp=xp)

    def initial(self, rng: RNGLike = None) -> HostArray:
        r"""Return a starting vector: weights uniform within ±√(6/(n_features + n_hidden + 1)), biases zero.

        Parameters
        ----------
        rng : int, numpy.random.Generator or None
            Where the draw comes from; an integer gives the same start every time, on every library.

        Returns
        -------
        numpy.ndarray, shape (size,), float64
            The start, on the host.

        Notes
        -----
        The range is the one of the UFLDL exercises' starter code; zero weights would leave all hidden units alike.
        """
        n, h = self.n_features, self.n_hidden
        weights = random.uniform(random.generator(rng), math.sqrt(6.0 / (n + h + 1)), (2 * n * h,))
        return host.concatenate([weights, host.zeros(h + n)])
