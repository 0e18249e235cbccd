"""PCA and ZCA whitening of rows: decorrelated features of equal variance."""

# Longer than the ceiling because every public method carries its documentation; its code has some seventy lines.

from __future__ import annotations

import dataclasses
import math
import os
from dataclasses import dataclass
from typing import Any

from xpsae.arrays.convert import matching
from xpsae.arrays.namespace import array_namespace, device_kind, read, to_host, working_on
from xpsae.arrays.typing import AnyArray, Array, Namespace
from xpsae.checks import byte_count, complaint, described, in_bytes, one_of, real_number
from xpsae.data.blocks import as_rows
from xpsae.data.covariance import leading, moments, principal_axes
from xpsae.data.elsewhere import at_hand

_KINDS = ("zca", "pca")
_SQUARES = 4
"""Squares of n_features a side that finding eigenvectors takes: the covariance, a copy, the vectors, work space."""


@dataclass(frozen=True, eq=False)
class Whitener:
    r"""A linear map of rows that leaves them with a covariance close to the identity, and its inverse.

    Attributes
    ----------
    kind : {"zca", "pca"}
        "pca" returns one number a principal component; "zca" turns these back, so that a row keeps its shape and stays
        as close to the original as a whitened row can.
    epsilon : float
        Added to every variance before the root is taken, at least 0, in squared units of the data: variances far below
        it, which are mostly noise, are not blown up.
    variance : float
        Keep as few leading components as hold this share of the variance, above 0 and at most 1.
    mean : array, shape (n_features,)
        The mean row; None before `fit`, as the next two.
    components : array, shape (n_components, n_features)
        The principal components, orthonormal rows, by falling variance. The entry of largest size in each is positive.
    variances : array, shape (n_components,)
        Their variances, in squared units of the data.

    See Also
    --------
    whiten_images : Whitens whole pictures by their frequencies, with no statistics of the data.

    Notes
    -----
    With the mean :math:`\mu` and the eigenvectors :math:`u_k` and eigenvalues :math:`s_k` of the covariance
    :math:`\frac{1}{m} \sum_i (x_i - \mu)(x_i - \mu)^\top`, the UFLDL tutorial's

    .. math:: z_k = \frac{u_k^\top (x - \mu)}{\sqrt{s_k + \epsilon}} \quad\text{(pca)}, \qquad
              \sum_k z_k u_k \quad\text{(zca)}.

    All statistics are summed in float64 where the device has it. The largest arrays are four squares of n_features
    numbers a side, whatever the number of rows.

    References
    ----------
    .. [1] Ng, A. et al., "UFLDL Tutorial", Stanford University, 2011: "Whitening".

    Examples
    --------
    >>> import numpy as np
    >>> X = np.random.default_rng(0).random((1000, 3)) @ [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    >>> whitener = Whitener(epsilon=0).fit(X)
    >>> Z = whitener.transform(X)
    >>> np.allclose(Z.T @ Z / 1000, np.eye(3)), np.allclose(whitener.inverse(Z), X)
    (True, True)
    """

    kind: str = "zca"
    epsilon: float = 0.1
    variance: float = 1.0
    mean: AnyArray | None = dataclasses.field(default=None, repr=False)
    components: AnyArray | None = dataclasses.field(default=None, repr=False)
    variances: AnyArray | None = dataclasses.field(default=None, repr=False)

    def __post_init__(self) -> None:
        one_of("kind", self.kind, _KINDS, remedy="Pass one of these.")
        epsilon = real_number("epsilon", self.epsilon, remedy="Pass 0.1, say, or 0 for none.")
        share = real_number("variance", self.variance, high=1.0, remedy="Pass 0.99, say, or 1 to keep all.")
        if share == 0.0:
            raise ValueError(complaint("variance", "a number above 0 and at most 1", "0", "Pass 0.99, say."))
        object.__setattr__(self, "epsilon", epsilon)
        object.__setattr__(self, "variance", share)

    def fit(self, X: AnyArray, *, memory_limit: int | str | None = None) -> Whitener:
        """Return this whitener with the statistics of data.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            The data, of any array library.
        memory_limit : int or str, optional
            Bytes to take at most, as a number or in words ("2GiB"); by default what the machine has, where X lies in
            its memory.

        Returns
        -------
        Whitener
            A new one, with arrays of X's library, floating-point dtype and device.

        Raises
        ------
        TypeError, ValueError
            If X is not a matrix of finite numbers, or has so many columns that their covariance does not fit.
        """
        rows = as_rows(X)
        dtype, n = rows.dtype, rows.shape[1]
        _require_room(n, rows, memory_limit)
        with working_on(rows):
            xp = array_namespace(rows)
            mean, covariance = moments(rows)
            if not math.isfinite(read(xp.reshape(xp.sum(covariance), (1,)))[0]):
                remedy = "Divide the data by a large number first."
                raise ValueError(complaint("X", "values whose squares can be summed", "larger ones", remedy))
            found, vectors = principal_axes(covariance)
            n_kept = leading(to_host(found), self.variance)
            return dataclasses.replace(
                self,
                mean=xp.astype(mean, dtype),
                components=xp.astype(vectors[:n_kept, :], dtype),
                variances=xp.astype(found[:n_kept], dtype),
            )

    def transform(self, X: AnyArray) -> AnyArray:
        """Return whitened rows.

        Parameters
        ----------
        X : array, shape (n_samples, n_features)
            Rows of the library and device of the data it was fitted to.

        Returns
        -------
        array, shape (n_samples, n_features) or (n_samples, n_components)
            The first for "zca", the second for "pca".

        Raises
        ------
        TypeError, ValueError
            Before `fit`, or for rows that do not fit.
        """
        mean, components, variances = self._fitted()
        rows = self._rows("X", X, components.shape[1])
        with working_on(rows):
            xp = array_namespace(rows)
            parts = (rows - mean) @ components.T * self._gains(variances, xp)
            return parts if self.kind == "pca" else parts @ components

    def inverse(self, Z: AnyArray) -> AnyArray:
        """Return rows in the units of the data from whitened ones; what left-out components held is not in them.

        Parameters
        ----------
        Z : array, shape (n_samples, n_features) or (n_samples, n_components)
            Rows as `transform` returns them.

        Returns
        -------
        array, shape (n_samples, n_features)
            Rows in the units of the data.

        Raises
        ------
        TypeError, ValueError
            Before `fit`, or for rows that do not fit.
        """
        mean, components, variances = self._fitted()
        rows = self._rows("Z", Z, components.shape[0 if self.kind == "pca" else 1])
        with working_on(rows):
            xp = array_namespace(rows)
            parts = rows if self.kind == "pca" else rows @ components.T
            return parts * xp.sqrt(variances + self.epsilon) @ components + mean

    def in_data_space(self, weights: AnyArray) -> AnyArray:
        """Return weights of whitened rows as weights of the rows themselves: how features look in the data's units.

        Parameters
        ----------
        weights : array, shape (n, n_features) or (n, n_components)
            A row for each unit that looks at whitened rows, `model.W1` for instance.

        Returns
        -------
        array, shape (n, n_features)
            Rows w' such that w' · (x - mean) is w · transform(x) for every x.

        Raises
        ------
        TypeError, ValueError
            Before `fit`, or for weights that do not fit.
        """
        _, components, variances = self._fitted()
        rows = self._rows("weights", weights, components.shape[0 if self.kind == "pca" else 1])
        with working_on(rows):
            xp = array_namespace(rows)
            parts = rows if self.kind == "pca" else rows @ components.T
            return parts * self._gains(variances, xp) @ components

    def _gains(self, variances: Array, xp: Namespace) -> Array:
        """Return 1/√(s + ε), and 0 where nothing but rounding is left of a variance: constant directions stay 0."""
        whole = variances + self.epsilon
        rounding = float(xp.finfo(variances.dtype).eps) * variances.shape[0] * xp.max(variances)
        something = whole > rounding
        return xp.where(something, 1.0 / xp.sqrt(xp.where(something, whole, xp.ones_like(whole))), xp.zeros_like(whole))

    def _fitted(self) -> tuple[Array, Array, Array]:
        if self.mean is None or self.components is None or self.variances is None:
            got, remedy = "one that knows no data yet", "Call whitener = whitener.fit(X) before."
            raise ValueError(complaint("whitener", "a fitted whitener", got, remedy))
        return self.mean, self.components, self.variances

    def _rows(self, name: str, x: Any, n_columns: int) -> Array:
        mean = self._fitted()[0]
        if len(getattr(x, "shape", ())) != 2:
            got = f"shape {tuple(x.shape)}" if hasattr(x, "shape") else described(x)
            raise ValueError(complaint(name, f"a matrix of {n_columns} columns", got, "Rows are samples."))
        remedy = "Pass rows like those it was fitted to, on the same device."
        rows = x if array_namespace(x) is not array_namespace(mean) else at_hand(as_rows(x, name=name))
        return matching(rows, mean, name=name, shape=(x.shape[0], n_columns), remedy=remedy)


def _require_room(n_features: int, rows: Array, memory_limit: int | str | None) -> None:
    """Raise a ValueError if the squares of the covariance do not fit."""
    needed = _SQUARES * 8 * n_features**2
    room = _memory(rows) if memory_limit is None else byte_count("memory_limit", memory_limit)
    if room is not None and needed > room:
        got = (
            f"{n_features}, whose covariances need {needed} bytes ({in_bytes(needed)}) where {in_bytes(room)} are there"
        )
        remedy = "Whiten small patches, not whole pictures, or whiten_images."
        raise ValueError(complaint("X", "fewer columns", got, remedy))


def _memory(rows: Array) -> int | None:
    """Return the bytes of the memory that rows lie in, where that is known."""
    if device_kind(rows) != "cpu":
        return None
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
