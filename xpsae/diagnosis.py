"""Which hidden units do no work: dead, saturated, constant, duplicate."""

from __future__ import annotations

from dataclasses import dataclass

from xpsae.activity import Activity
from xpsae.arrays import host
from xpsae.arrays.namespace import to_host
from xpsae.arrays.typing import HostArray
from xpsae.model import SparseAutoencoder

DEAD_BELOW = 0.1
"""A unit is dead if its mean activation is below this share of the sparsity target."""
SATURATED_ABOVE = 0.9
"""A unit is saturated if its mean activation is above this."""
CONSTANT_BELOW = 0.05
"""A unit is constant if its standard deviation is below this share of its mean, or of what its mean lacks of 1."""
DUPLICATES_ABOVE = 0.99
"""Two units are duplicates if their correlation over the data, or the cosine of their features, is above this."""
_STRIP = 512


@dataclass(frozen=True)
class Diagnosis:
    """Units that do no work, by number, in increasing order.

    Attributes
    ----------
    dead : tuple of int
        Units that are silent: their mean activation is below `DEAD_BELOW` times the sparsity target.
    saturated : tuple of int
        Units that are always on: their mean activation is above `SATURATED_ABOVE`.
    constant : tuple of int or None
        Units that answer the same to everything, whatever that is; None where there were no data to tell it from.
    duplicates : tuple of (int, int, float)
        Pairs of units that do the same, the lower number first, with their likeness; no pair has a unit that is dead,
        saturated or constant. A unit like several others stands beside the first of them.
    likeness : str
        What that is: "correlation" of the activations over the data, or "cosine" of the features where there are none.
    """

    dead: tuple[int, ...]
    saturated: tuple[int, ...]
    constant: tuple[int, ...] | None
    duplicates: tuple[tuple[int, int, float], ...]
    likeness: str

    @property
    def idle(self) -> frozenset[int]:
        """All units that are dead, saturated, constant, or the second of two duplicates."""
        second = (pair[1] for pair in self.duplicates)
        return frozenset([*self.dead, *self.saturated, *(self.constant or ()), *second])


def idle_units(model: SparseAutoencoder, activity: Activity | None = None) -> Diagnosis:
    """Return which units of a model do no work, by what they do on data or, without, by what training left behind.

    Parameters
    ----------
    model : SparseAutoencoder
        The model.
    activity : Activity, optional
        What its units do on data. Without it, mean activations are those over the training data, constant units are
        unknown, and duplicates are found by their features.

    Returns
    -------
    Diagnosis
        The units, by number.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((100, 4))
    >>> model = xpsae.fit(X, n_hidden=2, max_iter=50, rng=0)
    >>> idle_units(model).dead, idle_units(model).constant
    ((), None)
    """
    mean = to_host(model.mean_activation) if activity is None else activity.mean
    dead = dead_units(mean, model.penalties.sparsity_target)
    saturated = saturated_units(mean)
    constant = None if activity is None else constant_units(mean, activity.deviation)
    idle = {*dead, *saturated, *(constant or ())}
    rows, likeness = (to_host(model.features), "cosine") if activity is None else (_standard(activity), "correlation")
    return Diagnosis(dead, saturated, constant, duplicate_pairs(rows, leave_out=idle), likeness)


def dead_units(mean: HostArray, target: float) -> tuple[int, ...]:
    """Return the units whose mean activation is below `DEAD_BELOW` times the target.

    Examples
    --------
    >>> import numpy as np
    >>> dead_units(np.array([0.004, 0.006, 0.05]), 0.05)
    (0,)
    """
    return _where(mean < DEAD_BELOW * target)


def saturated_units(mean: HostArray) -> tuple[int, ...]:
    """Return the units whose mean activation is above `SATURATED_ABOVE`."""
    return _where(mean > SATURATED_ABOVE)


def constant_units(mean: HostArray, deviation: HostArray) -> tuple[int, ...]:
    """Return the units whose activation hardly changes from row to row.

    Parameters
    ----------
    mean, deviation : array, shape (n_hidden,)
        Mean and standard deviation of every unit's activation.

    Returns
    -------
    tuple of int
        Those whose deviation is below `CONSTANT_BELOW` times the mean or, where that is less, one minus the mean.
    """
    return _where(deviation <= CONSTANT_BELOW * host.minimum(mean, 1.0 - mean))


def duplicate_pairs(rows: HostArray, *, leave_out: set[int]) -> tuple[tuple[int, int, float], ...]:
    """Return the pairs of rows that point the same way.

    Parameters
    ----------
    rows : array, shape (n_hidden, length)
        A vector of norm one for every unit; of norm zero where it has no direction.
    leave_out : set of int
        Units that are not compared.

    Returns
    -------
    tuple of (int, int, float)
        Lower number, higher number and inner product, above `DUPLICATES_ABOVE`; every unit is the second of one pair
        at most.

    Examples
    --------
    >>> import numpy as np
    >>> duplicate_pairs(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), leave_out=set())
    ((0, 2, 1.0),)
    """
    pairs: list[tuple[int, int, float]] = []
    taken = host.zeros(len(rows), dtype=bool)
    taken[list(leave_out)] = True
    # In strips, so that the products of all pairs never lie in memory together.
    for first in range(0, len(rows), _STRIP):
        products = rows[first : first + _STRIP] @ rows.T
        for i, row in enumerate(products, start=first):
            if taken[i]:
                continue
            twins = i + 1 + host.flatnonzero((row[i + 1 :] > DUPLICATES_ABOVE) & ~taken[i + 1 :])
            taken[twins] = True
            pairs.extend((i, int(j), min(float(row[j]), 1.0)) for j in twins)
    return tuple(pairs)


def _standard(activity: Activity) -> HostArray:
    """Return the sampled activations of every unit, less their mean, as a vector of norm one."""
    codes = activity.sample.T - activity.sample.T.mean(axis=1, keepdims=True)
    norm = host.sqrt((codes**2).sum(axis=1, keepdims=True))
    standard: HostArray = codes / host.where(norm > 0.0, norm, 1.0)
    return standard


def _where(true: HostArray) -> tuple[int, ...]:
    return tuple(host.flatnonzero(true).tolist())
