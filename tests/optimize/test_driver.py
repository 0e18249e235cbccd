"""What `minimize` promises: limits, the best point, callbacks, and arguments that are refused."""

from dataclasses import astuple

import numpy as np
import pytest
from functions import VALLEY, Recorded, outcome, quadratic, rosenbrock

from xpsae.optimize.driver import minimize
from xpsae.optimize.outcome import Outcome
from xpsae.optimize.records import Options

FOREVER = {"gtol": 0.0, "ftol": 0.0}
START = np.array([-1.2, 1.0, -0.5, 0.3])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_quadratic_is_minimized_on_every_library(xp, dtype):
    curvatures, x0 = xp.array([1.0, 10.0, 100.0, 3.0], dtype), xp.array(START, dtype)
    result = minimize(quadratic(xp.namespace, curvatures), x0, gtol=1e-6, ftol=0)
    assert outcome(result) is Outcome.GRADIENT
    assert xp.owns(result.x)
    assert xp.owns(result.jac)
    assert result.x.dtype == result.jac.dtype == x0.dtype
    np.testing.assert_allclose(xp.host(result.x), 0, atol=1e-6)
    np.testing.assert_array_equal(xp.host(x0), START.astype(dtype))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_rosenbrock_is_minimized_on_every_library(xp, dtype):
    result = minimize(rosenbrock(xp.namespace), xp.array(START, dtype), **FOREVER, max_iter=100)
    assert outcome(result).success
    np.testing.assert_allclose(xp.host(result.x), 1, atol=2e-3 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("max_iter", [0, 1, 2, 7, 20])
def test_max_iter_is_exact(max_iter):
    seen = []
    result = minimize(VALLEY, START, **FOREVER, max_iter=max_iter, callback=lambda reached: seen.append(reached.nit))
    assert outcome(result) is Outcome.MAX_ITER
    assert result.nit == max_iter
    assert seen == list(range(1, max_iter + 1))


@pytest.mark.parametrize("max_eval", range(1, 51))
def test_max_eval_is_never_exceeded_and_the_best_evaluated_point_is_returned(max_eval):
    fun = Recorded(VALLEY)
    result = minimize(fun, START, **FOREVER, max_eval=max_eval)
    assert len(fun.values) == result.nfev == min(max_eval, result.nfev)
    best = int(np.argmin(fun.values))
    assert result.fun == fun.values[best] == float(VALLEY(result.x)[0])
    np.testing.assert_array_equal(result.x, fun.points[best])
    np.testing.assert_array_equal(result.jac, fun.gradients[best])
    if result.nfev == max_eval:
        assert outcome(result) in {Outcome.MAX_EVAL, Outcome.GRADIENT, Outcome.PRECISION}


def test_callback_is_told_one_accepted_point_at_a_time():
    fun, seen = Recorded(VALLEY), []
    minimize(fun, START, **FOREVER, max_iter=30, callback=lambda reached: seen.append((reached, len(fun.values))))
    assert len(seen) == 30
    for nit, (reached, evaluations) in enumerate(seen, 1):
        assert (reached.nit, reached.nfev) == (nit, evaluations)
        np.testing.assert_array_equal(reached.x, fun.points[reached.evaluation - 1])
        assert reached.fun == fun.values[reached.evaluation - 1]
        assert reached.gradient_norm == np.abs(fun.gradients[reached.evaluation - 1]).max()
        assert reached.step > 0


def test_callback_changes_nothing():
    silent, watched = Recorded(VALLEY), Recorded(VALLEY)
    minimize(silent, START)
    minimize(watched, START, callback=repr)
    np.testing.assert_array_equal(watched.points, silent.points)


@pytest.mark.parametrize("argument", ["fun", "callback"])
def test_arguments_that_cannot_be_called_are_refused_before_any_evaluation(argument):
    fun = Recorded(VALLEY)
    arguments = {"fun": fun, "callback": None} | {argument: 3}
    with pytest.raises(TypeError, match=f"{argument}: expected something that can be called, got 3"):
        minimize(arguments["fun"], START, callback=arguments["callback"])
    assert not fun.values


def test_callback_may_write_to_its_point(xp):
    def spoil(reached):
        if hasattr(reached.x, "__setitem__") and not xp.name.startswith("jax"):
            reached.x[...] = np.nan

    result = minimize(rosenbrock(xp.namespace), xp.array(START), callback=spoil)
    np.testing.assert_array_equal(xp.host(result.x), xp.host(minimize(rosenbrock(xp.namespace), xp.array(START)).x))


def test_results_compare_by_identity():
    result = minimize(VALLEY, START, max_iter=3)
    assert result == result
    assert result != minimize(VALLEY, START, max_iter=3)


def test_options_are_plain_numbers():
    options = Options(np.int64(3), np.float32(0.5), np.float64(0.25), np.int8(7), np.uint16(9))
    assert [type(value) for value in astuple(options)] == [int, float, float, int, int]


def test_callback_stops_the_run():
    def stop(reached):
        if reached.nit == 3:
            raise StopIteration

    result = minimize(VALLEY, START, callback=stop)
    assert outcome(result) is Outcome.CALLBACK
    assert result.nit == 3


def test_other_errors_of_a_callback_come_through():
    def fail(reached):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        minimize(VALLEY, START, callback=fail)


def test_lists_and_integers_are_taken_as_float64():
    result = minimize(VALLEY, [3, -2])
    assert result.x.dtype == np.float64
    np.testing.assert_allclose(result.x, 1, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"history": 0}, ValueError, "history: expected an integer of at least 1, got 0"),
        ({"history": 2.5}, TypeError, "history: expected an integer of at least 1, got 2.5"),
        ({"gtol": -1.0}, ValueError, "gtol: expected a finite number of at least 0, got -1.0"),
        ({"gtol": np.nan}, ValueError, "gtol: expected a finite number of at least 0, got nan"),
        ({"ftol": "small"}, TypeError, "ftol: expected a finite number of at least 0, got 'small'"),
        ({"ftol": np.inf}, ValueError, "ftol: expected a finite number of at least 0, got inf"),
        ({"max_iter": -1}, ValueError, "max_iter: expected an integer of at least 0, got -1"),
        ({"max_iter": True}, TypeError, "max_iter: expected an integer of at least 0, got True"),
        ({"max_eval": 0}, ValueError, "max_eval: expected an integer of at least 1, got 0"),
    ],
)
def test_options_out_of_range_are_refused_before_any_evaluation(options, error, message):
    fun = Recorded(VALLEY)
    with pytest.raises(error, match=message):
        minimize(fun, START, **options)
    assert not fun.values


@pytest.mark.parametrize(
    ("x0", "error", "message"),
    [
        (np.ones((2, 2)), ValueError, r"x0: expected a vector of at least one number, got shape \(2, 2\)"),
        (np.ones(0), ValueError, r"x0: expected a vector of at least one number, got shape \(0,\)"),
        (3.0, ValueError, r"x0: expected a vector of at least one number, got shape \(\)"),
        (np.ones(2) * 1j, TypeError, "x0: expected real numbers, got dtype complex128"),
        (["a", "b"], TypeError, "x0: expected an array of numbers"),
        (None, TypeError, "x0: expected an array of numbers, got None"),
    ],
)
def test_starts_that_are_no_vectors_are_refused(x0, error, message):
    with pytest.raises(error, match=message):
        minimize(VALLEY, x0)


def test_minus_infinity_is_stepped_back_from_like_other_values_that_are_not_finite():
    def pit(x):
        return (-np.inf if x[0] < 0.5 else x[0] ** 2), 2 * x

    result = minimize(pit, [4.0])
    assert np.isfinite(result.fun)
    assert result.x[0] >= 0.5
