"""Where the optimizer ends: right answers, or the right outcome; the starts that broke others; rounding; scale."""

import itertools
import tracemalloc

import numpy as np
import pytest
from functions import BREAKERS, VALLEY, Recorded, half_space, outcome, quadratic, rosenbrock, scaled, shifted
from hypothesis import given
from hypothesis import strategies as st

from xpsae.optimize.driver import minimize
from xpsae.optimize.outcome import Outcome
from xpsae.problem import Objective

FOREVER = {"gtol": 0.0, "ftol": 0.0}
RAISED = shifted(VALLEY, 1.0)
START = np.array([-1.2, 1.0, -0.5, 0.3])


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


@pytest.mark.parametrize("n", [2, 5, 30])
def test_result_is_scipys(n):
    optimize = pytest.importorskip("scipy.optimize", reason="scipy is not installed")
    x0 = np.random.default_rng(n).uniform(0, 2, n)
    expected = optimize.minimize(VALLEY, x0, jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 0})
    result = minimize(VALLEY, x0, gtol=1e-9, ftol=0)
    np.testing.assert_allclose(result.x, expected.x, atol=1e-7)
    assert result.nfev <= 1.3 * expected.nfev


def test_constant_function_is_done_at_once():
    result = minimize(lambda x: (3.0, np.zeros_like(x)), START)
    assert outcome(result) is Outcome.GRADIENT
    assert (result.nit, result.nfev, result.fun) == (0, 1, 3.0)


def test_start_that_is_optimal_is_left_alone(xp):
    result = minimize(rosenbrock(xp.namespace), xp.array(np.ones(4)))
    assert (result.nit, result.nfev) == (0, 1)
    np.testing.assert_array_equal(xp.host(result.x), 1)


def test_gradient_too_small_to_divide_by_is_rounding():
    result = minimize(lambda x: (np.sum(x) * 1e-42, np.full_like(x, 1e-42)), START.astype("float32"), **FOREVER)
    assert outcome(result) is Outcome.PRECISION
    assert result.nfev == 1


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


@given(power=st.sampled_from([-40, 40]), dtype=st.sampled_from(["float32", "float64"]), history=st.integers(1, 8))
def test_scaling_the_function_by_a_power_of_two_changes_no_bit_of_the_iterates(power, dtype, history):
    def iterates(fun):
        recorded = Recorded(fun)
        minimize(recorded, START.astype(dtype), history=history, **FOREVER, max_iter=200)
        return np.asarray(recorded.points)

    np.testing.assert_array_equal(iterates(scaled(VALLEY, 2.0**power)), iterates(VALLEY))


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


@pytest.mark.parametrize("start", BREAKERS[:10], ids=lambda start: start.name)
@pytest.mark.parametrize("power", [-40, 40])
def test_scaling_by_a_power_of_two_changes_no_bit_of_the_starts_that_broke_others(start, power):
    def iterates(fun):
        recorded = Recorded(fun)
        minimize(recorded, np.array(start.x0), **FOREVER, max_iter=60)
        return np.asarray(recorded.points)

    np.testing.assert_array_equal(iterates(scaled(start.fun, 2.0**power)), iterates(start.fun))


def test_accepted_steps_meet_the_strong_wolfe_conditions():
    X = np.random.default_rng(0).random((60, 8))
    objective = Objective(X, 5, sparsity_target=0.1)
    fun, accepted = Recorded(objective), [1]
    minimize(fun, objective.initial(0), **FOREVER, max_iter=120, callback=lambda r: accepted.append(r.evaluation))
    decided_by_noise = 0
    for before, after in itertools.pairwise(i - 1 for i in accepted):
        step = fun.points[after] - fun.points[before]
        slope0, slope = fun.gradients[before] @ step, fun.gradients[after] @ step
        assert abs(slope) <= -0.9 * slope0 * (1 + 1e-9)
        decrease = fun.values[before] - fun.values[after]
        if decrease < -1e-4 * slope0:
            decided_by_noise += 1
            assert abs(decrease) <= 1e-13
    assert len(accepted) == 121
    assert decided_by_noise <= 12


@pytest.mark.parametrize("seed", range(5))
def test_float32_ends_where_float64_does_once_a_run_has_converged(seed):
    X, ends = np.random.default_rng(0).random((100, 6)), []
    for dtype in ("float32", "float64"):
        objective = Objective(X.astype(dtype), 4, weight_decay=3e-3, sparsity_target=0.1)
        ends.append(minimize(objective, objective.initial(seed), **FOREVER, max_iter=2000))
        assert outcome(ends[-1]) is Outcome.PRECISION
    assert ends[0].fun == pytest.approx(ends[1].fun, rel=1e-6)


@pytest.mark.parametrize(("history", "max_iter"), [(3, 25), (12, 25), (3, 60)], ids=["few", "many", "rounding"])
def test_memory_is_that_of_the_pairs_and_six_vectors(history, max_iter):
    n = 20_000
    weights, gradient, x0 = np.linspace(1, 100, n), np.empty(n), np.full(n, 2.0)

    def quartic(x):
        np.multiply(x, x, out=gradient)
        np.multiply(gradient, weights, out=gradient)
        np.multiply(gradient, x, out=gradient)
        value = float(gradient @ x) / 4
        np.subtract(gradient, 1.0, out=gradient)
        return value - float(x.sum()), gradient

    minimize(quartic, x0, max_iter=3)
    tracemalloc.start()
    result = minimize(quartic, x0, history=history, **FOREVER, max_iter=max_iter)
    peak = tracemalloc.get_traced_memory()[1] / x0.itemsize / n
    tracemalloc.stop()
    assert result.nfev > result.nit + 1
    assert peak < 2 * history + 6.2
