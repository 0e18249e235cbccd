"""The feature grid: shades, layout, shapes and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.pictures.grid import feature_grid, tile_shape

MATRICES = st.tuples(st.integers(1, 12), st.integers(1, 5), st.integers(0, 2**32 - 1)).map(
    lambda t: np.random.default_rng(t[2]).standard_normal((t[0], t[1] ** 2))
)


def tiles_of(picture, side, columns, pad=1):
    """Cut a picture of square tiles apart again."""
    step = side + pad
    lines = (picture.shape[0] - pad) // step
    return [
        picture[pad + i * step : pad + i * step + side, pad + j * step : pad + j * step + side]
        for i in range(lines)
        for j in range(columns)
    ]


def test_negative_is_black_zero_is_mid_gray_positive_is_white():
    tile = feature_grid(np.array([[-3.0, 0.0, 0.0, 3.0]]), pad=0)
    np.testing.assert_array_equal(tile, [[0, 128], [128, 255]])


@given(MATRICES)
def test_every_tile_keeps_its_row_to_half_a_shade(W):
    side, columns = int(np.sqrt(W.shape[1])), int(np.ceil(np.sqrt(len(W))))
    tiles = tiles_of(feature_grid(W), side, columns)
    assert len(W) <= len(tiles) < len(W) + columns
    for row, tile in zip(W, tiles[: len(W)], strict=True):
        np.testing.assert_allclose((tile.ravel() - 127.5) / 127.5, row / np.abs(row).max(), atol=0.5 / 127 + 1e-12)


@given(MATRICES, st.floats(1e-300, 1e300))
def test_scaling_all_features_changes_nothing_in_either_contrast(W, factor):
    for contrast in ("tile", "common"):
        same = feature_grid(np.round(W, 3) * 2.0 ** np.round(np.log2(factor)), contrast=contrast)
        np.testing.assert_array_equal(same, feature_grid(np.round(W, 3), contrast=contrast))


@given(MATRICES)
def test_tile_contrast_ignores_the_scale_of_each_row(W):
    scaled = W * 2.0 ** -np.arange(len(W))[:, None]
    np.testing.assert_array_equal(feature_grid(scaled), feature_grid(W))


def test_common_contrast_keeps_the_scale_of_each_row():
    rows = np.stack([np.ones(4), np.full(4, 0.5)])
    assert sorted(np.unique(feature_grid(rows, contrast="common", pad=0))) == [int(0.5 * 127.5 + 128), 255]
    assert np.unique(feature_grid(rows, contrast="tile", pad=0)).tolist() == [255]


def test_rows_of_zeros_are_mid_gray_without_a_warning():
    for contrast in ("tile", "common"):
        np.testing.assert_array_equal(feature_grid(np.zeros((1, 9)), contrast=contrast, pad=0), np.full((3, 3), 128))


def test_extreme_magnitudes_keep_their_shades():
    tiny, huge = np.finfo(float).smallest_subnormal, np.finfo(float).max
    W = np.array([[-tiny, 0, 0, tiny], [-huge, 0, 0, huge]])
    np.testing.assert_array_equal(feature_grid(W, pad=0), [[0, 128, 0, 128], [128, 255, 128, 255]])


@pytest.mark.parametrize(
    ("count", "shape", "lines", "columns"),
    [(25, (8, 8), 5, 5), (20, (8, 8), 4, 5), (4, (2, 8), 4, 1), (1, (5, 1), 1, 1)],
)
def test_the_picture_is_nearly_square(count, shape, lines, columns):
    picture = feature_grid(np.ones((count, shape[0] * shape[1])), patch_shape=shape)
    assert picture.shape == (lines * (shape[0] + 1) + 1, columns * (shape[1] + 1) + 1)


def test_columns_pad_and_zoom():
    W = np.ones((3, 4))
    assert feature_grid(W, columns=2, pad=3, zoom=4).shape == (2 * (8 + 3) + 3, 2 * (8 + 3) + 3)
    assert feature_grid(W, columns=99).shape == (4, 10)
    np.testing.assert_array_equal(
        feature_grid(np.arange(4.0)[None], zoom=3, pad=0),
        np.kron(feature_grid(np.arange(4.0)[None], pad=0), np.ones((3, 3))),
    )


def test_lines_between_tiles_and_empty_places_are_black():
    picture = feature_grid(np.zeros((3, 4)), columns=2)
    tiled = np.zeros((7, 7), bool)
    tiled[1:3, 1:3] = tiled[1:3, 4:6] = tiled[4:6, 1:3] = True
    np.testing.assert_array_equal(picture == 128, tiled)
    np.testing.assert_array_equal(picture == 0, ~tiled)


def test_three_times_a_square_is_a_color_tile_with_channels_last():
    pixels = np.zeros((2, 2, 3))
    pixels[0, 1] = [1.0, 0.0, -1.0]
    picture = feature_grid(pixels.reshape(1, 12), pad=0)
    assert picture.shape == (2, 2, 3)
    np.testing.assert_array_equal(picture[0, 1], [255, 128, 0])
    np.testing.assert_array_equal(picture[1, 1], [128, 128, 128])


@pytest.mark.parametrize("dtype", ["int8", "uint16", "float16", "float32", "bool"])
def test_every_real_dtype_is_accepted(dtype):
    assert feature_grid(np.ones((1, 4), dtype), pad=0).tolist() == [[255, 255], [255, 255]]


def test_the_input_is_not_changed():
    W = np.arange(8.0).reshape(2, 4)
    feature_grid(W)
    np.testing.assert_array_equal(W, np.arange(8.0).reshape(2, 4))


def test_an_unknown_shape_names_patch_shape_and_offers_divisors():
    with pytest.raises(ValueError, match=r"patch_shape: .*neither.*patch_shape=\(5, 8\) or patch_shape=\(4, 10\)"):
        tile_shape(40, None)
    with pytest.raises(ValueError, match=r"got \(8, 9\)\. Pass patch_shape=\(8, 8\)"):
        tile_shape(64, (8, 9))


@pytest.mark.parametrize("shape", [(64,), (4, 4, 4), (2, 2, 4, 4), (8, -8), (0, 64), ()])
def test_shapes_that_are_not_tiles_are_refused(shape):
    with pytest.raises(ValueError, match="patch_shape"):
        tile_shape(64, shape)


@pytest.mark.parametrize("shape", [8, "8x8", (8.0, 8.0), (8, True)])
def test_shapes_of_a_wrong_type_are_refused(shape):
    with pytest.raises(TypeError, match="patch_shape"):
        tile_shape(64, shape)


@pytest.mark.parametrize("bad", [np.ones(4), np.ones((1, 2, 2)), np.ones((0, 4)), np.ones((4, 0)), np.float64(1)])
def test_what_is_not_a_matrix_is_refused(bad):
    with pytest.raises(ValueError, match="W: expected a non-empty matrix"):
        feature_grid(bad)


@pytest.mark.parametrize("bad", [np.ones((1, 4), complex), np.array([["a"] * 4]), np.array([[None] * 4])])
def test_what_is_not_real_is_refused(bad):
    with pytest.raises(TypeError, match="W: expected real numbers, got dtype"):
        feature_grid(bad)


def test_values_that_are_not_finite_are_counted():
    with pytest.raises(ValueError, match="W: expected finite values, got 2 NaN or infinite"):
        feature_grid(np.array([[1.0, np.nan, np.inf, 0.0]]))


@pytest.mark.parametrize("option", [{"contrast": "none"}, {"pad": -1}, {"zoom": 0}, {"columns": 0}])
def test_options_out_of_range_are_named(option):
    with pytest.raises(ValueError, match=next(iter(option))):
        feature_grid(np.ones((1, 4)), **option)
