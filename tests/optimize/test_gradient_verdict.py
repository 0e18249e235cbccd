"""The verdict where differences alone cannot give it: at a minimum, on a small scale, where nothing is finite."""

import numpy as np
import pytest
from functions import rosenbrock
from hypothesis import given, settings
from strategies import problems

from xpsae.optimize.driver import minimize
from xpsae.optimize.gradient_check import check_gradient
from xpsae.problem import Objective


def shifted(fun, by):
    """The function with a wrong amount added to one component of its gradient."""

    def wrong(x):
        f, g = fun(x)
        return f, g + by * (np.arange(x.shape[0]) == 1)

    return wrong


@settings(max_examples=15)
@given(problem=problems(shapes=[(40, 8, 3)]))
def test_right_gradient_is_right_at_a_minimum_and_a_wrong_one_is_not(problem):
    objective = Objective(problem.X, problem.n_hidden, **problem.penalties)
    x = minimize(objective, problem.theta, max_iter=300).x
    assert check_gradient(objective, x)
    assert not check_gradient(shifted(objective, 1e-6), x)


@pytest.mark.parametrize("size", [2, 20, 600])
def test_verdict_at_a_minimum_says_that_rounding_is_all_there_is(size):
    check = check_gradient(rosenbrock(np), np.ones(size))
    assert check.passed
    assert check.relative_difference > 0.1
    assert str(check).startswith("The gradient is right to within rounding: no derivative differs by more than the ")
    assert check.uncertainty < 1e-10


@pytest.mark.parametrize(("error", "right"), [(0.0, True), (1e-14, True), (1e-10, False), (1e-6, False)])
def test_error_above_the_rounding_at_a_minimum_is_found(error, right):
    bowl = shifted(lambda x: (1.0 + np.sum((x - 1.0) ** 2), 2.0 * (x - 1.0)), error)
    assert check_gradient(bowl, np.ones(3)).passed is right


def test_large_values_do_not_excuse_a_wrong_gradient():
    check = check_gradient(lambda x: (1e16 + np.sum(x**2), 4.0 * x), np.ones(3))
    assert not check
    assert str(check).startswith("The gradient cannot be checked: no derivative differs by more than the ")


def test_step_is_made_smaller_where_the_function_changes_on_a_smaller_scale():
    x = np.asarray([1.0, 1e-3])
    check = check_gradient(lambda x: (np.sum(np.cos(1e3 * x)), -1e3 * np.sin(1e3 * x)), x)
    assert check
    assert check.step < 0.01
    assert not check_gradient(lambda x: (np.sum(np.cos(1e3 * x)), -1.001e3 * np.sin(1e3 * x)), x)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_function_that_is_not_finite_nearby_is_checked_closer():
    assert check_gradient(lambda x: (np.sum(np.log(x)), 1 / x), [1.0, 1e-3])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_function_that_is_not_finite_is_named_as_such(value):
    check = check_gradient(lambda x: (value, x), [1.0, 2.0])
    assert not check
    assert str(check) == f"The gradient cannot be checked: the function is not finite at x, where it gives {value}."


def test_gradient_that_is_not_finite_is_named_as_such():
    check = check_gradient(lambda x: (np.sum(x), x * [1.0, np.nan]), [1.0, 2.0])
    assert not check
    assert str(check) == "The gradient is WRONG: it is not finite along coordinate 1, where the function is."


def test_function_that_is_finite_at_one_point_only_is_named_as_such():
    check = check_gradient(lambda x: (0.0 if np.all(x == 1.0) else np.nan, 0.0 * x), [1.0, 1.0])
    assert str(check).startswith("The gradient cannot be checked: the function is not finite within ")
    assert str(check).endswith(" of x along coordinate 0.")
