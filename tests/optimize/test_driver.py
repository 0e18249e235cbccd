"""What `minimize` promises: limits, results, callbacks, outcomes, messages, and the starts that broke others."""

import re

import numpy as np
import pytest
from functions import BREAKERS, VALLEY, half_space, quadratic, rosenbrock, scaled, shifted
from hypothesis import given
from hypothesis import strategies as st

from xpsae.optimize.driver import minimize
from xpsae.optimize.outcome import Outcome

FOREVER = {"gtol": 0.0, "ftol": 0.0}
RAISED = shifted(VALLEY, 1.0)
START = np.array([-1.2, 1.0, -0.5, 0.3])


def outcome(result):
    found = Outcome(result.message)
    assert result.status == found.status
    assert result.success == found.success
    return found


class Recorded:
    """A function that remembers every evaluation, and hands out one gradient array over and over."""

    def __init__(self, fun):
        self.fun, self.points, self.values, self.gradients, self.out = fun, [], [], [], None

    def __call__(self, x):
        f, g = self.fun(x)
        self.points.append(np.array(x))
        self.values.append(float(f))
        self.gradients.append(np.array(g))
        self.out = np.empty_like(g) if self.out is None else self.out
        self.out[...] = g
        return f, self.out


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


@pytest.mark.parametrize("n", [2, 5, 30])
def test_result_is_scipys(n):
    optimize = pytest.importorskip("scipy.optimize", reason="scipy is not installed")
    x0 = np.random.default_rng(n).uniform(0, 2, n)
    expected = optimize.minimize(VALLEY, x0, jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 0})
    result = minimize(VALLEY, x0, gtol=1e-9, ftol=0)
    np.testing.assert_allclose(result.x, expected.x, atol=1e-7)
    assert result.nfev <= 1.3 * expected.nfev


@pytest.mark.parametrize("start", BREAKERS, ids=lambda start: start.name)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("history", [1, 10])
def test_starts_that_broke_others(start, dtype, history):
    x0 = np.array(start.x0, dtype)
    fun = Recorded(start.fun)
    result = minimize(fun, x0, history=history, **FOREVER, max_iter=500)
    assert outcome(result) in {Outcome.GRADIENT, Outcome.PRECISION}
    assert result.x.dtype == dtype
    assert result.fun <= fun.values[0]
    assert result.fun == float(start.fun(result.x)[0])
    if start.minimum is not None:
        np.testing.assert_allclose(
            result.x, start.minimum, atol=getattr(start, {"float32": "single"}.get(dtype, "double"))
        )


def test_constant_function_is_done_at_once():
    result = minimize(lambda x: (3.0, np.zeros_like(x)), START)
    assert outcome(result) is Outcome.GRADIENT
    assert (result.nit, result.nfev, result.fun) == (0, 1, 3.0)


def test_start_that_is_optimal_is_left_alone(xp):
    result = minimize(rosenbrock(xp.namespace), xp.array(np.ones(4)))
    assert (result.nit, result.nfev) == (0, 1)
    np.testing.assert_array_equal(xp.host(result.x), 1)


@pytest.mark.parametrize("n", [1, 5])
def test_linear_function_is_called_unbounded(n):
    result = minimize(lambda x: (np.sum(x), np.ones_like(x)), np.zeros(n))
    assert outcome(result) is Outcome.UNBOUNDED
    assert result.fun < -1e9


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_start_that_is_not_finite_is_an_outcome(value):
    result = minimize(lambda x: (value, x), START)
    assert outcome(result) is Outcome.BAD_START
    assert (result.nit, result.nfev) == (0, 1)


def test_gradient_that_is_not_finite_at_the_start_is_an_outcome():
    assert outcome(minimize(lambda x: (1.0, x * np.nan), START)) is Outcome.BAD_START


def test_gradient_of_the_wrong_sign_is_an_outcome():
    result = minimize(lambda x: (np.sum(x**2), -2 * x), START)
    assert outcome(result) is Outcome.LINE_SEARCH_FAILED
    assert result.fun == np.sum(START**2)


def test_small_gains_end_a_run_where_ftol_asks_for_it():
    results = [minimize(RAISED, START, gtol=0, ftol=ftol) for ftol in (1e-2, 1e-6)]
    assert [outcome(result) for result in results] == [Outcome.COST] * 2
    assert results[0].nit < results[1].nit


def test_rounding_ends_a_run_in_good_time():
    fun = Recorded(VALLEY)
    result = minimize(fun, np.tile([-1.2, 1.0], 20).astype("float32"), **FOREVER)
    assert outcome(result) is Outcome.PRECISION
    reached = next(i for i, value in enumerate(fun.values) if value <= 2 * result.fun)
    assert result.nfev < 1.5 * reached


@pytest.mark.parametrize(("dtype", "noise"), [("float64", 5e-13), ("float32", 1e-4)])
def test_noisy_values_neither_stop_the_descent_nor_waste_evaluations(dtype, noise):
    rng, curvatures = np.random.default_rng(0), np.geomspace(1, 100, 20)

    def noisy(x):
        f, g = quadratic(np, curvatures)(x)
        return (1.0 + f) * (1 + noise * rng.standard_normal()), g

    result = minimize(noisy, np.ones(20, dtype), **FOREVER, max_iter=100)
    assert quadratic(np, curvatures)(result.x)[0] < 3 * noise
    assert result.nfev < 2 * result.nit + 40


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


@given(power=st.sampled_from([-40, 40]), dtype=st.sampled_from(["float32", "float64"]), history=st.integers(1, 8))
def test_scaling_the_function_by_a_power_of_two_changes_no_bit_of_the_iterates(power, dtype, history):
    def iterates(fun):
        recorded = Recorded(fun)
        minimize(recorded, START.astype(dtype), history=history, **FOREVER, max_iter=200)
        return np.asarray(recorded.points)

    np.testing.assert_array_equal(iterates(scaled(VALLEY, 2.0**power)), iterates(VALLEY))


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


@given(
    seed=st.integers(0, 2**32 - 1),
    dtype=st.sampled_from(["float32", "float64"]),
    history=st.integers(1, 100),
    exponent=st.integers(-20, 20),
    wall=st.sampled_from([np.inf, 0.5, 2.0]),
)
def test_no_function_breaks_it(seed, dtype, history, exponent, wall):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 8))
    A, phase, size = rng.standard_normal((n, n)), rng.standard_normal(n), 10.0**exponent

    def bumpy(x):
        z = A @ np.asarray(x, dtype) + phase.astype(dtype)
        return size * np.sum(np.sin(3 * z) + z**2 / 4), (size * (A.T @ (3 * np.cos(3 * z) + z / 2))).astype(dtype)

    fun, x0 = Recorded(half_space(bumpy, wall, np.nan)), np.minimum(rng.standard_normal(n), 0.4).astype(dtype)
    result = minimize(fun, x0, history=history, **FOREVER, max_iter=150, max_eval=600)
    assert np.isfinite(result.fun)
    assert result.fun <= fun.values[0]
    assert result.fun == float(bumpy(result.x)[0])
    assert result.nfev == len(fun.values) <= 600
    assert result.nit <= 150


def test_lists_and_integers_are_taken_as_float64():
    result = minimize(VALLEY, [3, -2])
    assert result.x.dtype == np.float64
    np.testing.assert_allclose(result.x, 1, atol=1e-4)


def test_value_may_be_a_float_a_scalar_or_a_small_array():
    results = [
        minimize(lambda x, kind=kind: (kind(VALLEY(x)[0]), VALLEY(x)[1]), START).fun
        for kind in (float, np.float64, np.asarray, lambda f: np.reshape(f, (1,)))
    ]
    assert len(set(results)) == 1


def test_gradient_of_another_precision_is_converted():
    result = minimize(lambda x: VALLEY(x.astype("float64")), START.astype("float32"))
    assert result.jac.dtype == result.x.dtype == np.float32
    assert result.fun < 1e-6


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


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (lambda x: (0.0, x[:-1]), ValueError, r"fun: expected a gradient of shape \(4,\), .*, got shape \(3,\)"),
        (lambda x: (0.0, list(x)), TypeError, r"fun: expected a gradient of shape \(4,\), numpy on cpu, got a list"),
        (lambda x: (0.0, x.astype(int)), TypeError, "fun: expected a gradient of dtype float64, got dtype int64"),
        (lambda x: (x, x), ValueError, r"fun: expected one number, got shape \(4,\)"),
        (lambda x: ("low", x), TypeError, "fun: expected one number, got 'low'"),
    ],
)
def test_answers_of_the_wrong_kind_are_refused(answer, error, message):
    with pytest.raises(error, match=message):
        minimize(answer, START)


def test_gradient_of_another_library_is_refused():
    strict = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
    expected = re.escape("fun: expected a gradient of shape (4,), numpy on cpu, got array_api_strict on")
    with pytest.raises(TypeError, match=expected):
        minimize(lambda x: (0.0, strict.asarray(x)), START)


def test_gradient_on_another_device_is_refused():
    strict = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
    x0 = strict.asarray(START)
    with pytest.raises(ValueError, match=r"fun: expected a gradient of shape .* Compute it where x is"):
        minimize(lambda x: (0.0, x.to_device(strict.Device("device1"))), x0)
