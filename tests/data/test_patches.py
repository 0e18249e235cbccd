"""Patches: each is a piece of an image, draws are uniform and the same everywhere; normalization keeps its laws."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.data.patches import normalize_patches, sample_patches
from xpsae.data.scaling import three_sigma

NUMBERED = np.arange(3 * 12 * 17, dtype=np.int64).reshape(3, 12, 17)


def assert_pieces(patches, images, shape):
    """Every pixel of `images` has its own number, so a patch's first one tells where it must have come from."""
    starts = {
        int(image[y, x].flat[0]): (k, y, x) for k, image in enumerate(images) for y, x in np.ndindex(image.shape[:2])
    }
    for patch in patches:
        k, y, x = starts[int(patch[0])]
        piece = images[k][y : y + shape[0], x : x + shape[1]]
        np.testing.assert_array_equal(patch, piece.reshape(-1))


@pytest.mark.parametrize("dtype", ["int16", "int64", "float32", "float64"])
def test_patches_are_pieces_and_keep_library_dtype_and_device(xp, dtype):
    patches = sample_patches(xp.array(NUMBERED, dtype), 40, (3, 5), rng=0)
    assert xp.owns(patches)
    assert xp.host(patches).dtype == dtype
    assert patches.shape == (40, 15)
    assert_pieces(xp.host(patches), NUMBERED, (3, 5))


def test_color_patches_are_pieces(xp):
    images = np.arange(2 * 9 * 8 * 3).reshape(2, 9, 8, 3)
    patches = sample_patches(xp.array(images), 40, (4, 2), rng=1)
    assert patches.shape == (40, 24)
    assert_pieces(xp.host(patches), images, (4, 2))


@pytest.mark.parametrize("tail", [(), (3,)])
def test_a_sequence_of_images_of_different_sizes(xp, tail):
    shapes = [(5, 9, *tail), (12, 4, *tail), (4, 4, *tail)]
    ends = np.cumsum([0] + [np.prod(shape) for shape in shapes])
    images = [np.arange(end - np.prod(shape), end).reshape(shape) for shape, end in zip(shapes, ends[1:], strict=True)]
    patches = sample_patches([xp.array(image) for image in images], 60, (4, 4), rng=2)
    assert xp.owns(patches)
    assert_pieces(xp.host(patches), images, (4, 4))
    assert {int(np.searchsorted(ends, p[0], side="right")) for p in xp.host(patches)} == {1, 2, 3}


def test_a_seed_gives_the_same_patches_on_every_library_and_from_a_list(xp):
    expected = sample_patches(NUMBERED, 30, (4, 4), rng=7)
    images = xp.array(NUMBERED)
    np.testing.assert_array_equal(xp.host(sample_patches(images, 30, (4, 4), rng=7)), expected)
    np.testing.assert_array_equal(
        xp.host(sample_patches([images[k, :, :] for k in range(3)], 30, (4, 4), rng=7)), expected
    )


def test_a_generator_moves_on():
    rng = np.random.default_rng(0)
    first, second = (sample_patches(NUMBERED, 30, (4, 4), rng=rng) for _ in range(2))
    assert not np.array_equal(first, second)


def test_image_and_corner_are_drawn_uniformly():
    images = [np.arange(12).reshape(3, 4), np.arange(12, 12 + 36).reshape(6, 6)]
    corners = sample_patches(images, 60_000, (2, 2), rng=0)[:, 0]
    counts = np.bincount(corners, minlength=48)
    small, large = counts[:12].reshape(3, 4), counts[12:].reshape(6, 6)
    np.testing.assert_allclose(small[:2, :3], 30_000 / 6, rtol=0.06)
    np.testing.assert_allclose(large[:5, :5], 30_000 / 25, rtol=0.12)
    assert counts.sum() == small[:2, :3].sum() + large[:5, :5].sum()


def test_the_whole_image_is_a_patch():
    np.testing.assert_array_equal(sample_patches(NUMBERED[:1], 2, (12, 17)), np.tile(NUMBERED[0].reshape(-1), (2, 1)))


def test_ten_thousand_patches_take_well_under_half_a_second():
    images = np.zeros((6, 512, 512))
    start = time.perf_counter()
    sample_patches(images, rng=0)
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("images", "options", "error", "message"),
    [
        (NUMBERED, {"n_patches": 0}, ValueError, r"n_patches: expected an integer of at least 1, got 0"),
        (NUMBERED, {"n_patches": 2.5}, TypeError, r"n_patches: expected an integer"),
        (NUMBERED, {"patch_shape": 8}, ValueError, r"patch_shape: expected a height and a width, got 8"),
        (NUMBERED, {"patch_shape": (8, 0)}, ValueError, r"patch_shape: expected an integer of at least 1, got 0"),
        (NUMBERED, {"patch_shape": (13, 4)}, ValueError, r"\(13, 4\) where images\[0\] has \(12, 17\) pixels"),
        ([np.zeros((9, 9)), np.zeros((9, 7))], {}, ValueError, r"got \(8, 8\) where images\[1\] has \(9, 7\) pixels"),
        (np.zeros((30, 40, 3)), {}, ValueError, r"or images\[None\] if it is one picture in color"),
        (np.zeros((30, 40, 4)), {}, ValueError, r"or images\[None\] if it is one picture in color"),
        (NUMBERED, {"rng": "x"}, TypeError, r"rng: expected"),
        (NUMBERED[0], {}, ValueError, r"images: expected shape \(n, height, width\).*images\[None\]"),
        (NUMBERED[:0], {}, ValueError, r"nowhere 0, got shape \(0, 12, 17\)"),
        ([], {}, TypeError, r"images: expected an array .* got an empty sequence"),
        (["a.png"], {}, TypeError, r"images: expected an array of shape .* got \['a\.png'\]"),
        (3, {}, TypeError, r"images: expected an array of shape .* got 3"),
        ([np.zeros((9, 9)), np.zeros(9)], {}, ValueError, r"images\[1\]: expected shape .* got shape \(9,\)"),
        ([np.zeros((9, 9)), np.zeros((9, 9, 3))], {}, ValueError, r"images\[1\]: expected as many channels"),
        ([np.zeros((9, 9)), np.zeros((9, 9), "f4")], {}, ValueError, r"images\[1\]: .*float64 of numpy .* got float32"),
    ],
)  # fmt: skip
def test_refusals(images, options, error, message):
    with pytest.raises(error, match=message):
        sample_patches(images, **options)


def test_images_of_two_libraries_are_refused():
    strict = pytest.importorskip("array_api_strict")
    with pytest.raises(ValueError, match=r"images\[1\]: expected float64 of numpy on cpu, as images\[0\], got"):
        sample_patches([np.zeros((9, 9)), strict.zeros((9, 9), dtype=strict.float64)])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normalized_patches_are_the_notes_recipe(xp, dtype):
    data = np.random.default_rng(0).standard_t(3, (200, 16)).astype(dtype) * 5 + 2
    centered = data.astype(float) - data.astype(float).mean(axis=1, keepdims=True)
    limit = 3 * centered.std(ddof=1)
    expected = (np.clip(centered, -limit, limit) / limit + 1) * 0.4 + 0.1
    result = normalize_patches(xp.array(data))
    assert xp.owns(result)
    assert xp.host(result).dtype == dtype
    np.testing.assert_allclose(xp.host(result), expected, atol=1e-5 if dtype == "float32" else 1e-12)


@given(seed=st.integers(0, 99), gain=st.floats(0.01, 100), shift=st.floats(-100, 100))
def test_normalization_ignores_brightness_and_contrast_and_stays_in_range(xp, seed, gain, shift):
    data = np.random.default_rng(seed).normal(size=(20, 9))
    plain, moved = (xp.host(normalize_patches(xp.array(x))) for x in (data, data * gain + shift))
    np.testing.assert_allclose(moved, plain, atol=1e-9)
    assert plain.min() >= 0.1 - 1e-15
    assert plain.max() <= 0.9 + 1e-15


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_constant_patches_become_one_half(xp, dtype):
    data = np.repeat(np.asarray([[0.1], [0.7], [-1234.567], [0.3]], dtype=dtype), 64, axis=1)
    for patches in (data, data[:1], data[:, :1], data * 0, data[:1, :1]):
        np.testing.assert_allclose(xp.host(normalize_patches(xp.array(patches))), 0.5, atol=1e-3)


def test_integer_patches_are_converted(xp):
    data = np.arange(12).reshape(3, 4) ** 2
    result = normalize_patches(xp.array(data))
    np.testing.assert_allclose(xp.host(result), normalize_patches(data.astype(float)), atol=1e-12)


def test_the_formula_is_the_three_sigma_scaling_of_centered_patches():
    data = np.random.default_rng(0).normal(size=(30, 9))
    centered = data - data.mean(axis=1, keepdims=True)
    expected = three_sigma(centered, xp=np).apply(centered, xp=np)
    np.testing.assert_array_equal(normalize_patches(data), expected)


@pytest.mark.parametrize(
    ("patches", "error", "message"),
    [
        (np.zeros((2, 3, 4)), ValueError, r"patches: expected shape \(n_patches, n_pixels\), .*got shape \(2, 3, 4\)"),
        (np.zeros((0, 3)), ValueError, r"patches: expected shape .*got shape \(0, 3\)"),
        (
            np.asarray([[1.0, np.nan, np.inf]]),
            ValueError,
            r"patches: expected finite numbers, got 2 NaN or infinite values",
        ),
        (np.zeros((2, 3), complex), TypeError, r"patches: expected real numbers, got dtype complex128"),
        ("abc", TypeError, r"patches: expected an array of numbers, got 'abc'"),
    ],
)
def test_normalize_refusals(patches, error, message):
    with pytest.raises(error, match=message):
        normalize_patches(patches)
