"""Saturated units, one row, one unit: cost and gradient stay finite, and consistent with each other."""

import numpy as np
import pytest

from xpsae.optimize.gradient_check import check_gradient
from xpsae.problem import Objective


def saturated(xp, bias, *, dtype="float64", n_rows=12, n_hidden=3, weights=0.1):
    rng = np.random.default_rng(0)
    objective = Objective(xp.array(rng.random((n_rows, 4)), dtype), n_hidden, sparsity_target=0.1)
    W1, W2 = weights * rng.standard_normal((n_hidden, 4)), weights * rng.standard_normal((4, n_hidden))
    theta = np.concatenate([W1.ravel(), W2.ravel(), np.full(n_hidden, bias), np.zeros(4)])
    return objective, xp.array(theta, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bias", [-1e6, -800.0, -100.0, -40.0, 40.0, 100.0, 800.0, 1e6])
@pytest.mark.parametrize(("n_rows", "n_hidden"), [(12, 3), (1, 1)])
def test_cost_and_gradient_are_finite(xp, dtype, bias, n_rows, n_hidden):
    objective, theta = saturated(xp, bias, dtype=dtype, n_rows=n_rows, n_hidden=n_hidden)
    cost, gradient = objective(theta)
    assert np.isfinite(float(cost))
    assert np.all(np.isfinite(xp.host(gradient)))


@pytest.mark.parametrize("bias", [-1000.0, -300.0, -40.0, -20.0, 20.0, 40.0, 300.0, 1000.0])
@pytest.mark.parametrize(("n_rows", "n_hidden"), [(12, 3), (1, 1)])
def test_gradient_is_the_derivative_of_the_cost_however_saturated(xp, bias, n_rows, n_hidden):
    objective, theta = saturated(xp, bias, n_rows=n_rows, n_hidden=n_hidden)
    check = check_gradient(objective, theta, step=0.01, tolerance=1e-8)
    assert check.passed, str(check)


def test_a_dead_unit_is_drawn_back_with_full_strength(xp):
    objective, theta = saturated(xp, -40.0, n_hidden=1)
    by_bias = xp.host(objective.unpack(objective(theta)[1]).b1)[0]
    assert by_bias == pytest.approx(-0.1 * 3.0, rel=1e-12)


def test_a_saturated_unit_is_drawn_back_with_full_strength(xp):
    objective, theta = saturated(xp, 40.0, n_hidden=1)
    by_bias = xp.host(objective.unpack(objective(theta)[1]).b1)[0]
    assert by_bias == pytest.approx(0.9 * 3.0, rel=1e-12)
