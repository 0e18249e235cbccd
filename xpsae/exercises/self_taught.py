"""Exercise 5: features learned from digits without labels help to tell other digits apart."""

from __future__ import annotations

from xpsae.arrays import host
from xpsae.arrays.random import generator
from xpsae.exercises import softmax
from xpsae.exercises.digits import Labeled, digits
from xpsae.exercises.record import Figure, Outcome, Settings, share
from xpsae.pictures.grid import feature_grid
from xpsae.training import fit

_PUBLISHED = {"mnist": (0.983, 0.96), "mnist-test": (0.976, 0.961)}
_LEAST, _GAIN = 0.97, 0.01
"""What is asked of the accuracy, and how far above that of raw pixels."""


def run(settings: Settings) -> Outcome:
    """Return the outcome of the exercise: digits 5-9 have no labels, half of 0-4 is for training, half for the test."""
    data = digits(settings.folder)
    X, y = data.everything
    labeled = y < 5
    train, test = _split(Labeled(X[labeled], y[labeled]), settings.seed)
    width = 200 if data.kind != "small" else 64
    model = fit(
        X[~labeled],
        width,
        preset="ufldl-self-taught",
        max_iter=settings.max_iter,
        scaling=None,
        rng=settings.seed,
    )
    learned = softmax.accuracy(model.encode(train.X), train.y, model.encode(test.X), test.y)
    raw = softmax.accuracy(*train, *test)
    published = _PUBLISHED.get(data.kind)
    told = [share(each) for each in published] if published else ["-", "-"]
    figures = (
        Figure("accuracy on raw pixels", told[1], share(raw), None),
        Figure("accuracy on learned features", told[0], share(learned), learned >= _LEAST if published else None),
        Figure(
            "gain",
            "at least 1 point" if published else "-",
            f"{100 * (learned - raw):.1f}",
            learned - raw >= _GAIN if published else None,
        ),
    )
    return Outcome(data.source, figures, {"strokes.png": feature_grid(model.features, zoom=3)})


def _split(all_of_them: Labeled, seed: int) -> tuple[Labeled, Labeled]:
    order = generator(seed).permutation(len(all_of_them.y))
    halves = host.array_split(order, 2)
    first, second = (Labeled(all_of_them.X[half], all_of_them.y[half]) for half in halves)
    return first, second
