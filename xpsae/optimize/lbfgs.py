"""L-BFGS on arrays of any library: the vectors stay where they are, and one small read an evaluation steers the run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from xpsae.arrays.convert import as_floating
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
from xpsae.arrays.typing import Array, HostArray
from xpsae.checks import complaint, described, real_number, whole_number
from xpsae.optimize.history import CurvatureHistory
from xpsae.optimize.line_search import LineSearch, Verdict
from xpsae.optimize.outcome import IntermediateResult, OptimizeResult, Outcome

Function = Callable[[Array], tuple[Any, Array]]
"""A function of a vector: value and gradient."""

Callback = Callable[[IntermediateResult], object]
"""A user's function, called after every iteration."""

NOISE = 10.0
"""Rounding may change the function by this many units in the last place."""
CURVATURE = {64: 1e-8, 32: 1e-5}
"""Smallest cosine between step and gradient change of a pair that is kept, by the dtype's bits."""


@dataclass(frozen=True)
class Options:
    """When to stop and how many pairs to keep, checked."""

    history: int = 10
    gtol: float = 1e-5
    ftol: float = 1e-9
    max_iter: int = 15_000
    max_eval: int | None = None

    def __post_init__(self) -> None:
        whole_number("history", self.history, at_least=1, remedy="Pass 10, say.")
        real_number("gtol", self.gtol, remedy="Pass 1e-5, say, or 0 to go on.")
        real_number("ftol", self.ftol, remedy="Pass 1e-9, say, or 0 to go on.")
        whole_number("max_iter", self.max_iter, at_least=0, remedy="Pass 400, say.")
        if self.max_eval is not None:
            whole_number("max_eval", self.max_eval, at_least=1, remedy="Pass None for no limit.")


class Point(NamedTuple):
    """An evaluated point."""

    x: Array
    f: float
    g: Array
    gradient_norm: float
    """The largest absolute component of g."""
    norm: float
    """‖g‖₂."""
    step: float
    evaluation: int


class Trial(NamedTuple):
    """What one read brings to the host of a trial along the direction."""

    f: float
    slope: float
    slope0: float
    gradient_norm: float
    products: HostArray


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
        self.steepest = True
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
        self.steepest = True
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
            self._accept_lowest(*self.lowest)
        else:
            self._recover(trial)

    def _remember_lowest(self, here: Point, trial: Trial) -> None:
        """Keep the lowest trial with sufficient decrease, to fall back on without evaluating it again."""
        assert self.search is not None
        decrease = here.step * self.search.c1 * self.search.slope0
        lower = here.f <= self.current.f + decrease and (self.lowest is None or here.f < self.lowest[0].f)
        if lower and math.isfinite(here.gradient_norm):
            self.lowest = here._replace(g=self.xp.asarray(here.g, copy=True)), trial

    def _accept_lowest(self, point: Point, trial: Trial) -> None:
        self.pairs.observe(point.g, self.current.g, gradient_size=self.current.gradient_norm)
        self._accept(point, trial)

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
        if not self.pairs.order:
            self._descend_steepest()
            return
        d, slope = self.pairs.next_direction(products)
        if not (math.isfinite(slope) and slope < 0.0):
            self._descend_steepest()
            return
        self.steepest = False
        self._search_along(d)

    def _recover(self, trial: Trial) -> None:
        """No lower point was found: once more along the steepest descent without memory, and then stop."""
        if not self.steepest:
            self._descend_steepest()
            return
        rounding = self.noise * abs(self.current.f)
        lost = abs(trial.f - self.current.f) <= rounding or self.step * abs(trial.slope0) <= rounding
        self.outcome = Outcome.PRECISION if lost else Outcome.LINE_SEARCH_FAILED


def minimize(
    fun: Function,
    x0: Any,
    *,
    history: int = Options.history,
    gtol: float = Options.gtol,
    ftol: float = Options.ftol,
    max_iter: int = Options.max_iter,
    max_eval: int | None = Options.max_eval,
    callback: Callback | None = None,
) -> OptimizeResult:
    r"""Return a local minimum of a function of a vector, by L-BFGS on the arrays of `x0`'s library.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> (value, gradient)``: a float or 0-d array, and an array like `x`. Values and gradients that are not
        finite are stepped back from.
    x0 : array_like, shape (n,)
        The start. float32 and float64 are kept, and all work is done in that dtype, library and device.
    history : int
        Curvature pairs kept, at least 1; memory is about (2·history + 8)·n numbers.
    gtol : float
        Stop when the largest component of the gradient is at most this.
    ftol : float
        Stop when an iteration lowers the function by at most this, relative to its size; 0 never stops.
    max_iter, max_eval : int
        Stop after this many iterations (accepted steps) or evaluations; None for no limit on evaluations.
    callback : callable, optional
        Called after every iteration with an `IntermediateResult`; stops the run by raising StopIteration.

    Returns
    -------
    OptimizeResult
        The best point found, with SciPy's field names ``x fun jac nit nfev success status message``. Numerical trouble
        is an outcome, never an exception.

    Raises
    ------
    TypeError, ValueError
        For options out of range, or a gradient of another shape, library or device than `x0`.

    See Also
    --------
    fit : Trains a sparse autoencoder with it.
    check_gradient : Tells whether a gradient is right.

    Notes
    -----
    The line search is Moré and Thuente's, for the strong Wolfe conditions with c1 = 1e-4 and c2 = 0.9; where rounding
    hides the decrease, Hager and Zhang's approximate conditions decide by slopes. The two-loop recursion runs on inner
    products, so one evaluation costs one read from the device whatever `history` is. All safeguards are relative:
    scaling the function by a power of two changes no iterate.

    References
    ----------
    .. [1] J. Nocedal and S. J. Wright, Numerical Optimization, 2nd edition, Springer, 2006, section 7.2.
    .. [2] D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale optimization", Mathematical
       Programming 45 (1989) 503-528.

    Examples
    --------
    The valley of Rosenbrock:

    >>> import numpy as np
    >>> import xpsae
    >>> def rosenbrock(x):
    ...     a, b = x[1] - x[0] ** 2, 1 - x[0]
    ...     return 100 * a**2 + b**2, np.asarray([-400 * a * x[0] - 2 * b, 200 * a])
    >>> result = xpsae.minimize(rosenbrock, [-1.2, 1.0], gtol=1e-9, ftol=0)
    >>> np.round(result.x, 6), result.message
    (array([1., 1.]), 'Converged: the largest component of the gradient is at most gtol.')
    """
    options = Options(history, gtol, ftol, max_iter, max_eval)
    start = as_floating(x0, name="x0")
    if start.ndim != 1 or start.shape[0] == 0:
        got = f"shape {tuple(start.shape)}"
        raise ValueError(complaint("x0", "a vector of at least one number", got, "Flatten it first."))
    optimizer = LBFGS(start, options)
    for reached in iterations(fun, optimizer):
        if reached.nit and callback is not None:
            tell_callback(callback, reached, optimizer)
    return optimizer.result()


def iterations(fun: Function, optimizer: LBFGS) -> Iterator[IntermediateResult]:
    """Yield the start, and then every accepted point, until the optimizer has an outcome.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> (value, gradient)``.
    optimizer : LBFGS
        A new one, or one that was stopped.

    Yields
    ------
    IntermediateResult
        The start has ``nit == 0``.
    """
    while optimizer.outcome is None:
        before = optimizer.nit
        optimizer.tell(*fun(optimizer.point))
        if optimizer.nit > before or optimizer.nfev == 1:
            x, f, _, gradient_norm, _, step, evaluation = optimizer.current
            yield IntermediateResult(x, f, gradient_norm, step, optimizer.nit, optimizer.nfev, evaluation)


def tell_callback(callback: Callback, reached: IntermediateResult, optimizer: LBFGS) -> None:
    """Call the user's callback, and stop the run where it raises StopIteration."""
    try:
        callback(reached)
    except StopIteration:
        optimizer.outcome = Outcome.CALLBACK
