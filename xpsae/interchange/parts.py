"""A model taken apart for another format, and put together again from what a format could hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.namespace import from_host, load_namespace, to_host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint, described
from xpsae.data.affine import Scaling
from xpsae.model import SparseAutoencoder
from xpsae.objective.cost import Penalties
from xpsae.objective.parameters import Layout, Parameters
from xpsae.optimize.outcome import OptimizeResult, Outcome
from xpsae.recording import TrainingHistory

WEIGHTS = ("W1", "b1", "W2", "b2")

_UNKNOWN = "Imported: how it was trained is not known here."
_STATUS = len(Outcome)  # none of a minimization's


def checked(model: Any) -> SparseAutoencoder:
    """Return `model`, or raise a TypeError where it is none."""
    if not isinstance(model, SparseAutoencoder):
        remedy = "Pass what xpsae.fit or xpsae.load returns (the model_ of a scikit-learn transformer)."
        raise TypeError(complaint("model", "a SparseAutoencoder", described(model), remedy))
    return model


def weights_of(model: SparseAutoencoder) -> dict[str, HostArray]:
    """Return W1, b1, W2 and b2 on the host, in C order."""
    return {name: host.ascontiguousarray(to_host(getattr(model, name))) for name in WEIGHTS}


def description(model: SparseAutoencoder) -> dict[str, Any]:
    """Return hyper-parameters and scaling as plain values."""
    return {"penalties": asdict(model.penalties), "scaling": asdict(model.scaling)}


def assembled(
    parts: Mapping[str, HostArray],
    penalties: Penalties,
    scaling: Scaling,
    *,
    mean_activation: HostArray | None = None,
) -> SparseAutoencoder:
    """Return a model of these weights, without the course of a training.

    Parameters
    ----------
    parts : mapping of str to numpy.ndarray
        W1, b1, W2 and b2.
    penalties : Penalties
        What it was trained with, as far as it is known.
    scaling : Scaling
        How its data are scaled.
    mean_activation : numpy.ndarray, optional
        ρ̂; NaN where it is not known.

    Returns
    -------
    SparseAutoencoder
        A model of NumPy's; its history has one entry of NaN, and its result says that it was imported.

    Raises
    ------
    ValueError
        If the shapes do not belong together, or a number is not finite.
    """
    weights = {name: _floating(name, parts[name]) for name in WEIGHTS}
    n_hidden, n_features = weights["W1"].shape if weights["W1"].ndim == 2 else (0, 0)
    shapes = {"W1": (n_hidden, n_features), "b1": (n_hidden,), "W2": (n_features, n_hidden), "b2": (n_features,)}
    for name, shape in shapes.items():
        if weights[name].shape != shape or 0 in shape:
            expected = "of shapes that belong together (W1 n_hidden by n_features, W2 the reverse)"
            raise ValueError(complaint(name, expected, f"shape {weights[name].shape}", "Check which array is which."))
    if mean_activation is None:
        mean_activation = host.full(n_hidden, math.nan)
    if mean_activation.shape != (n_hidden,):
        raise ValueError(
            complaint("mean_activation", f"shape ({n_hidden},)", f"{mean_activation.shape}", "Leave it out.")
        )
    xp = load_namespace("numpy")
    layout = Layout(n_features, n_hidden)
    x = layout.pack(Parameters(*(from_host(weights[name], xp=xp) for name in Parameters._fields)), xp=xp)
    result = OptimizeResult(x, math.nan, 0.0 * x, 0, 0, False, _STATUS, _UNKNOWN)
    nothing = (math.nan,)
    history = TrainingHistory(nothing, nothing, nothing, nothing, nothing, (0.0,), (0,), nothing)
    arrays = {name: from_host(weights[name], xp=xp) for name in WEIGHTS}
    return SparseAutoencoder(
        **arrays,
        mean_activation=from_host(mean_activation, xp=xp),
        penalties=penalties,
        scaling=scaling,
        history=history,
        result=result,
    )


def _floating(name: str, array: HostArray) -> HostArray:
    """Return an array in float32 if it is, else in float64, or raise the error that says what is wrong with it."""
    if array.dtype.kind not in "biuf":
        raise ValueError(complaint(name, "real numbers", f"data of type {array.dtype}", "Write numbers."))
    if not host.isfinite(array).all():
        raise ValueError(complaint(name, "finite numbers", "NaN or infinite ones", "Train again."))
    dtype = host.float32 if array.dtype == host.float32 else host.float64
    return host.array(array, dtype=dtype, order="C")
