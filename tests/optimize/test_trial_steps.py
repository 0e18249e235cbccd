"""What values and slopes tell of curvature."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.optimize.trial_steps import BEND, Sample, bend

NUMBER = st.floats(-100, 100)


def sampled(coefficients, step):
    """A cubic at a step: value and slope."""
    a, b, c, d = coefficients
    return Sample(step, a + step * (b + step * (c + step * d)), b + step * (2 * c + step * 3 * d))


@given(a=NUMBER, b=NUMBER, c=st.floats(0.01, 100), step=st.floats(0.01, 100))
def test_parabola_is_as_curved_at_the_end_as_on_the_way(a, b, c, step):
    u, v = (sampled((a, b, c, 0.0), t) for t in (0.0, step))
    assert bend(u, v, noise=1e-15 * max(abs(u.f), abs(v.f))) == pytest.approx(1.0, abs=1e-2)


@given(b=NUMBER, c=st.floats(0.01, 100), d=st.floats(0.0, 10), step=st.floats(0.1, 10))
def test_cubic_gives_its_own_second_derivative(b, c, d, step):
    u, v = (sampled((0.0, b, c, d), t) for t in (0.0, step))
    expected = (2 * c + 6 * d * step) * step / (v.slope - u.slope)
    assert bend(u, v, noise=0.0) == pytest.approx(min(expected, BEND), rel=1e-6, abs=1e-6)


@given(power=st.sampled_from([-40, 7, 40]), d=st.floats(-1, 1))
def test_scaling_the_function_by_a_power_of_two_changes_nothing(power, d):
    u, v = (sampled((3.0, -1.0, 2.0, d), t) for t in (0.0, 0.3))
    scaled = (Sample(x.step, x.f * 2.0**power, x.slope * 2.0**power) for x in (u, v))
    assert bend(*scaled, noise=1e-9 * 2.0**power) == bend(u, v, noise=1e-9)


def test_rounding_and_nonsense_are_not_believed():
    u, v = Sample(0.0, 1.0, -1.0), Sample(1.0, 0.2, 1.0)
    assert bend(u, v, noise=0.1) == 1.0
    assert bend(u, Sample(1.0, 0.2, -2.0), noise=0.0) == 1.0
    assert bend(u, Sample(1.0, 0.2, math.inf), noise=0.0) == 1.0
    assert bend(u, Sample(1.0, 1e9, 1.0), noise=0.0) == 1.0 / BEND
    assert bend(u, Sample(1.0, -1e9, 1.0), noise=0.0) == BEND
