"""A user's program on NumPy arrays, which a strict type checker has to accept; the test suite also runs it."""

import numpy as np
import numpy.typing as npt

import xpsae

Vector = npt.NDArray[np.float64]


def bowl(x: Vector) -> tuple[float, Vector]:
    """Return a function of a vector and its gradient."""
    return float(np.sum(x**2)), 2.0 * x


def stop_late(reached: xpsae.IntermediateResult) -> None:
    """Stop a run after its sixteenth iteration."""
    if reached.nit > 15 and np.max(np.abs(reached.x)) > 0:
        raise StopIteration


def main() -> float:
    """Return how well a small model explains its data."""
    images = xpsae.whiten_images(xpsae.load_photographs()[:1, :64, :64])
    patches: Vector = xpsae.normalize_patches(xpsae.sample_patches(images, 50, (4, 4), rng=0))
    model = xpsae.fit(patches, n_hidden=3, max_iter=20, rng=0, callback=stop_late)
    codes: Vector = model.encode(patches)
    assert np.mean(codes) > 0.0
    assert np.mean(model.W1 @ patches.T) < np.inf
    result = xpsae.minimize(bowl, np.ones(3))
    assert float(np.sum(result.x)) == 0.0
    assert xpsae.check_gradient(bowl, result.x + 1.0).passed
    objective = xpsae.Objective(patches, 3)
    cost, gradient = objective(objective.initial(rng=0))
    assert float(cost) > 0.0
    assert np.linalg.norm(gradient) > 0.0
    return model.score(patches)
