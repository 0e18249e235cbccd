"""When a run has reached its end: the tests of the start and of every accepted point."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from xpsae.checks import real_number
from xpsae.optimize.outcome import Outcome
from xpsae.optimize.records import Options, Point

STALL = 40
"""Evaluations without a new low of the function or of the gradient after which rounding is all there is."""
NEW_LOW = 0.99
"""Of the gradient, a new low is at most this times the last one."""


class Stopping:
    """The tests of a run, which remember the lowest values so far.

    Parameters
    ----------
    options : Options
        The tolerances and limits.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.start = self.lowest_f = self.lowest_gradient = math.inf
        self.low_at = 0

    def at_start(self, start: Point) -> Outcome | None:
        """Return why there is no first iteration, or None."""
        if not (math.isfinite(start.f) and math.isfinite(start.gradient_norm)):
            return Outcome.BAD_START
        self.start = start.f
        self._watch(start)
        return self.by_gradient(start)

    def after(self, before: float, point: Point) -> Outcome | None:
        """Return why the iteration that went from the value `before` to `point` was the last one, or None."""
        options, f = self.options, point.f
        self._watch(point)
        if (outcome := self.by_gradient(point)) is not None:
            return outcome
        if options.ftol > 0.0 and before - f <= options.ftol * max(abs(before), abs(f)):
            return Outcome.COST
        if point.evaluation - self.low_at >= STALL:
            return Outcome.PRECISION
        return None

    def by_gradient(self, point: Point) -> Outcome | None:
        """Return how a point with a gradient small enough to stop ends the run, or None where it is larger."""
        if not point.gradient_norm <= self.options.gtol:
            return None
        # Rounding may have raised the value above the first one; then the lowest point is the one to return.
        return Outcome.GRADIENT if point.f <= self.start else Outcome.PRECISION

    def limit(self, nit: int, nfev: int) -> Outcome | None:
        """Return which limit so many iterations and evaluations have reached, or None."""
        options = self.options
        if nit >= options.max_iter:
            return Outcome.MAX_ITER
        return Outcome.MAX_EVAL if options.max_eval is not None and nfev >= options.max_eval else None

    def _watch(self, point: Point) -> None:
        if point.gradient_norm < NEW_LOW * self.lowest_gradient:
            self.lowest_gradient, self.low_at = point.gradient_norm, point.evaluation
        if point.f < self.lowest_f:
            self.lowest_f, self.low_at = point.f, point.evaluation


@dataclass(frozen=True)
class Deadline:
    """When a run has to end: some seconds after it is made, or never."""

    seconds: float | None
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.seconds is not None:
            real_number("time_limit", self.seconds, remedy="Pass seconds, or None for no limit.")

    def passed(self) -> bool:
        """Return whether it has."""
        return self.seconds is not None and time.monotonic() - self.began >= self.seconds
