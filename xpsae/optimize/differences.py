"""Derivatives by central differences, and how far they can be trusted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray

NOISE = 10.0
"""How many units in the last place of a function's values are taken for rounding."""
EXTRAPOLATED = (64.0 * 4.0 + 20.0 * 2.0 + 1.0) / 45.0
"""What the extrapolation makes of an error of the values, divided by the step."""
CUT = 1.0 / 16.0
"""The share of what halving the step changes that is taken for what is still cut off; 1/63 where the step is small."""
MOST_HALVINGS = 12


@dataclass(frozen=True, eq=False)
class Estimate:
    """Derivatives along several directions, by differences of one step."""

    derivatives: HostArray
    """Shape (directions,)."""
    step: float
    """The largest distance at which the function was evaluated."""
    rounding: float
    """What rounding may have done to a derivative."""
    uncertainty: float
    """What rounding, and the terms cut off, may have done to a derivative; infinity where that is not known."""
    slope: float
    """The largest change of the function within the step, divided by it."""


@dataclass
class Differences:
    """The differences of a function along some directions, for one step after another."""

    value: Callable[[HostArray], float]
    """The function of a host vector."""
    x: HostArray
    """Where its derivatives are wanted, shape (n,)."""
    value_here: float
    """The value there."""
    directions: HostArray
    """Unit vectors, shape (directions, n)."""
    step: float
    """The first and largest step."""
    eps: float
    """The unit in the last place that the function is computed with, relative to its values."""
    _values: list[HostArray] = field(default_factory=list)

    def estimate(self, halvings: int) -> Estimate:
        """Return the derivatives where the step is halved so many times; six evaluations each, two after another's.

        Notes
        -----
        A function that changes by d within a step has slopes of about 2 d / step there, so that rounding of the points
        changes its values too.
        """
        step = self.step / 2.0**halvings
        derivatives = self._extrapolated(halvings)
        values = host.concat([*(self._at(halvings + k).reshape(-1) for k in range(3)), [self.value_here]])
        slope = float(host.max(host.abs(values - self.value_here))) / step
        blur = float(host.max(host.abs(values))) + 2.0 * slope * float(host.max(host.abs(self.x)))
        rounding, cut = NOISE * self.eps * EXTRAPOLATED * blur / step, math.inf
        if halvings:
            cut = CUT * float(host.max(host.abs(derivatives - self._extrapolated(halvings - 1))))
        return Estimate(derivatives, step, rounding, rounding + cut, slope)

    def best(self) -> Estimate:
        """Return the derivatives of the step, of those halved, at which they can be trusted most."""
        found = self.estimate(1)
        for halvings in range(2, MOST_HALVINGS + 1):
            after = self.estimate(halvings)
            if found.uncertainty <= after.rounding:
                break
            # Where the function is not finite the uncertainty is NaN, which nothing is better than.
            if not found.uncertainty <= after.uncertainty:
                found = after
        return found

    def _at(self, halvings: int) -> HostArray:
        """Return the values before and behind, shape (2, directions)."""
        while len(self._values) <= halvings:
            step = self.step / 2.0 ** len(self._values)
            pairs = [[self.value(self.x + sign * step * u) for u in self.directions] for sign in (1.0, -1.0)]
            self._values.append(host.asarray(pairs))
        return self._values[halvings]

    def _extrapolated(self, halvings: int) -> HostArray:
        first, second, third = (self._central(halvings + k) for k in range(3))
        derivatives: HostArray = (64.0 * third - 20.0 * second + first) / 45.0
        return derivatives

    def _central(self, halvings: int) -> HostArray:
        ahead, behind = self._at(halvings)
        slopes: HostArray = (ahead - behind) / (2.0 * self.step / 2.0**halvings)
        return slopes
