"""Exercise 3: principal components, PCA and ZCA whitening of patches."""

from __future__ import annotations

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.data.patches import sample_patches
from xpsae.data.samples import load_photographs
from xpsae.data.whitener import Whitener
from xpsae.exercises.record import Figure, Outcome, Settings
from xpsae.pictures.grid import feature_grid

_SHOWN = 144


def run(settings: Settings) -> Outcome:
    """Return the outcome of the exercise, on 10 000 patches of 12 x 12 pixels less their own means."""
    X = sample_patches(load_photographs(), 10_000, (12, 12), rng=settings.seed)
    X = X - X.mean(axis=1, keepdims=True)
    exact, zca = Whitener("pca", epsilon=0.0, variance=0.9999).fit(X), Whitener("zca", epsilon=0.1).fit(X)
    covariance = host.cov(exact.transform(X), rowvar=False, bias=True)
    far = float(host.max(host.abs(covariance - host.eye(len(covariance)))))
    kept = {share: Whitener("pca", variance=share).fit(X) for share in (0.99, 0.9)}
    figures = (
        Figure("PCA whitened covariance from the identity", "0", f"{far:.1e}", far < 1e-6),
        *(_kept(share, whitener, X) for share, whitener in kept.items()),
        Figure("covariance with epsilon 0.1", "a diagonal falling from 1", *_falling(X)),
    )
    pictures = {
        "patches.png": feature_grid(X[:_SHOWN, :], zoom=2),
        "patches-90-percent.png": feature_grid(_without_rest(kept[0.9], X[:_SHOWN, :]), zoom=2),
        "patches-whitened.png": feature_grid(zca.transform(X[:_SHOWN, :]), zoom=2),
    }
    return Outcome("10000 patches of 12 x 12 pixels", figures, pictures)


def _kept(share: float, whitener: Whitener, X: HostArray) -> Figure:
    lost = X - _without_rest(whitener, X)
    variance = 1.0 - float((lost**2).sum() / ((X - X.mean(axis=0)) ** 2).sum())
    count = 0 if whitener.components is None else whitener.components.shape[0]
    ours = f"{count} of {X.shape[1]} components keep {100 * variance:.2f} %"
    return Figure(
        f"components for {100 * share:g} % of the variance", f"{100 * share:g} % kept", ours, variance >= share
    )


def _without_rest(whitener: Whitener, X: HostArray) -> HostArray:
    back: HostArray = whitener.inverse(whitener.transform(X))
    return back


def _falling(X: HostArray) -> tuple[str, bool]:
    Z: HostArray = Whitener("pca", epsilon=0.1).fit(X).transform(X)
    variances = (Z**2).mean(axis=0)
    fine = bool(host.all(host.diff(variances) <= 1e-12)) and bool(variances[0] <= 1.0)
    return f"from {variances[0]:.2f} to {variances[-1]:.1e}", fine
