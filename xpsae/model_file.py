"""A model as a file: its arrays by name, everything else in a header, one safetensors file without pickle."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from xpsae.arrays import host
from xpsae.arrays.namespace import from_host, load_namespace, to_host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.affine import Scaling
from xpsae.data.container import read_container, write_container
from xpsae.objective.cost import Penalties
from xpsae.objective.parameters import Layout
from xpsae.optimize.outcome import OptimizeResult
from xpsae.recording import TrainingHistory

if TYPE_CHECKING:
    from xpsae.model import SparseAutoencoder

_RESULT = ("fun", "nit", "nfev", "success", "status", "message")
_REMEDY = "Pass a file that SparseAutoencoder.save wrote; this one was changed or damaged."


def write_model(path: str | os.PathLike[str], model: SparseAutoencoder) -> None:
    """Write a model to one file, whole or not at all.

    Parameters
    ----------
    path : str or path
        The file; one that exists is replaced.
    model : SparseAutoencoder
        The model.
    """
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


def read_model(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the fields of the model in a file, NumPy arrays among them.

    Parameters
    ----------
    path : str or path
        A file that `write_model` wrote.

    Returns
    -------
    dict
        The arguments of `SparseAutoencoder`.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it is damaged, of another format, of a newer version, or inconsistent.
    """
    arrays, header = read_container(path)
    try:
        return _fields(arrays, header)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        got = f"{os.fspath(path)}, whose content does not fit together ({error})"
        raise ValueError(complaint("path", "a model file", got, _REMEDY)) from None


def _fields(arrays: Mapping[str, HostArray], header: Mapping[str, Any]) -> dict[str, Any]:
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
    return {
        "W1": W1,
        "b1": b1,
        "W2": W2,
        "b2": b2,
        "mean_activation": mean_activation,
        "penalties": penalties,
        "scaling": scaling,
        "history": history,
        "result": result,
    }


def _require(array: HostArray, name: str, shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype.kind not in "fi":
        message = f"{name} has shape {array.shape} and dtype {array.dtype} where {shape} numbers were expected"
        raise ValueError(message)
    if name in {"theta", "mean_activation"} and not host.all(host.isfinite(array)):
        message = f"{name} contains values that are not finite"
        raise ValueError(message)
