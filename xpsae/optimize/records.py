"""What the optimizer is told once, and what it remembers of a point and of a trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from xpsae.arrays.typing import Array, HostArray
from xpsae.checks import real_number, whole_number


@dataclass(frozen=True)
class Options:
    """When to stop and how many pairs to keep, checked."""

    history: int = 10
    gtol: float = 1e-5
    ftol: float = 1e-9
    max_iter: int = 15_000
    max_eval: int | None = None

    def __post_init__(self) -> None:
        whole_number("history", self.history, at_least=1, remedy="Pass 10, say.")
        real_number("gtol", self.gtol, remedy="Pass 1e-5, say, or 0 to go on.")
        real_number("ftol", self.ftol, remedy="Pass 1e-9, say, or 0 to go on.")
        whole_number("max_iter", self.max_iter, at_least=0, remedy="Pass 400, say.")
        if self.max_eval is not None:
            whole_number("max_eval", self.max_eval, at_least=1, remedy="Pass None for no limit.")


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


class Trial(NamedTuple):
    """What one read brings to the host of a trial along the direction."""

    f: float
    slope: float
    slope0: float
    gradient_norm: float
    products: HostArray
