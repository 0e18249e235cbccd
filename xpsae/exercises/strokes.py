"""Exercise 2: pen strokes from digits."""

from __future__ import annotations

from xpsae.exercises.digits import digits
from xpsae.exercises.record import Figure, Outcome, Settings
from xpsae.pictures.grid import feature_grid
from xpsae.training import fit

_ROWS, _ITERATIONS = 10_000, 400
_COST, _TOLERANCE = 12.03, 0.01
"""The test digits' cost after 400 iterations of the notes' own minimizer, and how far from it other runs may end."""


def run(settings: Settings) -> Outcome:
    """Return the outcome of the exercise."""
    data = digits(settings.folder)
    X = data.everything.X[:_ROWS, :]
    width = 196 if data.kind != "small" else 25
    model = fit(X, width, preset="ufldl-mnist", max_iter=settings.max_iter, rng=settings.seed, scaling=None)
    cost, comparable = model.result.fun, data.kind == "mnist-test" and settings.max_iter == _ITERATIONS
    close = abs(cost / _COST - 1.0) < _TOLERANCE if comparable else None
    figures = (
        Figure("cost at the end", f"{_COST:g}" if comparable else "-", f"{cost:.4g}", close),
        Figure("variance kept", "-", f"{100 * model.score(X):.0f} %", None),
    )
    return Outcome(data.source, figures, {"strokes.png": feature_grid(model.features, zoom=3)})
