"""Differences are exact where they should be, say how uncertain they are, and read the function no more than needed."""

import math

import numpy as np
import pytest

from xpsae.optimize.differences import Differences

EPS = float(np.finfo(np.float64).eps)


def along_the_axes(fun, x, step=0.01):
    x = np.asarray(x, dtype=np.float64)
    return Differences(fun, x, fun(x), np.eye(len(x)), step, EPS)


def test_polynomials_of_degree_six_are_differentiated_to_rounding():
    found = along_the_axes(lambda x: float(np.sum(x**6)), [1.0, -0.5], step=0.5).estimate(0)
    np.testing.assert_allclose(found.derivatives, [6.0, -6 * 0.5**5], rtol=1e-13)


@pytest.mark.parametrize("scale", [1.0, 1e2, 1e3])
def test_the_best_step_suits_the_scale_and_the_error_stays_below_its_estimate(scale):
    x = np.asarray([0.3, 1.0])
    found = along_the_axes(lambda x: float(np.sum(np.sin(scale * x))), x).best()
    error = np.max(np.abs(found.derivatives - scale * np.cos(scale * x)))
    assert error <= found.uncertainty <= 1e-7 * scale


def test_first_estimate_has_no_second_one_to_be_judged_by():
    assert along_the_axes(lambda x: float(x @ x), [1.0]).estimate(0).uncertainty == math.inf


def test_every_value_is_computed_once():
    seen = []

    def fun(x):
        seen.append(tuple(x))
        return float(np.sum(np.cos(x)))

    differences = along_the_axes(fun, [1.0, 2.0])
    differences.estimate(0)
    assert len(seen) == 1 + 6 * 2
    differences.estimate(1)
    assert len(seen) == 1 + 8 * 2
    assert len(set(seen)) == len(seen)
