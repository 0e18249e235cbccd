"""The model: its methods agree with each other, it moves, it is saved and loaded to the last bit."""

import dataclasses
import types

import numpy as np
import pytest

import xpsae
from xpsae.data.container import read_container, write_container

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


def test_float32_data_are_encoded_in_the_models_dtype(xp, model):
    assert model.encode(xp.array(X, "float32")).dtype == xp.namespace.float64


def test_result_has_scipys_field_names(model):
    names = [field.name for field in dataclasses.fields(model.result)]
    assert names == ["x", "fun", "jac", "nit", "nfev", "success", "status", "message", "state"]


def test_repr_says_sizes_library_and_course(xp, model):
    assert repr(model).startswith(
        "SparseAutoencoder(4 -> 3 -> 4, sigmoid decoder, float64, " + xp.name.partition(":")[0]
    )


def test_save_and_load_keep_every_bit(xp, model, tmp_path):
    model.save(tmp_path / "model.safetensors")
    loaded = xpsae.load(tmp_path / "model.safetensors")
    for name in ("W1", "b1", "W2", "b2", "mean_activation", "theta"):
        np.testing.assert_array_equal(getattr(loaded, name), xp.host(getattr(model, name)))
    for name in ("penalties", "scaling", "history"):
        assert getattr(loaded, name) == getattr(model, name)
    for name in ("fun", "nit", "nfev", "success", "status", "message"):
        assert getattr(loaded.result, name) == getattr(model.result, name)
    np.testing.assert_array_equal(loaded.result.jac, xp.host(model.result.jac))


def test_a_model_moves_between_libraries(xp, model):
    library = xp.name.partition(":")[0]
    there = model.to("numpy").to(library)
    np.testing.assert_array_equal(xp.host(there.theta), xp.host(model.theta))
    assert isinstance(model.to("numpy").encode(X), np.ndarray)
    assert model.to("cpu").n_hidden == 3


def test_load_into_a_library(xp, model, tmp_path):
    model.save(tmp_path / "m")
    loaded = xpsae.load(tmp_path / "m", library=xp.name.partition(":")[0])
    np.testing.assert_array_equal(xp.host(loaded.W1), xp.host(model.W1))


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
    with pytest.raises(TypeError, match=r"^X: expected an array of array_api_strict on .*CPU_DEVICE"):
        model.encode(strict.asarray(X, device=strict.Device("device1")))


def test_to_refuses_libraries_that_do_not_exist():
    with pytest.raises(ValueError, match=r"^library: expected 'numpy' or .* got 'tensorflow'"):
        xpsae.fit(X, 2, max_iter=1, rng=0).to("tensorflow")


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.arrays.pop("theta"),
        lambda file: file.arrays.update(theta=file.arrays["theta"][:-1]),
        lambda file: file.arrays.update(theta=file.arrays["theta"] * np.nan),
        lambda file: file.arrays.update(mean_activation=np.zeros((3, 1))),
        lambda file: file.arrays.pop("history.cost"),
        lambda file: file.header.pop("scaling"),
        lambda file: file.header.update(n_hidden=-3),
        lambda file: file.header["penalties"].update(sparsity_target=2.0),
        lambda file: file.header["penalties"].update(unknown=1),
        lambda file: file.header["result"].pop("message"),
    ],
)
def test_a_changed_file_is_refused_in_one_sentence(tmp_path, damage):
    path = tmp_path / "model"
    xpsae.fit(X, 3, max_iter=2, rng=0).save(path)
    file = types.SimpleNamespace(**dict(zip(("arrays", "header"), read_container(path), strict=True)))
    damage(file)
    write_container(path, file.arrays, file.header)
    with pytest.raises(ValueError, match=r"^path: expected a model file, got .*model, whose content does not fit"):
        xpsae.load(path)


def test_score_of_data_without_variance():
    model = xpsae.fit(X, 2, max_iter=1, rng=0)
    assert model.score(np.zeros((5, 4))) == 0.0
