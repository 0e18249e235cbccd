"""What the report tells, as plain values that JSON knows; how it looks is the page's concern."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from itertools import accumulate
from typing import Any

from xpsae import __version__
from xpsae.activity import Activity, observe
from xpsae.arrays import host
from xpsae.arrays.convert import as_real
from xpsae.arrays.namespace import place, to_host
from xpsae.arrays.typing import AnyArray, HostArray
from xpsae.diagnosis import CONSTANT_BELOW, DEAD_BELOW, DUPLICATES_ABOVE, SATURATED_ABOVE, Diagnosis, idle_units
from xpsae.model import SparseAutoencoder
from xpsae.reporting.views import Canvas, Shown

MOST_POINTS = 1_000
"""A curve of more points is shown by so many, evenly spaced."""
MOST_VALUES = 8_000_000
"""The strongest rows of all units are shown by so many values at most, and by fewer than ten rows where it must be."""
N_STRONGEST, N_EXAMPLES = 10, 12


def contents(model: SparseAutoencoder, X: AnyArray | None, shown_on: Canvas) -> dict[str, Any]:
    """Return everything the page shows, but its title.

    Parameters
    ----------
    model : SparseAutoencoder
        The model.
    X : array_like, optional
        Data to show it on.
    shown_on : Canvas
        How vectors of features are shown.

    Returns
    -------
    dict
        Strings, numbers, None, lists and dicts of these.
    """
    n_strongest = max(1, min(N_STRONGEST, MOST_VALUES // (model.n_hidden * model.n_features)))
    activity = None if X is None else observe(model, X, n_strongest=n_strongest)
    diagnosis = idle_units(model, activity)
    found = {
        "shape": [model.n_features, model.n_hidden, model.n_features],
        "tile": None if shown_on.tile is None else list(shown_on.tile[:2]),
        "target": model.penalties.sparsity_target,
        "headline": _headline(model, activity, diagnosis),
        "units": _units(model, activity, shown_on),
        "history": _history(model),
        "diagnosis": _diagnosis(diagnosis, model.penalties.sparsity_target),
        "configuration": _configuration(model, activity),
    }
    return found | ({} if activity is None else _on_data(model, as_real(X), activity, shown_on))


def _headline(model: SparseAutoencoder, activity: Activity | None, diagnosis: Diagnosis) -> list[list[str]]:
    seconds = sum(model.history.seconds)
    told = [["cost", _short(model.history.cost[-1])]]
    if activity is not None:
        told.append(["explained variance", f"{activity.explained:.1%}" if activity.explained > -10 else "below zero"])
    told += [
        ["iterations", str(model.result.nit)],
        ["training", f"{seconds:.3g} s" if seconds < 600 else f"{seconds / 60:.3g} min"],
        ["hidden units", str(model.n_hidden)],
        ["of them idle", str(len(diagnosis.idle))],
    ]
    return told


def _units(model: SparseAutoencoder, activity: Activity | None, shown_on: Canvas) -> dict[str, Any]:
    features, weights = to_host(model.features).astype(host.float64), to_host(model.W1).astype(host.float64)
    units: dict[str, Any] = {
        "feature": [shown_on.feature(row) for row in features],
        "trained_mean": rounded(to_host(model.mean_activation).tolist()),
        "norm": rounded(host.sqrt((weights**2).sum(axis=1)).tolist()),
        "bias": rounded(to_host(model.b1).tolist()),
        "largest": [_largest(row) for row in weights],
    }
    if activity is not None:
        units["mean"], units["deviation"] = rounded(activity.mean.tolist()), rounded(activity.deviation.tolist())
        units["histogram"], units["strongest"] = activity.histogram.tolist(), activity.strongest.tolist()
        units["strength"] = [rounded(row) for row in activity.strength.tolist()]
    return units


def _largest(weights: HostArray, n: int = 6) -> list[list[float | None]]:
    """Return the weights of largest absolute value, each after the number of its feature."""
    best = host.argsort(-abs(weights), stable=True)[:n]
    return [[int(i), *rounded([float(weights[i])])] for i in best]


def _history(model: SparseAutoencoder) -> dict[str, Any]:
    history = model.history
    chosen = sorted({round(i) for i in host.linspace(0, len(history) - 1, min(len(history), MOST_POINTS)).tolist()})
    columns: dict[str, Sequence[float]] = {"seconds": list(accumulate(history.seconds))}
    columns |= {name: getattr(history, name) for name in ("cost", "error", "decay", "sparsity")}
    return {"iteration": chosen} | {name: rounded(column[i] for i in chosen) for name, column in columns.items()}


def _diagnosis(diagnosis: Diagnosis, target: float) -> list[dict[str, Any]]:
    silent = (
        f"Mean activation below {DEAD_BELOW * target:g}, a tenth of the target: they are silent on nearly everything."
    )
    same = (
        f"Standard deviation below {CONSTANT_BELOW:.0%} of the mean, or of what it lacks of 1: the same answer to all."
    )
    alike = f"Pairs whose {diagnosis.likeness} is above {DUPLICATES_ABOVE:g}: one of them is enough."
    constant = diagnosis.constant
    return [
        {"name": "dead", "meaning": silent, "units": list(diagnosis.dead)},
        {
            "name": "saturated",
            "meaning": f"Mean activation above {SATURATED_ABOVE:g}: they are always on.",
            "units": list(diagnosis.saturated),
        },
        {"name": "constant", "meaning": same, "units": None if constant is None else list(constant)},
        {
            "name": "duplicate",
            "meaning": alike,
            "units": [pair[1] for pair in diagnosis.duplicates],
            "twins": [[first, second, *rounded([likeness])] for first, second, likeness in diagnosis.duplicates],
        },
    ]


def _configuration(model: SparseAutoencoder, activity: Activity | None) -> list[list[Any]]:
    asked, result = model.penalties, model.result
    size = 2 * model.n_features * model.n_hidden + model.n_features + model.n_hidden
    groups: dict[str, dict[str, Any]] = {
        "Network": {
            "features": model.n_features,
            "hidden units": model.n_hidden,
            "decoder": asked.decoder,
            "parameters": size,
            "arrays": f"{str(model.W1.dtype).rpartition('.')[2]}, {place(model.W1)}",
        },
        "Penalties": {
            "sparsity target ρ": f"{asked.sparsity_target:g}",
            "weight decay λ": f"{asked.weight_decay:g}",
            "sparsity weight β": f"{asked.sparsity_weight:g}",
        },
        "Data": {"scaling": model.scaling.description} | _looked_at(activity),
        "Training": {
            "iterations": result.nit,
            "evaluations": result.nfev,
            "ended": result.message,
            "gradient": f"{_short(model.history.gradient_norm[-1])} (largest component)",
        },
        "Report written with": {"xpsae": __version__, "Python": platform.python_version(), "NumPy": version("numpy")},
    }
    return [[group, [[name, str(value)] for name, value in lines.items()]] for group, lines in groups.items()]


def _looked_at(activity: Activity | None) -> dict[str, str]:
    if activity is None:
        return {"shown on": "no data"}
    count = f"{len(activity.rows)} rows"
    return {"shown on": count if activity.rows.step == 1 else f"{count}, every {activity.rows.step}th"}


def _on_data(model: SparseAutoencoder, X: Any, activity: Activity, shown_on: Canvas) -> dict[str, Any]:
    order = host.argsort(activity.error, stable=True)
    ranks = sorted({round(r) for r in host.linspace(0, len(order) - 1, min(len(order), N_EXAMPLES)).tolist()})
    rows = sorted(set(activity.strongest.ravel().tolist()))
    gathered = {row: to_host(X[row : row + 1, :]).astype(host.float64)[0] for row in rows}
    low, high = _range(gathered.values())
    return {
        "n_rows": len(activity.rows),
        "signed": low < 0.0,
        "mean_error": rounded([float(activity.error.mean())])[0],
        "rows": {str(row): shown_on.values(values, low, high) for row, values in gathered.items()},
        "examples": [_example(model, X, activity, int(order[rank]), rank, shown_on, (low, high)) for rank in ranks],
    }


def _range(rows: Iterable[HostArray]) -> tuple[float, float]:
    """Return the values that are shown black and white: all but the outermost two in a thousand."""
    values = host.concat(list(rows))
    low, high = host.quantile(values, [0.001, 0.999], method="nearest").tolist()
    return low, high


def _example(
    model: SparseAutoencoder,
    X: Any,
    activity: Activity,
    place_in_rows: int,
    rank: int,
    shown_on: Canvas,
    span: tuple[float, float],
) -> dict[str, Any]:
    row = activity.rows[place_in_rows]
    block = X[row : row + 1, :]
    data, back = to_host(block).astype(host.float64)[0], to_host(model.reconstruct(block)).astype(host.float64)[0]
    half = (span[1] - span[0]) / 2
    shown: dict[str, Shown] = {
        "data": shown_on.values(data, *span),
        "back": shown_on.values(back, *span),
        "difference": shown_on.values(back - data, -half, half),
    }
    return {"row": row, "rank": rank, "error": rounded([float(activity.error[place_in_rows])])[0], **shown}


def rounded(values: Iterable[float]) -> list[float | None]:
    """Return numbers to six digits, and None for what JSON has no number for."""
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in values]


def _short(value: float) -> str:
    return f"{value:.4g}"
