#!/usr/bin/env python3
"""Draw the documentation's pictures from the bundled data, with fixed seeds, into docs/images.

``python tools/figures.py`` needs ``pip install '.[plot,digits]'`` and a few seconds. The last digits of a run depend on
the machine, so a picture made elsewhere may differ in some tiles.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import xpsae

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
LARGEST = 150_000


def edges() -> xpsae.SparseAutoencoder:
    """Return the model of the exercise on photographs; the tutorial shows these lines."""
    rng = np.random.default_rng(0)
    whitened = xpsae.whiten_images(xpsae.load_photographs())
    patches = xpsae.sample_patches(whitened, 10_000, (8, 8), rng=rng)
    X = xpsae.normalize_patches(patches)
    return xpsae.fit(X, n_hidden=25, weight_decay=1e-4, sparsity_target=0.01, sparsity_weight=3.0, rng=rng)


def strokes() -> xpsae.SparseAutoencoder:
    """Return the model of the exercise on scikit-learn's digits."""
    X = xpsae.load_digits()
    return xpsae.fit(X, n_hidden=25, weight_decay=3e-3, sparsity_target=0.1, sparsity_weight=3.0, rng=0)


def main() -> None:
    """Write the pictures and say how large they are."""
    IMAGES.mkdir(exist_ok=True)
    model = edges()
    xpsae.save_features(model, IMAGES / "features.png", zoom=10)
    xpsae.plot_training(model).figure.savefig(IMAGES / "cost.png", dpi=100, metadata={"Software": None})
    xpsae.save_features(strokes(), IMAGES / "strokes.png", zoom=10)
    sizes = {path.name: path.stat().st_size for path in sorted(IMAGES.glob("*.png"))}
    print(*(f"{size:>7} bytes  docs/images/{name}" for name, size in sizes.items()), sep="\n")
    assert sum(sizes.values()) < LARGEST, "too much for a repository"


if __name__ == "__main__":
    main()
