"""L-BFGS on arrays of any library: the vectors stay where they are, and one small read an evaluation steers the run."""

# Longer than the ceiling because the class is public and documented; its code has some hundred and forty lines.

from __future__ import annotations

import math
from typing import Any

from xpsae.arrays.namespace import array_namespace, device_of, where, working_on
from xpsae.arrays.typing import AnyArray, Array
from xpsae.optimize.history import CURVATURE, CurvatureHistory
from xpsae.optimize.line_search import LineSearch, Verdict
from xpsae.optimize.outcome import OptimizeResult, Outcome
from xpsae.optimize.readings import copied, gradient_like, read_start, read_trial
from xpsae.optimize.records import Options, Point, Trial
from xpsae.optimize.resume import restored, state_of
from xpsae.optimize.rounding import Rounding
from xpsae.optimize.state import OptimizerState
from xpsae.optimize.stopping import Stopping

DEFAULTS = Options()


class LBFGS:
    """The optimizer without the function: evaluate at `point`, `tell` it value and gradient, until `outcome` is set.

    Parameters
    ----------
    x0 : array, shape (n,)
        The start, float32 or float64, of any array library.
    options : Options
        When to stop and how many pairs to keep.

    Attributes
    ----------
    outcome : Outcome or None
        Why the run has ended; None while it goes on.
    nit, nfev : int
        Iterations (accepted steps) and evaluations so far.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> optimizer = xpsae.LBFGS(np.asarray([3.0, -4.0]), xpsae.Options(gtol=1e-8))
    >>> while optimizer.outcome is None:
    ...     x = optimizer.point
    ...     optimizer.tell(np.sum(x**2), 2 * x)
    >>> optimizer.outcome.name, bool(np.all(np.abs(optimizer.best.x) < 1e-8))
    ('GRADIENT', True)
    """

    current: Point
    """The last accepted point."""
    lowest_accepted: Point
    """The lowest of them, or of the trials of searches that have ended."""

    def __init__(self, x0: AnyArray, options: Options = DEFAULTS) -> None:
        xp = array_namespace(x0)
        self.options = options
        limits, device = xp.finfo(x0.dtype), device_of(x0)
        with where(x0):
            start = xp.asarray(x0, copy=True)
            self.pairs = CurvatureHistory(
                options.history, x0.shape[0], curvature=CURVATURE[limits.bits], dtype=x0.dtype, device=device, xp=xp
            )
        self.current = self.lowest_accepted = Point(start, math.nan, start, math.nan, math.nan, 0.0, 0)
        self.rounding = Rounding.of(limits)
        self.stopping = Stopping(options)
        self.nit = self.nfev = 0
        self.step = 0.0
        self.outcome: Outcome | None = None
        self.search: LineSearch | None = None
        self.lowest: tuple[Trial, Array] | None = None

    @property
    def point(self) -> Array:
        """Where to evaluate next: a new array every time, which may be written to."""
        with where(self.current.x):
            return self.pairs.moved(self.current.x, self.step) if self.nfev else copied(self.current.x)

    def tell(self, f: Any, g: Array) -> None:
        """Take the function's value and gradient at `point`, and move `point` on, or set `outcome`.

        Parameters
        ----------
        f : float or 0-d array
            The value; NaN and Inf are stepped back from.
        g : array, shape (n,)
            The gradient, of the library and device of `point`. It may be written to again afterwards.
        """
        g = gradient_like(self.current.x, g)
        with working_on(self.current.x):
            if self.nfev == 0:
                self._start(read_start(self.current.x, f, g))
            else:
                self.nfev += 1
                trial = read_trial(self.pairs, self.current, f, g, step=self.step, evaluation=self.nfev)
                self._try(trial, g)
        if self.outcome is None:
            self.outcome = self.stopping.limit(self.nit, self.nfev)

    @classmethod
    def from_state(cls, state: OptimizerState, **limits: Any) -> LBFGS:
        """Return an optimizer that goes on from a state, bit for bit as if it had never stopped; it shares no array.

        Parameters
        ----------
        state : OptimizerState
            What `state` gave, perhaps saved, loaded or moved in between.
        **limits : int or float
            Options to replace; counts are those of the whole run. A run that a limit or a callback ended goes on, and
            so does one that ended by a tolerance which is smaller now.

        Raises
        ------
        TypeError, ValueError
            If the state is incomplete or inconsistent, or a limit is out of range.
        """
        return restored(cls, state, limits)

    def state(self) -> OptimizerState:
        """Return all there is to know, as it stands now: between two evaluations, inside a line search too."""
        return state_of(self, shared=False)

    @property
    def best(self) -> Point:
        """The lowest point of all, accepted or only tried; where the gradient converged, the last one."""
        if self.lowest is None or not self.lowest[0].f < self.lowest_accepted.f:
            return self.current if self.outcome is Outcome.GRADIENT else self.lowest_accepted
        trial, g = self.lowest
        with where(g):
            return Point.of(trial, self.pairs.moved(self.current.x, trial.step), g)

    def result(self) -> OptimizeResult:
        """Return the best point so far, under SciPy's field names."""
        outcome = self.outcome or Outcome.MAX_EVAL
        x, f, g, *_ = self.best
        state = state_of(self, shared=self.outcome is not None)
        return OptimizeResult(x, f, g, self.nit, self.nfev, outcome.success, outcome.status, outcome.value, state)

    def _start(self, start: Point) -> None:
        self.nfev = 1
        self.current = self.lowest_accepted = start
        outcome = self.stopping.at_start(start)
        if outcome is not Outcome.BAD_START:
            self._descend_steepest()
        self.outcome = outcome or self.outcome

    def _descend_steepest(self) -> None:
        """Forget the pairs and go along -g, at first by a step of length one."""
        if self.current.gradient_norm < self.rounding.smallest:
            self.outcome = Outcome.PRECISION
            return
        self.pairs.clear()
        self.pairs.set_direction(self.current.g * (-1.0 / self.current.norm))
        self._move(1.0)

    def _forget_lowest(self, *, below: float = math.inf) -> None:
        """End the search's own memory; what it found stays the best point, if it is."""
        if self.lowest is not None and self.lowest[0].f < below:
            self.lowest_accepted = self.best
        self.lowest = None

    def _move(self, step: float, search: LineSearch | None = None) -> None:
        self.step, self.search = step, search

    def _try(self, trial: Trial, g: Array) -> None:
        if self.search is None:
            if not trial.slope0 < 0.0:
                self._recover(trial)
                return
            self.search = self.rounding.line_search(self.current.f, trial)
        usable = math.isfinite(trial.gradient_norm) and math.isfinite(trial.f)
        verdict = self.search.tell(trial.f if usable else math.nan, trial.slope)
        if verdict in {Verdict.ACCEPT, Verdict.UNBOUNDED}:
            self._accept(trial, g, unbounded=verdict is Verdict.UNBOUNDED)
            return
        if usable and trial.f < (self.lowest[0].f if self.lowest else self.lowest_accepted.f):
            self.lowest, self.lowest_accepted = None, self.current  # frees arrays before the copy
            self.lowest = trial, copied(g)
        if verdict is Verdict.CONTINUE:
            self._move(self.search.step, self.search)
        else:
            self._settle(trial, verdict)

    def _settle(self, trial: Trial, verdict: Verdict) -> None:
        """End a search that cannot meet its conditions."""
        assert self.search is not None
        if self.lowest is not None and self.search.sufficient(self.lowest[0].sample):
            lowest, g = self.lowest
            self.pairs.observe(g, self.current.g, gradient_size=self.current.gradient_norm)
            self._accept(lowest, g)
        elif verdict is Verdict.ROUNDING:
            self._forget_lowest()
            self.rounding.learn(self.search)
            self._move(1.0)
        else:
            self._recover(trial)

    def _accept(self, trial: Trial, g: Array, *, unbounded: bool = False) -> None:
        """Make the trial the current point, learn its pair, and set out in a new direction."""
        before = self.current.f
        bend = self.rounding.bend(before, trial)
        self._forget_lowest(below=trial.f)
        self.nit += 1
        x = self.pairs.moved(self.current.x, trial.step)
        self.current = Point.of(trial, x, x)  # frees arrays before the copy
        self.current = self.current._replace(g=copied(g))
        if self.current.f <= self.lowest_accepted.f:
            self.lowest_accepted = self.current
        outcome = Outcome.UNBOUNDED if unbounded else self.stopping.after(before, self.current)
        if outcome is not Outcome.UNBOUNDED:
            self._next_direction(trial, bend)  # even at the end, so that the run can go on under other limits
        self.outcome = outcome or self.outcome

    def _next_direction(self, trial: Trial, bend: float) -> None:
        self.pairs.add(self.current.step, trial.products, length=trial.length, bend=bend)
        if self.pairs.order:
            coefficients, slope = self.pairs.next_direction(trial.products)
            if math.isfinite(slope) and slope < 0.0:
                self.pairs.turn(coefficients, size=-slope / self.current.norm)
                self._move(1.0)
                return
        self._descend_steepest()

    def _recover(self, trial: Trial) -> None:
        """No lower point was found: once more along the steepest descent without memory, and then stop."""
        self._forget_lowest()
        if self.pairs.order:
            self._descend_steepest()
        else:
            self.outcome = self.rounding.verdict(self.current.f, trial, self.search)
