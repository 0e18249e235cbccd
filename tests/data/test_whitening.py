"""Whitening: the filter's response, the laws of a linear filter, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.data.samples import load_photographs
from xpsae.data.whitening import whiten_images


def pictures(shape=(3, 20, 17), seed=0):
    return np.random.default_rng(seed).normal(size=shape).cumsum(axis=-1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(16, 16), (3, 20, 17), (2, 9, 12)])
def test_library_dtype_device_and_shape_are_kept_and_moments_are_as_promised(xp, dtype, shape):
    result = whiten_images(xp.array(pictures(shape), dtype))
    assert xp.owns(result)
    assert tuple(result.shape) == shape
    white = xp.host(result)
    assert white.dtype == dtype
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(white.mean(axis=(-2, -1)), 0, atol=tolerance)
    np.testing.assert_allclose(white.std(axis=(-2, -1)), 1, rtol=tolerance)


def test_the_filter_is_the_papers_on_a_full_complex_transform(xp):
    image, cutoff = pictures((32, 32)), 0.3
    cycles = np.fft.fftfreq(32, 1 / 32)
    f = np.hypot(cycles[:, None], cycles[None, :])
    expected = np.fft.ifft2(np.fft.fft2(image) * f * np.exp(-((f / (cutoff * 32)) ** 4))).real
    result = xp.host(whiten_images(xp.array(image), cutoff=cutoff))
    np.testing.assert_allclose(result, expected / expected.std(), atol=1e-12)


def test_each_image_is_whitened_by_itself(xp):
    images = pictures()
    together = xp.host(whiten_images(xp.array(images)))
    for image, expected in zip(images, together, strict=True):
        np.testing.assert_allclose(xp.host(whiten_images(xp.array(image))), expected, atol=1e-12)


@given(gain=st.floats(0.01, 100), shift=st.floats(-100, 100), turn=st.integers(0, 16))
def test_brightness_and_contrast_do_not_matter_and_turning_commutes(gain, shift, turn):
    image = pictures((12, 16))
    white = whiten_images(image)
    np.testing.assert_allclose(whiten_images(image * gain + shift), white, atol=1e-9)
    np.testing.assert_allclose(whiten_images(np.roll(image, turn, axis=1)), np.roll(white, turn, axis=1), atol=1e-10)
    np.testing.assert_allclose(whiten_images(image.T), white.T, atol=1e-10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_constant_image_becomes_zero(xp, dtype):
    images = np.stack([np.full((8, 9), 123.456), pictures((8, 9)), np.zeros((8, 9))]).astype(dtype)
    white = xp.host(whiten_images(xp.array(images)))
    np.testing.assert_array_equal(white[[0, 2]], 0)
    assert white[1].std() == pytest.approx(1, rel=1e-5)


def test_integers_are_converted(xp):
    image = np.random.default_rng(0).integers(0, 255, (16, 16))
    result = xp.host(whiten_images(xp.array(image)))
    np.testing.assert_allclose(result, whiten_images(image.astype(float)), atol=1e-12)
    assert whiten_images(image.astype(np.float16)).dtype == np.float32


def test_photographs_get_a_flatter_spectrum():
    photographs = load_photographs()

    def octaves(images):
        f = np.hypot(np.fft.fftfreq(512)[:, None], np.fft.fftfreq(512)[None, :])
        power = (np.abs(np.fft.fft2(images - images.mean(axis=(1, 2), keepdims=True))) ** 2).mean(axis=0)
        return [power[(low < f) & (f <= 2 * low)].mean() for low in (1 / 64, 1 / 32, 1 / 16, 1 / 8)]

    before, after = octaves(photographs), octaves(whiten_images(photographs))
    assert max(before) / min(before) > 20
    assert max(after) / min(after) < 5


@pytest.mark.parametrize(
    ("images", "options", "error", "message"),
    [
        (np.zeros(16), {}, ValueError, r"images: expected shape \(height, width\) or \(n, height, width\), .*\(16,\)"),
        (np.zeros((1, 8, 8, 3)), {}, ValueError, r"images: expected shape .* got shape \(1, 8, 8, 3\)"),
        (np.zeros((0, 8, 8)), {}, ValueError, r"images: expected shape .* got shape \(0, 8, 8\)"),
        (np.zeros((3, 8)), {}, ValueError, r"images: expected at least 4 x 4 pixels, got 3 x 8"),
        (np.zeros((30, 40, 3)), {}, ValueError, r"got 40 x 3\. Whiten a picture in color one channel at a time"),
        (np.full((8, 8), np.nan), {}, ValueError, r"images: expected finite numbers, got 64 NaN or infinite values"),
        (np.zeros((8, 8), complex), {}, TypeError, r"images: expected real numbers, got dtype complex128"),
        (None, {}, TypeError, r"images: expected an array"),
        (np.zeros((8, 8)), {"cutoff": 0}, ValueError, r"cutoff: expected a finite number above 0, got 0"),
        (np.zeros((8, 8)), {"cutoff": "high"}, TypeError, r"cutoff: expected a finite number above 0, got 'high'"),
    ],
)
def test_refusals(images, options, error, message):
    with pytest.raises(error, match=message):
        whiten_images(images, **options)
