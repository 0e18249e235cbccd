"""Vectors as pictures or bars."""

import base64
import io

import numpy as np
import pytest

from xpsae.reporting.views import Canvas, canvas, data_uri


def pixels(uri):
    """Return the picture in a data URI."""
    image = pytest.importorskip("matplotlib.image")
    content = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    return np.round(255 * image.imread(io.BytesIO(content))).astype(int)


@pytest.mark.parametrize(
    ("n", "shape", "view", "tile"),
    [
        (64, None, "auto", (8, 8)),
        (192, None, "auto", (8, 8, 3)),
        (9, None, "auto", None),
        (27, None, "auto", (3, 3, 3)),
        (18, None, "auto", None),
        (63, None, "auto", None),
        (9, None, "pictures", (3, 3)),
        (6, (2, 3), "auto", (2, 3)),
        (64, None, "bars", None),
        (64, (8, 8), "bars", None),
    ],
)
def test_pictures_are_made_of_what_looks_like_pictures(n, shape, view, tile):
    assert canvas(n, shape, view) == Canvas(tile, n)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"^patch_shape: expected"):
        canvas(10, (3, 3), "auto")
    with pytest.raises(ValueError, match=r"^view: expected 'auto' or"):
        canvas(16, None, "tiles")


def test_values_are_shaded_from_black_to_white():
    shown = pixels(canvas(4, (2, 2), "auto").values(np.array([-1.0, 0.0, 0.5, 3.0]), 0.0, 1.0))
    np.testing.assert_array_equal(shown, [[0, 0], [128, 255]])
    np.testing.assert_array_equal(pixels(canvas(4, (2, 2), "auto").values(np.ones(4), 1.0, 1.0)), np.full((2, 2), 128))


def test_features_have_gray_zeros():
    np.testing.assert_array_equal(
        pixels(canvas(4, (2, 2), "auto").feature(np.array([-2.0, 0.0, 1.0, 2.0]))), [[0, 128], [191, 255]]
    )


def test_bars_are_percents_of_the_tallest():
    bars = canvas(3, None, "bars")
    assert bars.feature(np.array([-4.0, 1.0, 2.0])) == [-100, 25, 50]
    assert bars.feature(np.zeros(3)) == [0, 0, 0]
    assert bars.values(np.array([0.5, 3.0, -9.0]), 0.0, 2.0) == [25, 100, -100]


def test_of_many_bars_the_tallest_of_neighbors_are_kept():
    row = np.zeros(1100)
    row[[4, 1099]] = -1.0, 0.5
    shown = canvas(1100, None, "bars").feature(row)
    assert (len(shown), shown[1], shown[-1], sum(map(abs, shown))) == (367, -100, 50, 150)


def test_colors_are_kept():
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    np.testing.assert_array_equal(pixels(data_uri(picture)), picture)
