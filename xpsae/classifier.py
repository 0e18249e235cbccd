"""A classifier made of stacked encoders: its cost, and the trained model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.namespace import (
    array_namespace,
    device_of,
    is_array,
    place,
    to_host,
    working_on,
)
from xpsae.arrays.typing import AnyArray, Array, HostArray, Namespace
from xpsae.checks import complaint
from xpsae.data.affine import Scaling
from xpsae.data.blocks import BLOCK_ROWS, RowBlocks, as_rows, in_dtype
from xpsae.objective import network
from xpsae.objective.classifier import Layer, classify
from xpsae.optimize.outcome import OptimizeResult


@dataclass(frozen=True, eq=False, repr=False)
class StackedClassifier:
    """A trained classifier of sigmoid layers below a softmax; `stack` makes them.

    Attributes
    ----------
    layers : tuple of Layer
        Every layer's W (n_out, n_in) and b (n_out,), the softmax last.
    classes : numpy.ndarray, shape (n_classes,)
        The labels, in the order of the softmax's outputs.
    scaling : Scaling
        How data are brought into the range the first layer was trained in.
    result : OptimizeResult
        What the minimizer found, under SciPy's names.
    untuned : StackedClassifier or None
        The classifier before fine-tuning: the same layers as they were pretrained, and a softmax on top.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((200, 6))
    >>> y = np.where(X[:, 0] > X[:, 1], "first", "second")
    >>> classifier = xpsae.stack(X, y, n_hidden=(4,), weight_decay=1e-4, sparsity_weight=0.1, max_iter=60, rng=0)
    >>> classifier
    StackedClassifier(6 -> 4 -> 2 classes, float64, numpy on cpu)
    >>> classifier.predict(X[:3]).shape, classifier.score(X, y) > 0.9
    ((3,), True)
    """

    layers: tuple[Layer, ...]
    classes: HostArray
    scaling: Scaling
    result: OptimizeResult
    untuned: StackedClassifier | None = None

    @property
    def n_features(self) -> int:
        """The number of columns of the data."""
        return int(self.layers[0].W.shape[1])

    def predict_proba(self, X: AnyArray) -> AnyArray:
        """Return the probability of every class.

        Parameters
        ----------
        X : array, shape (n_samples, n_features)
            Data in the units of the training data, of the classifier's library and device.

        Returns
        -------
        array, shape (n_samples, n_classes)
            From 0 to 1; every row adds up to 1.

        Raises
        ------
        TypeError, ValueError
            For data that do not fit.
        """
        return self._by_blocks(X, lambda rows, xp: classify(rows, self.layers, xp=xp))

    def predict(self, X: AnyArray) -> HostArray:
        """Return the most probable label of every row.

        Parameters
        ----------
        X : array, shape (n_samples, n_features)
            Data in the units of the training data.

        Returns
        -------
        numpy.ndarray, shape (n_samples,)
            Labels of the kind they were trained with, on the host.

        Raises
        ------
        TypeError, ValueError
            For data that do not fit.
        """
        labels: HostArray = self.classes[to_host(self.predict_proba(X)).argmax(axis=1)]
        return labels

    def encode(self, X: AnyArray) -> AnyArray:
        """Return the activations of the last layer below the softmax.

        Parameters
        ----------
        X : array, shape (n_samples, n_features)
            Data in the units of the training data.

        Returns
        -------
        array, shape (n_samples, width of that layer)
            From 0 to 1; the scaled data themselves where there is no such layer.

        Raises
        ------
        TypeError, ValueError
            For data that do not fit.
        """

        def codes(rows: Array, xp: Namespace) -> Array:
            """Return the codes of a block."""
            for layer in self.layers[:-1]:
                rows = network.encode(rows, layer.W, layer.b, xp=xp)[0]
            return rows

        return self._by_blocks(X, codes)

    def score(self, X: AnyArray, y: Any) -> float:
        """Return the share of rows whose label is the most probable one.

        Parameters
        ----------
        X : array, shape (n_samples, n_features)
            Data in the units of the training data.
        y : array_like, shape (n_samples,)
            Their labels.

        Returns
        -------
        float
            The accuracy, from 0 to 1.

        Raises
        ------
        TypeError, ValueError
            For data or labels that do not fit.
        """
        found = self.predict(X)
        labels = host.asarray(to_host(y) if is_array(y) else y)
        if labels.shape != found.shape:
            remedy = "Pass a vector with one label for each row of X."
            raise ValueError(complaint("y", f"shape {found.shape}", f"shape {labels.shape}", remedy))
        return float((found == labels).mean())

    def _by_blocks(self, X: AnyArray, function: Callable[[Array, Namespace], Array]) -> Array:
        like = self.layers[0].W
        xp = array_namespace(like)
        expected, remedy = f"{self.n_features} columns, {place(like)}", "Pass rows like those it was trained on."
        rows = as_rows(X, n_features=self.n_features)
        if array_namespace(rows) is not xp or device_of(rows) != device_of(like):
            raise TypeError(complaint("X", expected, place(rows), remedy))
        with working_on(like):
            blocks = RowBlocks(in_dtype(rows, like.dtype), BLOCK_ROWS[0])
            return xp.concat([function(self.scaling.apply(block, xp=xp), xp) for block in blocks])

    def __repr__(self) -> str:
        like = self.layers[0].W
        shape = " -> ".join(str(layer.W.shape[1]) for layer in self.layers)
        dtype = str(like.dtype).rpartition(".")[2]
        return f"StackedClassifier({shape} -> {len(self.classes)} classes, {dtype}, {place(like)})"
