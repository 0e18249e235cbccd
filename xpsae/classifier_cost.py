"""The cost of a classifier as one function of one flat vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.convert import matching
from xpsae.arrays.namespace import (
    accumulator,
    from_host,
    is_array,
    to_host,
    working_on,
)
from xpsae.arrays.typing import AnyArray, Array, HostArray, RNGLike
from xpsae.checks import complaint, described, real_number, whole_number
from xpsae.data.blocks import BLOCK_ROWS, RowBlocks, as_rows
from xpsae.objective.classifier import Found, Layer, LayerSizes, loss_and_gradient, ones_at
from xpsae.objective.cost import squared_norm
from xpsae.planning import workers_for
from xpsae.problem import Visit


class ClassifierObjective:
    r"""The cost of a classifier of sigmoid layers below a softmax, as a function of the flat vector of its parameters.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        The data, of any array library, in the range they shall be computed in.
    y : array_like, shape (n_samples,)
        A label for every row: integers, strings or booleans, of at least two kinds.
    n_hidden : sequence of int
        The widths of the sigmoid layers; empty for softmax regression.
    weight_decay : float
        λ, at least 0, of all weights; biases are not decayed.
    workers : int, optional
        Threads that visit blocks of NumPy arrays, by default as many as there are processors.

    Attributes
    ----------
    classes : numpy.ndarray, shape (n_classes,)
        The different labels, sorted.
    layout : LayerSizes
        Where each layer stands in the flat vector.
    workers : int or None
        Threads that visit blocks; None for a library that has its own.

    Raises
    ------
    TypeError, ValueError
        For data, labels or options that cannot be used; the message says which and what to do.

    See Also
    --------
    stack : Pretrains the layers, and minimizes it.

    Notes
    -----
    .. math:: J(\theta) = -\frac{1}{m} \sum_i \log p_{y_i}(x_i) + \frac{\lambda}{2} \sum_l \lVert W_l \rVert^2,
              \qquad p(x) = \operatorname{softmax}(W_L a_{L-1} + b_L), \quad a_l = \sigma(W_l a_{l-1} + b_l)

    The UFLDL tutorial's cost for fine-tuning [1]_. Cost and gradient decay the weights of all layers alike. θ holds
    W and b of the first layer, then of the second, and so on, each in C order.

    References
    ----------
    .. [1] Ng, A. et al., "UFLDL Tutorial", Stanford University, 2011: "Fine-tuning Stacked AEs".

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((60, 4))
    >>> objective = ClassifierObjective(X, X[:, 0] > X[:, 1], [3])
    >>> bool(xpsae.check_gradient(objective, objective.initial(rng=0)))
    True
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        n_hidden: Sequence[int] = (),
        *,
        weight_decay: float = 1e-4,
        workers: int | None = None,
    ) -> None:
        rows = as_rows(X)
        self.weight_decay = real_number("weight_decay", weight_decay, remedy="Pass 1e-4, say.")
        self.classes, codes = coded(y, rows.shape[0])
        self.layout = LayerSizes((rows.shape[1], *widths(n_hidden), len(self.classes)))
        self._data = RowBlocks(rows, BLOCK_ROWS[0])
        self._visit = Visit(self._data, workers_for(rows, workers))
        self._codes = from_host(codes, xp=self._data.xp, device=self._data.device)

    def __call__(self, theta: AnyArray) -> tuple[AnyArray, AnyArray]:
        """Return the cost, a 0-d array, and its gradient, like `theta`.

        Parameters
        ----------
        theta : array, shape (size,)
            The point, of the data's library and device.

        Returns
        -------
        cost : array, 0-d
            J, float64 where the device has it.
        gradient : array, shape (size,)
            Of the data's library, dtype and device.

        Raises
        ------
        TypeError, ValueError
            If `theta` is of another library, device or size.
        """
        xp, data = self._data.xp, self._data
        wide = accumulator(xp=xp, device=data.device)
        with working_on(data.X):
            layers = self.unpack(theta)

            def of_block(i: int, X: Array) -> Found:
                labels = self._codes[i * data.block_rows : i * data.block_rows + X.shape[0]]
                return loss_and_gradient(X, ones_at(labels, len(self.classes), X, xp=xp), layers, wide=wide, xp=xp)

            found, m, decay = self._visit(of_block), data.n_samples, self.weight_decay
            weights = sum(squared_norm(layer.W, dtype=wide, xp=xp) for layer in layers)
            slopes = zip(found.layers, layers, strict=True)
            gradient = [Layer(slope.W / m + decay * layer.W, slope.b / m) for slope, layer in slopes]
            return found.loss / m + 0.5 * decay * weights, self.layout.pack(gradient, xp=xp)

    @property
    def workers(self) -> int | None:
        """How many threads visit blocks; None for a library that has its own."""
        return self._visit.workers

    @property
    def size(self) -> int:
        """The length of θ."""
        return self.layout.size

    def unpack(self, theta: AnyArray) -> tuple[Layer, ...]:
        """Return the layers in a flat vector, each with W (n_out, n_in) and b (n_out,).

        Parameters
        ----------
        theta : array, shape (size,)
            The vector, of the data's library and device.

        Returns
        -------
        tuple of Layer
            First layer first.
        """
        remedy = "objective.initial(rng) gives a vector that fits."
        checked = matching(theta, self._data.like, name="theta", shape=(self.size,), remedy=remedy)
        return self.layout.unpack(checked, xp=self._data.xp)

    def initial(self, rng: RNGLike = None) -> AnyArray:
        """Return a random start: weights uniform within ±√(6/(n_in + n_out + 1)), biases zero.

        Parameters
        ----------
        rng : int, numpy.random.Generator or None
            Where the draw comes from.

        Returns
        -------
        array, shape (size,)
            Of the data's library, dtype and device.
        """
        data = self._data
        return from_host(self.layout.initial(rng), xp=data.xp, device=data.device, dtype=data.dtype)


def coded(y: Any, n_samples: int) -> tuple[HostArray, HostArray]:
    """Return the different labels, sorted, and for every row the number of its own, both on the host.

    Raises
    ------
    TypeError, ValueError
        If there are not as many labels as rows, they are not of one kind, or all are alike.
    """
    labels = host.asarray(to_host(y) if is_array(y) else y)
    if labels.dtype.kind == "O":
        labels = host.asarray(labels.tolist())
    remedy = "Pass a vector with one label for each row of X."
    if labels.dtype.kind not in "biuUS":
        raise TypeError(complaint("y", "labels: integers, strings or booleans", f"dtype {labels.dtype}", remedy))
    if labels.shape != (n_samples,):
        raise ValueError(complaint("y", f"shape ({n_samples},)", f"shape {labels.shape}", remedy))
    classes, codes = host.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(complaint("y", "labels of at least two kinds", f"only {classes[0]!r}", remedy))
    return classes, codes


def widths(n_hidden: Any) -> tuple[int, ...]:
    """Return the checked widths of the hidden layers."""
    remedy = "Pass n_hidden=(200, 200), say."
    if isinstance(n_hidden, str) or not isinstance(n_hidden, Sequence):
        raise TypeError(complaint("n_hidden", "a sequence of layer widths", described(n_hidden), remedy))
    return tuple(whole_number("n_hidden", width, at_least=1, remedy=remedy) for width in n_hidden)
