"""The line search on the six functions of Moré and Thuente (1994), and the laws it promises."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xpsae.optimize.line_search import LineSearch, Verdict


def rational(beta):
    return lambda t: (-t / (t * t + beta), (t * t - beta) / (t * t + beta) ** 2)


def power(beta):
    return lambda t: ((t + beta) ** 5 - 2 * (t + beta) ** 4, 5 * (t + beta) ** 4 - 8 * (t + beta) ** 3)


def wavy(beta, length):
    def phi(t):
        if t <= 1 - beta:
            base, slope = 1 - t, -1.0
        elif t >= 1 + beta:
            base, slope = t - 1, 1.0
        else:
            base, slope = (t - 1) ** 2 / (2 * beta) + beta / 2, (t - 1) / beta
        angle = length * math.pi / 2
        wave = 2 * (1 - beta) / (length * math.pi) * math.sin(angle * t)
        return base + wave, slope + (1 - beta) * math.cos(angle * t)

    return phi


def yanai(beta1, beta2):
    def gamma(beta):
        return math.sqrt(1 + beta * beta) - beta

    def phi(t):
        near, far = math.hypot(1 - t, beta2), math.hypot(t, beta1)
        value = gamma(beta1) * near + gamma(beta2) * far
        return value, gamma(beta1) * (t - 1) / near + gamma(beta2) * t / far

    return phi


FUNCTIONS = [rational(2.0), power(0.004), wavy(0.01, 39), yanai(0.001, 0.001), yanai(0.01, 0.001), yanai(0.001, 0.01)]
# Tables I to VI of Moré and Thuente (1994): c1, c2, evaluations and final steps from the steps 1e-3, 1e-1, 1e1, 1e3.
TABLES = [
    (0.001, 0.1, (6, 3, 1, 4), (1.3650, 1.4414, 10, 36.888)),
    (0.1, 0.1, (12, 8, 8, 11), (1.5960, 1.5960, 1.5960, 1.5960)),
    (0.1, 0.1, (12, 12, 10, 13), (1.0, 1.0, 1.0, 1.0)),
    (0.001, 0.001, (4, 1, 3, 4), (0.085, 0.1, 0.34910, 0.8294)),
    (0.001, 0.001, (6, 3, 7, 8), (0.075011, 0.07751, 0.073142, 0.076159)),
    (0.001, 0.001, (13, 11, 8, 11), (0.9279, 0.92615, 0.92478, 0.92440)),
]
ROWS = [
    (phi, c1, c2, step, evaluations, final)
    for phi, (c1, c2, counts, steps) in zip(FUNCTIONS, TABLES, strict=True)
    for step, evaluations, final in zip((1e-3, 1e-1, 1e1, 1e3), counts, steps, strict=True)
]


def run(search, phi):
    verdict = Verdict.CONTINUE
    while verdict is Verdict.CONTINUE:
        verdict = search.tell(*phi(search.step))
    return verdict


@pytest.mark.parametrize(("phi", "c1", "c2", "step", "evaluations", "final"), ROWS)
def test_published_evaluation_counts_and_steps(phi, c1, c2, step, evaluations, final):
    search = LineSearch(*phi(0.0), step, c1=c1, c2=c2)
    assert run(search, phi) is Verdict.ACCEPT
    assert search.trials == evaluations
    assert search.step == pytest.approx(final, rel=1e-4, abs=1e-5)


@given(
    which=st.integers(0, 5), exponent=st.floats(-3, 3), c1=st.sampled_from([1e-4, 1e-3]), c2=st.sampled_from([0.1, 0.9])
)
def test_an_accepted_step_meets_the_strong_wolfe_conditions(which, exponent, c1, c2):
    phi = FUNCTIONS[which]
    f0, slope0 = phi(0.0)
    search = LineSearch(f0, slope0, 10**exponent, c1=c1, c2=c2)
    verdict = run(search, phi)
    assume(verdict is Verdict.ACCEPT)
    f, slope = phi(search.step)
    assert f <= f0 + c1 * search.step * slope0
    assert abs(slope) <= -c2 * slope0


@given(which=st.integers(0, 5), exponent=st.floats(-3, 3), power_of_two=st.sampled_from([-40, -7, 13, 40]))
def test_scaling_the_function_by_a_power_of_two_changes_no_step(which, exponent, power_of_two):
    def steps(scale):
        def phi(t):
            seen.append(t)
            return tuple(scale * value for value in FUNCTIONS[which](t))

        seen = []
        f0, slope0 = phi(0.0)
        run(LineSearch(f0, slope0, 10**exponent), phi)
        return seen

    assert steps(2.0**power_of_two) == steps(1.0)


@given(wall=st.floats(0.01, 100.0), exponent=st.floats(-2, 3))
def test_a_wall_of_non_finite_values_is_stepped_back_from(wall, exponent):
    def phi(t):
        return (0.5 * (t - 1) ** 2, t - 1.0) if t < wall else (math.nan, math.nan)

    search = LineSearch(*phi(0.0), 10**exponent, max_trials=60)
    assert run(search, phi) in {Verdict.ACCEPT, Verdict.BEST}
    assert search.bracket.best.f <= 0.5


def test_a_line_that_falls_for_ever_is_called_unbounded():
    assert run(LineSearch(0.0, -1.0, 1.0), lambda t: (-t, -1.0)) is Verdict.UNBOUNDED


def test_a_function_that_only_rises_ends_without_a_decrease():
    search = LineSearch(0.0, -1.0, 1.0)
    assert run(search, lambda t: (t, 1.0)) is Verdict.BEST
    assert search.bracket.best.step == 0.0
