"""The course of a training run: what each iteration came to, kept without waiting for the device."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, cast

from xpsae.arrays.namespace import to_host, working_on
from xpsae.arrays.typing import Array, HostArray
from xpsae.progress import Reporter

if TYPE_CHECKING:
    from xpsae.objective.cost import Terms
    from xpsae.optimize.outcome import IntermediateResult
    from xpsae.plans import Plan
    from xpsae.problem import Objective


@dataclass(frozen=True)
class TrainingHistory:
    """One entry for the start and one for every iteration, in columns.

    Attributes
    ----------
    cost : tuple of float
        J, the sum of the three terms.
    error, decay, sparsity : tuple of float
        The terms: half the mean squared error, weight decay, sparsity penalty.
    gradient_norm : tuple of float
        The largest absolute component of the gradient.
    step : tuple of float
        The accepted step along the direction; 0 at the start.
    nfev : tuple of int
        Evaluations so far.
    seconds : tuple of float
        What the iteration took.
    """

    cost: tuple[float, ...]
    error: tuple[float, ...]
    decay: tuple[float, ...]
    sparsity: tuple[float, ...]
    gradient_norm: tuple[float, ...]
    step: tuple[float, ...]
    nfev: tuple[int, ...]
    seconds: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.cost)

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the names of the columns, in order."""
        return tuple(field.name for field in fields(cls))


TOGETHER = 100
"""The terms of so many iterations are kept apart before they become one array."""


class Recorder:
    """The objective as the minimizer sees it, which also remembers the terms behind every accepted cost.

    The terms stay on the device until they are shown, or until the end: recording costs no read.

    Parameters
    ----------
    objective : Objective
        The cost.
    display : Reporter or None
        What shows the run while it goes on.
    nfev : int
        Evaluations of the run so far, where an earlier one goes on.
    before : TrainingHistory, optional
        The course of that run, to be gone on with.
    """

    def __init__(
        self, objective: Objective, display: Reporter | None, *, nfev: int = 0, before: TrainingHistory | None = None
    ) -> None:
        self._objective, self._display = objective, display
        self._evaluations = nfev
        self._pending: dict[int, Array] = {}
        self._terms: list[Array] = []
        self._loose: list[Array] = []
        self._rows: list[tuple[float, float, float, int, float]] = []
        self._latest: dict[str, Any] = {}
        self._before = before
        self._clock = time.perf_counter()

    def __call__(self, theta: Array) -> tuple[Array, Array]:
        """Return cost and gradient."""
        evaluation = self._objective.evaluate(theta)
        self._evaluations += 1
        with working_on(theta):
            self._pending[self._evaluations] = self._stacked(evaluation.terms)
            return evaluation.cost, evaluation.gradient

    def _stacked(self, terms: Terms) -> Array:
        return self._objective.data.xp.stack(list(terms))

    def record(self, reached: IntermediateResult) -> None:
        """Remember an accepted point, and show it if it is time to."""
        now = time.perf_counter()
        known = self._pending.get(reached.evaluation)
        # Where a run goes on, a point may have been evaluated before it was stopped.
        if known is None:
            with working_on(reached.x):
                known = self._stacked(self._objective.terms(reached.x))
        self._loose.append(known)
        self._pending.clear()
        self._rows.append((reached.fun, reached.gradient_norm, reached.step, reached.nfev, now - self._clock))
        self._clock = now
        self._latest = {
            "nit": reached.nit, "cost": reached.fun, "gradient_norm": reached.gradient_norm, "nfev": reached.nfev
        }  # fmt: skip
        if self._display is not None and self._display.due():
            error, decay, sparsity = _floats(to_host(self._loose[-1]))
            self._display.show(**self._latest, error=error, decay=decay, sparsity=sparsity)
        if len(self._loose) > TOGETHER:
            last = self._loose.pop()
            with working_on(last):
                self._bundle()
            self._loose = [last]

    def _bundle(self) -> None:
        """Make one array of the loose ones: a device's memory is given out by far more than three numbers."""
        if self._loose:
            self._terms.append(self._objective.data.xp.stack(self._loose, axis=1))
            self._loose = []

    def finish(self, message: str) -> TrainingHistory:
        """Return the course of the run, read from the device at once; `message` is the display's last line."""
        history = TrainingHistory(**self.columns())
        if self._display is not None:
            if self._latest:
                error, decay, sparsity = history.error[-1], history.decay[-1], history.sparsity[-1]
                self._display.show(**self._latest, error=error, decay=decay, sparsity=sparsity)
            self._display.end(message)
        return history

    @property
    def plan(self) -> Plan:
        """How the data are visited now."""
        return self._objective.plan

    def columns(self) -> dict[str, tuple[Any, ...]]:
        """Return the columns of the history so far, read from the device at once."""
        columns = {name: getattr(self._before, name, ()) for name in TrainingHistory.columns()}
        if not self._rows:
            return columns
        with working_on(self._objective.data.X):
            self._bundle()
            terms = to_host(self._objective.data.xp.concat(self._terms, axis=1))
        error, decay, sparsity = (_floats(term) for term in terms)
        cost, gradient_norm, step, nfev, seconds = zip(*self._rows, strict=True)
        new = TrainingHistory(cost, error, decay, sparsity, gradient_norm, step, nfev, seconds)
        return {name: before + getattr(new, name) for name, before in columns.items()}


def _floats(array: HostArray) -> tuple[float, ...]:
    return tuple(cast("list[float]", array.tolist()))
