"""Convolving learned features over pictures, and pooling."""

import tracemalloc

import numpy as np
import pytest

import xpsae
from xpsae import convolution

IMAGES = np.random.default_rng(0).random((4, 11, 9, 3))


@pytest.mark.parametrize("scaling", [None, "three-sigma"])
@pytest.mark.parametrize("numbers", [6000, 600])  # so that the pictures are visited in parts, whole ones or lines
@pytest.mark.parametrize("whitened", [False, True])
def test_maps_are_the_codes_of_every_patch(xp, monkeypatch, whitened, scaling, numbers):
    monkeypatch.setattr(convolution, "NUMBERS", numbers)
    images = xp.array(IMAGES)
    patches = xpsae.sample_patches(images, 60, (4, 3), rng=0)
    whitener = xpsae.Whitener().fit(patches) if whitened else None
    data = whitener.transform(patches) if whitened else patches
    model = xpsae.fit(data, 5, decoder="linear", scaling=scaling, max_iter=3, rng=0)
    maps = xpsae.convolve(model, images, (4, 3), whitener=whitener)
    assert xp.owns(maps)
    assert maps.shape == (4, 8, 7, 5)
    for i, y, x in [(0, 0, 0), (3, 7, 6), (1, 2, 5)]:
        patch = xp.array(IMAGES[i, y : y + 4, x : x + 3].reshape(1, -1))
        codes = model.encode(whitener.transform(patch) if whitened else patch)
        np.testing.assert_allclose(xp.host(maps)[i, y, x], xp.host(codes)[0], atol=1e-12)


def test_gray_pictures_and_square_patches_need_no_words(xp):
    model = xpsae.fit(xp.array(np.random.default_rng(1).random((20, 16))), 3, max_iter=2, rng=0)
    assert xpsae.convolve(model, xp.array(IMAGES[..., 0])).shape == (4, 8, 6, 3)


@pytest.mark.parametrize("how", ["mean", "max"])
def test_pooling_is_the_mean_or_maximum_of_squares(xp, how):
    maps = np.random.default_rng(2).random((2, 7, 8, 3))
    pooled = xpsae.pool(xp.array(maps), 3, how=how)
    assert xp.owns(pooled)
    squares = maps[:, :6, :6].reshape(2, 2, 3, 2, 3, 3)
    np.testing.assert_allclose(xp.host(pooled), getattr(squares, how)(axis=(2, 4)))


def test_what_does_not_fit_is_refused(xp):
    model = xpsae.fit(xp.array(np.random.default_rng(1).random((20, 16))), 3, max_iter=2, rng=0)
    with pytest.raises(ValueError, match=r"^patch_shape: expected patches of 16 numbers, as the model's, got 3 x 4"):
        xpsae.convolve(model, xp.array(IMAGES[..., 0]), (3, 4))
    with pytest.raises(ValueError, match=r"^images: expected at least 4 x 4 pixels, got 3 x 9"):
        xpsae.convolve(model, xp.array(IMAGES[:, :3, :, 0]))
    with pytest.raises(ValueError, match=r"^size: expected no more than the maps have, got 5 for maps of 4 x 6"):
        xpsae.pool(xp.array(np.zeros((1, 4, 6, 2))), 5)
    with pytest.raises(ValueError, match=r"^how: "):
        xpsae.pool(xp.array(np.zeros((1, 4, 6, 2))), 2, how="median")


def test_a_large_picture_takes_no_memory_for_all_of_its_patches(monkeypatch):
    monkeypatch.setattr(convolution, "NUMBERS", 2**16)
    image = np.random.default_rng(0).random((1, 200, 200))
    model = xpsae.fit(xpsae.sample_patches(image, 70, (8, 8), rng=0), 2, max_iter=2, rng=0)
    tracemalloc.start()
    try:
        xpsae.convolve(model, image)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000  # all patches are 19 MB
    finally:
        tracemalloc.stop()
