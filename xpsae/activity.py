"""What hidden units do on data, and how well the data come back: one pass over the rows, summed up on the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.convert import as_real
from xpsae.arrays.namespace import to_host
from xpsae.arrays.typing import AnyArray, HostArray
from xpsae.data.blocks import BLOCK_ROWS, real_rows
from xpsae.model import SparseAutoencoder

BINS = 20
"""The activations from 0 to 1 are counted in so many equal intervals."""
MOST_ROWS = 100_000
"""Of more rows, so many at most are looked at, evenly spaced."""
SAMPLED_ROWS = 2_000
"""The activations of so many rows at most are kept whole."""


@dataclass(frozen=True, eq=False)
class Activity:
    """What the units of a model do on data; all arrays are the host's.

    Attributes
    ----------
    rows : range
        The rows of the data that were looked at.
    mean, deviation : array, shape (n_hidden,)
        Mean and standard deviation of every unit's activation.
    histogram : array of int, shape (n_hidden, BINS)
        How many rows gave an activation in each of `BINS` equal intervals from 0 to 1.
    strongest, strength : array, shape (n_hidden, n_strongest)
        The rows that excite each unit most, and its activations there, from the strongest down.
    sample : array, shape (n_sampled, n_hidden)
        The activations of some rows, evenly spaced.
    error : array, shape (len(rows),)
        The mean squared difference of each row and its reconstruction.
    explained : float
        The explained variance of these rows, as `SparseAutoencoder.score` defines it; NaN where it has no finite value.
    """

    rows: range
    mean: HostArray
    deviation: HostArray
    histogram: HostArray
    strongest: HostArray
    strength: HostArray
    sample: HostArray
    error: HostArray
    explained: float


def observe(model: SparseAutoencoder, X: AnyArray, *, n_strongest: int = 10, most_rows: int = MOST_ROWS) -> Activity:
    """Return what the units of a model do on data, visited block after block.

    Parameters
    ----------
    model : SparseAutoencoder
        The model.
    X : array_like, shape (n_samples, n_features)
        Data like the training data, of the model's library and device; only the rows looked at are read.
    n_strongest : int
        How many rows to find for every unit, at least 1.
    most_rows : int
        How many rows to look at, at most.

    Returns
    -------
    Activity
        The sums, as host arrays.

    Raises
    ------
    TypeError, ValueError
        As `SparseAutoencoder.encode`.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((100, 4))
    >>> activity = observe(xpsae.fit(X, n_hidden=2, max_iter=5, rng=0), X, n_strongest=3)
    >>> activity.strongest.shape, activity.histogram.sum(axis=1).tolist()
    ((2, 3), [100, 100])
    """
    data: Any = as_real(X)
    if data.ndim != 2 or 0 in data.shape or data.shape[1] != model.n_features:
        real_rows(X, n_features=model.n_features)
    rows = range(0, data.shape[0], -(-data.shape[0] // most_rows))
    sums = _Sums(model.n_hidden, min(n_strongest, len(rows)), keep_every=-(-len(rows) // SAMPLED_ROWS))
    for first in range(0, len(rows), BLOCK_ROWS[0]):
        visited = rows[first : first + BLOCK_ROWS[0]]
        block = data[visited.start : visited[-1] + 1 : rows.step, :]
        codes = model.encode(block)
        back = to_host(model.decode(codes))
        with host.errstate(all="ignore"):
            sums.add(visited, to_host(block).astype(host.float64), to_host(codes).astype(host.float64), back)
    return sums.finished(rows)


class _Sums:
    """What is kept of the blocks seen so far."""

    def __init__(self, n_hidden: int, n_strongest: int, *, keep_every: int) -> None:
        self._n, self._keep_every = 0, keep_every
        self._mean = self._scatter = host.zeros(n_hidden)
        self._histogram = host.zeros((n_hidden, BINS), dtype=host.int64)
        self._strength = host.full((n_hidden, n_strongest), -1.0)
        self._strongest = host.full((n_hidden, n_strongest), -1)
        self._sample: list[HostArray] = []
        self._error: list[HostArray] = []
        self._origin: Any = None
        self._sum: Any = 0.0
        self._squares = 0.0

    def add(self, rows: range, data: HostArray, codes: HostArray, back: HostArray) -> None:
        """Take one block: rows looked at, their values, their activations and their reconstructions."""
        before, self._n = self._n, self._n + len(rows)
        # A copy, because a view would keep the whole block.
        self._sample.append(codes[-before % self._keep_every :: self._keep_every].copy())
        self._error.append(((data - back) ** 2).mean(axis=1))
        self._add_variance(data)
        self._add_moments(before, codes)
        self._add_strongest(host.asarray(rows), codes)
        places = host.minimum(codes * BINS, BINS - 1).astype(host.int64) + BINS * host.arange(codes.shape[1])
        self._histogram += host.bincount(places.ravel(), minlength=self._histogram.size).reshape(-1, BINS)

    def _add_variance(self, data: HostArray) -> None:
        # About the first row: where all rows are equal, nothing is left but zeros.
        self._origin = data[:1] if self._origin is None else self._origin
        shifted = data - self._origin
        self._sum, self._squares = self._sum + shifted.sum(axis=0), self._squares + float((shifted**2).sum())

    def _add_moments(self, before: int, codes: HostArray) -> None:
        """Join the block's mean and scatter to those of all rows before, which loses no digits."""
        mean, n = codes.mean(axis=0), len(codes)
        apart = mean - self._mean
        scatter = ((codes - mean) ** 2).sum(axis=0) + apart**2 * (before * n / (before + n))
        self._mean, self._scatter = self._mean + apart * (n / (before + n)), self._scatter + scatter

    def _add_strongest(self, rows: HostArray, codes: HostArray) -> None:
        strength = host.concat([self._strength, codes.T], axis=1)
        known = host.concat([self._strongest, host.broadcast_to(rows, codes.T.shape)], axis=1)
        best = host.argpartition(-strength, self._strength.shape[1] - 1, axis=1)[:, : self._strength.shape[1]]
        strength, known = (host.take_along_axis(part, best, axis=1) for part in (strength, known))
        order = host.lexsort((known, -strength), axis=1)
        self._strength, self._strongest = (host.take_along_axis(part, order, axis=1) for part in (strength, known))

    def finished(self, rows: range) -> Activity:
        """Return the record of all blocks."""
        error = host.concat(self._error)
        variance = self._squares - float((self._sum**2).sum()) / self._n
        lost = float(error.sum()) * self._sum.shape[0]
        explained = 1.0 - lost / variance if variance > 0.0 else float(lost == 0.0)
        return Activity(
            rows=rows,
            mean=self._mean,
            deviation=host.sqrt(self._scatter / self._n),
            histogram=self._histogram,
            strongest=self._strongest,
            strength=self._strength,
            sample=host.concat(self._sample),
            error=error,
            explained=explained if host.isfinite(explained) else float("nan"),
        )
