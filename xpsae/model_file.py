"""A model as a file: its arrays by name, everything else in a header, one safetensors file without pickle."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from xpsae.arrays import host
from xpsae.arrays.namespace import from_host, load_namespace, to_host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint, described, whole_number
from xpsae.data.affine import Scaling
from xpsae.data.container import read_container, write_container
from xpsae.objective.cost import Penalties
from xpsae.objective.parameters import Layout
from xpsae.optimize.outcome import OptimizeResult
from xpsae.recording import TrainingHistory

if TYPE_CHECKING:
    from xpsae.model import SparseAutoencoder

_HEADER = ("n_features", "n_hidden", "penalties", "scaling", "result")
_ARRAYS = ("theta", "mean_activation", "jac")
_HISTORY = {f"history.{name}": name for name in TrainingHistory.columns()}
_RESULT = {"fun": float, "nit": int, "nfev": int, "success": bool, "status": int, "message": str}
_REMEDY = "Pass a file that SparseAutoencoder.save wrote; this one was changed or damaged."


def write_model(path: str | os.PathLike[str], model: SparseAutoencoder) -> None:
    """Write a model to one file, whole or not at all.

    Parameters
    ----------
    path : str or path
        The file; one that exists is replaced.
    model : SparseAutoencoder
        The model.

    Raises
    ------
    TypeError, ValueError
        If `path` names no file, or the model's weights are not finite.
    OSError
        If the file cannot be written; the error names `path`.
    """
    of_the_model = {"theta": model.theta, "mean_activation": model.mean_activation, "jac": model.result.jac}
    arrays = {name: to_host(x) for name, x in of_the_model.items()}
    if not (host.isfinite(arrays["theta"]).all() and _known_or_unknown(arrays["mean_activation"])):
        remedy = "Train again: this run could not begin where it was told to."
        raise ValueError(complaint("model", "finite weights", "NaN or infinite ones", remedy))
    history = {key: host.asarray(getattr(model.history, name)) for key, name in _HISTORY.items()}
    header = {
        "n_features": model.n_features,
        "n_hidden": model.n_hidden,
        "penalties": asdict(model.penalties),
        "scaling": asdict(model.scaling),
        "result": {name: getattr(model.result, name) for name in _RESULT},
    }
    write_container(path, arrays | history, header)


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
    TypeError, ValueError
        If `path` names no file, or one that is damaged, of another format, of a newer version, or inconsistent.
    FileNotFoundError
        If there is no such file.
    """
    arrays, header = read_container(path)
    try:
        return _fields(arrays, header)
    except (TypeError, ValueError, OverflowError) as error:
        got = f"{os.fspath(path)}, whose content does not fit together ({str(error).rstrip('. ')})"
        raise ValueError(complaint("path", "a model file", got, _REMEDY)) from None


def _fields(arrays: Mapping[str, HostArray], header: Mapping[str, Any]) -> dict[str, Any]:
    _require_names("header", header, _HEADER)
    _require_names("arrays", arrays, {*_ARRAYS, *_HISTORY})
    sizes = {name: whole_number(name, header[name], at_least=1, remedy="") for name in ("n_features", "n_hidden")}
    layout, outcome = Layout(**sizes), _outcome(header["result"])
    _require_weights(arrays, layout)
    xp = load_namespace("numpy")
    x, jac, mean_activation = (from_host(arrays[name], xp=xp) for name in ("theta", "jac", "mean_activation"))
    return {
        # The weights are cut from a copy, so that nobody who holds result.x can change them.
        **layout.unpack(xp.asarray(x, copy=True), xp=xp)._asdict(),
        "mean_activation": mean_activation,
        "penalties": Penalties(**_record(header, "penalties", Penalties)),
        "scaling": Scaling(**_record(header, "scaling", Scaling)),
        "history": _history(arrays, longest=outcome["nit"] + 1),
        "result": OptimizeResult(x=x, jac=jac, **outcome),
    }


def _outcome(result: Any) -> dict[str, Any]:
    """Return what the minimizer said, each part of the type that it has in a result."""
    _require_names("result", result, _RESULT)
    for name, kind in _RESULT.items():
        # Not isinstance: True is an int, and no number of iterations.
        if type(result[name]) is not kind or (kind is int and result[name] < 0):
            expected = "an integer of at least 0" if kind is int else f"of type {kind.__name__}"
            raise ValueError(complaint(f"result.{name}", expected, described(result[name]), ""))
    return {name: result[name] for name in _RESULT}


def _history(arrays: Mapping[str, HostArray], *, longest: int) -> TrainingHistory:
    """Return the course of the run: from its start, or from where it went on."""
    columns, length = [], arrays["history.cost"].size
    if not 1 <= length <= longest:
        raise ValueError(complaint("history.cost", f"1 to {longest} entries", str(length), ""))
    for key, name in _HISTORY.items():
        _require(key, arrays[key], (length,), ("int64",) if name == "nfev" else ("float64",))
        columns.append(tuple(arrays[key].tolist()))
    return TrainingHistory(*columns)


def _require_weights(arrays: Mapping[str, HostArray], layout: Layout) -> None:
    theta, mean_activation = arrays["theta"], arrays["mean_activation"]
    _require("theta", theta, (layout.size,), ("float32", "float64"))
    _require("jac", arrays["jac"], (layout.size,), (theta.dtype.name,))
    _require("mean_activation", mean_activation, (layout.n_hidden,), (theta.dtype.name, "float64"))
    for name, fine in (("theta", host.isfinite(theta).all()), ("mean_activation", _known_or_unknown(mean_activation))):
        if not fine:
            raise ValueError(complaint(name, "finite numbers", "NaN or infinite ones", ""))


def _known_or_unknown(mean_activation: HostArray) -> bool:
    """Return whether mean activations are all finite, or all NaN, as those of an imported model."""
    return bool(host.isfinite(mean_activation).all() or host.isnan(mean_activation).all())


def _require(name: str, array: HostArray, shape: tuple[int, ...], dtypes: Collection[str]) -> None:
    if array.shape != shape or array.dtype.name not in dtypes:
        expected = f"{' or '.join(dict.fromkeys(dtypes))} of shape {shape}"
        raise ValueError(complaint(name, expected, f"{array.dtype} of shape {array.shape}", ""))


def _record(header: Mapping[str, Any], name: str, kind: type[Penalties] | type[Scaling]) -> dict[str, Any]:
    record: dict[str, Any] = header[name]
    _require_names(name, record, [field.name for field in fields(kind)])
    return record


def _require_names(where: str, found: Any, expected: Collection[str]) -> None:
    """Raise a ValueError unless a mapping has these names and no others."""
    if not isinstance(found, Mapping):
        raise ValueError(complaint(where, "names and values", described(found), ""))
    missing, unknown = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if missing or unknown:
        got = f"{', '.join(missing) or 'nothing'} missing and {', '.join(unknown)[:200] or 'nothing'} unknown"
        raise ValueError(complaint(where, "the names of this version", got, ""))
