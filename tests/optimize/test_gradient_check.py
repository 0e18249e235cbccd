"""A right gradient passes, a wrong one is named, in every dtype and size."""

import numpy as np
import pytest
from functions import rosenbrock
from hypothesis import given
from hypothesis import strategies as st
from strategies import problems

from xpsae.optimize.gradient_check import check_gradient
from xpsae.problem import Objective


def build(problem, dtype="float64"):
    return Objective(problem.X.astype(dtype), problem.n_hidden, **problem.penalties)


def bent(fun, coordinate, factor):
    """The function with one component of its gradient wrong."""

    def wrong(x):
        f, g = fun(x)
        g = np.array(g)
        g[coordinate] *= factor
        return f, g

    return wrong


@given(problem=problems())
def test_gradient_of_the_objective_is_right(problem):
    check = check_gradient(build(problem), problem.theta)
    assert check.relative_difference < 1e-9
    assert check.every_coordinate
    assert check.directions == problem.size


@given(problem=problems(shapes=[(12, 5, 3)]), seed=st.integers(0, 2**32 - 1))
def test_one_wrong_coordinate_is_found_and_named(problem, seed):
    objective = build(problem)
    gradient = np.abs(objective(problem.theta)[1])
    coordinate = int(np.random.default_rng(seed).choice(np.flatnonzero(gradient > np.linalg.norm(gradient) / 20)))
    check = check_gradient(bent(objective, coordinate, 1 + 1e-4), problem.theta)
    assert not check
    assert check.worst == coordinate
    assert f"coordinate {coordinate}" in str(check)


def test_weight_decay_on_the_biases_is_found():
    objective = Objective(np.random.default_rng(0).random((20, 4)), 3, weight_decay=1e-3)
    theta = np.random.default_rng(1).standard_normal(objective.size)

    def decayed(x):
        cost, gradient = objective(x)
        decay = np.zeros(objective.size)
        decay[24:] = 1e-3 * x[24:]
        return cost, gradient + decay

    check = check_gradient(decayed, theta)
    assert not check.passed
    assert check.worst >= 24


@given(problem=problems(shapes=[(12, 5, 3), (30, 7, 1)]))
def test_float32_is_checked_to_its_own_precision(problem):
    check = check_gradient(build(problem, "float32"), problem.theta.astype("float32"))
    assert check.tolerance == 1e-2
    assert check.passed


def test_float32_finds_a_forgotten_factor():
    objective = Objective(np.random.default_rng(0).random((20, 4), dtype="float32"), 3)
    theta = objective.initial(0)
    assert not check_gradient(lambda x: (objective(x)[0], 2 * objective(x)[1]), theta)


def test_every_library_is_checked_where_it_is(xp):
    objective = Objective(xp.array(np.random.default_rng(0).random((12, 5))), 3)
    evaluated = []

    def fun(x):
        evaluated.append(xp.owns(x))
        return objective(x)

    assert check_gradient(fun, objective.initial(0))
    assert all(evaluated)


@pytest.mark.parametrize("n_directions", [1, 5])
def test_large_problems_are_checked_along_directions(n_directions):
    valley, evaluations, x = rosenbrock(np), [], np.random.default_rng(0).uniform(-1, 1, 2000)

    def fun(at):
        evaluations.append(at)
        return valley(at)

    check = check_gradient(fun, x, n_directions=n_directions)
    assert check
    assert (check.directions, check.every_coordinate) == (n_directions, False)
    assert len(evaluations) == 1 + 6 * n_directions
    assert f"along {n_directions} directions" in str(check)


def test_wrong_gradient_of_a_large_problem_is_found():
    x = np.random.default_rng(0).uniform(-1, 1, 2000)
    check = check_gradient(bent(rosenbrock(np), slice(0, 100), 1.01), x)
    assert not check
    assert "direction" in str(check)


def test_directions_are_drawn_from_the_rng():
    x = np.random.default_rng(0).uniform(-1, 1, 600)
    first, again, other = (check_gradient(rosenbrock(np), x, rng=seed).numerical for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[1:], other[1:])


def test_verdict_reads_well():
    right = check_gradient(lambda x: (np.sum(x**3), 3 * x**2), [1.0, 2.0])
    assert bool(right) is right.passed is True
    assert str(right).startswith("The gradient is right: relative difference ")
    assert str(right).endswith("over all 2 coordinates, below 1e-09.")
    wrong = check_gradient(lambda x: (np.sum(x**3), 3 * x), [1.0, 2.0])
    assert bool(wrong) is wrong.passed is False
    assert str(wrong).startswith("The gradient is WRONG: relative difference ")
    assert str(wrong).endswith("the largest at coordinate 1.")


def test_gradient_that_is_not_a_number_is_wrong():
    assert not check_gradient(lambda x: (np.sum(x), x * np.nan), [1.0, 2.0])


def test_zero_gradient_of_a_constant_is_right():
    assert check_gradient(lambda x: (1.0, np.zeros_like(x)), [1.0, 2.0])


def test_tolerance_and_step_can_be_chosen():
    assert check_gradient(bent(rosenbrock(np), 0, 1 + 1e-6), [0.5, 0.2]).passed is False
    assert check_gradient(bent(rosenbrock(np), 0, 1 + 1e-6), [0.5, 0.2], tolerance=1e-5).passed is True
    assert check_gradient(rosenbrock(np), [0.5, 0.2], step=1e-3, tolerance=1e-8).tolerance == 1e-8


@pytest.mark.parametrize(
    ("x", "options", "error", "message"),
    [
        (np.ones((2, 2)), {}, ValueError, r"x: expected a vector.*, got shape \(2, 2\)"),
        (np.ones(0), {}, ValueError, r"x: expected a vector.*, got shape \(0,\)"),
        (np.ones(2) * 1j, {}, TypeError, "x: expected real numbers, got dtype complex128"),
        ([1.0], {"step": 0}, ValueError, "step: expected a finite number above 0, got 0"),
        ([1.0], {"step": np.nan}, ValueError, "step: expected a finite number above 0, got nan"),
        ([1.0], {"tolerance": -1.0}, ValueError, "tolerance: expected a finite number of at least 0, got -1.0"),
        ([1.0], {"n_directions": 0}, ValueError, "n_directions: expected an integer of at least 1, got 0"),
        ([1.0], {"n_directions": 1.5}, TypeError, "n_directions: expected an integer of at least 1, got 1.5"),
    ],
)
def test_arguments_out_of_range_are_refused(x, options, error, message):
    with pytest.raises(error, match=message):
        check_gradient(rosenbrock(np), x, **options)


def test_function_that_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match="fun: expected something that can be called, got 3"):
        check_gradient(3, [1.0])


@pytest.mark.parametrize("gradient", [np.ones(3), np.ones((2, 1)), [1.0, 1.0]])
def test_gradient_that_does_not_fit_is_refused(gradient):
    with pytest.raises((TypeError, ValueError), match=r"fun: expected a gradient of shape \(2,\)"):
        check_gradient(lambda x: (np.sum(x), gradient), [1.0, 2.0])
