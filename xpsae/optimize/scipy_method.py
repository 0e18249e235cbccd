"""The minimizer as SciPy's ``minimize`` calls a method of its own."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint, described
from xpsae.optimize.driver import Callback, minimize
from xpsae.optimize.readings import callable_named

if TYPE_CHECKING:
    from xpsae.optimize.outcome import IntermediateResult

NAMES = {"maxiter": "max_iter", "maxfun": "max_eval", "maxcor": "history"}
"""SciPy's names of options, and ours."""
OWN = {"gtol", "ftol", *NAMES.values()}


def scipy_method(
    fun: Callable[..., Any],
    x0: HostArray,
    args: tuple[Any, ...] = (),
    *,
    jac: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    callback: Callable[[Any], object] | None = None,
    **options: Any,
) -> Any:
    """Return what SciPy's ``minimize`` returns, found by `xpsae.minimize`; pass it as ``method=``.

    Parameters
    ----------
    fun : callable
        As SciPy passes it, ``fun(x, *args)``.
    x0 : numpy.ndarray, shape (n,)
        The start; float32 is kept.
    args : tuple
        Further arguments of `fun` and `jac`.
    jac : callable
        The gradient, ``jac(x, *args)``; SciPy makes one where you pass ``jac=True``.
    bounds, constraints : optional
        There is no support for either: anything but None or nothing is refused.
    callback : callable, optional
        Called after every iteration as ``callback(x)``, or, if that is its parameter's name, as
        ``callback(intermediate_result=…)`` with ``x fun nit nfev``; stops the run by raising StopIteration.
    **options : int or float
        ``gtol``, ``ftol``, ``maxiter``, ``maxfun`` and ``maxcor``, or ``max_iter``, ``max_eval`` and ``history``, as
        `minimize` takes them; and SciPy's ``tol``, which sets both tolerances. Hessians are not used, and unknown
        options are told in a warning, as SciPy does.

    Returns
    -------
    scipy.optimize.OptimizeResult
        With ``x fun jac nit nfev njev success status message``; status and message are those of `minimize`.

    Raises
    ------
    TypeError, ValueError
        If there is no gradient, there are bounds or constraints, or an option is out of range.

    Warns
    -----
    OptimizeWarning
        For options that are not known.

    See Also
    --------
    minimize : The same without SciPy, and on any array library.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import optimize
    >>> import xpsae
    >>> x0 = np.asarray([-1.2, 1.0])
    >>> found = optimize.minimize(optimize.rosen, x0, jac=optimize.rosen_der, method=xpsae.scipy_method, tol=1e-9)
    >>> np.round(found.x, 6), found.success
    (array([1., 1.]), True)
    """
    _refuse(jac, bounds, constraints)
    from scipy.optimize import OptimizeResult

    def evaluate(x: HostArray) -> tuple[Any, HostArray]:
        """Return value and gradient, each from its own function."""
        point = x.copy()
        return fun(point, *args), host.asarray(jac(point, *args), dtype=x.dtype)

    result = minimize(evaluate, x0, callback=_in_style(callback), **_translated(options))
    names = ("x", "fun", "jac", "nit", "nfev", "success", "status", "message")
    return OptimizeResult({name: getattr(result, name) for name in names} | {"njev": result.nfev})


def _refuse(jac: Any, bounds: Any, constraints: Any) -> None:
    if not callable(jac):
        remedy = "Pass jac=True with a function that returns (value, gradient), or jac=gradient."
        raise TypeError(complaint("jac", "True or a function", described(jac), remedy))
    for name, given in (("bounds", bounds), ("constraints", constraints)):
        if given is not None and not (isinstance(given, tuple | list) and not given):
            raise ValueError(complaint(name, "none", described(given), "Use method='L-BFGS-B' or 'trust-constr'."))


def _in_style(callback: Any) -> Callback | None:
    """Return a callback of SciPy's as one of ours: its only parameter's name says whether it takes a record or x."""
    if callback is None:
        return None
    callable_named("callback", callback, remedy="Pass a function of x or of intermediate_result.")
    from scipy.optimize import OptimizeResult

    try:
        takes_record = set(inspect.signature(callback).parameters) == {"intermediate_result"}
    except ValueError:  # a built-in function that does not say
        takes_record = False

    def report(reached: IntermediateResult) -> None:
        """Tell the callback, in its style."""
        if takes_record:
            record = OptimizeResult(x=reached.x, fun=reached.fun, nit=reached.nit, nfev=reached.nfev)
            callback(intermediate_result=record)
        else:
            callback(reached.x)

    return report


def _translated(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of `minimize`, by its own names."""
    given = {name: value for name, value in options.items() if name not in {"tol", "hess", "hessp"}}
    unknown = sorted(given.keys() - OWN - NAMES.keys())
    if unknown:
        from scipy.optimize import OptimizeWarning

        warnings.warn(f"Unknown solver options: {', '.join(unknown)}", OptimizeWarning, stacklevel=4)
    tol = options.get("tol")
    translated = {} if tol is None else {"gtol": tol, "ftol": tol}
    for name, value in given.items():
        own = NAMES.get(name, name)
        if own != name and own in given:
            raise ValueError(complaint(name, f"one of {name} and {own}", "both", f"Pass {own} alone."))
        if own in OWN:
            translated[own] = value
    return translated
