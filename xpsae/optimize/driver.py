"""The loop around the optimizer: a function, a start, a callback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from xpsae.arrays.convert import as_floating
from xpsae.arrays.typing import Array
from xpsae.checks import complaint
from xpsae.optimize.lbfgs import LBFGS
from xpsae.optimize.outcome import IntermediateResult, OptimizeResult, Outcome
from xpsae.optimize.records import Options

Function = Callable[[Array], tuple[Any, Array]]
"""A function of a vector: value and gradient."""
Callback = Callable[[IntermediateResult], object]
"""A user's function, called after every iteration."""


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
