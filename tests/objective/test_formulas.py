"""The elementwise formulas: exact in both tails, against high-precision arithmetic; the laws of the divergence."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.objective import formulas

RHO = st.floats(0.001, 0.999)


def exact_sigmoid(z):
    with localcontext() as context:
        context.prec = 400
        return float(1 / (1 + (-Decimal(z)).exp()))


@pytest.mark.parametrize("z", [-700.0, -80.0, -40.0, -17.5, -1.0, 0.0, 0.3, 5.0, 17.5, 40.0, 80.0, 700.0])
def test_sigmoid_and_its_complement_are_exact_in_both_tails(xp, z):
    a, c = formulas.sigmoids(xp.array([z]), xp=xp.namespace)
    np.testing.assert_allclose(xp.host(a)[0], exact_sigmoid(z), rtol=4e-16 * max(1, abs(z)))
    np.testing.assert_allclose(xp.host(c)[0], exact_sigmoid(-z), rtol=4e-16 * max(1, abs(z)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("z", [-1e30, -800.0, -90.0, 90.0, 800.0, 1e30])
def test_sigmoid_never_leaves_its_range(xp, dtype, z):
    for value in formulas.sigmoids(xp.array([z], dtype), xp=xp.namespace):
        assert value.dtype == getattr(xp.namespace, dtype)
        assert 0 <= float(xp.host(value)[0]) <= 1


@given(q=st.floats(0, 1), rho=RHO)
def test_divergence_is_not_negative_and_zero_at_its_target(xp, q, rho):
    kl = formulas.divergence(
        xp.array([q, rho]), xp.array([1 - q, 1 - rho]), rho, dtype=xp.namespace.float64, xp=xp.namespace
    )
    other, own = xp.host(kl)
    assert math.isfinite(other)
    assert other >= -1e-15
    assert abs(own) < 1e-15


@given(q=st.floats(0.01, 0.99), rho=RHO)
def test_divergence_is_the_notes(xp, q, rho):
    kl = formulas.divergence(xp.array([q]), xp.array([1 - q]), rho, dtype=xp.namespace.float64, xp=xp.namespace)
    expected = rho * math.log(rho / q) + (1 - rho) * math.log((1 - rho) / (1 - q))
    assert float(xp.host(kl)[0]) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@given(q=st.floats(0.01, 0.99), rho=RHO)
def test_slope_is_the_derivative(xp, q, rho):
    def kl(q):
        means = xp.array([q]), xp.array([1 - q])
        return float(formulas.divergence(*means, rho, dtype=xp.namespace.float64, xp=xp.namespace)[0])

    slope = formulas.divergence_slope(
        xp.array([q]), xp.array([1 - q]), rho, dtype=xp.namespace.float64, xp=xp.namespace
    )
    assert float(slope[0]) == pytest.approx((kl(q + 1e-6) - kl(q - 1e-6)) / 2e-6, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("q", [0.0, 1.0])
def test_at_exactly_zero_and_one_divergence_and_slope_are_finite(xp, dtype, q):
    means = xp.array([q]), xp.array([1 - q])
    options = {"dtype": getattr(xp.namespace, dtype), "xp": xp.namespace}
    kl, slope = formulas.divergence(*means, 0.1, **options), formulas.divergence_slope(*means, 0.1, **options)
    assert math.isfinite(float(kl[0]))
    assert math.isfinite(float(slope[0]))
    assert (float(slope[0]) < 0) == (q == 0.0)


def test_below_the_smallest_trusted_mean_the_tangent_continues(xp):
    tiny = np.finfo(np.float32)
    edge = float(tiny.smallest_normal) / float(tiny.eps)
    options = {"dtype": xp.namespace.float32, "xp": xp.namespace}
    q = xp.array([0.0, edge / 2, edge])
    at_zero, between, at_edge = xp.host(formulas.divergence(q, xp.array(np.ones(3)), 0.1, **options))
    slopes = xp.host(formulas.divergence_slope(q, xp.array(np.ones(3)), 0.1, **options))
    assert slopes[0] == slopes[1] == slopes[2]
    assert between == pytest.approx((at_zero + at_edge) / 2, rel=1e-12)
