"""Mean, covariance and principal axes of rows."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from xpsae.arrays import host
from xpsae.arrays.namespace import accumulator, array_namespace, device_of
from xpsae.arrays.typing import Array, HostArray
from xpsae.data.blocks import BLOCK_ROWS, RowBlocks


def moments(X: Array) -> tuple[Array, Array]:
    """Return mean and covariance of rows, summed block by block in the widest dtype of the device."""
    xp = array_namespace(X)
    wide = accumulator(xp=xp, device=device_of(X))
    blocks = RowBlocks(X, BLOCK_ROWS[1])
    mean = _sum(xp.sum(block, axis=0, dtype=wide) for block in blocks) / X.shape[0]
    covariance = _sum(centered.T @ centered for centered in (xp.astype(block, wide) - mean for block in blocks))
    return mean, covariance / X.shape[0]


def _sum(parts: Iterable[Array]) -> Array:
    return functools.reduce(lambda one, other: one + other, parts)


def principal_axes(covariance: Array) -> tuple[Array, Array]:
    """Return the eigenvalues, largest first and none negative, and the eigenvectors as rows of definite sign."""
    xp = array_namespace(covariance)
    values, vectors = xp.linalg.eigh(covariance)
    values, rows = xp.flip(values), xp.flip(vectors, axis=1).T
    largest = xp.max(rows, axis=1, keepdims=True) + xp.min(rows, axis=1, keepdims=True)
    return xp.maximum(values, xp.zeros_like(values)), xp.where(largest < 0.0, -rows, rows)


def leading(variances: HostArray, share: float) -> int:
    """Return how many of the largest variances hold this share of all, at least one."""
    sums = host.cumsum(host.asarray(variances, dtype="float64"))
    if share == 1.0 or sums[-1] == 0.0:
        return len(sums)
    return min(len(sums), int(host.searchsorted(sums, share * sums[-1] * (1 - 1e-15))) + 1)
