"""A model in MATLAB's files, in the exercises' packing, and the parameters of MATLAB's own autoencoder."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.namespace import to_host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint, whole_number
from xpsae.data.affine import KINDS, Scaling
from xpsae.data.formats import variables_in
from xpsae.data.variables import Variable, chosen
from xpsae.files import existing_file, replacing
from xpsae.interchange.parts import WEIGHTS, assembled, checked, weights_of
from xpsae.model import SparseAutoencoder
from xpsae.objective.cost import Penalties

_EXPECTED = "a MATLAB file of a model"
_REMEDY = "Save W1, W2, b1 and b2, or theta together with visibleSize and hiddenSize."
_SCALARS = {"lambda": "weight_decay", "sparsityParam": "sparsity_target", "beta": "sparsity_weight"}
"""The exercises' names for what they train with."""


def save_mat(model: SparseAutoencoder, path: str | os.PathLike[str]) -> None:
    """Write the model to a MATLAB file (level 5) under the exercises' names and in their column-major packing.

    Parameters
    ----------
    model : SparseAutoencoder
        A model of any library.
    path : str or path
        The file; one that exists is replaced.

    Raises
    ------
    ImportError
        If SciPy is not installed.
    TypeError, ValueError
        If `model` is none, or `path` names no file.
    OSError
        If it cannot be written.

    Notes
    -----
    ``theta`` is ``[W1(:); W2(:); b1(:); b2(:)]``, where ``(:)`` goes through a matrix column by column. W1 is
    hiddenSize by visibleSize and W2 visibleSize by hiddenSize, as the exercises' ``sparseAutoencoderCost(theta,
    visibleSize, hiddenSize, lambda, sparsityParam, beta, data)`` takes it. Beside it stand W1, W2, b1 and b2, the
    arguments after theta, ``rhoHat``, ``linearDecoder``, and ``scaling``, which only xpsae reads. Samples are columns
    in the exercises: pass them X'. Not held: the course of the training, and the
    minimizer's result.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((50, 3))
    >>> model = xpsae.fit(X, n_hidden=2, max_iter=3, rng=0)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.mat"
    >>> xpsae.save_mat(model, path)  # doctest: +SKIP
    >>> bool(np.all(xpsae.load_mat(path).encode(X) == model.encode(X)))  # doctest: +SKIP
    True
    """
    weights, penalties, scaling = weights_of(checked(model)), model.penalties, model.scaling
    columns = {name: array.reshape(-1, 1) if array.ndim == 1 else array for name, array in weights.items()}
    packed = [weights[name].reshape(-1, order="F") for name in ("W1", "W2", "b1", "b2")]
    numbers = (KINDS.index(scaling.kind), scaling.shift, scaling.width, scaling.gain, scaling.offset, scaling.clipped)
    scalars = {
        **{name: getattr(penalties, field) for name, field in _SCALARS.items()},
        "visibleSize": float(model.n_features),
        "hiddenSize": float(model.n_hidden),
        "linearDecoder": float(penalties.decoder == "linear"),
    }
    # theta comes last, so that a file that was cut between two variables is known by the want of it.
    variables = {
        "scaling": host.asarray([numbers], dtype=host.float64),
        **scalars,
        "rhoHat": to_host(model.mean_activation).reshape(-1, 1),
        **columns,
        "theta": host.concatenate(packed).reshape(-1, 1),
    }
    content = BytesIO()
    _scipy_io().savemat(content, variables, format="5")
    with replacing(path) as stream:
        stream.write(content.getvalue())


def load_mat(
    path: str | os.PathLike[str], *, visible_size: int | None = None, hidden_size: int | None = None
) -> SparseAutoencoder:
    """Return the model in a MATLAB file: W1, W2, b1 and b2, or theta in the exercises' packing.

    Parameters
    ----------
    path : str or path
        A file of level 5 (-v6, -v7) or 7.3, which needs h5py. ``theta`` may also be called ``opttheta``, as in the
        exercises.
    visible_size, hidden_size : int, optional
        What ``theta`` is cut by, where the file has no ``visibleSize`` and ``hiddenSize``.

    Returns
    -------
    SparseAutoencoder
        A model of NumPy's. What the file does not tell is as `fit` has it by default, data that are not scaled and a
        sigmoid decoder among it; mean activations are NaN then. Its history has one entry of NaN.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If it is of version 7.3 and h5py is not installed.
    ValueError
        If it is truncated, damaged, holds no such arrays, or their sizes do not belong together.

    Notes
    -----
    Every array is read into C order, whatever its order in the file. See `save_mat` for the packing.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import xpsae
    >>> scipy_io = __import__("scipy.io").io  # doctest: +SKIP
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "weights.mat"
    >>> scipy_io.savemat(path, {"opttheta": np.zeros((17, 1))})  # doctest: +SKIP
    >>> xpsae.load_mat(path, visible_size=3, hidden_size=2).W1.shape  # doctest: +SKIP
    (2, 3)
    """
    file = existing_file(path)
    variables = variables_in(file)
    if variables is None:
        raise ValueError(complaint("path", _EXPECTED, f"{file}, which is no MATLAB file", _REMEDY))
    parts = _weights(variables, file, visible_size, hidden_size)
    named = _SCALARS.keys() & variables.keys()
    told: dict[str, Any] = {_SCALARS[name]: _number(variables, name, file) for name in named}
    if "linearDecoder" in variables:
        told["decoder"] = "linear" if _number(variables, "linearDecoder", file) else "sigmoid"
    try:
        penalties, scaling = Penalties(**told), _scaling(variables, file)
        return assembled(parts, penalties, scaling, mean_activation=_means(variables, file))
    except (TypeError, ValueError) as error:
        text = " ".join(str(error).rstrip(". ").split())[:300]
        got = f"{file}, whose content does not fit together ({text})"
        raise ValueError(complaint("path", _EXPECTED, got, _REMEDY)) from None


def _weights(
    variables: Mapping[str, Variable], file: Path, visible: int | None, hidden: int | None
) -> dict[str, HostArray]:
    """Return W1, b1, W2 and b2."""
    if "scaling" in variables and "theta" not in variables:
        raise ValueError(complaint("path", _EXPECTED, f"{file}, which is truncated: it ends before theta", _REMEDY))
    if all(name in variables for name in WEIGHTS):
        parts = {name: chosen(variables, name, file) for name in WEIGHTS}
        return {name: array.reshape(-1) if name.startswith("b") else array for name, array in parts.items()}
    name = next((name for name in ("theta", "opttheta") if name in variables), None)
    if name is None:
        got = f"{file} with {', '.join(map(repr, variables))[:200] or 'nothing'}"
        raise ValueError(complaint("path", _EXPECTED, got, _REMEDY))
    theta = chosen(variables, name, file).reshape(-1, order="F")
    n = _size("visible_size", visible, variables, "visibleSize", file)
    h = _size("hidden_size", hidden, variables, "hiddenSize", file)
    if theta.size != 2 * n * h + h + n:
        expected = f"{2 * n * h + h + n} numbers for {n} visible and {h} hidden units"
        raise ValueError(complaint(name, expected, f"{theta.size} in {file}", "Check the sizes."))
    return {
        "W1": theta[: n * h].reshape(h, n, order="F"),
        "W2": theta[n * h : 2 * n * h].reshape(n, h, order="F"),
        "b1": theta[2 * n * h : 2 * n * h + h],
        "b2": theta[2 * n * h + h :],
    }


def _size(name: str, given: int | None, variables: Mapping[str, Variable], theirs: str, file: Path) -> int:
    if given is None:
        if theirs not in variables:
            got = f"None for {file}, which has no {theirs}"
            raise ValueError(complaint(name, "the number of units", got, f"Pass {name}=64, say."))
        number = _number(variables, theirs, file)
        given = int(number) if number.is_integer() else 0
    return whole_number(name, given, at_least=1, remedy="Pass the size that theta was made for.")


def _number(variables: Mapping[str, Variable], name: str, file: Path) -> float:
    array = chosen(variables, name, file)
    if array.size != 1:
        raise ValueError(complaint(name, "one number", f"{array.shape} in {file}", _REMEDY))
    return float(array.reshape(-1)[0])


def _scaling(variables: Mapping[str, Variable], file: Path) -> Scaling:
    if "scaling" not in variables:
        return Scaling()
    numbers = chosen(variables, "scaling", file).reshape(-1)
    if numbers.size != 6 or not 0 <= numbers[0] < len(KINDS):
        raise ValueError(complaint("scaling", "six numbers", str(numbers.shape), _REMEDY))
    kind, shift, width, gain, offset, clipped = map(float, numbers)
    return Scaling(KINDS[int(kind)], shift, width, gain, offset, bool(clipped))


def _means(variables: Mapping[str, Variable], file: Path) -> HostArray | None:
    if "rhoHat" not in variables:
        return None
    return host.asarray(chosen(variables, "rhoHat", file), dtype=host.float64).reshape(-1)


def _scipy_io() -> Any:
    try:
        return importlib.import_module("scipy.io")
    except ModuleNotFoundError as error:
        message = "save_mat needs SciPy, which is not installed. Run: pip install 'xpsae[files]'"
        raise ImportError(message) from error
