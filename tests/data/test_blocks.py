"""The input checks: what is kept, what is converted, what is refused and in which words."""

import warnings

import numpy as np
import pytest

from xpsae.data.affine import Conversion, Scaling
from xpsae.data.blocks import RowBlocks, as_rows, preferred_rows, warn_if_transposed

GOOD = np.linspace(0, 1, 12).reshape(4, 3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floating_data_are_kept_as_they_are(xp, dtype):
    X = xp.array(GOOD, dtype)
    assert as_rows(X) is X


@pytest.mark.parametrize(("dtype", "becomes"), [("uint8", "float64"), ("int64", "float64"), ("bool", "float64")])
def test_integers_and_booleans_become_float64(xp, dtype, becomes):
    rows = as_rows(xp.array(GOOD > 0.5, dtype))
    assert rows.dtype == getattr(xp.namespace, becomes)
    np.testing.assert_array_equal(xp.host(rows), (GOOD > 0.5).astype(becomes))


def test_half_precision_becomes_single():
    assert as_rows(GOOD.astype(np.float16)).dtype == np.float32


@pytest.mark.parametrize("make", [np.ndarray.tolist, np.matrix, lambda x: x.astype(np.longdouble)])
def test_array_likes_become_numpy_arrays(make):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        rows = as_rows(make(GOOD))
    assert type(rows) is np.ndarray
    assert rows.dtype == np.float64
    np.testing.assert_allclose(rows, GOOD)


def test_blocks_are_all_rows_in_order(xp):
    data = RowBlocks(xp.array(np.arange(14.0).reshape(7, 2)), 3)
    assert len(data) == 3
    assert [block.shape[0] for block in data] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate([xp.host(block) for block in data]), xp.host(data.X))


def test_blocks_are_converted_when_they_are_visited_or_before(xp):
    X = xp.array(np.arange(14).reshape(7, 2), "uint8")
    data = RowBlocks(X, 3, Conversion("float64", Scaling("unit", width=2.0)))
    for each in (data, data.copied()):
        assert [block.dtype for block in each] == [xp.namespace.float64] * 3
        np.testing.assert_array_equal(
            np.concatenate([xp.host(block) for block in each]), np.arange(14).reshape(7, 2) / 2
        )
    plain = RowBlocks(xp.array(GOOD), 2)
    assert plain.copied() is plain


@pytest.mark.parametrize(
    ("n_rows", "row_bytes", "n_blocks"),
    [
        (1, 8, 1),
        (1250, 10_000, 1),
        (1251, 10_000, 2),
        (5001, 10_000, 8),
        (10_000, 6272, 8),
        (10_000, 512, 4),
        (10**6, 6272, 800),
        (10**6, 256, 400),
    ],
)
def test_data_are_cut_into_equal_shares(n_rows, row_bytes, n_blocks):
    rows = preferred_rows(n_rows, row_bytes)
    assert -(-n_rows // rows) == n_blocks


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4)])
def test_other_than_two_dimensions_are_refused(xp, shape):
    with pytest.raises(ValueError, match=rf"^X: expected a 2-D array.*got {len(shape)} dimensions?\b.*reshape"):
        as_rows(xp.array(np.zeros(shape)))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_empty_data_are_refused(xp, shape):
    with pytest.raises(ValueError, match=r"^X: expected at least one row and one column, got shape"):
        as_rows(xp.array(np.zeros(shape)))


def test_complex_data_are_refused(xp):
    with pytest.raises(TypeError, match=r"^X: expected real numbers, got dtype .*complex128"):
        as_rows(xp.array(np.zeros((2, 2), complex)))


@pytest.mark.parametrize(
    ("X", "got"),
    [
        (np.asarray([[1, None]], dtype=object), "dtype object"),
        (np.asarray([["a", "b"]]), "dtype <U1"),
        (b"X.npy", "b'X.npy'"),
        (None, "None"),
        ([[1.0], [1.0, 2.0]], "a list"),
        ({"a": 1}, "a dict of columns"),
    ],
)
def test_data_that_are_not_numbers_are_refused(X, got):
    with pytest.raises(TypeError, match=rf"^X: expected an array of numbers, got {got}"):
        as_rows(X)


@pytest.mark.parametrize(("value", "count"), [(np.nan, 1), (np.inf, 3), (-np.inf, 2)])
def test_values_that_are_not_finite_are_counted_and_placed(xp, value, count):
    X = GOOD.copy()
    X[1:, 2].flat[:count] = value
    plural = "s" if count > 1 else ""
    with pytest.raises(ValueError, match=rf"{count} NaN or infinite value{plural}, the first at row 1, column 2"):
        as_rows(xp.array(X))


def test_finite_data_whose_sum_overflows_are_accepted(xp):
    assert as_rows(xp.array(np.full((4, 3), 3e38), "float32")).shape == (4, 3)


def test_sparse_matrices_are_refused_with_the_remedy():
    sparse = pytest.importorskip("scipy.sparse", reason="scipy is not installed")
    with pytest.raises(TypeError, match=r"^X: expected a dense array, got a sparse csr_matrix\. Pass X\.toarray\(\)"):
        as_rows(sparse.csr_matrix(GOOD))


def test_masked_arrays_are_refused():
    with pytest.raises(TypeError, match=r"^X: expected an array without a mask.*filled"):
        as_rows(np.ma.masked_less(GOOD, 0.5))


def test_another_number_of_features_is_refused(xp):
    with pytest.raises(ValueError, match=r"^X: expected 5 features \(columns\), got 3 of them, shape \(4, 3\)"):
        as_rows(xp.array(GOOD), n_features=5)


def test_more_columns_than_rows_warn(xp):
    with pytest.warns(UserWarning, match=r"X has more columns \(4\) than rows \(3\).*pass X\.T"):
        warn_if_transposed(xp.array(GOOD.T))
    warn_if_transposed(xp.array(GOOD))
    warn_if_transposed(xp.array(GOOD[:1]))
