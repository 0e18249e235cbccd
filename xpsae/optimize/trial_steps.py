"""Where to try next on a line: interpolation, and the four cases of section 4 of Moré and Thuente (1994)."""

from __future__ import annotations

import math
from typing import NamedTuple

EXTRAPOLATE = 4.0
"""An open interval grows at most by this many times the last step."""
SHRINK_TO = 0.66
"""The interval has to become this much smaller in two trials, or it is bisected."""


BEND = 2.0
"""A step's end is taken to be at most this many times more, or less, curved than the way there."""
CLEAR = 0.01
"""Rounding has to be smaller than this, relative to what the slopes changed, for values to tell curvature."""


class Sample(NamedTuple):
    """The function at a step: value and slope along the direction."""

    step: float
    f: float
    slope: float

    def tilted(self, slope: float) -> Sample:
        """Return the sample of the function minus a line of that slope."""
        return Sample(self.step, self.f - slope * self.step, self.slope - slope)


def cubic(u: Sample, v: Sample) -> float | None:
    """Return the step at which the cubic through two samples has its minimum, or None where it has none."""
    theta = 3.0 * (u.f - v.f) / (v.step - u.step) + u.slope + v.slope
    scale = max(abs(theta), abs(u.slope), abs(v.slope))
    if not 0.0 < scale < math.inf:
        return None
    discriminant = (theta / scale) ** 2 - (u.slope / scale) * (v.slope / scale)
    gamma = math.copysign(scale * math.sqrt(max(0.0, discriminant)), v.step - u.step)
    denominator = gamma - u.slope + gamma + v.slope
    if gamma == 0.0 or denominator == 0.0:
        return None
    return u.step + (gamma - u.slope + theta) / denominator * (v.step - u.step)


def secant(u: Sample, v: Sample) -> float:
    """Return the step at which the line through the two slopes is zero."""
    return u.step + u.slope / (u.slope - v.slope) * (v.step - u.step)


def parabola(u: Sample, v: Sample) -> float:
    """Return the minimum of the parabola through both values and u's slope."""
    chord = (u.f - v.f) / (v.step - u.step)
    return u.step + u.slope / (chord + u.slope) / 2.0 * (v.step - u.step)


def bend(u: Sample, v: Sample, *, noise: float) -> float:
    r"""Return how much more curved the function is at `v` than between `u` and `v`, by the cubic through both samples.

    Parameters
    ----------
    u, v : Sample
        Where a step began, and where it ended.
    noise : float
        How much of a difference of values may be rounding.

    Returns
    -------
    float
        The ratio of φ''(v) to the mean (φ'(v) - φ'(u)) / (v - u), between 1/BEND and BEND; 1 for a parabola, and where
        rounding hides what it is.

    Notes
    -----
    .. math:: t = 6\,\frac{\varphi(u) - \varphi(v) + \varphi'(v)(v - u)}{(\varphi'(v) - \varphi'(u))(v - u)} - 2

    as in Biggs's BFGS update [1]_.

    References
    ----------
    .. [1] Biggs, M. C., "A note on minimization algorithms which make use of non-quadratic properties of the objective
       function", Journal of the Institute of Mathematics and Its Applications 12 (1973) 337-338.
    """
    length = v.step - u.step
    change = (v.slope - u.slope) * length
    if not noise < CLEAR * change < math.inf:
        return 1.0
    return min(max(6.0 * (u.f - v.f + v.slope * length) / change - 2.0, 1.0 / BEND), BEND)


class Bracket(NamedTuple):
    """The best sample, the other end of the interval, and whether the two enclose a minimum."""

    best: Sample
    other: Sample
    closed: bool


def next_step(bracket: Bracket, trial: Sample, low: float, high: float) -> tuple[Bracket, float]:
    """Return the updated bracket and the next step, by the four cases of section 4 of Moré and Thuente."""
    best, other, closed = bracket
    turned = trial.slope * math.copysign(1.0, best.slope) < 0.0
    if trial.f > best.f:
        quadratic = parabola(best, trial)
        step = _or(cubic(best, trial), quadratic)
        near = abs(step - best.step) < abs(quadratic - best.step)
        return Bracket(best, trial, True), step if near else step + (quadratic - step) / 2.0
    if turned:
        line = secant(trial, best)
        step = max(_or(cubic(trial, best), line), line, key=lambda t: abs(t - trial.step))
        return Bracket(trial, best, True), step
    updated = Bracket(trial, other, closed)
    if abs(trial.slope) < abs(best.slope):
        return updated, _flattening(updated, best, low, high)
    if closed:
        return updated, _or(cubic(trial, other), trial.step + (other.step - trial.step) / 2.0)
    return updated, high if trial.step > best.step else low


def _or(step: float | None, otherwise: float) -> float:
    return otherwise if step is None else step


def _flattening(bracket: Bracket, before: Sample, low: float, high: float) -> float:
    """Return the next step where the slope got smaller but kept its sign (the third case)."""
    trial, other, closed = bracket
    forward = trial.step > before.step
    end = high if forward else low
    minimum = _or(cubic(trial, before), end)
    beyond = minimum > trial.step if forward else minimum < trial.step
    candidates = (minimum if beyond else end, secant(trial, before))
    if not closed:
        return min(max(max(candidates, key=lambda t: abs(t - trial.step)), low), high)
    step = min(candidates, key=lambda t: abs(t - trial.step))
    limit = trial.step + SHRINK_TO * (other.step - trial.step)
    return min(limit, step) if forward else max(limit, step)
