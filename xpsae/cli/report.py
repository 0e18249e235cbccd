"""What a model is and what it has learned, in words and as plain values."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from xpsae import SparseAutoencoder
from xpsae.arrays.namespace import to_host
from xpsae.arrays.typing import Array
from xpsae.diagnosis import dead_units


def facts(model: SparseAutoencoder) -> dict[str, Any]:
    """Return what a model file holds, without the weights, as values that JSON knows."""
    history, result = model.history, model.result
    activations = to_host(model.mean_activation)
    return {
        "n_features": model.n_features,
        "n_hidden": model.n_hidden,
        "dtype": _dtype_name(model.W1),
        **asdict(model.penalties),
        "scaling": asdict(model.scaling) | {"description": model.scaling.description},
        "iterations": result.nit,
        "evaluations": result.nfev,
        "seconds": sum(history.seconds),
        "success": result.success,
        "message": result.message,
        "cost": history.cost[-1],
        "error": history.error[-1],
        "decay": history.decay[-1],
        "sparsity": history.sparsity[-1],
        "gradient_norm": history.gradient_norm[-1],
        "mean_activation": activations.tolist(),
        "dead_units": list(dead_units(activations, _target(model))),
    }


def as_json(values: dict[str, Any]) -> str:
    """Return values as JSON, which has no NaN and no infinity: they become null."""
    return json.dumps(json.loads(json.dumps(values), parse_constant=lambda _: None), indent=2)


def settings(model: SparseAutoencoder) -> str:
    """Return what was asked for, a line each: the network, its penalties, the scaling of the data."""
    asked = model.penalties
    penalties = (
        f"sparsity target {asked.sparsity_target:g}, weight decay {asked.weight_decay:g}, "
        f"sparsity weight {asked.sparsity_weight:g}"
    )
    shape = f"{model.n_features}-{model.n_hidden}-{model.n_features}"
    return _lines(
        network=f"{shape}, {asked.decoder} decoder, {_dtype_name(model.W1)}",
        penalties=penalties,
        scaling=model.scaling.description,
    )


def results(model: SparseAutoencoder, explained: float | None = None) -> str:
    """Return what came of it, a line each: the training, the cost, what the units do.

    Parameters
    ----------
    model : SparseAutoencoder
        The model.
    explained : float, optional
        Its explained variance on data, where there are any.

    Returns
    -------
    str
        Four lines, or five.
    """
    found = facts(model)
    means, dead = found["mean_activation"], len(found["dead_units"])
    variance = {} if explained is None else {"explained variance": f"{explained:.1%} of the data's"}
    return _lines(
        training=f"{found['iterations']} iterations, {found['evaluations']} evaluations, {found['seconds']:.1f} s. "
        f"{found['message']}",
        cost="{cost:.5g} = error {error:.4g} + decay {decay:.4g} + sparsity {sparsity:.4g}".format_map(found),
        **variance,
        **{
            "mean activations": f"{sum(means) / len(means):.4g} on average, {min(means):.4g} to {max(means):.4g} over "
            f"the hidden units (target {_target(model):g})",
            "dead units": f"{dead} of {len(means)} (those with a mean activation below a tenth of the target)",
        },
    )


def _lines(**texts: str) -> str:
    return "\n".join(f"{label:<20}{text}" for label, text in texts.items())


def _target(model: SparseAutoencoder) -> float:
    return model.penalties.sparsity_target


def _dtype_name(x: Array) -> str:
    return str(x.dtype).rpartition(".")[2]
