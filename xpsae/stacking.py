"""Layers trained one on the codes of the other, and fine-tuned together under a softmax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from xpsae.arrays.namespace import array_namespace, working_on
from xpsae.arrays.random import generator
from xpsae.arrays.typing import Array, RNGLike
from xpsae.checks import complaint, real_number, whole_number
from xpsae.classifier import StackedClassifier
from xpsae.classifier_cost import ClassifierObjective, coded, widths
from xpsae.data.affine import Scaling
from xpsae.data.blocks import as_rows
from xpsae.data.elsewhere import at_hand
from xpsae.model import SparseAutoencoder, uninterrupted
from xpsae.objective.classifier import Layer
from xpsae.optimize.records import Options
from xpsae.running import minimized
from xpsae.training import fit


def stack(  # noqa: PLR0913 - those of `fit`, and those of the classifier
    X: Any,
    y: Any,
    n_hidden: Sequence[int] = (200, 200),
    *,
    weight_decay: float = 3e-3,
    sparsity_target: float = 0.1,
    sparsity_weight: float = 3.0,
    classifier_decay: float = 1e-4,
    scaling: str | Scaling | None = "auto",
    max_iter: int = 400,
    tuning_iter: int | None = None,
    unlabeled: Any = None,
    rng: RNGLike = None,
    workers: int | None = None,
) -> StackedClassifier:
    r"""Return a classifier of stacked encoders, pretrained without labels and fine-tuned with them.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        The data, of any array library.
    y : array_like, shape (n_samples,)
        A label for every row: integers, strings or booleans.
    n_hidden : sequence of int
        The widths of the sigmoid layers, the first one first; at least one.
    weight_decay, sparsity_target, sparsity_weight : float
        λ, ρ and β of every layer's pretraining, as in `fit`.
    classifier_decay : float
        λ of the classifier, at least 0: for the softmax on the pretrained codes, and for all weights when fine-tuning.
    scaling : {"auto", None, "range", "three-sigma"} or Scaling
        How data are brought into [0, 1], as in `fit`.
    max_iter : int
        Iterations of every layer's pretraining, and of the softmax on top.
    tuning_iter : int, optional
        Iterations of fine-tuning, by default as many; 0 leaves it out.
    unlabeled : array_like, shape (n, n_features), optional
        More rows, without labels, to pretrain with instead of X.
    rng : int, numpy.random.Generator or None
        Where the random starts come from.
    workers : int, optional
        Threads for NumPy arrays, by default as many as there are processors.

    Returns
    -------
    StackedClassifier
        The fine-tuned classifier; its ``untuned`` is the one before fine-tuning.

    Raises
    ------
    TypeError, ValueError
        For data, labels or options that cannot be used; the message says which and what to do.
    KeyboardInterrupt
        On Ctrl-C.

    See Also
    --------
    fit : Trains one layer.
    ClassifierObjective : The cost of fine-tuning.

    Notes
    -----
    The UFLDL tutorial's greedy layer-wise training [1]_: each layer is a sparse autoencoder of the codes of the one
    below, its decoder is then left out, softmax regression is trained on the last codes, and at last all layers are
    trained together. All of them are minimized by the same L-BFGS.

    References
    ----------
    .. [1] Ng, A. et al., "UFLDL Tutorial", Stanford University, 2011: "Stacked Autoencoders".

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((300, 8))
    >>> classifier = xpsae.stack(X, X[:, 0] > 0.5, (5, 3), weight_decay=1e-4, sparsity_weight=0.1, max_iter=50, rng=0)
    >>> classifier.score(X, X[:, 0] > 0.5) > classifier.untuned.score(X, X[:, 0] > 0.5) - 0.05
    True
    """
    layer_widths = widths(n_hidden)
    if not layer_widths:
        remedy = "Pass n_hidden=(200, 200), say, or minimize a ClassifierObjective for softmax regression."
        raise ValueError(complaint("n_hidden", "at least one layer", "none", remedy))
    tuning = (
        max_iter if tuning_iter is None else whole_number("tuning_iter", tuning_iter, at_least=0, remedy="0: none.")
    )
    rows, draws = as_rows(X), generator(rng)
    classes, _ = coded(y, rows.shape[0])
    cost = {"weight_decay": real_number("classifier_decay", classifier_decay, remedy="Pass 1e-4, say.")}
    words: dict[str, Any] = {
        "weight_decay": weight_decay,
        "sparsity_target": sparsity_target,
        "sparsity_weight": sparsity_weight,
    }
    words |= {"max_iter": max_iter, "rng": draws, "workers": workers}
    models = _pretrained(X if unlabeled is None else unlabeled, layer_widths, scaling, words)
    layers, transformation = tuple(Layer(model.W1, model.b1) for model in models), models[0].scaling
    codes = rows
    for model in models:
        codes = model.encode(codes)
    top = ClassifierObjective(codes, y, weight_decay=cost["weight_decay"], workers=workers)
    result = minimized(top, top.initial(draws), Options(max_iter=max_iter), workers=top.workers)
    untuned = StackedClassifier((*layers, *top.unpack(result.x)), classes, transformation, result)
    return _tuned(untuned, rows, y, tuning, {**cost, "workers": workers}) if tuning else untuned


def _pretrained(
    data: Any, layer_widths: tuple[int, ...], scaling: str | Scaling | None, words: dict[str, Any]
) -> list[SparseAutoencoder]:
    """Return an autoencoder for every layer, each trained on the codes of the one before."""
    models: list[SparseAutoencoder] = []
    for width in layer_widths:
        model = uninterrupted(fit(data, width, scaling=scaling, **words))
        models.append(model)
        data, scaling = model.encode(data), None
    return models


def _tuned(untuned: StackedClassifier, rows: Array, y: Any, max_iter: int, words: dict[str, Any]) -> StackedClassifier:
    """Return a classifier all of whose layers are trained together, from where they are."""
    xp, layers = array_namespace(rows), untuned.layers
    with working_on(rows):
        inputs = untuned.scaling.apply(at_hand(rows), xp=xp)
        objective = ClassifierObjective(inputs, y, [layer.W.shape[0] for layer in layers[:-1]], **words)
        start, options = objective.layout.pack(layers, xp=xp), Options(max_iter=max_iter)
        result = minimized(objective, start, options, workers=objective.workers)
    return replace(untuned, layers=objective.unpack(result.x), result=result, untuned=untuned)
