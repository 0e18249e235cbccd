"""The page about several trainings."""

import re

import numpy as np
import pytest

import xpsae

X = np.random.default_rng(0).random((60, 16))


def test_a_row_for_every_unit_and_a_picture_for_every_run(xp, tmp_path):
    found = xpsae.stability(xp.array(X), 3, seeds=2, max_iter=3)
    page = xpsae.save_stability(found, tmp_path / "s.html", title="<b>Runs</b>").read_text(encoding="utf-8")
    assert page.count("<tr><td>") == 3
    assert page.count("<img ") == 3 * (1 + 2)
    assert "&lt;b&gt;Runs&lt;/b&gt;" in page
    assert "<b>Runs</b>" not in page
    assert not re.findall(r'(?:src|href)="(?!data:)', page)


def test_features_that_are_no_pictures_are_strips(tmp_path):
    found = xpsae.stability(X[:, :5], 2, seeds=2, max_iter=3)
    assert "<img " in xpsae.save_stability(found, tmp_path / "s.html").read_text(encoding="utf-8")


def test_what_cannot_be_shown_is_refused(tmp_path):
    found = xpsae.stability(X, 2, seeds=2, max_iter=1)
    with pytest.raises(ValueError, match=r"^path: expected an \.html file"):
        xpsae.save_stability(found, tmp_path / "s.png")
    with pytest.raises(TypeError, match=r"^found: expected a Stability"):
        xpsae.save_stability(X, tmp_path / "s.html")
    with pytest.raises(ValueError, match=r"^patch_shape: "):
        xpsae.save_stability(found, tmp_path / "s.html", patch_shape=(3, 3))
