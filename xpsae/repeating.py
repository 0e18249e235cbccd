"""Which features come again from another start, and which were chance."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xpsae import presets
from xpsae.arrays import host
from xpsae.arrays.namespace import to_host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint, whole_number
from xpsae.model import SparseAutoencoder, uninterrupted
from xpsae.training import fit

FOUND_AGAIN = 0.9
"""A feature counts as found again where the cosine to its partner is at least this."""


@dataclass(frozen=True, eq=False)
class Stability:
    """What several trainings of the same network on the same data have in common.

    Attributes
    ----------
    models : tuple of SparseAutoencoder
        One for each seed.
    reference : int
        The number of the run whose features the others know best; what follows is told of its hidden units.
    partners : numpy.ndarray of int, shape (n_runs, n_hidden)
        Which unit of every run is the partner of each unit of the reference; each is the partner of one.
    similarity : numpy.ndarray, shape (n_runs, n_hidden)
        The cosine between the features of partners, from -1 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((300, 3)) @ np.eye(3).repeat(2, axis=1)
    >>> found = xpsae.stability(X, 3, seeds=3, sparsity_target=0.3, sparsity_weight=0.1, max_iter=100)
    >>> found.confidence.shape, found.consensus.shape
    ((3,), (3, 6))
    """

    models: tuple[SparseAutoencoder, ...]
    reference: int
    partners: HostArray
    similarity: HostArray

    @property
    def confidence(self) -> HostArray:
        """The mean cosine of every feature of the reference to its partners in the other runs, shape (n_hidden,)."""
        mean: HostArray = host.delete(self.similarity, self.reference, axis=0).mean(axis=0)
        return mean

    @property
    def found_again(self) -> HostArray:
        """The share of the other runs that found every feature of the reference, shape (n_hidden,), from 0 to 1."""
        share: HostArray = (host.delete(self.similarity, self.reference, axis=0) >= FOUND_AGAIN).mean(axis=0)
        return share

    @property
    def consensus(self) -> HostArray:
        """The mean direction of every unit's partners, the most confident first, rows of norm one.

        Shape (n_hidden, n_features).
        """
        mean = sum(_features(model)[chosen] for model, chosen in zip(self.models, self.partners, strict=True))
        rows: HostArray = host.asarray(mean)[host.argsort(-self.confidence, kind="stable")]
        norms = host.linalg.norm(rows, axis=1, keepdims=True)
        return rows / host.where(norms > 0.0, norms, 1.0)

    def __str__(self) -> str:
        again = self.found_again
        everywhere, nowhere = int((again == 1.0).sum()), int((again == 0.0).sum())
        return (
            f"{len(self.models)} runs of {len(again)} hidden units: {everywhere} features were found by every run, "
            f"{nowhere} by one alone; mean confidence {self.confidence.mean():.2f}."
        )


def stability(
    X: Any, n_hidden: int = presets.N_HIDDEN, *, seeds: int | Sequence[int] = 10, **options: Any
) -> Stability:
    r"""Return which features several trainings from different random starts have in common.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        The data, of any array library.
    n_hidden : int
        Hidden units, at least 1.
    seeds : int or sequence of int
        How many runs, from the seeds 0, 1, …; or the seeds themselves, at least two different ones.
    **options
        Those of `fit`, but for `rng` and `start`.

    Returns
    -------
    Stability
        Models, partners, similarities; ``confidence`` and ``consensus`` are made of them. ``print`` it for a sentence.

    Raises
    ------
    TypeError, ValueError
        For seeds or options that cannot be used.
    ImportError
        If SciPy is not installed.
    KeyboardInterrupt
        On Ctrl-C.

    See Also
    --------
    fit : Trains each of them.

    Notes
    -----
    Hidden units have no order of their own. The units of two runs are paired so that the sum of the cosines between
    their features, :math:`w_i \cdot w_j / (\lVert w_i \rVert \lVert w_j \rVert)`, is largest: an assignment problem,
    which SciPy solves exactly [1]_. The reference is the run with the largest sum over all the others.

    References
    ----------
    .. [1] Crouse, D. F., "On implementing 2D rectangular assignment algorithms", IEEE Transactions on Aerospace and
       Electronic Systems 52 (2016) 1679-1696.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((300, 2)) @ np.eye(2).repeat(3, axis=1)
    >>> print(xpsae.stability(X, 2, seeds=3, sparsity_target=0.3, sparsity_weight=0.1, max_iter=100))
    3 runs of 2 hidden units: 2 features were found by every run, 0 by one alone; mean confidence 1.00.
    """
    for name in ("rng", "start"):
        if name in options:
            raise TypeError(complaint(name, "none", "one", "Every run has a start of its own, from seeds=."))
    _assignment()
    chosen = _seeds(seeds)
    return compared([uninterrupted(fit(X, n_hidden, rng=seed, **options)) for seed in chosen])


def compared(models: Sequence[SparseAutoencoder]) -> Stability:
    """Return what models of one shape have in common.

    Parameters
    ----------
    models : sequence of SparseAutoencoder
        At least two, of as many features and hidden units each.

    Returns
    -------
    Stability
        Models, partners, similarities.

    Raises
    ------
    ValueError
        If they differ in shape, or there is one alone.
    ImportError
        If SciPy is not installed.
    """
    features = [_features(model) for model in models]
    if len(features) < 2 or len({each.shape for each in features}) > 1:
        got = ", ".join(str(each.shape) for each in features)
        raise ValueError(complaint("models", "two or more of one shape", got, "Train them with the same n_hidden."))
    assign, n = _assignment(), len(features)
    pairs = {(i, j): _paired(features[i], features[j], assign) for i in range(n) for j in range(i + 1, n)}
    likeness = host.zeros((n, n))
    for (i, j), (_, cosines) in pairs.items():
        likeness[i, j] = likeness[j, i] = cosines.sum()
    reference = int(likeness.sum(axis=1).argmax())
    rows = [_paired(features[reference], each, assign) for each in features]
    partners, similarity = (host.stack(part) for part in zip(*rows, strict=True))
    return Stability(tuple(models), reference, partners, similarity)


def _paired(one: HostArray, other: HostArray, assign: Any) -> tuple[HostArray, HostArray]:
    """Return the partner of every row of `one` among the rows of `other`, and the cosines."""
    cosines = one @ other.T
    rows, columns = assign(cosines, maximize=True)
    found: HostArray = cosines[rows, columns]
    return columns, host.clip(found, -1.0, 1.0)


def _features(model: SparseAutoencoder) -> HostArray:
    features: HostArray = to_host(model.features).astype("float64")
    return features


def _assignment() -> Any:
    try:
        return importlib.import_module("scipy.optimize").linear_sum_assignment
    except ImportError as error:
        message = "stability needs SciPy, which is not installed. Run: pip install scipy"
        raise ImportError(message) from error


def _seeds(seeds: int | Sequence[int]) -> list[int]:
    remedy = "Pass seeds=10, say, or a list of different seeds."
    if not isinstance(seeds, Sequence):
        return list(range(whole_number("seeds", seeds, at_least=2, remedy=remedy)))
    chosen = [whole_number("seeds", seed, at_least=0, remedy=remedy) for seed in seeds]
    if len(set(chosen)) != len(chosen) or len(chosen) < 2:
        raise ValueError(complaint("seeds", "at least two different seeds", repr(list(seeds)), remedy))
    return chosen
