r"""The Moré–Thuente line search: a step that meets the strong Wolfe conditions, found with values and slopes together.

The search is that of [1]_, with the approximate conditions of [2]_ where rounding hides the decrease. φ(t) is
the function along the direction, started at t = 0 with φ'(0) < 0. A step is accepted when

.. math:: \phi(t) \le \phi(0) + c_1 t \phi'(0), \qquad |\phi'(t)| \le c_2 |\phi'(0)|

References
----------
.. [1] Moré, J. J. and Thuente, D. J., "Line search algorithms with guaranteed sufficient decrease", ACM Transactions on
   Mathematical Software 20 (1994) 286-307.
.. [2] Hager, W. W. and Zhang, H., "A new conjugate gradient method with guaranteed descent and an efficient line
   search", SIAM Journal on Optimization 16 (2005) 170-192.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field

from xpsae.optimize.trial_steps import EXTRAPOLATE, SHRINK_TO, Bracket, Sample, next_step

STRAIGHT = 0.1
"""A line whose slope has changed by at most this fraction has to be lower at its end, unless rounding hides it."""


class Verdict(enum.Enum):
    """What the search says of the trial it was just told."""

    CONTINUE = "evaluate at the new step"
    ACCEPT = "the trial meets the conditions"
    BEST = "the conditions cannot be met; take the lowest trial with a sufficient decrease, if there is one"
    ROUNDING = "values rise where slopes say they fall, by so little that it must be rounding"
    UNBOUNDED = "the function still falls steeply at the longest step"


@dataclass
class LineSearch:
    """One search, told one trial at a time; plain numbers throughout, so that it can be saved at any moment."""

    f0: float
    """φ(0)."""
    slope0: float
    """φ'(0), negative."""
    step: float
    """The step to evaluate next."""
    c1: float = 1e-4
    c2: float = 0.9
    noise: float = 0.0
    """Differences of φ up to this may be rounding; within it slopes decide, by the approximate Wolfe conditions."""
    noise_limit: float = 0.0
    """A rise against the slopes up to this shows that the noise is larger than was thought; above it, a bump."""
    step_min: float = 0.0
    step_max: float = 1e10
    relative_width: float = 1e-16
    """The interval is too narrow to go on once it is this small against its upper end."""
    max_trials: int = 20
    trials: int = 0
    wall: float = math.inf
    """The smallest step at which φ was not finite."""
    rise: float = 0.0
    """The most that values rose where slopes said they fall."""
    stage: int = 1
    width: float = field(init=False)
    width_before: float = field(init=False)
    low: float = 0.0
    high: float = field(init=False)
    bracket: Bracket = field(init=False)

    def __post_init__(self) -> None:
        origin = Sample(0.0, self.f0, self.slope0)
        self.bracket = Bracket(origin, origin, False)
        self.width = self.step_max - self.step_min
        self.width_before = 2.0 * self.width
        self.high = self.step * (1.0 + EXTRAPOLATE)

    def sufficient(self, trial: Sample) -> bool:
        """Return whether the trial decreases φ enough (Armijo's condition)."""
        return trial.f <= self.f0 + trial.step * self.c1 * self.slope0

    def meets_wolfe(self, trial: Sample) -> bool:
        """Return whether the trial meets the strong Wolfe conditions, or the approximate ones within the noise."""
        if self.sufficient(trial) and abs(trial.slope) <= -self.c2 * self.slope0:
            return True
        flat = (2.0 * self.c1 - 1.0) * self.slope0 >= trial.slope >= self.c2 * self.slope0
        return flat and self.noise > 0.0 and abs(trial.f - self.f0) <= self.noise

    def rise_against_slope(self, trial: Sample) -> float:
        """Return how much higher the trial is than the start, if φ falls as steeply there as it did at the start."""
        straight = abs(trial.slope - self.slope0) <= STRAIGHT * abs(self.slope0)
        return trial.f - self.f0 if straight else 0.0

    def tell(self, f: float, slope: float) -> Verdict:
        """Take the function at `step`; afterwards, if the verdict is CONTINUE, `step` is where to evaluate next."""
        self.trials += 1
        trial = Sample(self.step, f, slope)
        if not (math.isfinite(f) and math.isfinite(slope)):
            return self._shrink_from(trial)
        if self.meets_wolfe(trial):
            return Verdict.ACCEPT
        rise = self.rise_against_slope(trial)
        self.rise = max(rise, self.rise)
        if self.noise < rise <= self.noise_limit:
            return Verdict.ROUNDING
        if trial.step >= self.step_max and self.sufficient(trial) and slope <= self.c1 * self.slope0:
            return Verdict.UNBOUNDED
        if self._exhausted(trial):
            return Verdict.BEST
        self._advance(trial)
        return Verdict.CONTINUE

    def _shrink_from(self, trial: Sample) -> Verdict:
        """Step back from a non-finite value towards the best point; it is a wall, never a point to interpolate with."""
        self.wall = trial.step
        self.step = self.bracket.best.step + 0.25 * (trial.step - self.bracket.best.step)
        stuck = self.step in {trial.step, self.bracket.best.step} or self.trials >= self.max_trials
        return Verdict.BEST if stuck else Verdict.CONTINUE

    def _exhausted(self, trial: Sample) -> bool:
        same_point = trial.f == self.f0 and trial.slope == self.slope0
        at_the_end = self.bracket.closed and not self.low < trial.step < self.high
        narrow = self.bracket.closed and self.high - self.low <= self.relative_width * self.high
        shortest = trial.step <= self.step_min and not self.sufficient(trial)
        return same_point or at_the_end or narrow or shortest or self.trials >= self.max_trials

    def _advance(self, trial: Sample) -> None:
        tilt = self.c1 * self.slope0
        if self.stage == 1 and self.sufficient(trial) and trial.slope >= 0.0:
            self.stage = 2
        if self.stage == 1 and trial.f <= self.bracket.best.f and not self.sufficient(trial):
            best, other, closed = self.bracket
            tilted = Bracket(best.tilted(tilt), other.tilted(tilt), closed)
            moved, step = next_step(tilted, trial.tilted(tilt), self.low, self.high)
            self.bracket = Bracket(moved.best.tilted(-tilt), moved.other.tilted(-tilt), moved.closed)
        else:
            self.bracket, step = next_step(self.bracket, trial, self.low, self.high)
        self.step = self._safeguarded(step)

    def _safeguarded(self, step: float) -> float:
        best, other, closed = self.bracket
        if closed:
            if abs(other.step - best.step) >= SHRINK_TO * self.width_before:
                step = best.step + (other.step - best.step) / 2.0
            self.width_before, self.width = self.width, abs(other.step - best.step)
            self.low, self.high = min(best.step, other.step), max(best.step, other.step)
        else:
            self.low, self.high = best.step, step + EXTRAPOLATE * (step - best.step)
        step = min(max(step, self.step_min), self.step_max)
        if step >= self.wall:
            step = best.step + 0.5 * (self.wall - best.step)
        if closed and (not self.low < step < self.high or self.high - self.low <= self.relative_width * self.high):
            step = best.step
        return step
