"""What a training will need, told before it begins."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from xpsae.arrays.convert import largest_byte
from xpsae.arrays.memory import free_pool
from xpsae.arrays.namespace import array_namespace, place, to_host, working_on
from xpsae.checks import in_bytes, whole_number
from xpsae.data.blocks import real_rows
from xpsae.data.elsewhere import moved_bytes, placed
from xpsae.data.scaling import choose_scaling
from xpsae.objective.cost import Penalties
from xpsae.planning import Wishes, blocks_for, plan_of, where_of
from xpsae.plans import Plan
from xpsae.problem import Objective

CALIBRATION_SECONDS = 2.0
SAMPLE_ROWS = 10_000
"""A calibration evaluates at most this many rows; time is proportional to rows beyond."""
SAMPLE_BLOCKS = 4
"""Or so many blocks, where they are sent to a GPU while those before them are computed with."""


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
    computed_on: str = ""
    """The library and the device that compute, such as "cupy on cuda:0"."""
    moved: str = "no"
    """Whether ``device=`` has rows moved there: "no", "once", or "sent" block by block in every evaluation."""

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
            "computed on": self.computed_on + _MOVED[self.moved],
            "history": f"{plan.history} pairs, {in_bytes(plan.pair_bytes)}",
            "activations": in_bytes(plan.kept_bytes),
            "data copy": in_bytes(plan.copy_bytes + plan.moved_bytes),
            "blocks in hand": in_bytes(plan.block_bytes + plan.sum_bytes),
            "memory": f"{in_bytes(plan.total_bytes)} beyond the data, at most",
            "evaluation": f"{self.seconds:.3g} s",
            "training": f"{self.total_seconds:.3g} s for {self.max_iter} iterations",
        }
        return "\n".join(f"{name:<15} {value}" for name, value in rows.items())


_MOVED = {"no": "", "once": ", where the rows are moved once", "sent": ", where blocks are sent in every evaluation"}


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
    device: str | None = None,
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
    history : int, optional
        As for `fit`.
    device : {None, "cpu", "cuda", "auto"}
        As for `fit`. The forecast tells whether rows of the host are moved to the GPU once, or sent block by block in
        every evaluation.
    workers, block_rows, memory_limit : optional
        As for `fit`.

    Returns
    -------
    Forecast
        The plan and the seconds; ``print`` it for a table.

    Raises
    ------
    TypeError, ValueError
        As `fit`; a `memory_limit` too small says what the least is, a GPU that cannot be used what is missing.

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
    data = placed(rows, device)
    xp, moved = array_namespace(data), moved_bytes(rows, data)
    with working_on(data):
        chosen = choose_scaling(data, scaling, decoder, xp=xp, integer_max=largest_byte(rows))
    decided = plan_of(data, int(n_hidden), wishes, scaling=chosen, moved=moved)
    way = _way(data, decided)
    sample = _sample(data, decided, sent=way == "sent")
    seconds = _calibrated(sample, decided, chosen, penalties) * rows.shape[0] / sample.shape[0]
    data_bytes = rows.shape[0] * rows.shape[1] * _itemsize(rows)
    told = Forecast(decided, data_bytes, seconds, max_iter, place(sample), way)
    del sample
    with working_on(data):
        free_pool(xp)
    return told


def _way(data: Any, decided: Plan) -> str:
    """Return how rows get to where they are computed with, in the words of `Forecast.moved`."""
    if where_of(data) == "host":
        return "sent" if decided.conversion == "repeated" else "once"
    return "once" if decided.moved_bytes else "no"


def _sample(data: Any, decided: Plan, *, sent: bool) -> Any:
    """Return some of the rows, to be sent as all will be where they are."""
    n_rows = max(SAMPLE_ROWS, SAMPLE_BLOCKS * decided.block_rows) if sent else SAMPLE_ROWS
    return data.first(min(n_rows, data.shape[0])) if sent else data[: min(n_rows, data.shape[0]), :]


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
