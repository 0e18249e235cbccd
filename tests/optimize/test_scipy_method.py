"""SciPy drives the minimizer: arguments, options, callbacks, results, and what is refused."""

import numpy as np
import pytest
from functions import VALLEY

import xpsae

optimize = pytest.importorskip("scipy.optimize", reason="scipy is not installed")
START = np.array([-1.2, 1.0, -0.5, 0.3])


def solve(fun=VALLEY, x0=START, jac=True, **options):
    return optimize.minimize(fun, x0, jac=jac, method=xpsae.scipy_method, **options)


def test_result_is_ours_in_scipys_record():
    found, expected = solve(), xpsae.minimize(VALLEY, START)
    assert type(found) is optimize.OptimizeResult
    for name in ("x", "fun", "jac", "nit", "nfev", "success", "status", "message"):
        np.testing.assert_array_equal(found[name], getattr(expected, name))
    assert found.njev == found.nfev


def test_one_call_of_the_function_an_evaluation():
    calls = []

    def fun(x):
        calls.append(x)
        return VALLEY(x)

    assert solve(fun).nfev == len(calls)


def test_gradient_of_its_own_and_further_arguments():
    def fun(x, height, width):
        return height + np.sum((x / width) ** 2)

    def jac(x, height, width):
        return (2 * x / width**2).tolist()

    found = solve(fun, jac=jac, args=(5.0, 2.0))
    assert found.success
    assert found.fun == pytest.approx(5.0)
    wrapped = solve(lambda x, *args: (fun(x, *args), np.asarray(jac(x, *args))), args=(5.0, 2.0))
    np.testing.assert_array_equal(found.x, wrapped.x)


@pytest.mark.parametrize(
    ("scipys", "ours"),
    [
        ({"maxiter": 4}, {"max_iter": 4}),
        ({"maxfun": 9}, {"max_eval": 9}),
        ({"maxcor": 2, "gtol": 1e-9, "ftol": 0.0}, {"history": 2, "gtol": 1e-9, "ftol": 0.0}),
        ({"history": 2, "max_iter": 9, "max_eval": 30}, {"history": 2, "max_iter": 9, "max_eval": 30}),
    ],
)
def test_options_by_scipys_names_and_by_ours(scipys, ours):
    found, expected = solve(options=scipys), xpsae.minimize(VALLEY, START, **ours)
    np.testing.assert_array_equal(found.x, expected.x)
    assert found.message == expected.message


def test_tol_sets_both_tolerances_and_options_go_first():
    assert solve(tol=1e-3).nit == xpsae.minimize(VALLEY, START, gtol=1e-3, ftol=1e-3).nit
    assert solve(tol=1e-3, options={"ftol": 0.0}).nit == xpsae.minimize(VALLEY, START, gtol=1e-3, ftol=0.0).nit


def test_both_styles_of_callback():
    points, results = [], []
    solve(callback=points.append)
    solve(callback=lambda intermediate_result: results.append(intermediate_result))
    assert len(points) == len(results) == solve().nit
    for point, result in zip(points, results, strict=True):
        np.testing.assert_array_equal(point, result.x)
        assert result.fun == VALLEY(point)[0]


def test_callback_stops_the_run():
    def stop(intermediate_result):
        if intermediate_result.nit == 3:
            raise StopIteration

    found = solve(callback=stop)
    assert (found.nit, found.success, found.message) == (3, False, "Stopped by the callback.")


def test_float32_stays():
    found = solve(x0=START.astype("float32"))
    assert found.x.dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"jac": None}, TypeError, "jac: expected True or a function, got None. Pass jac=True"),
        ({"jac": "2-point"}, TypeError, "jac: expected True or a function, got "),
        ({"bounds": [(0, 1)] * 4}, ValueError, "bounds: expected none, got"),
        ({"constraints": {"type": "eq", "fun": sum}}, ValueError, "constraints: expected none, got"),
        (
            {"options": {"maxiter": 3, "max_iter": 3}},
            ValueError,
            "maxiter: expected one of maxiter and max_iter, got both",
        ),
        ({"callback": 3}, TypeError, "callback: expected something that can be called, got 3"),
        ({"options": {"maxcor": 0}}, ValueError, "history: expected an integer of at least 1, got 0"),
    ],
)
def test_what_is_not_supported_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        solve(**arguments)


def test_unknown_options_are_told_as_scipy_does():
    with pytest.warns(optimize.OptimizeWarning, match="Unknown solver options: iprint, maxls"):
        assert solve(options={"maxls": 9, "iprint": 1}).success
