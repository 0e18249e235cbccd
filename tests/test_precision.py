"""float32 at the quality of float64: costs summed in float64, gradients right to a few units in the last place."""

import numpy as np
import pytest

import xpsae

ROWS = 10_000


@pytest.fixture(scope="module")
def patches():
    images = xpsae.whiten_images(xpsae.load_photographs())
    return xpsae.normalize_patches(xpsae.sample_patches(images, ROWS, (8, 8), rng=0)).astype("f4")


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("decoder", ["sigmoid", "linear"])
def test_a_float32_evaluation_of_ten_thousand_rows_is_that_of_float64(patches, decoder, seed):
    options = {"sparsity_target": 0.01, "decoder": decoder}
    double, single = (xpsae.Objective(patches.astype(dtype), 25, **options) for dtype in ("f8", "f4"))
    theta = single.initial(seed)
    (cost, gradient), (cost32, gradient32) = double(theta.astype("f8")), single(theta)
    assert abs(float(cost32) / float(cost) - 1) < 1e-7  # less than one rounding of float32
    assert np.linalg.norm(gradient32 - gradient) < 5e-7 * np.linalg.norm(gradient)
