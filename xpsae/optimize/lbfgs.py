"""L-BFGS on arrays of any library: the vectors stay where they are, and one small read an evaluation steers the run."""

from __future__ import annotations

import math
from typing import Any

from xpsae.arrays.namespace import (
    accumulator,
    array_namespace,
    detached,
    device_of,
    is_array,
    place,
    quiet,
    read,
)
from xpsae.arrays.typing import Array
from xpsae.checks import complaint, described
from xpsae.optimize.history import CurvatureHistory
from xpsae.optimize.line_search import LineSearch, Verdict
from xpsae.optimize.outcome import OptimizeResult, Outcome
from xpsae.optimize.records import Options, Point, Trial

NOISE = 10.0
"""Rounding may change the function by this many units in the last place."""
CURVATURE = {64: 1e-8, 32: 1e-5}
"""Smallest cosine between step and gradient change of a pair that is kept, by the dtype's bits."""


class LBFGS:
    """The optimizer without the function: evaluate at `point`, `tell` it value and gradient, until `outcome` is set.

    Parameters
    ----------
    x0 : array, shape (n,)
        The start, float32 or float64, of any array library.
    options : Options
        When to stop and how many pairs to keep.

    Examples
    --------
    >>> import numpy as np
    >>> optimizer = LBFGS(np.asarray([3.0, -4.0]), Options(gtol=1e-8))
    >>> while optimizer.outcome is None:
    ...     x = optimizer.point
    ...     optimizer.tell(np.sum(x**2), 2 * x)
    >>> optimizer.outcome.name, bool(np.all(np.abs(optimizer.best.x) < 1e-8))
    ('GRADIENT', True)
    """

    def __init__(self, x0: Array, options: Options) -> None:
        self.xp = xp = array_namespace(x0)
        self.options = options
        self.point = xp.asarray(x0, copy=True)
        limits = xp.finfo(x0.dtype)
        self.noise = NOISE * float(limits.eps)
        self.pairs = CurvatureHistory(
            options.history,
            x0.shape[0],
            curvature=CURVATURE[limits.bits],
            dtype=x0.dtype,
            device=device_of(x0),
            xp=xp,
        )
        self.nit = self.nfev = 0
        self.outcome: Outcome | None = None
        self.search: LineSearch | None = None
        self.lowest: tuple[Point, Trial] | None = None

    def tell(self, f: Any, g: Array) -> None:
        """Take the function's value and gradient at `point`, and move `point` on, or set `outcome`.

        Parameters
        ----------
        f : float or 0-d array
            The value; NaN and Inf are stepped back from.
        g : array, shape (n,)
            The gradient, of the library, dtype and device of `point`.
        """
        self._check(g)
        self.nfev += 1
        with quiet():
            if self.nfev == 1:
                self._start(f, detached(g))
            else:
                self._try(f, detached(g))
        if self.outcome is None and self.nfev == self.options.max_eval:
            self.outcome = Outcome.MAX_EVAL

    def result(self) -> OptimizeResult:
        """Return the best point so far, under SciPy's field names."""
        outcome = self.outcome or Outcome.MAX_EVAL
        x, f, g, *_ = self.best
        return OptimizeResult(x, f, g, self.nit, self.nfev, outcome.success, outcome.status, outcome.value)

    def _check(self, g: Array) -> None:
        expected = f"a gradient of shape {tuple(self.point.shape)}, {place(self.point)}"
        if not is_array(g) or array_namespace(g) is not self.xp:
            got = place(g) if is_array(g) else described(g)
            raise TypeError(complaint("fun", expected, got, "Return (value, gradient)."))
        if tuple(g.shape) != tuple(self.point.shape):
            raise ValueError(complaint("fun", expected, f"shape {tuple(g.shape)}", "Return (value, gradient)."))

    def _scalar(self, f: Any) -> Array:
        """Return the value as a one-element vector of the dtype in which numbers are read, without reading it."""
        wide = accumulator(xp=self.xp, device=device_of(self.point))
        if is_array(f):
            return self.xp.reshape(self.xp.astype(detached(f), wide), (1,))
        return self.xp.asarray([float(f)], dtype=wide, device=device_of(self.point))

    def _start(self, f: Any, g: Array) -> None:
        xp, value = self.xp, self._scalar(f)
        largest = xp.reshape(xp.max(xp.abs(g)), (1,))
        relative = xp.reshape(xp.sqrt(xp.sum((g / largest) ** 2, dtype=value.dtype)), (1,))
        f0, gradient_norm, ratio = read(xp.concat([value, xp.astype(largest, value.dtype), relative]))
        norm = gradient_norm * ratio
        self.current = self.best = Point(self.point, f0, xp.asarray(g, copy=True), gradient_norm, norm, 0.0, 1)
        if not (math.isfinite(f0) and math.isfinite(gradient_norm)):
            self.outcome = Outcome.BAD_START
        elif gradient_norm <= self.options.gtol or gradient_norm == 0.0:
            self.outcome = Outcome.GRADIENT
        elif self.options.max_iter == 0:
            self.outcome = Outcome.MAX_ITER
        else:
            self._descend_steepest()

    def _descend_steepest(self) -> None:
        """Forget the pairs and go along -g, at first by a step of length one."""
        self.pairs.clear()
        self._search_along(self.current.g * (-1.0 / self.current.norm))

    def _search_along(self, d: Array) -> None:
        self.pairs.set_direction(d)
        self.search = self.lowest = None
        self._move(1.0)

    def _move(self, step: float) -> None:
        self.step = step
        self.point = self.current.x + self.pairs.direction * step

    def _read_trial(self, f: Any, g: Array) -> Trial:
        """Bring all numbers of a trial to the host: the one read of an evaluation."""
        xp, value, d = self.xp, self._scalar(f), self.pairs.direction
        wide = value.dtype
        self.pairs.observe(g, self.current.g, gradient_size=self.current.gradient_norm)
        scalars = [xp.sum(d * g, dtype=wide), xp.sum(d * self.current.g, dtype=wide), xp.max(xp.abs(g))]
        parts = [value, *(xp.reshape(xp.astype(number, wide), (1,)) for number in scalars)]
        numbers = read(xp.concat([*parts, xp.astype(self.pairs.products(), wide)]))
        f_read, slope, slope0, gradient_norm = numbers[:4]
        return Trial(f_read, slope, slope0, gradient_norm, self.pairs.unscaled(numbers[4:]))

    def _try(self, f: Any, g: Array) -> None:
        trial = self._read_trial(f, g)
        if self.search is None:
            if not trial.slope0 < 0.0:
                self._recover(trial)
                return
            noise = self.noise * abs(self.current.f)
            self.search = LineSearch(self.current.f, trial.slope0, self.step, noise=noise)
        usable = math.isfinite(trial.gradient_norm)
        verdict = self.search.tell(trial.f if usable else math.nan, trial.slope)
        norm = math.sqrt(trial.products[2 * self.options.history, 0])
        here = Point(self.point, trial.f, g, trial.gradient_norm, norm, self.step, self.nfev)
        if verdict in {Verdict.ACCEPT, Verdict.UNBOUNDED}:
            self._accept(here, trial, unbounded=verdict is Verdict.UNBOUNDED)
            return
        self._remember_lowest(here, trial)
        if verdict is Verdict.CONTINUE:
            self._move(self.search.step)
        elif self.lowest is not None:
            point, trial = self.lowest
            self.pairs.observe(point.g, self.current.g, gradient_size=self.current.gradient_norm)
            self._accept(point, trial)
        else:
            self._recover(trial)

    def _remember_lowest(self, here: Point, trial: Trial) -> None:
        """Keep the lowest trial with sufficient decrease, to fall back on without evaluating it again."""
        assert self.search is not None
        decrease = here.step * self.search.c1 * self.search.slope0
        lower = here.f <= self.current.f + decrease and (self.lowest is None or here.f < self.lowest[0].f)
        if lower and math.isfinite(here.gradient_norm):
            self.lowest = here._replace(g=self.xp.asarray(here.g, copy=True)), trial

    def _accept(self, point: Point, trial: Trial, *, unbounded: bool = False) -> None:
        """Make the trial the current point, learn its pair, and either stop or set out in a new direction."""
        before, self.current = self.current, point._replace(g=self.xp.asarray(point.g, copy=True))
        self.nit += 1
        if point.f <= self.best.f:
            self.best = self.current
        self.outcome = Outcome.UNBOUNDED if unbounded else self._converged(before.f)
        if self.outcome is None:
            self._next_direction(point, trial)

    def _converged(self, before: float) -> Outcome | None:
        f, options = self.current.f, self.options
        if self.current.gradient_norm <= options.gtol:
            return Outcome.GRADIENT
        if options.ftol > 0.0 and before - f <= options.ftol * max(abs(before), abs(f)):
            return Outcome.COST
        return Outcome.MAX_ITER if self.nit >= options.max_iter else None

    def _next_direction(self, point: Point, trial: Trial) -> None:
        products = trial.products
        self.pairs.add(point.step, products)
        d, slope = self.pairs.next_direction(products) if self.pairs.order else (None, 0.0)
        if d is not None and math.isfinite(slope) and slope < 0.0:
            self._search_along(d)
        else:
            self._descend_steepest()

    def _recover(self, trial: Trial) -> None:
        """No lower point was found: once more along the steepest descent without memory, and then stop."""
        if self.pairs.order:
            self._descend_steepest()
            return
        rounding = self.noise * abs(self.current.f)
        lost = abs(trial.f - self.current.f) <= rounding or self.step * abs(trial.slope0) <= rounding
        self.outcome = Outcome.PRECISION if lost else Outcome.LINE_SEARCH_FAILED
