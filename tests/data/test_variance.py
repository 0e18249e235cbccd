"""Explained variance: the formula, its laws, and the scales at which it could vanish or overflow."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.data.variance import explained_variance, squared_errors

X = np.random.default_rng(0).random((50, 4))
R = X + 0.1 * np.random.default_rng(1).standard_normal((50, 4))


def share(xp, data, back, dtype="float64"):
    return explained_variance(xp.array(data, dtype), xp.array(back, dtype), xp=xp.namespace)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_is_the_formula(xp, dtype):
    expected = 1 - ((X - R) ** 2).sum() / ((X - X.mean(axis=0)) ** 2).sum()
    assert share(xp, X, R, dtype) == pytest.approx(expected, rel=1e-5 if dtype == "float32" else 1e-13)


def test_the_mean_row_scores_zero_and_the_data_score_one(xp):
    assert share(xp, X, np.broadcast_to(X.mean(axis=0), X.shape)) == pytest.approx(0.0, abs=1e-14)
    assert share(xp, X, X) == 1.0


@pytest.mark.parametrize(("dtype", "exponents"), [("float32", [-90, -60, 60, 125]), ("float64", [-900, 900, 1020])])
def test_the_unit_of_the_data_changes_nothing_to_the_last_bit(xp, dtype, exponents):
    data, back = X.astype(dtype), R.astype(dtype)
    for exponent in exponents:
        factor = np.asarray(2.0**exponent, dtype)
        assert share(xp, data * factor, back * factor, dtype) == share(xp, data, back, dtype)


@given(st.integers(-1000, 1000), st.floats(-1e3, 1e3))
def test_an_offset_as_large_as_the_spread_changes_next_to_nothing(exponent, offset):
    found = explained_variance((X + offset) * 2.0**exponent, (R + offset) * 2.0**exponent, xp=np)
    assert found == pytest.approx(explained_variance(X, R, xp=np), abs=1e-10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e-30, 1e30])
def test_only_equal_rows_have_no_variance(xp, dtype, value):
    constant = np.full((3, 2), value, dtype)
    # Not every library knows the numbers between zero and the smallest normal one.
    next_one = np.nextafter(constant[1, 1], np.asarray(np.inf, dtype)) if value else np.finfo(dtype).smallest_normal
    assert share(xp, constant, constant, dtype) == 1.0
    assert share(xp, constant, np.full((3, 2), next_one), dtype) == 0.0
    nearly = constant.copy()
    nearly[1, 1] = next_one
    assert share(xp, nearly, constant, dtype) == pytest.approx(1 - 3 / 2)


def test_the_smallest_and_the_largest_numbers_there_are():
    tiny, huge = np.finfo(float).smallest_subnormal, np.finfo(float).max
    for a, b in ((0.0, tiny), (-huge, huge), (0.0, huge)):
        assert explained_variance(np.asarray([[a], [b]]), np.asarray([[a], [b]]), xp=np) == 1.0
        assert explained_variance(np.asarray([[a], [b]]), np.asarray([[b], [a]]), xp=np) == -3.0


def test_reconstructions_out_of_all_proportion():
    assert explained_variance(1e-300 * X, 1e300 * R, xp=np) == -math.inf
    assert explained_variance(X, np.full(X.shape, np.inf), xp=np) == -math.inf


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("factor", [1e-30, 1.0, 1e30])
def test_squared_errors_hold_the_squares_of_everything_float32_holds(xp, dtype, factor):
    data, back = (X * factor).astype(dtype), (R * factor).astype(dtype)
    errors = squared_errors(xp.array(data), xp.array(back), xp=xp.namespace)
    assert xp.owns(errors)
    assert errors.dtype == xp.namespace.float64
    np.testing.assert_allclose(xp.host(errors), ((data.astype(float) - back.astype(float)) ** 2).mean(axis=1))
