"""Exercise 1: edges from patches of natural images, and the check of the gradient."""

from __future__ import annotations

import time
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.random import generator
from xpsae.data.patches import normalize_patches, sample_patches
from xpsae.data.samples import load_photographs
from xpsae.data.whitening import whiten_images
from xpsae.exercises.record import Figure, Outcome, Settings
from xpsae.optimize.gradient_check import check_gradient
from xpsae.pictures.grid import feature_grid
from xpsae.presets import PRESETS
from xpsae.problem import Objective
from xpsae.training import fit

PENALTIES: dict[str, Any] = {name: value for name, value in PRESETS["ufldl-patches"].items() if name != "n_hidden"}
_SECONDS = 60.0
"""The exercise's own bar for vectorized code."""


def run(settings: Settings) -> Outcome:
    """Return the outcome of the exercise."""
    draws = generator(settings.seed)
    X = normalize_patches(sample_patches(whiten_images(load_photographs()), 10_000, (8, 8), rng=draws))
    small = Objective(X[:100, :], 2, **PENALTIES)
    check = check_gradient(small, small.initial(draws))
    start = time.perf_counter()
    model = fit(X, 25, **PENALTIES, max_iter=settings.max_iter, rng=draws)
    seconds = time.perf_counter() - start
    far = float(host.max(host.abs(model.mean_activation / model.penalties.sparsity_target - 1.0)))
    figures = (
        Figure("gradient against differences", "below 1e-9", f"{check.relative_difference:.1e}", check.passed),
        Figure("seconds to train", "below 60", f"{seconds:.1f}", seconds < _SECONDS),
        Figure("cost at the end", "-", f"{model.result.fun:.4g}", None),
        Figure("mean activations from 0.01", "-", f"at most {100 * far:.0f} % away", far < 0.2),
    )
    return Outcome("10000 patches of 8 x 8 pixels", figures, {"edges.png": feature_grid(model.features, zoom=8)})
