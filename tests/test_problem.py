"""The objective as a user calls it: agreement of libraries, autograd, finite differences, and the laws of the sum."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.textbook import sparse_autoencoder_cost
from strategies import problems

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


@pytest.fixture
def objective(xp):
    return Objective(xp.array(np.linspace(0, 1, 12).reshape(4, 3)), 2)


@pytest.mark.parametrize("shape", [(16,), (18,), (17, 1), ()])
def test_theta_of_another_size_is_refused(xp, objective, shape):
    with pytest.raises(ValueError, match=r"^theta: expected a vector of 17 numbers, .* got shape .*initial\(rng\)"):
        objective(xp.array(np.zeros(shape)))


@pytest.mark.parametrize("theta", [None, [0.0] * 17, "theta", 3.0])
def test_theta_that_is_no_array_is_refused(objective, theta):
    with pytest.raises(TypeError, match=r"^theta: expected a vector of 17 numbers"):
        objective(theta)


def test_theta_of_another_library_is_refused(xp, objective):
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    other = np.zeros(17) if xp.name.startswith("array_api_strict") else strict.zeros(17)
    with pytest.raises(TypeError, match=r"^theta: expected a vector of 17 numbers, .* got (numpy|array_api_strict) on"):
        objective(other)


def test_theta_on_another_device_is_refused():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    objective = Objective(strict.ones((4, 3)), 2)
    with pytest.raises(
        ValueError, match=r"^theta: .*array_api_strict on cpu, got array_api_strict on device1.*Move it"
    ):
        objective(strict.zeros(17, device=strict.Device("device1")))


def test_theta_of_another_floating_dtype_is_converted(xp, objective):
    single = objective(xp.array(objective.layout.initial(0), "float32"))[1]
    assert single.dtype == xp.namespace.float64


def test_integer_theta_is_refused(xp, objective):
    with pytest.raises(TypeError, match=r"^theta: expected real floating-point numbers, got dtype .*int64"):
        objective(xp.array(np.zeros(17), "int64"))


def test_pack_refuses_parts_of_another_shape(xp, objective):
    W1, W2, b1, b2 = objective.unpack(objective.initial(0))
    with pytest.raises(ValueError, match=r"^W1: expected an array of shape \(2, 3\), .*, got shape \(3, 2\)"):
        objective.pack(W2, W1, b1, b2)


@pytest.mark.parametrize("options", [{"n_hidden": 0}, {"sparsity_target": 1.0}, {"weight_decay": -1}, {"decoder": "x"}])
def test_hyper_parameters_out_of_range_are_refused(options):
    name = next(iter(options))
    with pytest.raises(ValueError, match=f"^{name}: expected"):
        Objective(np.ones((4, 3)), **{"n_hidden": 2, **options})


def test_pack_is_the_inverse_of_unpack_and_keeps_the_dtype(xp, objective):
    theta = objective.initial(0)
    np.testing.assert_array_equal(xp.host(objective.pack(*objective.unpack(theta))), xp.host(theta))
    single = [xp.namespace.astype(part, xp.namespace.float32) for part in objective.unpack(theta)]
    assert objective.pack(*single).dtype == xp.namespace.float64


@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy])
def test_objectives_can_be_pickled_and_copied(again):
    objective = Objective(np.linspace(0, 1, 12).reshape(4, 3), 2, block_rows=3)
    same, theta = again(objective), objective.initial(0)
    assert len(same.data.blocks) == 2
    np.testing.assert_array_equal(same(theta)[1], objective(theta)[1])


def test_a_tensor_with_a_tape_is_evaluated_without_it():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    objective = Objective(torch.rand(4, 3, dtype=torch.float64), 2)
    cost, gradient = objective(objective.initial(0).requires_grad_())
    assert not cost.requires_grad
    assert not gradient.requires_grad


def test_cost_and_terms_are_arrays_without_dimensions(xp, objective):
    theta = objective.initial(0)
    for number in (objective(theta)[0], *objective.terms(theta)):
        assert xp.owns(number)
        assert number.shape == ()
        assert number.dtype == xp.namespace.float64


def test_objectives_tell_what_they_are(xp, objective):
    assert repr(objective).startswith("Objective(4 samples, 3 -> 2 -> 3, sigmoid decoder, float64, ")


def test_start_is_the_same_on_every_library(xp, objective):
    np.testing.assert_array_equal(xp.host(objective.initial(3)), objective.layout.initial(3))
