"""Exercise 6: stacked autoencoders, before and after fine-tuning."""

from __future__ import annotations

from xpsae.arrays.namespace import to_host
from xpsae.exercises.digits import digits
from xpsae.exercises.record import Figure, Outcome, Settings, share
from xpsae.pictures.grid import feature_grid
from xpsae.stacking import stack

_WIDTHS = {"mnist": (200, 200), "mnist-test": (100, 50), "small": (48, 24)}
_PUBLISHED = {"mnist": (0.877, 0.976), "mnist-test": (0.844, 0.94)}
_TOLERANCE, _GAIN = 0.01, 0.05


def run(settings: Settings) -> Outcome:
    """Return the outcome of the exercise."""
    data = digits(settings.folder)
    model = stack(*data.train, _WIDTHS[data.kind], max_iter=settings.max_iter, rng=settings.seed, scaling=None)
    before, after = (each.score(*data.test) for each in (model.untuned or model, model))
    published = _PUBLISHED.get(data.kind)
    told = [share(each) for each in published] if published else ["-", "-"]
    reached = published and after >= published[1] - _TOLERANCE
    figures = (
        Figure("accuracy before fine-tuning", told[0], share(before), None),
        Figure("accuracy after fine-tuning", told[1], share(after), reached),
        Figure(
            "gain",
            "at least 5 points" if published else "-",
            f"{100 * (after - before):.1f}",
            after - before >= _GAIN if published else None,
        ),
    )
    widths = "-".join(str(layer.W.shape[1]) for layer in model.layers)
    picture = feature_grid(to_host(model.layers[0].W), zoom=3)
    return Outcome(f"{data.source}; {widths}-{len(model.classes)}", figures, {"first-layer.png": picture})
