"""The model: its methods agree with each other, it moves, it is saved and loaded to the last bit."""

import dataclasses
import typing

import numpy as np
import pytest
import spy

import xpsae
from xpsae.arrays.namespace import device_kind, set_rows
from xpsae.arrays.typing import Array

X = np.random.default_rng(0).random((80, 4)) * 6 - 2


@pytest.fixture(scope="module")
def model(xp):
    return xpsae.fit(xp.array(X), 3, sparsity_target=0.2, max_iter=40, rng=0)


def test_model_is_frozen(model):
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.W1 = None


def test_encode_is_the_formula(xp, model):
    W1, b1 = xp.host(model.W1), xp.host(model.b1)
    scaled = 0.1 + 0.8 * (X - X.min()) / (X.max() - X.min())
    np.testing.assert_allclose(xp.host(model.encode(xp.array(X))), 1 / (1 + np.exp(-(scaled @ W1.T + b1))), rtol=1e-11)


def test_reconstruct_is_decode_of_encode_in_the_users_units(xp, model):
    back = xp.host(model.reconstruct(xp.array(X)))
    np.testing.assert_allclose(back, xp.host(model.decode(model.encode(xp.array(X)))))
    assert back.min() < 0
    assert back.max() > 1


def test_score_and_errors_are_those_of_the_reconstructions(xp, model):
    back = xp.host(model.reconstruct(xp.array(X)))
    errors = xp.host(model.reconstruction_error(xp.array(X)))
    np.testing.assert_allclose(errors, ((X - back) ** 2).mean(axis=1), rtol=1e-10)
    expected = 1 - ((X - back) ** 2).sum() / ((X - X.mean(axis=0)) ** 2).sum()
    assert model.score(xp.array(X)) == pytest.approx(expected, rel=1e-10)


def test_mean_activation_is_that_of_the_codes(xp, model):
    codes = xp.host(model.encode(xp.array(X)))
    np.testing.assert_allclose(xp.host(model.mean_activation), codes.mean(axis=0), rtol=1e-10)


def test_features_have_norm_one_and_excite_their_unit_most(xp, model):
    features, W1 = xp.host(model.features), xp.host(model.W1)
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1)
    others = np.random.default_rng(1).standard_normal((500, 4))
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    assert np.all((W1 @ others.T).max(axis=1) <= np.sum(W1 * features, axis=1) + 1e-12)


def test_a_unit_without_weights_has_a_feature_of_zeros(xp, model):
    blank = dataclasses.replace(model, W1=model.W1 * 0.0)
    np.testing.assert_array_equal(xp.host(blank.features), np.zeros((3, 4)))


@pytest.mark.parametrize(("method", "reads"), [("encode", 1), ("reconstruct", 1), ("reconstruction_error", 1)])
def test_data_are_checked_once(method, reads):
    model = xpsae.fit(spy.NAMESPACE.asarray(X), 2, max_iter=1, rng=0)
    with spy.counting() as count:
        getattr(model, method)(spy.NAMESPACE.asarray(X))
    assert count.reads.total() == reads


def test_score_reads_its_maxima_and_its_sums():
    model = xpsae.fit(spy.NAMESPACE.asarray(X), 2, max_iter=1, rng=0)
    with spy.counting() as count:
        model.score(spy.NAMESPACE.asarray(X))
    assert count.reads.total() == 3


def test_many_rows_are_visited_in_blocks_without_changing_a_row(xp, model):
    many = np.tile(X, (400, 1))[:-3]
    for method in (model.encode, model.reconstruct):
        found = xp.host(method(xp.array(many)))
        np.testing.assert_allclose(found[-77:], xp.host(method(xp.array(X[:77]))), rtol=1e-13, atol=1e-15)
        assert found.shape[0] == 31_997


def test_data_too_large_for_the_models_type_are_refused(xp):
    model = xpsae.fit(xp.array(X, "float32"), 2, max_iter=1, rng=0)
    with pytest.raises(ValueError, match=r"^X in float32, the model's type: expected finite numbers, got 1 NaN or inf"):
        model.encode(xp.array(np.asarray([[0.0, 1.0, 1e300, 1.0]])))


def test_nothing_outside_reaches_into_a_model():
    start = xpsae.fit(X, 2, max_iter=0, rng=0).theta
    model = xpsae.fit(X, 2, max_iter=0, start=start)
    theta, jac = model.theta, model.result.jac.copy()
    start[:] = 7.0
    model.result.x[:] = 7.0
    np.testing.assert_array_equal(model.theta, theta)
    np.testing.assert_array_equal(model.result.jac, jac)


def test_a_model_owns_what_the_minimizer_returned(xp):
    objective = xpsae.Objective(xp.array(X), 2)
    result = xpsae.minimize(objective, objective.initial(0), max_iter=2)
    kept = xp.host(result.x).copy()
    history = xpsae.fit(X, 2, max_iter=0, rng=0).history
    model = xpsae.SparseAutoencoder.of(objective, result, scaling=xpsae.Scaling(), history=history)
    for array in (result.x, result.jac):
        set_rows(array, 0, xp.array(np.full(5, 7.0)))
    np.testing.assert_array_equal(xp.host(model.theta), kept)
    np.testing.assert_array_equal(xp.host(model.result.x), kept)
    assert np.all(xp.host(model.result.jac)[:5] != 7.0)


def test_float32_data_are_encoded_in_the_models_dtype(xp, model):
    assert model.encode(xp.array(X, "float32")).dtype == xp.namespace.float64


def test_result_has_scipys_field_names(model):
    names = [field.name for field in dataclasses.fields(model.result)]
    assert names == ["x", "fun", "jac", "nit", "nfev", "success", "status", "message", "state"]


def test_repr_says_sizes_library_and_course(xp, model):
    assert repr(model).startswith(
        "SparseAutoencoder(4 -> 3 -> 4, sigmoid decoder, float64, " + xp.name.partition(":")[0]
    )


def test_a_model_moves_between_libraries(xp, model):
    library = xp.name.partition(":")[0]
    there = model.to("numpy").to(library)
    np.testing.assert_array_equal(xp.host(there.theta), xp.host(model.theta))
    assert isinstance(model.to("numpy").encode(X), np.ndarray)
    on_the_cpu = model.to("cpu")
    assert device_kind(on_the_cpu.W1) == device_kind(on_the_cpu.result.x) == "cpu"
    np.testing.assert_array_equal(xp.host(on_the_cpu.theta), xp.host(model.theta))


def test_encode_refuses_another_number_of_features(xp, model):
    with pytest.raises(ValueError, match=r"^X: expected 4 features \(columns\), got 5 of them"):
        model.encode(xp.array(np.zeros((2, 5))))
    with pytest.raises(ValueError, match=r"^codes: expected 3 features \(columns\), got 5 of them"):
        model.decode(xp.array(np.zeros((2, 5))))


def test_encode_refuses_another_library():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    model = xpsae.fit(X, 2, max_iter=1, rng=0)
    with pytest.raises(TypeError, match=r"^X: expected an array of numpy on cpu, got array_api_strict.*model\.to\("):
        model.encode(strict.asarray(X))


def test_encode_refuses_another_device():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    model = xpsae.fit(strict.asarray(X), 2, max_iter=1, rng=0)
    with pytest.raises(
        TypeError, match=r"^X: expected an array of array_api_strict on cpu, got array_api_strict on device1"
    ):
        model.encode(strict.asarray(X, device=strict.Device("device1")))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"library": "tensorflow"}, r"^library: expected 'numpy' or .*'cpu' or 'cuda' or 'auto', got 'tensorflow'"),
        ({"library": "cpu", "device": "cpu"}, r"^library: expected 'numpy' or .* got 'cpu'"),
        ({"library": ""}, r"^library: expected 'numpy' or .* got ''"),
        ({"device": "tpu"}, r"^device: expected None or 'cpu' or 'cuda' or 'auto', got 'tpu'"),
        ({"library": "numpy", "device": "gpu"}, r"^device: expected None or 'cpu' or 'cuda' or 'auto', got 'gpu'"),
    ],
)
def test_to_refuses_what_does_not_exist_and_lists_what_does(arguments, message):
    with pytest.raises(ValueError, match=message):
        xpsae.fit(X, 2, max_iter=1, rng=0).to(**arguments)


@pytest.mark.parametrize(
    "name", ["encode", "decode", "reconstruct", "reconstruction_error", "score", "theta", "features"]
)
def test_types_at_the_door_are_those_that_every_library_fits(name):
    method = getattr(xpsae.SparseAutoencoder, name)
    hints = typing.get_type_hints(getattr(method, "fget", method))
    assert hints
    assert Array not in hints.values()


def test_to_where_it_is_already_gives_an_equal_model(xp, model):
    for there in (model.to(), model.to(xp.name.partition(":")[0]), model.to(device=None)):
        assert xp.owns(there.W1)
        assert xp.owns(there.result.jac)
        np.testing.assert_array_equal(xp.host(there.theta), xp.host(model.theta))
        assert repr(there) == repr(model)


def test_arrays_that_keep_a_gradient_tape_move_without_it():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    model = xpsae.fit(X, 2, max_iter=1, rng=0).to("torch")
    taped = dataclasses.replace(model, W1=model.W1.clone().requires_grad_())
    np.testing.assert_array_equal(taped.to("numpy").W1, model.W1.numpy())
    result = dataclasses.replace(model.result, x=model.result.x.clone().requires_grad_())
    objective = xpsae.Objective(torch.asarray(X), 2)
    assert not xpsae.SparseAutoencoder.of(
        objective, result, scaling=model.scaling, history=model.history
    ).b1.requires_grad


def test_score_of_data_without_variance():
    model = xpsae.fit(X, 2, max_iter=1, rng=0)
    assert model.score(np.zeros((5, 4))) == 0.0
