"""Exercise 7: a linear decoder learns edges and opponent colors from patches in color."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.data.patches import sample_patches
from xpsae.data.samples import load_color_photographs
from xpsae.data.whitener import Whitener
from xpsae.exercises.record import Figure, Outcome, Settings
from xpsae.model import SparseAutoencoder
from xpsae.optimize.gradient_check import check_gradient
from xpsae.pictures.grid import feature_grid
from xpsae.presets import PRESETS
from xpsae.problem import Objective
from xpsae.training import fit

PENALTIES: dict[str, Any] = {name: value for name, value in PRESETS["ufldl-stl10"].items() if name != "n_hidden"}
SIDE = 8


@dataclass(frozen=True)
class Learned:
    """What exercise 8 goes on with."""

    model: SparseAutoencoder
    whitener: Whitener


def learn(
    *, n_patches: int, n_hidden: int, max_iter: int, seed: int, dtype: str = "float32"
) -> tuple[Learned, HostArray]:
    """Return a model of whitened patches in color, and these patches."""
    images = load_color_photographs().astype(dtype)
    patches = sample_patches(images, n_patches, (SIDE, SIDE), rng=seed)
    whitener = Whitener("zca", epsilon=0.1).fit(patches)
    X: HostArray = whitener.transform(patches)
    model = fit(X, n_hidden, **PENALTIES, max_iter=max_iter, rng=seed)
    return Learned(model, whitener), X


def run(settings: Settings) -> Outcome:
    """Return the outcome of the exercise."""
    n_patches, n_hidden = (100_000, 400) if settings.full else (20_000, 100)
    learned, X = learn(n_patches=n_patches, n_hidden=n_hidden, max_iter=settings.max_iter, seed=settings.seed)
    small = Objective(X[:20, :9].astype("float64"), 5, **PENALTIES)
    check = check_gradient(small, small.initial(settings.seed))
    features: HostArray = learned.whitener.in_data_space(learned.model.W1)
    colored = float((_colorfulness(features) > 0.5).mean())
    figures = (
        Figure("gradient against differences", "below 1e-9", f"{check.relative_difference:.1e}", check.passed),
        Figure("features of opponent colors", "some", f"{100 * colored:.0f} %", 0.0 < colored < 1.0),
        Figure("whitened variance kept", "-", f"{100 * learned.model.score(X):.0f} %", None),
    )
    picture = feature_grid(features, patch_shape=(SIDE, SIDE, 3), zoom=4)
    return Outcome(
        f"{n_patches} patches of {SIDE} x {SIDE} pixels in color, {n_hidden} units", figures, {"colors.png": picture}
    )


def _colorfulness(features: HostArray) -> HostArray:
    """Return the share of each feature's energy that is not in its gray part."""
    pixels = features.reshape(len(features), -1, 3)
    gray = host.broadcast_to(pixels.mean(axis=2, keepdims=True), pixels.shape)
    whole: HostArray = (pixels**2).sum(axis=(1, 2))
    colorful: HostArray = 1.0 - (gray**2).sum(axis=(1, 2)) / host.maximum(whole, host.finfo(whole.dtype).tiny)
    return colorful
