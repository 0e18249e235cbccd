"""What rounding does to the function's values: how much is expected, how much shows, and when it is all there is."""

from __future__ import annotations

from dataclasses import dataclass

from xpsae.arrays.typing import FloatInfo
from xpsae.optimize.line_search import LineSearch
from xpsae.optimize.outcome import Outcome
from xpsae.optimize.records import Trial
from xpsae.optimize.trial_steps import Sample, bend

NOISE, NOISE_LIMIT = 10.0, 1e4
"""Rounding is taken to change the function by the first many units in the last place, until it shows to be more; the
second is the most that is believed."""


@dataclass
class Rounding:
    """The noise of a function's values, relative to their size."""

    smallest: float
    """The smallest normal number: one cannot divide by a gradient below it."""
    noise: float
    """Differences of values up to this, times their size, may be rounding."""
    limit: float
    """The largest noise that is believed."""

    @classmethod
    def of(cls, limits: FloatInfo) -> Rounding:
        """Return what is expected of a dtype."""
        eps = float(limits.eps)
        return cls(float(limits.smallest_normal), NOISE * eps, NOISE_LIMIT * eps)

    def line_search(self, f0: float, trial: Trial) -> LineSearch:
        """Return the search from a point of value `f0` along the direction of its first trial."""
        size = abs(f0)
        return LineSearch(f0, trial.slope0, trial.step, noise=self.noise * size, noise_limit=self.limit * size)

    def bend(self, f0: float, trial: Trial) -> float:
        """Return how much more curved the function is at a trial than on the way there from a point of value `f0`."""
        return bend(Sample(0.0, f0, trial.slope0), trial.sample, noise=self.noise * abs(f0))

    def learn(self, search: LineSearch) -> None:
        """Take for noise what rose in a search where slopes said that it falls."""
        self.noise = 2.0 * search.rise / abs(search.f0)

    def verdict(self, f0: float, trial: Trial, search: LineSearch | None) -> Outcome:
        """Return why no lower point was found along the steepest descent: rounding, or something worse."""
        size = abs(f0) + trial.sway
        lost = min(abs(trial.f - f0), trial.step * abs(trial.slope0)) <= self.noise * size
        wrong = search is not None and search.rise > self.limit * size
        return Outcome.PRECISION if lost and not wrong else Outcome.LINE_SEARCH_FAILED
