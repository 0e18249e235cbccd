"""The trained model: frozen parameters that encode, decode, reconstruct, are judged, saved and loaded."""

# Longer than the ceiling because every public method carries its documentation; its code has some ninety lines.

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xpsae.arrays.convert import require_finite
from xpsae.arrays.devices import DEVICES, narrowing, to_device, to_library
from xpsae.arrays.namespace import (
    LIBRARIES,
    array_namespace,
    detached,
    device_kind,
    device_of,
    from_host,
    library_name,
    place,
    to_host,
    working_on,
)
from xpsae.arrays.typing import AnyArray, Array
from xpsae.checks import complaint, one_of
from xpsae.data.affine import Scaling
from xpsae.data.blocks import BLOCK_ROWS, RowBlocks, as_rows, in_dtype
from xpsae.data.elsewhere import extremes, is_elsewhere, require_finite_rows
from xpsae.data.variance import explained_by_blocks, explained_variance, squared_errors
from xpsae.model_file import read_model, write_model
from xpsae.objective import network
from xpsae.objective.cost import Penalties
from xpsae.objective.parameters import Layout, Parameters
from xpsae.optimize.outcome import OptimizeResult, Outcome
from xpsae.optimize.state import OptimizerState
from xpsae.recording import TrainingHistory
from xpsae.warnings import PrecisionWarning

if TYPE_CHECKING:
    from xpsae.doctor import Checkup
    from xpsae.problem import Objective


@dataclass(frozen=True, eq=False, repr=False)
class SparseAutoencoder:
    """A trained sparse autoencoder; `fit` and `load` make them.

    Attributes
    ----------
    W1, b1 : array, shapes (n_hidden, n_features) and (n_hidden,)
        The encoder's weights and biases.
    W2, b2 : array, shapes (n_features, n_hidden) and (n_features,)
        The decoder's weights and biases.
    mean_activation : array, shape (n_hidden,)
        ρ̂ of every hidden unit over the training data.
    penalties : Penalties
        λ, ρ, β and the kind of decoder it was trained with.
    scaling : Scaling
        How data are brought into the decoder's range, and back.
    history : TrainingHistory
        Cost terms, gradient norm, step, evaluations and seconds of the start and of every iteration.
    result : OptimizeResult
        What the minimizer found, under SciPy's names: x, fun, jac, nit, nfev, success, status, message.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((100, 4))
    >>> model = xpsae.fit(X, n_hidden=2, max_iter=5, rng=0)
    >>> model.encode(X).shape, model.reconstruct(X).shape, model.features.shape
    ((100, 2), (100, 4), (2, 4))
    >>> model
    SparseAutoencoder(4 -> 2 -> 4, sigmoid decoder, float64, numpy on cpu, 5 iterations)
    """

    W1: AnyArray
    b1: AnyArray
    W2: AnyArray
    b2: AnyArray
    mean_activation: AnyArray
    penalties: Penalties
    scaling: Scaling
    history: TrainingHistory
    result: OptimizeResult

    @classmethod
    def of(
        cls, objective: Objective, result: OptimizeResult, *, scaling: Scaling, history: TrainingHistory
    ) -> SparseAutoencoder:
        """Return the model at the point a minimization of `objective` ended at.

        Parameters
        ----------
        objective : Objective
            The cost that was minimized.
        result : OptimizeResult
            Where that ended.
        scaling : Scaling
            What was done to the data beforehand.
        history : TrainingHistory
            The course of the minimization.

        Returns
        -------
        SparseAutoencoder
            The model. Its arrays are its own: nothing that is done to those of `result` reaches them.
        """
        kept, x = (_own_copy(result.x) for _ in range(2))
        W1, W2, b1, b2 = objective.unpack(x)
        mean_activation = objective.mean_activation(x)
        result = replace(result, x=kept, jac=_own_copy(result.jac))
        return cls(W1, b1, W2, b2, mean_activation, objective.penalties, scaling, history, result)

    @property
    def n_features(self) -> int:
        """The number of columns of the data."""
        return int(self.W1.shape[1])

    @property
    def n_hidden(self) -> int:
        """The number of hidden units."""
        return int(self.W1.shape[0])

    @property
    def theta(self) -> AnyArray:
        """All parameters in one flat vector: W1, W2, b1, b2, each in C order, shape (size,)."""
        layout = Layout(self.n_features, self.n_hidden)
        parameters = Parameters(self.W1, self.W2, self.b1, self.b2)
        with working_on(self.W1):
            return layout.pack(parameters, xp=array_namespace(self.W1))

    @property
    def features(self) -> AnyArray:
        """The input of norm one that excites each hidden unit most, W1_i / ‖W1_i‖, shape (n_hidden, n_features)."""
        xp = array_namespace(self.W1)
        with working_on(self.W1):
            # Divided by its largest weight first, no row is too small or too large to be squared.
            peak = xp.max(xp.abs(self.W1), axis=1, keepdims=True)
            rows = self.W1 / xp.where(peak > 0.0, peak, 1.0)
            norm = xp.sqrt(xp.reshape(xp.vecdot(rows, rows), (-1, 1)))
            return rows / xp.where(norm > 0.0, norm, 1.0)

    def encode(self, X: AnyArray) -> AnyArray:
        """Return the activations of the hidden units.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Data like the training data: in their units, of the model's library and device. For a NumPy model also
            files, maps and stores, as `fit` takes them.

        Returns
        -------
        array, shape (n_samples, n_hidden)
            Values from 0 to 1, of the model's dtype.

        Raises
        ------
        TypeError, ValueError
            If X has another number of features, belongs to another library or device, or is not finite.
        """
        return self._by_blocks(self._encoded, self._checked(X, name="X", n_columns=self.n_features))

    def decode(self, codes: AnyArray) -> AnyArray:
        """Return the data that activations stand for.

        Parameters
        ----------
        codes : array_like, shape (n_samples, n_hidden)
            Activations, of the model's library and device.

        Returns
        -------
        array, shape (n_samples, n_features)
            In the units of the training data, of the model's dtype.

        Raises
        ------
        TypeError, ValueError
            If `codes` has another number of columns, belongs to another library or device, or is not finite.
        """
        return self._by_blocks(self._decoded, self._checked(codes, name="codes", n_columns=self.n_hidden))

    def reconstruct(self, X: AnyArray) -> AnyArray:
        """Return what the model makes of data: `decode` of `encode`, in the units of X.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Data like the training data.

        Returns
        -------
        array, shape (n_samples, n_features)
            The reconstructions, in the units of X, of the model's dtype.

        Raises
        ------
        TypeError, ValueError
            As `encode`.
        """
        rows = self._checked(X, name="X", n_columns=self.n_features)
        return self._by_blocks(self._reconstructed, rows)

    def reconstruction_error(self, X: AnyArray) -> AnyArray:
        """Return the mean squared difference between each row and its reconstruction.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Data like the training data.

        Returns
        -------
        array, shape (n_samples,)
            At least 0, in the squared units of X; float64 where the device has it, which holds the squares of
            anything that float32 holds.

        Raises
        ------
        TypeError, ValueError
            As `encode`.
        """
        xp = array_namespace(self.W1)
        rows = self._checked(X, name="X", n_columns=self.n_features)
        return self._by_blocks(lambda block: squared_errors(block, self._reconstructed(block), xp=xp), rows)

    def score(self, X: AnyArray) -> float:
        r"""Return the explained variance: the share of the data's variance that the reconstructions keep.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Data like the training data.

        Returns
        -------
        float
            1 for perfect reconstructions, 0 for those no better than the mean row, negative for worse ones. Data whose
            rows are all equal score 1 if reconstructed exactly and 0 otherwise. Minus infinity where the quotient is
            more than float64 can hold, as of data that differ by less than 1e-150 and are reconstructed to 0.01.

        Raises
        ------
        TypeError, ValueError
            As `encode`.

        Notes
        -----
        .. math:: 1 - \frac{\sum_i \lVert x_i - r_i \rVert^2}{\sum_i \lVert x_i - \bar x \rVert^2}
        """
        rows = self._checked(X, name="X", n_columns=self.n_features)
        xp = array_namespace(self.W1)
        if is_elsewhere(rows):
            blocks = RowBlocks(rows, BLOCK_ROWS[0])
            return explained_by_blocks(lambda: ((X, self._reconstructed(X)) for X in blocks), extremes(rows), xp=xp)
        return explained_variance(rows, self._by_blocks(self._reconstructed, rows), xp=xp)

    def to(self, library: str | None = None, *, device: str | None = None) -> SparseAutoencoder:
        """Return the model as arrays of another library, or on another device.

        Parameters
        ----------
        library : str, optional
            "numpy", "cupy", "torch", "jax" or "array_api_strict". "cpu" and "cuda" are understood as `device`.
        device : {None, "cpu", "cuda", "auto"}
            Where its arrays shall lie; see `fit`.

        Returns
        -------
        SparseAutoencoder
            The same model there.

        Raises
        ------
        ValueError
            If there is no such library or no usable device.
        ImportError
            If the library is not installed.

        Warns
        -----
        PrecisionWarning
            If it becomes float32 because the library or the device holds no float64, as JAX without
            ``jax.config.update("jax_enable_x64", True)``.
        """
        if device is None and library in DEVICES:
            library, device = None, library
        elif library is not None:
            choices = (*LIBRARIES, *(() if device else DEVICES[1:]))
            one_of("library", library, choices, remedy="Name one of these.")

        def moved(x: Array) -> Array:
            """Return one array there."""
            return to_device(x if library is None else to_library(x, library), device)

        W1 = moved(self.W1)
        if device == "auto":
            # Decided once: what follows goes where the first array went.
            device = device_kind(W1) if device_kind(W1) in DEVICES else None
        if (told := narrowing(self.W1, W1)) is not None:
            warnings.warn(told, PrecisionWarning, stacklevel=2)
        return self._moved(moved)

    def _moved(self, moved: Callable[[Array], Array]) -> SparseAutoencoder:
        """Return the model with all its arrays moved."""
        names = ("W1", "b1", "W2", "b2", "mean_activation")
        arrays: dict[str, Any] = {name: moved(getattr(self, name)) for name in names}
        x, jac = moved(self.result.x), moved(self.result.jac)
        return replace(self, **arrays, result=replace(self.result, x=x, jac=jac, state=self._state(moved)))

    def _state(self, moved: Callable[[Array], Array]) -> OptimizerState | None:
        state = self.result.state
        return state and replace(state, vectors={name: moved(vector) for name, vector in state.vectors.items()})

    def diagnose(self, X: AnyArray | None = None, *, patch_shape: tuple[int, ...] | None = None) -> Checkup:
        """Return what went wrong in the training, if anything, and what to change: `xpsae.diagnose`.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features), optional
            The training data, of the model's library and device. Without them fewer things can be told.
        patch_shape : tuple of int, optional
            The shape of the pictures that the rows are.

        Returns
        -------
        Checkup
            ``print`` it.

        Raises
        ------
        TypeError, ValueError
            For data or a shape that do not fit the model.
        """
        # By name, because the doctor stands above the model and knows it.
        found: Checkup = importlib.import_module("xpsae.doctor").diagnose(self, X, patch_shape=patch_shape)
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to one safetensors file, whole or not at all; `load` reads it.

        Parameters
        ----------
        path : str or path
            The file; one that exists is replaced.

        Raises
        ------
        TypeError, ValueError
            If `path` names no file, or the weights are not finite.
        OSError
            If it cannot be written; the error names `path`, and a file that was there before is still whole.
        """
        write_model(path, self)

    def _encoded(self, rows: Array) -> Array:
        xp = array_namespace(self.W1)
        return network.encode(self.scaling.apply(rows, xp=xp), self.W1, self.b1, xp=xp)[0]

    def _decoded(self, codes: Array) -> Array:
        xp = array_namespace(self.W1)
        outputs = network.decode(codes, self.W2, self.b2, decoder=self.penalties.decoder, xp=xp)
        data: Array = self.scaling.invert(outputs)
        return data

    def _reconstructed(self, rows: Array) -> Array:
        return self._decoded(self._encoded(rows))

    def _by_blocks(self, function: Callable[[Array], Array], rows: Array) -> Array:
        """Return a function of checked rows, block after block: what is in between stays small."""
        with working_on(rows):
            return array_namespace(self.W1).concat([function(block) for block in RowBlocks(rows, BLOCK_ROWS[0])])

    def _checked(self, X: Any, *, name: str, n_columns: int) -> Array:
        """Return X in the model's dtype, or raise the error that says why it cannot be used with this model."""
        rows = as_rows(X, name=name, n_features=n_columns)
        xp, dtype = array_namespace(self.W1), self.W1.dtype
        if array_namespace(rows) is not xp or device_of(rows) != device_of(self.W1):
            remedy = f"Pass an array of the model's library and device, or move the model: model.to({_where(rows)})."
            raise TypeError(complaint(name, f"an array of {place(self.W1)}", place(rows), remedy))
        if rows.dtype == dtype:
            return rows
        with working_on(rows):
            rows = in_dtype(rows, dtype)
        if dtype == xp.float32:
            check = require_finite_rows if is_elsewhere(rows) else require_finite
            check(rows, name=f"{name} in float32, the model's type")
        return rows

    def __repr__(self) -> str:
        dtype = str(self.W1.dtype).rpartition(".")[2]
        shape = f"{self.n_features} -> {self.n_hidden} -> {self.n_features}"
        how = f"{self.penalties.decoder} decoder, {dtype}, {place(self.W1)}"
        return f"SparseAutoencoder({shape}, {how}, {self.result.nit} iterations)"


def uninterrupted(model: SparseAutoencoder) -> SparseAutoencoder:
    """Return a model, or raise a KeyboardInterrupt where Ctrl-C ended its training: for those that train several."""
    if model.result.message == Outcome.INTERRUPTED.value:
        raise KeyboardInterrupt
    return model


def beside(model: SparseAutoencoder, like: Array) -> SparseAutoencoder:
    """Return a model of NumPy's as one of the library and on the device of an array."""
    xp, device = array_namespace(like), device_of(like)
    return model._moved(lambda x: from_host(to_host(x), xp=xp, device=device))


def _own_copy(x: Array) -> Array:
    with working_on(x):
        return array_namespace(x).asarray(detached(x), copy=True)


def _where(x: Array) -> str:
    name = library_name(array_namespace(x))
    return repr(name) if name in LIBRARIES else "library"


def load(path: str | os.PathLike[str], *, library: str = "numpy") -> SparseAutoencoder:
    """Return the model in a file that `SparseAutoencoder.save` wrote.

    Parameters
    ----------
    path : str or path
        The file.
    library : str
        The array library the model shall belong to: "numpy", "cupy", "torch", "jax" or "array_api_strict".

    Returns
    -------
    SparseAutoencoder
        The model, equal to the saved one to the last bit (in JAX without x64, to the last bit of float32).

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError, ValueError
        If `path` names no file, or one that is truncated, of another format, of a newer version, or inconsistent.

    Warns
    -----
    PrecisionWarning
        If it becomes float32, see `SparseAutoencoder.to`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import xpsae
    >>> model = xpsae.fit(np.random.default_rng(0).random((50, 3)), n_hidden=2, max_iter=3, rng=0)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.safetensors"
    >>> model.save(path)
    >>> bool(np.all(xpsae.load(path).W1 == model.W1))
    True
    """
    model = SparseAutoencoder(**read_model(path))
    return model if library == "numpy" else model.to(library)
