"""The model where numbers vanish or overflow: tiny and huge data, tiny and huge weights."""

import dataclasses

import numpy as np
import pytest

import xpsae

X = np.random.default_rng(0).random((80, 4)) * 6 - 2


@pytest.fixture(scope="module")
def model(xp):
    return xpsae.fit(xp.array(X), 3, sparsity_target=0.2, max_iter=5, rng=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("exponent", [-100, 100])
def test_features_of_tiny_and_of_huge_weights_are_those_of_ordinary_ones(xp, model, dtype, exponent):
    factors = np.asarray([[2.0**exponent], [1.0], [2.0**-exponent]])
    W1 = xp.host(model.W1).astype(dtype)
    plain = dataclasses.replace(model, W1=xp.array(W1))
    scaled = dataclasses.replace(model, W1=xp.array(W1 * factors.astype(dtype)))
    np.testing.assert_array_equal(xp.host(scaled.features), xp.host(plain.features))
    assert scaled.features.dtype == scaled.W1.dtype


@pytest.mark.parametrize("exponent", [-100, 100])
def test_data_in_float32_may_be_of_any_size(xp, exponent):
    factor = np.asarray(2.0**exponent, "float32")
    data = X.astype("float32")
    plain, scaled = (xpsae.fit(xp.array(each), 3, max_iter=5, rng=0, scaling="range") for each in (data, data * factor))
    assert scaled.score(xp.array(data * factor)) == plain.score(xp.array(data))
    errors = xp.host(scaled.reconstruction_error(xp.array(data * factor)))
    np.testing.assert_allclose(errors, xp.host(plain.reconstruction_error(xp.array(data))) * 4.0**exponent)


def test_extreme_weights_saturate_and_never_raise(xp, model):
    huge = np.finfo(float).max
    extreme = dataclasses.replace(
        model,
        W1=xp.array(np.full((3, 4), huge)),
        W2=xp.array(np.full((4, 3), huge)),
        penalties=dataclasses.replace(model.penalties, decoder="linear"),
    )
    assert not np.all(np.isfinite(xp.host(extreme.reconstruct(xp.array(X)))))
    assert extreme.score(xp.array(X)) == -np.inf
