"""One evaluation of the package on more and more rows, with the memory it takes beyond them."""

from __future__ import annotations

import resource
from collections.abc import Callable
from typing import Any

import numpy as np

from contenders.turns import measured

Prepared = tuple[Callable[[], object], dict[str, Any]]
PIECE = 10_000


def turn(work: Callable[[], object]) -> dict[str, float]:
    """Return the seconds of one evaluation, and the peak of the process's memory in bytes."""
    return measured(work) | {"peak": peak()}


def peak() -> int:
    """Return the most memory that this process has had, in bytes, as Linux counts."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def xpsae(*, rows: int, features: int, hidden: int, dtype: str, memory_limit: str | None) -> Prepared:
    """The package, with a limit on its memory or without."""
    import xpsae

    X, rng = np.empty((rows, features), dtype=dtype), np.random.default_rng(0)
    for first in range(0, rows, PIECE):  # so that making the data takes no more memory than the data
        piece = X[first : first + PIECE]
        piece[...] = rng.uniform(0.1, 0.9, piece.shape)
    small = xpsae.Objective(X[:100], hidden)
    small(small.initial(0))
    before = peak()
    objective = xpsae.Objective(X, hidden, memory_limit=memory_limit)
    theta, plan = objective.initial(0), objective.plan
    says = {"before": before, "planned": plan.total_bytes, "block": plan.block_rows, "one_pass": plan.one_pass}
    return lambda: objective(theta), says


CONTENDERS = {"xpsae": xpsae}
