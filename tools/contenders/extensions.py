"""One cost and gradient through the notes' own objective and through the door for activations of one's own.

Both compute the same: the extension's activation is the sigmoid, written as a user would, and no sparsity is asked.
"""

from __future__ import annotations

import sys
from typing import Any

from contenders import evaluations
from contenders.evaluations import Prepared, Problem, products, summary
from contenders.turns import measured

turn = measured


def xpsae(**keywords: Any) -> Prepared:
    """The package, as `fit` calls it."""
    return evaluations.xpsae(**plain(keywords))


def before(*, before: str, **keywords: Any) -> Prepared:
    """The same in another checkout, of a commit that had no extensions."""
    sys.path.insert(0, before)
    import xpsae

    if hasattr(xpsae, "ExtendedObjective"):
        message = f"--before: expected a checkout without extensions, got {before}"
        raise ValueError(message)
    return evaluations.xpsae(**keywords)


def extended(**keywords: Any) -> Prepared:
    """The package's ExtendedObjective."""
    import xpsae

    problem = Problem(**plain(keywords))
    sigmoid = xpsae.Activation(
        "sigmoid", lambda z, xp: 1 / (1 + xp.exp(-z)), lambda _z, a, xp: a * (xp.ones_like(a) - a)
    )
    options = {"weight_decay": problem.weight_decay, "decoder": problem.decoder, "penalty_weight": 0.0}
    objective = xpsae.ExtendedObjective(problem.data, problem.hidden, activation=sigmoid, **options)
    theta = problem.theta
    return lambda: objective(theta), summary(*objective(theta), "xpsae", xpsae.__version__)


def plain(keywords: dict[str, Any]) -> dict[str, Any]:
    """Return what describes the problem."""
    return {name: value for name, value in keywords.items() if name != "before"}


CONTENDERS = {
    "products": lambda **keywords: products(**plain(keywords)),
    "before": before,
    "xpsae": xpsae,
    "extended": extended,
}
