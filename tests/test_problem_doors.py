"""The objective's doors: what they refuse, what they convert, and that an objective can be told, copied and pickled."""

import copy
import pickle

import numpy as np
import pytest

from xpsae.problem import Objective


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
    assert len(same.data) == 2
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
