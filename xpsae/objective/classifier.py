r"""A classifier of sigmoid layers below a softmax, on one block of rows, and its cost.

.. math:: J = -\frac{1}{m} \sum_i \log p_{y_i}(x_i) + \frac{\lambda}{2} \sum_l \lVert W_l \rVert^2
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from xpsae.arrays import host, random
from xpsae.arrays.fusion import rowwise
from xpsae.arrays.namespace import device_of
from xpsae.arrays.typing import Array, DType, HostArray, Namespace, RNGLike
from xpsae.objective import network


class Layer(NamedTuple):
    """Weights and biases of one layer, or a gradient by them."""

    W: Array
    """Shape (n_out, n_in)."""
    b: Array
    """Shape (n_out,)."""


@dataclass(frozen=True)
class LayerSizes:
    """The widths of all layers, inputs first and classes last, and where each parameter stands in the flat vector."""

    widths: tuple[int, ...]

    @property
    def size(self) -> int:
        """The length of the flat vector: W and b of the first layer, W and b of the second, and so on."""
        return sum(n_out * (n_in + 1) for n_in, n_out in itertools.pairwise(self.widths))

    def unpack(self, theta: Array, *, xp: Namespace) -> tuple[Layer, ...]:
        """Return the layers in a flat vector."""
        layers, first = [], 0
        for n_in, n_out in itertools.pairwise(self.widths):
            middle, last = first + n_in * n_out, first + (n_in + 1) * n_out
            layers.append(Layer(xp.reshape(theta[first:middle], (n_out, n_in)), theta[middle:last]))
            first = last
        return tuple(layers)

    @staticmethod
    def pack(layers: Sequence[Layer], *, xp: Namespace) -> Array:
        """Return the flat vector of layers, the inverse of `unpack`."""
        return xp.concat([xp.reshape(part, (-1,)) for layer in layers for part in layer])

    def initial(self, rng: RNGLike = None) -> HostArray:
        """Return a starting vector on the host: weights uniform within ±√(6/(n_in + n_out + 1)), biases zero."""
        generator = random.generator(rng)
        parts = []
        for n_in, n_out in itertools.pairwise(self.widths):
            parts += [
                random.uniform(generator, math.sqrt(6.0 / (n_in + n_out + 1)), (n_in * n_out,)),
                host.zeros(n_out),
            ]
        return host.concatenate(parts)


class Found(NamedTuple):
    """What a block of rows adds to cost and gradient."""

    loss: Array
    """Σ -log p of the right class, 0-d."""
    layers: tuple[Layer, ...]
    """The gradient of that by every layer."""


@rowwise
def class_errors(z: Array, b: Array, right: Array, *, xp: Namespace) -> tuple[Array, Array]:
    """Return the errors p - y of a softmax over z + b, and -log p of the right class of each row.

    `right` holds one where a row's class is, zeros elsewhere. The largest input is taken off first, so that nothing
    overflows.
    """
    z += b
    z -= xp.max(z, axis=1, keepdims=True)
    e = xp.exp(z)
    total = xp.sum(e, axis=1, keepdims=True)
    loss = xp.log(total[:, 0]) - xp.vecdot(z, right)
    e /= total
    e -= right
    return e, loss


@rowwise
def probabilities(z: Array, b: Array, *, xp: Namespace) -> tuple[Array]:
    """Return the softmax of z + b, rows that add up to one."""
    z += b
    z -= xp.max(z, axis=1, keepdims=True)
    e = xp.exp(z)
    return (e / xp.sum(e, axis=1, keepdims=True),)


def classify(X: Array, layers: Sequence[Layer], *, xp: Namespace) -> Array:
    """Return the probability of every class, shape (rows, n_classes)."""
    *below, top = layers
    for layer in below:
        X = network.encode(X, layer.W, layer.b, xp=xp)[0]
    return probabilities(X @ top.W.T, top.b, xp=xp)[0]


def loss_and_gradient(X: Array, right: Array, layers: Sequence[Layer], *, wide: DType, xp: Namespace) -> Found:
    """Return a block's loss, in the dtype `wide`, and its gradient by every layer, by backpropagation."""
    *below, top = layers
    inputs, slopes = [X], []
    for layer in below:
        A, C = network.encode(inputs[-1], layer.W, layer.b, xp=xp)
        inputs.append(A)
        slopes.append(A * C)
    delta, losses = class_errors(inputs[-1] @ top.W.T, top.b, right, xp=xp)
    gradients = [_by_layer(delta, inputs.pop(), xp=xp)]
    for above in reversed(layers[1:]):
        delta = (delta @ above.W) * slopes.pop()
        gradients.insert(0, _by_layer(delta, inputs.pop(), xp=xp))
    return Found(xp.sum(losses, dtype=wide), tuple(gradients))


def _by_layer(delta: Array, inputs: Array, *, xp: Namespace) -> Layer:
    return Layer(delta.T @ inputs, *network.column_sums(delta, xp=xp))


def ones_at(labels: Array, n_classes: int, like: Array, *, xp: Namespace) -> Array:
    """Return a row for every label, with a one at its class and zeros elsewhere, in the dtype of `like`."""
    classes = xp.arange(n_classes, dtype=labels.dtype, device=device_of(labels))
    right: Any = xp.reshape(labels, (-1, 1)) == classes
    return xp.astype(right, like.dtype)
