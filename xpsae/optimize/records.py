"""What the optimizer is told once, and what it remembers of a point and of a trial."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from xpsae.arrays.typing import Array, HostArray
from xpsae.checks import real_number, whole_number
from xpsae.optimize.trial_steps import Sample


@dataclass(frozen=True)
class Options:
    """When to stop and how many pairs to keep: checked, and plain numbers whatever library they came from."""

    history: int = 10
    """Curvature pairs that shape a direction, at least 1."""
    gtol: float = 1e-5
    """Stop when the largest component of the gradient is at most this."""
    ftol: float = 1e-9
    """Stop when an iteration lowers the function by at most this, relative to its size; 0 never stops."""
    max_iter: int = 15_000
    """Stop after so many iterations."""
    max_eval: int | None = None
    """Stop after so many evaluations; None for no limit."""

    def __post_init__(self) -> None:
        checked: dict[str, int | float] = {
            "history": whole_number("history", self.history, at_least=1, remedy="Pass 10, say."),
            "gtol": real_number("gtol", self.gtol, remedy="Pass 1e-5, say, or 0 to go on."),
            "ftol": real_number("ftol", self.ftol, remedy="Pass 1e-9, say, or 0 to go on."),
            "max_iter": whole_number("max_iter", self.max_iter, at_least=0, remedy="Pass 400, say."),
        }
        if self.max_eval is not None:
            checked["max_eval"] = whole_number("max_eval", self.max_eval, at_least=1, remedy="Pass None for no limit.")
        for name, number in checked.items():
            object.__setattr__(self, name, number)


class Trial(NamedTuple):
    """What the host knows of an evaluation along a direction."""

    step: float
    evaluation: int
    """Which one it was, counted from 1."""
    f: float
    gradient_norm: float
    """The largest absolute component of g."""
    slope: float
    slope0: float
    length: float
    """‖d‖₂."""
    sway: float
    """max|x| ‖g‖₂ where the search began: times ε, what rounding x does to f. Only without memory; 0 otherwise."""
    products: HostArray
    """As `CurvatureHistory.unscaled` gives them."""

    @property
    def sample(self) -> Sample:
        """What the line search knows of it."""
        return Sample(self.step, self.f, self.slope)


class Point(NamedTuple):
    """An evaluated point."""

    x: Array
    f: float
    g: Array
    gradient_norm: float
    """The largest absolute component of g."""
    norm: float
    """‖g‖₂."""
    step: float
    evaluation: int

    @classmethod
    def of(cls, trial: Trial, x: Array, g: Array) -> Point:
        """Return the point of a trial."""
        # Squared in the units of a far larger gradient, a small one may have vanished; its largest component has not.
        norm = max(math.sqrt(trial.products[-1, -1]), trial.gradient_norm)
        return cls(x, trial.f, g, trial.gradient_norm, norm, trial.step, trial.evaluation)
