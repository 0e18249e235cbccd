"""Pictures in folders: every mode, the order of names, and what cannot be read."""

import sys

import numpy as np
import pytest

import xpsae
from xpsae.data.formats import read_images, read_rows

Image = pytest.importorskip("PIL.Image")
GRAY = np.random.default_rng(0).integers(0, 256, (12, 10), dtype=np.uint8)
COLOR = np.random.default_rng(1).integers(0, 256, (12, 10, 3), dtype=np.uint8)


def saved(folder, **pictures):
    for name, picture in pictures.items():
        file = folder / f"{name}.png"
        file.parent.mkdir(exist_ok=True)
        (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(file)
    return folder


def test_pictures_come_in_the_order_of_their_names(tmp_path):
    saved(tmp_path, b=GRAY + 1, a=GRAY)
    (tmp_path / "deeper").mkdir()
    saved(tmp_path / "deeper", z=GRAY + 2)
    (tmp_path / "notes.txt").write_text("no picture")
    images = read_images(tmp_path)
    for image, expected in zip(images, (GRAY, GRAY + 1, GRAY + 2), strict=True):
        np.testing.assert_array_equal(image, expected)


def test_every_mode_becomes_gray_or_color(tmp_path):
    picture = Image.fromarray(COLOR)
    modes = {mode: picture.convert(mode) for mode in ("1", "L", "P", "RGB", "RGBA", "LA")}
    modes["I;16"] = Image.fromarray(GRAY.astype(np.uint16) * 256)
    images = read_images(saved(tmp_path, **{f"{i}": each for i, each in enumerate(modes.values())}))
    found = {mode: (image.dtype.name, image.shape) for mode, image in zip(modes, images, strict=True)}
    gray, color = ("uint8", (12, 10)), ("uint8", (12, 10, 3))
    assert found == {
        "1": gray,
        "L": gray,
        "P": color,
        "RGB": color,
        "RGBA": color,
        "LA": gray,
        "I;16": ("uint16", (12, 10)),
    }
    assert all(image.ndim == 2 for image in read_images(tmp_path, gray=True))


def test_patches_are_cut_from_pictures_of_any_size(tmp_path, xp):
    images = read_images(saved(tmp_path, a=GRAY, b=GRAY[:9]))
    patches = xpsae.sample_patches([xp.array(image) for image in images], 40, (4, 4), rng=0)
    assert xp.owns(patches)
    assert patches.shape == (40, 16)


def test_patches_of_bytes_are_divided_by_255(tmp_path):
    patches = xpsae.sample_patches(read_images(saved(tmp_path, a=GRAY)), 40, (4, 4), rng=0)
    assert xpsae.fit(patches, 3, max_iter=2, rng=0).scaling.description == "values divided by 255"


def test_a_folder_of_pictures_of_one_size_is_rows(tmp_path):
    data = read_rows(saved(tmp_path, a=COLOR, b=COLOR[::-1]))
    assert data.tile == (12, 10, 3)
    assert data.rows.dtype == np.uint8
    np.testing.assert_array_equal(data.rows[1], COLOR[::-1].reshape(-1))


def test_pictures_that_differ_are_for_patches(tmp_path):
    saved(tmp_path, a=GRAY, b=GRAY[:9])
    with pytest.raises(ValueError, match=r"pictures of one size and kind, got .*\(12, 10\).*\(9, 10\).*sample_patches"):
        read_rows(tmp_path)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"path: expected a folder of pictures, got .* with no file named \.bmp"):
        read_images(tmp_path)


@pytest.mark.parametrize("damage", [lambda x: x[: len(x) // 2], lambda _: b"text", lambda _: b""])
def test_a_damaged_picture_is_named(tmp_path, damage):
    file = saved(tmp_path, a=GRAY) / "a.png"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ValueError, match=r"path: expected a picture, got .*a\.png, which cannot be read"):
        read_images(tmp_path)


def test_a_picture_that_claims_a_gigabyte_is_refused(tmp_path, monkeypatch):
    saved(tmp_path, a=GRAY)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match=r"a\.png, which cannot be read .*(exceeds|could be) .*bomb"):
        read_images(tmp_path)


@pytest.mark.parametrize("shape", [(3, 8, 9), (3, 8, 9, 3)])
def test_arrays_of_pictures_are_read_from_any_file(tmp_path, shape):
    pictures = np.random.default_rng(0).random(shape)
    np.savez(tmp_path / "p.npz", pictures=pictures, labels=np.zeros(3))
    for image, expected in zip(read_images(tmp_path / "p.npz", "pictures"), pictures, strict=True):
        np.testing.assert_array_equal(image, expected)


def test_a_table_is_no_pictures(tmp_path):
    np.save(tmp_path / "table.npy", np.zeros((5, 4)))
    with pytest.raises(ValueError, match=r"path: expected pictures, shape \(n, height, width\), got .*\(5, 4\)"):
        read_images(tmp_path / "table.npy")


def test_pillow_is_named_where_it_is_missing(tmp_path, monkeypatch):
    saved(tmp_path, a=GRAY)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(ImportError, match=r"needs Pillow.*pip install 'xpsae\[files\]'"):
        read_images(tmp_path)
