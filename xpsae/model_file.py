"""A model as a file: its arrays by name, everything else in a header, one safetensors file without pickle."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.namespace import from_host, load_namespace, to_host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.affine import Scaling
from xpsae.data.container import read_container, write_container
from xpsae.model import SparseAutoencoder
from xpsae.objective.cost import Penalties
from xpsae.objective.parameters import Layout
from xpsae.optimize.outcome import OptimizeResult
from xpsae.recording import TrainingHistory

_RESULT = ("fun", "nit", "nfev", "success", "status", "message")
_REMEDY = "Pass a file that SparseAutoencoder.save wrote; this one was changed or damaged."


def write_model(path: str | os.PathLike[str], model: SparseAutoencoder) -> None:
    """Write a model to one file; see `SparseAutoencoder.save`."""
    arrays = {"theta": model.theta, "mean_activation": model.mean_activation, "jac": model.result.jac}
    history = {f"history.{name}": host.asarray(getattr(model.history, name)) for name in TrainingHistory.columns()}
    header = {
        "n_features": model.n_features,
        "n_hidden": model.n_hidden,
        "penalties": asdict(model.penalties),
        "scaling": asdict(model.scaling),
        "result": {name: getattr(model.result, name) for name in _RESULT},
    }
    write_container(path, {name: to_host(x) for name, x in arrays.items()} | history, header)


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
        The model, equal to the saved one to the last bit.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is truncated, of another format, of a newer version, or inconsistent.

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
    arrays, header = read_container(path)
    try:
        model = _assembled(arrays, header)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        got = f"{os.fspath(path)}, whose content does not fit together ({error})"
        raise ValueError(complaint("path", "a model file", got, _REMEDY)) from None
    return model if library == "numpy" else model.to(library)


def _assembled(arrays: Mapping[str, HostArray], header: Mapping[str, Any]) -> SparseAutoencoder:
    layout = Layout(header["n_features"], header["n_hidden"])
    penalties, scaling = Penalties(**header["penalties"]), Scaling(**header["scaling"])
    for name, shape in (("theta", layout.size), ("jac", layout.size), ("mean_activation", layout.n_hidden)):
        _require(arrays[name], name, (shape,))
    for name in TrainingHistory.columns():
        _require(arrays[f"history.{name}"], f"history.{name}", arrays["history.cost"].shape)
    history = TrainingHistory(*(tuple(arrays[f"history.{name}"].tolist()) for name in TrainingHistory.columns()))
    xp = load_namespace("numpy")
    x, jac, mean_activation = (from_host(arrays[name], xp=xp) for name in ("theta", "jac", "mean_activation"))
    result = OptimizeResult(x=x, jac=jac, **{name: header["result"][name] for name in _RESULT})
    W1, W2, b1, b2 = layout.unpack(x, xp=xp)
    return SparseAutoencoder(W1, b1, W2, b2, mean_activation, penalties, scaling, history, result)


def _require(array: HostArray, name: str, shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype.kind not in "fi":
        message = f"{name} has shape {array.shape} and dtype {array.dtype} where {shape} numbers were expected"
        raise ValueError(message)
    if name in {"theta", "mean_activation"} and not host.all(host.isfinite(array)):
        message = f"{name} contains values that are not finite"
        raise ValueError(message)
