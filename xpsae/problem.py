"""The objective: data and penalties as one function of one flat vector."""

# Longer than the ceiling because every public method carries its documentation; its code has some seventy lines.

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from xpsae.arrays.convert import matching
from xpsae.arrays.memory import free_pool, ran_out
from xpsae.arrays.namespace import from_host, place, working_on
from xpsae.arrays.precision import products_in, require_precision
from xpsae.arrays.typing import AnyArray, Array, RNGLike
from xpsae.checks import whole_number
from xpsae.data.blocks import RowBlocks, real_rows
from xpsae.objective.cost import Penalties, Terms
from xpsae.objective.evaluation import Evaluation, Sums, add, evaluate, evaluate_terms, mean_activations
from xpsae.objective.parameters import Layout, Parameters
from xpsae.planning import Wishes, planned, precise
from xpsae.plans import Plan
from xpsae.warnings import OutOfMemoryWarning

Found = TypeVar("Found")


@dataclass(frozen=True)
class Visit:
    """How the cost goes over the data: all blocks, by these workers, results added in the blocks' order."""

    data: RowBlocks
    workers: int | None

    @property
    def n_rows(self) -> int:
        """The number of rows of all blocks."""
        return self.data.n_samples

    def __call__(self, of_block: Callable[[int, Array], Sums]) -> Sums:
        """Return the sum of a function over all blocks."""

        def quietly(i: int, X: Array) -> Sums:
            """Return the result of one block; a thread has neither the caller's device nor its error state."""
            with working_on(X):
                return of_block(i, X)

        return self.data.fold(quietly, add, workers=self.workers)


class Objective:
    r"""The cost of a sparse autoencoder on given data, as a function of the flat vector of its parameters.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        The data, of any array library; any finite values (`fit` is what checks their range). float32 and float64 are
        kept, float16 becomes float32, integers become float64. They are not copied: leave them as they are. Names of
        files, memory maps, stores and Dask arrays are taken as by `fit`.
    n_hidden : int
        Hidden units, at least 1.
    weight_decay : float
        λ, at least 0.
    sparsity_target : float
        ρ, strictly between 0 and 1.
    sparsity_weight : float
        β, at least 0.
    decoder : {"sigmoid", "linear"}
        The output units.
    block_rows : int, optional
        How many rows are visited at a time; chosen by default. It changes speed and memory, and the result in the last
        digits only.
    workers : int, optional
        Threads that visit blocks of NumPy arrays, by default as many as there are processors. Their number does not
        change the result by a bit. Other libraries have threads of their own.
    memory_limit : int or str, optional
        Bytes that an evaluation may take beyond X, as a number or in words ("2GiB"); no limit by default, 1 GiB for
        data in files.
    precision : {"full", "tf32"}
        How float32 matrix products are computed: "full" is as the library is set. "tf32", for CuPy, PyTorch and JAX on
        an NVIDIA GPU of compute capability 8.0 or more, rounds their factors to 11 bits, for speed.

    Attributes
    ----------
    data : RowBlocks
        The checked data, and the blocks of rows they are visited in.
    plan : Plan
        How they are visited, and what that takes.
    penalties : Penalties
        λ, ρ, β and the kind of decoder.
    layout : Layout
        Where each parameter stands in the flat vector.
    precision : str
        How float32 products are computed.

    Raises
    ------
    TypeError, ValueError
        For data or hyper-parameters that cannot be used; the message says which and what to do.

    See Also
    --------
    fit : Minimizes it.
    check_gradient : Compares its gradient with finite differences.

    Notes
    -----
    .. math:: J(\theta) = \frac{1}{2m} \sum_i \lVert h(x_i) - x_i \rVert^2
              + \frac{\lambda}{2} \left( \lVert W_1 \rVert^2 + \lVert W_2 \rVert^2 \right)
              + \beta \sum_j \mathrm{KL}(\rho \,\|\, \hat\rho_j)

    θ holds W1 (n_hidden, n_features), W2 (n_features, n_hidden), b1, b2, each in C order, one after the other. Biases
    are not decayed; ρ̂ is the mean over all rows. The cost is summed in float64 where the device has it. Nothing is
    read back to the host, so ``jax.jit(objective)`` works.

    References
    ----------
    .. [1] Ng, A., "Sparse autoencoder", CS294A lecture notes, Stanford University, 2011.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((100, 6))
    >>> objective = xpsae.Objective(X, n_hidden=3)
    >>> theta = objective.initial(rng=0)
    >>> cost, gradient = objective(theta)
    >>> theta.shape == gradient.shape == (objective.size,)
    True
    >>> bool(abs(sum(objective.terms(theta)) - cost) < 1e-12)
    True
    """

    def __init__(
        self,
        X: Any,
        n_hidden: int,
        *,
        weight_decay: float = Penalties.weight_decay,
        sparsity_target: float = Penalties.sparsity_target,
        sparsity_weight: float = Penalties.sparsity_weight,
        decoder: str = Penalties.decoder,
        block_rows: int | None = None,
        workers: int | None = None,
        memory_limit: int | str | None = None,
        precision: str = "full",
    ) -> None:
        whole_number("n_hidden", n_hidden, at_least=1, remedy="Pass 25, say.")
        penalties = Penalties(weight_decay, sparsity_target, sparsity_weight, decoder)
        wishes = Wishes(history=0, workers=workers, block_rows=block_rows, memory_limit=memory_limit)
        self._set(*planned(precise(real_rows(X), precision), int(n_hidden), wishes), penalties, precision)

    @classmethod
    def of(cls, data: RowBlocks, plan: Plan, penalties: Penalties, *, precision: str = "full") -> Objective:
        """Return the objective on data that are checked and planned already.

        Parameters
        ----------
        data : RowBlocks
            The data.
        plan : Plan
            How they are visited.
        penalties : Penalties
            λ, ρ, β and the kind of decoder.
        precision : {"full", "tf32"}
            How float32 products are computed.

        Returns
        -------
        Objective
            The objective.
        """
        objective = cls.__new__(cls)
        objective._set(data, plan, penalties, precision)
        return objective

    def _set(self, data: RowBlocks, plan: Plan, penalties: Penalties, precision: str) -> None:
        require_precision(precision, data.like)
        self.data, self.plan, self.penalties, self.precision = data, plan, penalties, precision
        self.layout = Layout(plan.n_features, plan.n_hidden)

    def __call__(self, theta: AnyArray) -> tuple[AnyArray, AnyArray]:
        """Return the cost and its gradient.

        Parameters
        ----------
        theta : array, shape (size,)
            The point, of the data's library and device; another floating dtype is converted to the data's.

        Returns
        -------
        cost : array, 0-d
            J, float64 where the device has it.
        gradient : array, shape (size,)
            Of the data's library, dtype and device.

        Raises
        ------
        TypeError
            If `theta` is of another library, or not real.
        ValueError
            If it is of another size or on another device.
        """
        evaluation = self.evaluate(theta)
        xp = self.data.xp
        return xp.reshape(evaluation.cost, ()), evaluation.gradient

    def evaluate(self, theta: AnyArray) -> Evaluation:
        """Return everything one evaluation finds out, for callers who want more than cost and gradient.

        Parameters
        ----------
        theta : array, shape (size,)
            The point, of the data's library and device.

        Returns
        -------
        Evaluation
            The cost and its three terms, the mean activations and the gradient.
        """
        with working_on(self.data.like):
            parameters, xp = self._unpacked(theta), self.data.xp
            return self._fitting(
                lambda visit, plan: evaluate(visit, parameters, self.penalties, one_pass=plan.one_pass, xp=xp)
            )

    def terms(self, theta: AnyArray) -> Terms:
        """Return the error, decay and sparsity terms of the cost, without the gradient.

        Parameters
        ----------
        theta : array, shape (size,)
            The point, of the data's library and device.

        Returns
        -------
        Terms
            Three 0-d arrays that add up to the cost.
        """
        xp = self.data.xp
        with working_on(self.data.like):
            parameters = self._unpacked(theta)
            found = self._fitting(lambda visit, _: evaluate_terms(visit, parameters, self.penalties, xp=xp))
            return Terms(*(xp.reshape(term, ()) for term in found))

    @property
    def size(self) -> int:
        """The length of θ: 2·n_features·n_hidden + n_hidden + n_features."""
        return self.layout.size

    def unpack(self, theta: AnyArray) -> Parameters:
        """Return the weights and biases in a flat vector.

        Parameters
        ----------
        theta : array, shape (size,)
            The vector, of the data's library and device.

        Returns
        -------
        named tuple of array
            W1 (n_hidden, n_features), W2 (n_features, n_hidden), b1 (n_hidden,) and b2 (n_features,).
        """
        with working_on(self.data.like):
            return self._unpacked(theta)

    def pack(self, W1: AnyArray, W2: AnyArray, b1: AnyArray, b2: AnyArray) -> AnyArray:
        """Return the flat vector of weights and biases, the inverse of `unpack`.

        Parameters
        ----------
        W1, W2, b1, b2 : array
            Shapes (n_hidden, n_features), (n_features, n_hidden), (n_hidden,) and (n_features,).

        Returns
        -------
        array, shape (size,)
            The vector, in the dtype of the data.

        Raises
        ------
        TypeError, ValueError
            If one is of another library, device or shape, or not real.
        """
        n, h = self.layout.n_features, self.layout.n_hidden
        shapes = {"W1": (h, n), "W2": (n, h), "b1": (h,), "b2": (n,)}
        remedy = "W1 is (n_hidden, n_features), W2 (n_features, n_hidden)."
        with working_on(self.data.like):
            parts = [
                matching(part, self.data.like, name=name, shape=shape, remedy=remedy)
                for (name, shape), part in zip(shapes.items(), (W1, W2, b1, b2), strict=True)
            ]
            return self.layout.pack(Parameters(*parts), xp=self.data.xp)

    def initial(self, rng: RNGLike = None) -> AnyArray:
        """Return the notes' random start: weights uniform within ±√(6/(n_features + n_hidden + 1)), biases zero.

        Parameters
        ----------
        rng : int, numpy.random.Generator or None
            Where the draw comes from. It is made on the host in float64, so every library starts at the same point.

        Returns
        -------
        array, shape (size,)
            Of the data's library, dtype and device.
        """
        data = self.data
        return from_host(self.layout.initial(rng), xp=data.xp, device=data.device, dtype=data.dtype)

    def mean_activation(self, theta: AnyArray) -> AnyArray:
        """Return ρ̂, the mean activation of every hidden unit over all rows.

        Parameters
        ----------
        theta : array, shape (size,)
            The point, of the data's library and device.

        Returns
        -------
        array, shape (n_hidden,)
            Float64 where the device has it, from 0 to 1.
        """
        with working_on(self.data.like):
            parameters, xp = self._unpacked(theta), self.data.xp
            return self._fitting(lambda visit, _: mean_activations(visit, parameters, xp=xp)).activation

    def checked(self, theta: AnyArray, *, name: str = "theta") -> Array:
        """Return a flat vector in the data's dtype, or raise the error that says why it does not fit.

        Parameters
        ----------
        theta : array, shape (size,)
            The vector.
        name : str
            What the caller calls it.

        Returns
        -------
        array, shape (size,)
            `theta` itself where its dtype is the data's.
        """
        remedy = "objective.initial(rng) gives a vector that fits."
        return matching(theta, self.data.like, name=name, shape=(self.size,), remedy=remedy)

    def _fitting(self, reduction: Callable[[Visit, Plan], Found]) -> Found:
        """Return what a reduction over the data finds, over smaller blocks should memory run out."""
        while True:
            try:
                with products_in(self.precision, self.data.like):
                    return reduction(Visit(self.data, self.plan.workers), self.plan)
            except Exception as error:
                smaller = self.plan.smaller() if ran_out(error) else None
                if smaller is None:
                    raise
            free_pool(self.data.xp)
            message = (
                f"memory ran out: going on with blocks of {smaller.block_rows} rows, which keep nothing. "
                "Pass memory_limit= to plan for the memory there is."
            )
            warnings.warn(message, OutOfMemoryWarning, stacklevel=4)
            self.plan, self.data = smaller, replace(self.data, block_rows=smaller.block_rows)

    def _unpacked(self, theta: AnyArray) -> Parameters:
        return self.layout.unpack(self.checked(theta), xp=self.data.xp)

    def __repr__(self) -> str:
        data, dtype = self.data, str(self.data.dtype).rpartition(".")[2]
        shape = f"{data.n_features} -> {self.layout.n_hidden} -> {data.n_features}"
        how = f"{self.penalties.decoder} decoder, {dtype}, {place(data.X)}"
        return f"Objective({data.n_samples} samples, {shape}, {how})"
