"""How a minimization ends, in a sentence, and the records it hands out."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from xpsae.arrays.typing import AnyArray
from xpsae.optimize.state import OptimizerState


class Outcome(enum.Enum):
    """Why a minimization stopped. The value is the sentence a user reads."""

    GRADIENT = "Converged: the largest component of the gradient is at most gtol."
    COST = "Converged: the function fell by at most ftol, relative to its size, in one iteration."
    MAX_ITER = "Stopped: max_iter iterations were made."
    MAX_EVAL = "Stopped: max_eval evaluations were made."
    CALLBACK = "Stopped by the callback."
    PRECISION = "Stopped: no further decrease can be told from rounding in this dtype."
    LINE_SEARCH_FAILED = "Failed: no lower point was found along the steepest descent; is the gradient right?"
    UNBOUNDED = "Failed: the function falls without end along a line, so it seems to have no minimum."
    BAD_START = "Failed: the function or its gradient is not finite at the start."
    TIME_LIMIT = "Stopped: time_limit seconds have passed."
    INTERRUPTED = "Interrupted: this is the best point so far."

    @property
    def status(self) -> int:
        """The number of the outcome: 0 for convergence by the gradient, 1 by the function, as in declaration order."""
        return list(Outcome).index(self)

    @property
    def success(self) -> bool:
        """Whether a tolerance, or the dtype's precision, was reached."""
        return self in {Outcome.GRADIENT, Outcome.COST, Outcome.PRECISION}


@dataclass(frozen=True, eq=False)
class OptimizeResult:
    """What a minimization found, under SciPy's field names."""

    x: AnyArray
    """The best point found, shape (n,)."""
    fun: float
    """The function at `x`, exactly as it was evaluated there."""
    jac: AnyArray
    """The gradient at `x`, shape (n,)."""
    nit: int
    """Iterations made: accepted steps."""
    nfev: int
    """Evaluations of function and gradient together."""
    success: bool
    """Whether a tolerance, or the dtype's precision, was reached."""
    status: int
    """The outcome's number."""
    message: str
    """The outcome's sentence."""
    state: OptimizerState | None = field(default=None, repr=False)
    """Where the run stood, so that `minimize` can go on from this result; about 2·history rows like `x`."""


@dataclass(frozen=True, eq=False)
class IntermediateResult:
    """What a callback is told after each iteration; all fields belong to the same accepted point."""

    x: AnyArray
    """The point, shape (n,): a copy, to keep or to write to."""
    fun: float
    """The function there."""
    gradient_norm: float
    """The largest absolute component of the gradient there."""
    step: float
    """The accepted step along the direction."""
    nit: int
    """Iterations so far, this one included."""
    nfev: int
    """Evaluations so far."""
    evaluation: int
    """Which evaluation, counted from 1, was the one at this point; usually `nfev`."""
