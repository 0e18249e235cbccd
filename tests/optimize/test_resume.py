"""A run that is cut anywhere, saved, loaded and continued is the run that was never cut, bit for bit."""

import numpy as np
import pytest
from functions import VALLEY, Recorded, half_space, outcome, rosenbrock, shifted

from xpsae.arrays.namespace import load_namespace
from xpsae.data.container import read_container, write_container
from xpsae.optimize.driver import minimize
from xpsae.optimize.lbfgs import LBFGS
from xpsae.optimize.outcome import Outcome
from xpsae.optimize.records import Options
from xpsae.optimize.state import OptimizerState
from xpsae.problem import Objective

FOREVER = {"gtol": 0.0, "ftol": 0.0}
START = np.array([-1.2, 1.0, -0.5, 0.3])
NUMPY = load_namespace("numpy")


def autoencoder(dtype="float64"):
    objective = Objective(np.random.default_rng(0).random((40, 6)).astype(dtype), 4, sparsity_target=0.1)
    return objective, objective.initial(0)


def walled(x):
    """A function whose steps often end in a wall, and whose searches so take several trials."""
    return half_space(VALLEY, 1.0 + 1e-3, np.nan)(x)


PROBLEMS = {
    "rosenbrock": lambda dtype: (VALLEY, START.astype(dtype)),
    "walled": lambda dtype: (walled, START.astype(dtype)),
    "noisy": lambda dtype: (shifted(VALLEY, 1e6), START.astype(dtype)),
    "autoencoder": autoencoder,
}


def through_file(state, path):
    write_container(path, *state.packed())
    return OptimizerState.unpacked(*read_container(path), xp=NUMPY)


def evaluations(fun, optimizer, count=1000):
    """Run on, for so many evaluations at most, and return where they were made."""
    points = []
    while optimizer.outcome is None and len(points) < count:
        points.append(optimizer.point)
        optimizer.tell(*fun(optimizer.point))
    return points


def assert_same_result(actual, expected):
    np.testing.assert_array_equal(actual.x, expected.x)
    np.testing.assert_array_equal(actual.jac, expected.jac)
    fields = ("fun", "nit", "nfev", "success", "status", "message")
    for name in fields:
        np.testing.assert_equal(getattr(actual, name), getattr(expected, name))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("history", [2, 10])
def test_run_cut_after_any_evaluation_goes_on_bit_for_bit(name, dtype, history, tmp_path):
    fun, x0 = PROBLEMS[name](dtype)
    options = Options(history, **FOREVER, max_iter=60)
    whole = LBFGS(x0, options)
    points = evaluations(fun, whole)
    searching = 0
    for cut in range(61):
        first = LBFGS(x0, options)
        evaluations(fun, first, cut)
        searching += first.search is not None
        second = LBFGS.from_state(through_file(first.state(), tmp_path / "state"))
        np.testing.assert_array_equal(evaluations(fun, second), points[cut:])
        assert_same_result(second.result(), whole.result())
    assert searching > 0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["rosenbrock", "autoencoder"])
def test_eight_times_fifty_iterations_are_four_hundred(name, dtype):
    fun, x0 = PROBLEMS[name](dtype)
    fun, x0 = (rosenbrock(np), np.tile(x0, 30)) if name == "rosenbrock" else (fun, x0)
    expected = minimize(fun, x0, **FOREVER, max_iter=400)
    result = x0
    for _ in range(8):
        result = minimize(fun, result, **FOREVER, max_iter=50)
    assert_same_result(result, expected)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("pieces", [1, 3, 7])
def test_runs_cut_by_max_eval_inside_searches_go_on(name, pieces):
    fun, x0 = PROBLEMS[name]("float64")
    whole = Recorded(fun)
    minimize(whole, x0, **FOREVER, max_eval=90)
    cut, result = Recorded(fun), x0
    while len(cut.points) < len(whole.points):
        result = minimize(cut, result, **FOREVER, max_eval=pieces)
    np.testing.assert_array_equal(cut.points[:90], whole.points)


def test_run_stopped_by_a_callback_goes_on():
    def stop(reached):
        raise StopIteration

    expected, result = minimize(VALLEY, START, **FOREVER, max_iter=12), START
    for nit in range(1, 12):
        result = minimize(VALLEY, result, **FOREVER, callback=stop)
        assert outcome(result) is Outcome.CALLBACK
        assert result.nit == nit
    np.testing.assert_array_equal(minimize(VALLEY, result, **FOREVER, max_iter=1).x, expected.x)


@pytest.mark.parametrize("tolerance", ["gtol", "ftol"])
def test_converged_run_goes_on_to_a_smaller_tolerance(tolerance):
    loose, tight = FOREVER | {tolerance: 1e-3}, FOREVER | {tolerance: 1e-7}
    fun = shifted(VALLEY, 1.0)
    first = minimize(fun, START, **loose)
    assert outcome(first) in {Outcome.GRADIENT, Outcome.COST}
    assert_same_result(minimize(fun, first, **loose), first)
    assert_same_result(minimize(fun, first, **tight), minimize(fun, START, **tight))


@pytest.mark.parametrize("options", [{"max_iter": 0}, {"max_iter": 5, "gtol": 1e3}])
def test_run_that_took_no_step_goes_on(options):
    first = minimize(VALLEY, START, **FOREVER | options)
    assert (first.nit, first.nfev) == (0, 1)
    assert_same_result(minimize(VALLEY, first, **FOREVER, max_iter=9), minimize(VALLEY, START, **FOREVER, max_iter=9))


def test_run_that_failed_stays_where_it_is():
    for fun in (lambda x: (np.sum(x), np.ones_like(x)), lambda x: (np.nan, x), lambda x: (x @ x, -x)):
        first = minimize(fun, START)
        assert not first.success
        assert_same_result(minimize(fun, first), first)


def test_limits_count_from_where_the_run_stopped():
    first = minimize(VALLEY, START, **FOREVER, max_iter=4)
    again = minimize(VALLEY, first, **FOREVER, max_iter=3)
    assert again.nit == 7
    assert minimize(VALLEY, again, **FOREVER, max_eval=2).nfev == again.nfev + 2
    assert LBFGS.from_state(first.state, max_iter=4).outcome is Outcome.MAX_ITER


def test_resuming_twice_from_one_result_gives_one_answer():
    first = minimize(VALLEY, START, **FOREVER, max_iter=7)
    before = [np.array(vector) for vector in first.state.vectors.values()]
    assert_same_result(*(minimize(VALLEY, first, **FOREVER, max_iter=20) for _ in range(2)))
    for vector, expected in zip(first.state.vectors.values(), before, strict=True):
        np.testing.assert_array_equal(vector, expected)


def test_state_of_a_running_optimizer_is_a_snapshot():
    optimizer = LBFGS(START, Options(**FOREVER))
    evaluations(VALLEY, optimizer, 9)
    state = optimizer.state()
    before = state.vectors["rows"].copy()
    evaluations(VALLEY, optimizer, 5)
    np.testing.assert_array_equal(state.vectors["rows"], before)


def test_state_moves_to_another_library_and_goes_on_there(xp):
    numpy_result = minimize(VALLEY, START, **FOREVER, max_iter=10)
    state = OptimizerState.unpacked(*numpy_result.state.packed(), xp=xp.namespace, device=xp.device)
    assert all(xp.owns(vector) for vector in state.vectors.values())
    result = minimize(rosenbrock(xp.namespace), state, **FOREVER, max_iter=5)
    assert xp.owns(result.x)
    expected = minimize(VALLEY, START, **FOREVER, max_iter=15)
    np.testing.assert_allclose(xp.host(result.x), expected.x, rtol=1e-7)
    back = OptimizerState.unpacked(*result.state.packed(), xp=NUMPY)
    assert minimize(VALLEY, back, **FOREVER, max_iter=5).nit == 20


def test_run_is_cut_and_continued_on_every_library(xp):
    fun, x0 = rosenbrock(xp.namespace), xp.array(START)
    expected = minimize(fun, x0, **FOREVER, max_iter=20)
    result = minimize(fun, minimize(fun, x0, **FOREVER, max_iter=11), **FOREVER, max_iter=9)
    np.testing.assert_array_equal(xp.host(result.x), xp.host(expected.x))
