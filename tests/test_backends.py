"""Every library computes what NumPy does: cost, gradient, codes, and the course of a training run."""

import numpy as np
import pytest
from hypothesis import given
from strategies import problems

from xpsae.optimize.driver import minimize
from xpsae.problem import Objective
from xpsae.training import fit

X = np.random.default_rng(7).random((40, 6)) @ np.random.default_rng(8).random((6, 6)) / 6


def assert_close(actual, expected, tolerance):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * np.abs(expected).max())


@given(problem=problems())
def test_cost_and_gradient_are_numpys(xp, problem):
    expected_cost, expected = Objective(problem.X, problem.n_hidden, **problem.penalties)(problem.theta)
    cost, gradient = Objective(xp.array(problem.X), problem.n_hidden, **problem.penalties)(xp.array(problem.theta))
    assert xp.owns(cost)
    assert xp.owns(gradient)
    assert float(cost) == pytest.approx(float(expected_cost), rel=1e-12)
    assert_close(xp.host(gradient), expected, 1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-8), ("float32", 2e-2)])
def test_twenty_iterations_are_numpys(xp, dtype, tolerance):
    def run(data):
        objective = Objective(data, 4, sparsity_target=0.1)
        return minimize(objective, objective.initial(0), history=5, gtol=0, ftol=0, max_iter=20)

    expected, result = run(X.astype(dtype)), run(xp.array(X, dtype))
    assert xp.owns(result.x)
    assert result.x.dtype == getattr(xp.namespace, dtype)
    assert (result.nit, result.nfev) == (expected.nit, expected.nfev)
    assert_close(xp.host(result.x), expected.x, tolerance)
    assert result.fun == pytest.approx(expected.fun, rel=tolerance)


@pytest.mark.parametrize("decoder", ["sigmoid", "linear"])
def test_codes_are_numpys(xp, decoder):
    options = {"n_hidden": 4, "sparsity_target": 0.1, "max_iter": 5, "rng": 0, "decoder": decoder}
    expected, model = fit(X, **options), fit(xp.array(X), **options)
    codes = model.encode(xp.array(X))
    assert xp.owns(codes)
    assert_close(xp.host(codes), expected.encode(X), 1e-10)
