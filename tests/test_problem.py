"""The objective as a user calls it: agreement of libraries, autograd, finite differences, and the laws of the sum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.textbook import sparse_autoencoder_cost
from strategies import problems

import xpsae
from xpsae.problem import Objective


def build(problem, xp, dtype="float64", **options):
    return Objective(xp.array(problem.X, dtype), problem.n_hidden, **problem.penalties, **options)


def evaluate(problem, xp, **options):
    cost, gradient = build(problem, xp, **options)(xp.array(problem.theta))
    return float(cost), xp.host(gradient)


def textbook(problem):
    n_features, p = problem.X.shape[1], problem.penalties
    return sparse_autoencoder_cost(
        problem.theta,
        n_features,
        problem.n_hidden,
        p["weight_decay"],
        p["sparsity_target"],
        p["sparsity_weight"],
        problem.X.T,
        linear=p["decoder"] == "linear",
    )


def assert_same(actual, expected, tolerance=1e-12):
    cost, gradient = actual
    expected_cost, expected_gradient = expected
    assert cost == pytest.approx(expected_cost, rel=tolerance)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=0, atol=tolerance * max(1, np.abs(gradient).max()))


@given(problem=problems())
def test_cost_and_gradient_are_the_notes_on_every_library(xp, problem):
    assert_same(evaluate(problem, xp), textbook(problem))


@given(problem=problems())
def test_float32_is_float64_to_its_own_rounding(xp, problem):
    objective = build(problem, xp, "float32")
    cost, gradient = objective(xp.array(problem.theta, "float32"))
    assert gradient.dtype == objective.data.dtype == xp.namespace.float32
    assert cost.dtype == xp.namespace.float64
    assert cost.shape == ()
    assert xp.owns(cost)
    assert xp.owns(gradient)
    assert_same((float(cost), xp.host(gradient)), textbook(problem), tolerance=3e-5)


@given(problem=problems(), block_rows=st.sampled_from([1, 5, 12]))
def test_result_does_not_depend_on_the_cut_into_blocks(xp, problem, block_rows):
    assert_same(evaluate(problem, xp, block_rows=block_rows), evaluate(problem, xp, block_rows=10**6))


@given(problem=problems(), seed=st.integers(0, 2**32 - 1))
def test_result_does_not_depend_on_the_order_of_rows(xp, problem, seed):
    shuffled = np.random.default_rng(seed).permutation(problem.X)
    assert_same(evaluate(problem.with_rows(shuffled), xp), evaluate(problem, xp))


@given(problem=problems(), copies=st.just(3))
def test_duplicated_data_change_nothing(xp, problem, copies):
    assert_same(evaluate(problem.with_rows(np.tile(problem.X, (copies, 1))), xp), evaluate(problem, xp))


@given(problem=problems(), seed=st.integers(0, 2**32 - 1))
def test_permuting_hidden_units_permutes_the_gradient(xp, problem, seed):
    objective = build(problem, xp)
    order = np.random.default_rng(seed).permutation(problem.n_hidden)

    def permuted(vector):
        W1, W2, b1, b2 = (xp.host(part) for part in objective.unpack(xp.array(vector)))
        return np.concatenate([W1[order].ravel(), W2[:, order].ravel(), b1[order], b2])

    cost, gradient = evaluate(problem, xp)
    moved = xp.array(permuted(problem.theta))
    assert_same((float(objective(moved)[0]), xp.host(objective(moved)[1])), (cost, permuted(gradient)))


@given(problem=problems())
def test_terms_are_the_three_parts_of_the_cost(xp, problem):
    objective, theta = build(problem, xp), xp.array(problem.theta)
    terms = [float(term) for term in objective.terms(theta)]
    assert all(term >= -1e-15 for term in terms)
    assert sum(terms) == pytest.approx(float(objective(theta)[0]), rel=1e-13)


@given(problem=problems())
def test_pack_is_the_inverse_of_unpack(xp, problem):
    objective, theta = build(problem, xp), xp.array(problem.theta)
    np.testing.assert_array_equal(xp.host(objective.pack(*objective.unpack(theta))), problem.theta)


@given(problem=problems())
def test_gradient_is_jax_autograd_of_the_notes(problem):
    jax = pytest.importorskip("jax", reason="jax is not installed")
    X, p = problem.X, problem.penalties
    h, n = problem.n_hidden, X.shape[1]

    def cost(theta):
        W1, W2 = theta[: h * n].reshape(h, n), theta[h * n : 2 * h * n].reshape(n, h)
        A = jax.nn.sigmoid(X @ W1.T + theta[2 * h * n : 2 * h * n + h])
        Z = A @ W2.T + theta[2 * h * n + h :]
        H = Z if p["decoder"] == "linear" else jax.nn.sigmoid(Z)
        q, rho = A.mean(axis=0), p["sparsity_target"]
        kl = rho * jax.numpy.log(rho / q) + (1 - rho) * jax.numpy.log((1 - rho) / (1 - q))
        decay = p["weight_decay"] / 2 * ((W1**2).sum() + (W2**2).sum())
        return ((H - X) ** 2).sum() / (2 * X.shape[0]) + decay + p["sparsity_weight"] * kl.sum()

    value, gradient = jax.value_and_grad(cost)(problem.theta)
    actual = Objective(X, h, **p)(problem.theta)
    assert_same((float(actual[0]), actual[1]), (float(value), np.asarray(gradient)))


@given(problem=problems())
def test_jitted_objective_equals_the_eager_one(problem):
    jax = pytest.importorskip("jax", reason="jax is not installed")
    objective = Objective(jax.numpy.asarray(problem.X), problem.n_hidden, **problem.penalties)
    theta = jax.numpy.asarray(problem.theta)
    (cost, gradient), (eager_cost, eager_gradient) = jax.jit(objective)(theta), objective(theta)
    assert_same((float(cost), np.asarray(gradient)), (float(eager_cost), np.asarray(eager_gradient)))


def objectives_of(X):
    yield Objective(X, 2)
    yield xpsae.ExtendedObjective(X, 2)
    yield xpsae.ClassifierObjective(X, [0, 1] * (X.shape[0] // 2))


def test_an_objective_that_was_jitted_first_can_be_called():
    jax = pytest.importorskip("jax", reason="jax is not installed")
    for objective in objectives_of(jax.numpy.asarray(np.random.default_rng(0).random((6, 3)))):
        theta = objective.initial(0)
        (cost, gradient), (eager_cost, eager_gradient) = jax.jit(objective)(theta), objective(theta)
        assert_same((float(cost), np.asarray(gradient)), (float(eager_cost), np.asarray(eager_gradient)))
