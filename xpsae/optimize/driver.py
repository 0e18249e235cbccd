"""The loop around the optimizer: a function, a start, a callback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

from xpsae.arrays.namespace import where
from xpsae.arrays.typing import AnyArray
from xpsae.checks import complaint
from xpsae.optimize.lbfgs import LBFGS
from xpsae.optimize.outcome import IntermediateResult, OptimizeResult, Outcome
from xpsae.optimize.readings import answer, as_vector, callable_named, copied
from xpsae.optimize.records import Options
from xpsae.optimize.state import OptimizerState

Function = Callable[[AnyArray], tuple[Any, AnyArray]]
"""A function of a vector: value and gradient."""
Callback = Callable[[IntermediateResult], object]
"""A user's function, called after every iteration."""


def minimize(
    fun: Function,
    x0: AnyArray | OptimizeResult | OptimizerState,
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
        ``fun(x) -> (value, gradient)``: a real number or 0-d array, and an array like `x`. Values and gradients that
        are not finite are stepped back from.
    x0 : array_like, shape (n,), or OptimizeResult or OptimizerState
        The start. float32 and float64 are kept, and all work is done in that dtype, library and device. From the result
        of an earlier run, or its state, that run goes on exactly as if it had not stopped; limits then count from
        there, and `history` must be the same.
    history : int
        Curvature pairs that shape a direction, at least 1; memory is about (2·history + 6)·n numbers.
    gtol : float
        Stop when the largest component of the gradient is at most this.
    ftol : float
        Stop when an iteration lowers the function by at most this, relative to its size; 0 never stops.
    max_iter, max_eval : int
        Stop after this many iterations (accepted steps) or evaluations; None for no limit on evaluations.
    callback : callable, optional
        Called after every iteration with an `IntermediateResult`, whose `x` is a copy; stops the run by raising
        StopIteration.

    Returns
    -------
    OptimizeResult
        The best point found, with SciPy's field names ``x fun jac nit nfev success status message``. Numerical trouble
        is an outcome, never an exception.

    Raises
    ------
    TypeError, ValueError
        For options out of range, functions that cannot be called, an answer of `fun` that is no pair, a value that is
        not one real number, or a gradient of another shape, library or device than `x0`.

    See Also
    --------
    fit : Trains a sparse autoencoder with it.
    check_gradient : Tells whether a gradient is right.

    Notes
    -----
    The method is L-BFGS [2]_. The line search is Moré and Thuente's [3]_, for the strong Wolfe conditions with
    c1 = 1e-4 and c2 = 0.9; where rounding hides the decrease, Hager and Zhang's approximate conditions [4]_ decide by
    slopes. The two-loop recursion (algorithm 7.4 of [1]_) runs on inner products, so one evaluation costs one read from
    the device whatever `history` is. All safeguards are relative: scaling the function by a power of two changes no
    iterate.

    References
    ----------
    .. [1] Nocedal, J. and Wright, S. J., Numerical Optimization, 2nd edition, Springer, 2006, section 7.2.
    .. [2] Liu, D. C. and Nocedal, J., "On the limited memory BFGS method for large scale optimization", Mathematical
       Programming 45 (1989) 503-528.
    .. [3] Moré, J. J. and Thuente, D. J., "Line search algorithms with guaranteed sufficient decrease", ACM
       Transactions on Mathematical Software 20 (1994) 286-307.
    .. [4] Hager, W. W. and Zhang, H., "A new conjugate gradient method with guaranteed descent and an efficient line
       search", SIAM Journal on Optimization 16 (2005) 170-192.

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
    callable_named("fun", fun, remedy="Pass a function of a vector that returns (value, gradient).")
    if callback is not None:
        callable_named("callback", callback, remedy="Pass a function of one IntermediateResult, or None.")
    options = Options(history, gtol, ftol, max_iter, max_eval)
    optimizer = started(x0, options)
    for reached in iterations(fun, optimizer):
        if reached.nit and callback is not None:
            tell_callback(callback, reached, optimizer)
        del reached  # so that its x does not outlive the next one
    return optimizer.result()


def started(x0: Any, options: Options) -> LBFGS:
    """Return the optimizer at its start, or where an earlier run stopped: there, limits count from its counts on.

    Parameters
    ----------
    x0 : array_like, OptimizeResult or OptimizerState
        The start.
    options : Options
        When to stop and how many pairs to keep.

    Returns
    -------
    LBFGS
        The optimizer, with an outcome already where there is nothing left to do.
    """
    state = x0.state if isinstance(x0, OptimizeResult) else x0
    if state is None and x0 is not None:
        remedy = "Pass x0=result.x to start anew from its point."
        raise ValueError(complaint("x0", "a result with its state", "a result without", remedy))
    if not isinstance(state, OptimizerState):
        return LBFGS(as_vector("x0", x0), options)
    limits = asdict(options)
    limits["max_iter"] += int(state.numbers.get("nit", 0))
    if options.max_eval is not None:
        limits["max_eval"] += int(state.numbers.get("nfev", 0))
    return LBFGS.from_state(state, **limits)


def iterations(
    fun: Function, optimizer: LBFGS, *, ends: Callable[[], Outcome | None] = lambda: None
) -> Iterator[IntermediateResult]:
    """Yield the start, and then every accepted point, until the optimizer has an outcome.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> (value, gradient)``.
    optimizer : LBFGS
        A new one, or one that was stopped.
    ends : callable
        Why the run has to end now, if it has to; asked after every evaluation.

    Yields
    ------
    IntermediateResult
        The start has ``nit == 0``.
    """
    while optimizer.outcome is None:
        before = optimizer.nit
        with where(optimizer.current.x):
            value, gradient = answer(fun(optimizer.point))
        optimizer.tell(value, gradient)
        _stop(optimizer, ends())
        if optimizer.nit > before or optimizer.nfev == 1:
            yield reached_by(optimizer)


def _stop(optimizer: LBFGS, outcome: Outcome | None) -> None:
    """End a run where there is a reason to, unless it has ended already."""
    optimizer.outcome = optimizer.outcome or outcome


def reached_by(optimizer: LBFGS) -> IntermediateResult:
    """Return the last accepted point of an optimizer."""
    x, f, _, gradient_norm, _, step, evaluation = optimizer.current
    return IntermediateResult(x, f, gradient_norm, step, optimizer.nit, optimizer.nfev, evaluation)


def tell_callback(callback: Callback, reached: IntermediateResult, optimizer: LBFGS) -> None:
    """Call the user's callback with a copy of the point, and stop the run where it raises StopIteration."""
    try:
        callback(replace(reached, x=copied(reached.x)))
    except StopIteration:
        optimizer.outcome = Outcome.CALLBACK
