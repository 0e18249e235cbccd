"""What a training will need, told before it begins."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from xpsae.arrays.convert import largest_byte
from xpsae.arrays.namespace import array_namespace, to_host, working_on
from xpsae.checks import in_bytes, whole_number
from xpsae.data.blocks import real_rows
from xpsae.data.scaling import choose_scaling
from xpsae.objective.cost import Penalties
from xpsae.planning import Wishes, blocks_for, plan_of
from xpsae.plans import Plan
from xpsae.problem import Objective

CALIBRATION_SECONDS = 2.0
SAMPLE_ROWS = 10_000
"""A calibration evaluates at most this many rows; time is proportional to rows beyond."""


@dataclass(frozen=True)
class Forecast:
    """A plan, and the seconds it takes; print it for a table."""

    plan: Plan
    """How the data will be visited, and the bytes that takes."""
    data_bytes: int
    """The user's data."""
    seconds: float
    """One evaluation of cost and gradient."""
    max_iter: int
    """The iterations the whole run was estimated for."""

    @property
    def total_seconds(self) -> float:
        """The whole run: an evaluation an iteration, and a few more."""
        return 1.05 * self.seconds * self.max_iter

    def __str__(self) -> str:
        plan = self.plan
        form = "one pass that keeps nothing" if plan.one_pass else "two passes, the first keeps activations"
        kept = {
            "none": "",
            "kept": ", and the data read or converted once",
            "repeated": ", data read or converted in each pass",
        }
        rows = {
            "data": f"{plan.n_samples} samples of {plan.n_features} features, {in_bytes(self.data_bytes)}",
            "parameters": f"{plan.n_parameters}, of {plan.itemsize} bytes",
            "form": form + kept[plan.conversion],
            "blocks": f"{plan.block_rows} rows each, visited by {_workers(plan.workers)}",
            "history": f"{plan.history} pairs, {in_bytes(plan.pair_bytes)}",
            "activations": in_bytes(plan.kept_bytes),
            "data copy": in_bytes(plan.copy_bytes),
            "blocks in hand": in_bytes(plan.block_bytes + plan.sum_bytes),
            "memory": f"{in_bytes(plan.total_bytes)} beyond the data, at most",
            "evaluation": f"{self.seconds:.3g} s",
            "training": f"{self.total_seconds:.3g} s for {self.max_iter} iterations",
        }
        return "\n".join(f"{name:<15} {value}" for name, value in rows.items())


def _workers(workers: int | None) -> str:
    return "the library's own threads" if workers is None else f"{workers} worker{'s' if workers > 1 else ''}"


def plan(
    X: Any,
    n_hidden: int = 25,
    *,
    decoder: str = Penalties.decoder,
    scaling: Any = "auto",
    max_iter: int = 400,
    history: int | None = None,
    workers: int | None = None,
    block_rows: int | None = None,
    memory_limit: int | str | None = None,
) -> Forecast:
    """Return what `fit` with the same arguments will need: memory, and time from a calibration of about two seconds.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        The data, or where they are, as for `fit`.
    n_hidden : int
        Hidden units, at least 1.
    decoder : {"sigmoid", "linear"}
        The output units.
    scaling : {"auto", None, "range", "three-sigma"} or Scaling
        As for `fit`.
    max_iter : int
        The iterations to estimate the whole run for.
    history, workers, block_rows, memory_limit : optional
        As for `fit`.

    Returns
    -------
    Forecast
        The plan and the seconds; ``print`` it for a table.

    Raises
    ------
    TypeError, ValueError
        As `fit`; a `memory_limit` too small says what the least is.

    See Also
    --------
    fit : Does it.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> forecast = xpsae.plan(np.zeros((2000, 64)) + 0.5, n_hidden=25, scaling=None, memory_limit="20MB")
    >>> forecast.plan.n_parameters, forecast.plan.total_bytes <= 20_000_000, forecast.seconds > 0
    (3289, True, True)
    """
    if history is not None:
        whole_number("history", history, at_least=1, remedy="Pass 10, say.")
    wishes = Wishes(history, workers, block_rows, memory_limit)
    whole_number("n_hidden", n_hidden, at_least=1, remedy="Pass 25, say.")
    whole_number("max_iter", max_iter, at_least=0, remedy="Pass 400, say.")
    penalties = Penalties(decoder=decoder)
    rows = real_rows(X)
    xp = array_namespace(rows)
    with working_on(rows):
        chosen = choose_scaling(rows, scaling, decoder, xp=xp, integer_max=largest_byte(rows))
    decided = plan_of(rows, int(n_hidden), wishes, scaling=chosen)
    sample = rows[: min(SAMPLE_ROWS, rows.shape[0]), :]
    seconds = _calibrated(sample, decided, chosen, penalties) * rows.shape[0] / sample.shape[0]
    data_bytes = rows.shape[0] * rows.shape[1] * _itemsize(rows)
    return Forecast(decided, data_bytes, seconds, max_iter)


def _itemsize(rows: Any) -> int:
    return int(to_host(rows[:1, :1]).itemsize)


def _calibrated(sample: Any, decided: Plan, scaling: Any, penalties: Penalties) -> float:
    """Return the median seconds of an evaluation on a part of the data."""
    objective = Objective.of(*blocks_for(sample, decided, scaling=scaling), penalties)
    theta = objective.initial(0)
    float(objective(theta)[0])  # the first one warms up
    seconds: list[float] = []
    began = time.perf_counter()
    while time.perf_counter() - began < CALIBRATION_SECONDS or len(seconds) < 3:
        start = time.perf_counter()
        float(objective(theta)[0])
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[len(seconds) // 2]
