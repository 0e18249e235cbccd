"""PCA and ZCA whitening: laws first, then what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae import Whitener


def correlated(n_rows=400, n_columns=5, seed=0, dtype="float64"):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n_rows, n_columns)) @ rng.standard_normal((n_columns, n_columns)) + 3).astype(dtype)


@pytest.mark.parametrize("kind", ["zca", "pca"])
@given(seed=st.integers(0, 2**32 - 1), n_columns=st.integers(1, 6))
def test_whitened_rows_have_mean_zero_and_covariance_one(xp, kind, seed, n_columns):
    X = xp.array(correlated(200, n_columns, seed))
    Z = xp.host(Whitener(kind, epsilon=0).fit(X).transform(X))
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(Z.T @ Z / 200, np.eye(n_columns), atol=1e-5)


@pytest.mark.parametrize("kind", ["zca", "pca"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_inverse_undoes_transform_in_library_dtype_and_device(xp, kind, dtype):
    X = xp.array(correlated(dtype=dtype))
    whitener = Whitener(kind).fit(X)
    back = whitener.inverse(whitener.transform(X))
    assert xp.owns(back)
    assert back.dtype == X.dtype
    np.testing.assert_allclose(xp.host(back), xp.host(X), atol=1e-4 if dtype == "float32" else 1e-11)


def test_libraries_agree(xp):
    X = correlated()
    one, other = (Whitener().fit(each).transform(each) for each in (X, xp.array(X)))
    np.testing.assert_allclose(xp.host(other), one, rtol=1e-10, atol=1e-10)


def test_zca_is_symmetric_and_closest_of_all_whitenings(xp):
    X = xp.array(correlated())
    zca, pca = (Whitener(kind, epsilon=0).fit(X) for kind in ("zca", "pca"))
    centered = xp.host(X) - xp.host(zca.mean)
    matrix = xp.host(zca.in_data_space(xp.array(np.eye(5))))
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)
    distances = [np.linalg.norm(xp.host(each.transform(X)) - centered) for each in (zca, pca)]
    assert distances[0] < distances[1]


@given(share=st.floats(0.01, 1.0))
def test_the_fewest_components_that_hold_the_share_are_kept(xp, share):
    X = xp.array(correlated(seed=3))
    whole, part = Whitener("pca").fit(X), Whitener("pca", variance=share).fit(X)
    variances, kept = xp.host(whole.variances), part.components.shape[0]
    assert variances[:kept].sum() >= share * variances.sum() * (1 - 1e-12)
    assert kept == 1 or variances[: kept - 1].sum() < share * variances.sum()
    assert part.transform(X).shape == (400, kept)


def test_what_is_left_out_is_missing_from_the_inverse_and_nothing_else(xp):
    X = xp.array(correlated())
    whitener = Whitener(variance=0.9).fit(X)
    rest = xp.host(X) - xp.host(whitener.inverse(whitener.transform(X)))
    np.testing.assert_allclose(rest @ xp.host(whitener.components).T, 0, atol=1e-10)


@pytest.mark.parametrize("kind", ["zca", "pca"])
def test_weights_in_data_space_do_the_same(xp, kind):
    X = xp.array(correlated())
    whitener = Whitener(kind, variance=0.95).fit(X)
    Z = xp.host(whitener.transform(X))
    weights = np.random.default_rng(1).standard_normal((3, Z.shape[1]))
    there = xp.host(whitener.in_data_space(xp.array(weights)))
    np.testing.assert_allclose((xp.host(X) - xp.host(whitener.mean)) @ there.T, Z @ weights.T, atol=1e-10)


def test_epsilon_keeps_constant_columns_finite(xp):
    X = correlated()
    X[:, 2] = 7
    assert np.isfinite(xp.host(Whitener().fit(xp.array(X)).transform(xp.array(X)))).all()


def test_constant_data_become_zero(xp):
    X = xp.array(np.full((4, 3), 2.0))
    np.testing.assert_array_equal(xp.host(Whitener(variance=0.5).fit(X).transform(X)), 0)


def test_more_columns_than_memory_are_refused_with_the_bytes(xp):
    X = xp.array(np.zeros((2, 1000)))
    message = r"^X: expected fewer columns, got 1000, whose covariances need 32000000 bytes \(32 MB\)"
    with pytest.raises(ValueError, match=message):
        Whitener().fit(X, memory_limit="10MB")


def test_it_has_to_be_fitted_first(xp):
    with pytest.raises(ValueError, match=r"^whitener: expected a fitted whitener"):
        Whitener().transform(xp.array(np.zeros((2, 2))))


@pytest.mark.parametrize("shape", [(2,), (2, 4)])
def test_rows_that_do_not_fit_are_refused(xp, shape):
    whitener = Whitener().fit(xp.array(correlated()))
    with pytest.raises(ValueError, match=r"^X: expected (a matrix of 5 columns|an array of shape \(2, 5\))"):
        whitener.transform(xp.array(np.zeros(shape)))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"kind": "ica"}, r"^kind: expected 'zca' or 'pca', got 'ica'"),
        ({"epsilon": -1}, r"^epsilon: "),
        ({"variance": 0}, r"^variance: expected a number above 0"),
        ({"variance": 2}, r"^variance: "),
    ],
)
def test_options_out_of_range_are_refused(words, message):
    with pytest.raises(ValueError, match=message):
        Whitener(**words)


def test_memory_maps_do_as_well_as_arrays(tmp_path):
    X = correlated()
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    whitener = Whitener().fit(mapped)
    np.testing.assert_array_equal(whitener.transform(mapped), whitener.transform(X))
    np.testing.assert_array_equal(whitener.inverse(mapped), whitener.inverse(X))


def test_values_whose_squares_overflow_are_refused(xp):
    with pytest.raises(ValueError, match=r"^X: expected values whose squares can be summed"):
        Whitener().fit(xp.array(1e200 * correlated()))


@pytest.mark.parametrize("kind", ["zca", "pca"])
def test_without_epsilon_constant_directions_are_zero(xp, kind):
    X = correlated()
    X[:, 2] = 1
    X[:, 4] = X[:, 3]
    whitener = Whitener(kind, epsilon=0.0).fit(xp.array(X))
    Z = xp.host(whitener.transform(xp.array(X)))
    np.testing.assert_allclose(np.sort(np.linalg.eigvalsh(Z.T @ Z / len(Z))), [0, 0, 1, 1, 1], atol=1e-6)
    np.testing.assert_allclose(xp.host(whitener.inverse(xp.array(Z))), X, atol=1e-6)
