"""The samples: shapes, ranges, real contrast, and the remedy where scikit-learn is missing."""

import sys
from importlib import resources

import numpy as np
import pytest

from xpsae.data.samples import load_color_photographs, load_digits, load_photographs


def test_photographs_in_color_have_color_from_zero_to_one():
    photographs = load_color_photographs()
    assert photographs.shape == (4, 256, 256, 3)
    assert photographs.dtype == np.float64
    assert photographs.min() >= 0
    assert photographs.max() <= 1
    assert np.all(np.ptp(photographs, axis=3).mean(axis=(1, 2)) > 0.02)


def test_photographs_are_gray_pictures_from_zero_to_one():
    photographs = load_photographs()
    assert photographs.dtype == np.float64
    assert photographs.shape[1:] == (512, 512)
    assert len(photographs) >= 6
    assert photographs.min() >= 0
    assert photographs.max() <= 1
    assert np.all(photographs.std(axis=(1, 2)) > 0.05)


@pytest.mark.parametrize("file", ["photographs.npz", "color.npz"])
def test_the_bundled_files_are_small_and_every_picture_in_them_is_accounted_for(file):
    folder = resources.files("xpsae.data") / "photographs"
    packed = folder / file
    assert len(packed.read_bytes()) <= 2_000_000
    terms = (folder / "LICENSE.md").read_text(encoding="utf-8")
    with packed.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
        assert len(archive["names"]) == len(archive["photographs"])
        for name in archive["names"]:
            assert f"| {name} |" in terms


def test_digits_are_rows_from_zero_to_one():
    pytest.importorskip("sklearn")
    digits = load_digits()
    assert digits.shape == (1797, 64)
    assert digits.dtype == np.float64
    assert (digits.min(), digits.max()) == (0, 1)


def test_digits_without_scikit_learn_name_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="Run: pip install scikit-learn"):
        load_digits()
