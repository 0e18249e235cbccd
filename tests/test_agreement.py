"""The comparison of a library with NumPy: it agrees where it should, and notices where it does not."""

import numpy as np
import pytest

from xpsae import agreement


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(agreement, "SAMPLES", 150)
    monkeypatch.setattr(agreement, "HIDDEN", 5)
    monkeypatch.setattr(agreement, "ITERATIONS", 5)


def test_every_library_agrees_with_numpy(xp):
    found = list(agreement.compare(xp.name.partition(":")[0]))
    assert len(found) == 20
    assert [str(each) for each in found if not each.holds] == []
    assert {each.dtype for each in found} == {"float32", "float64"}


def test_a_difference_is_noticed(monkeypatch):
    def slightly_wrong(x, library):
        return x * (1 + 1e-9)

    monkeypatch.setattr(agreement, "to_library", slightly_wrong)
    found = list(agreement.compare("numpy"))
    assert any(not each.holds for each in found if each.dtype == "float64")
    wrong = next(each for each in found if not each.holds)
    assert str(wrong).startswith("DIFFERS ")


@pytest.mark.parametrize("difference", [np.nan, np.inf, 1e-10])
def test_only_what_is_within_the_bound_holds(difference):
    assert not agreement.Agreement("cost", "float64", difference, 1e-11).holds
    assert agreement.Agreement("cost", "float64", 1e-12, 1e-11).holds


def test_libraries_that_are_missing_say_what_is(monkeypatch):
    monkeypatch.setattr(agreement, "cuda_problem", lambda: "no card")
    usable = agreement.usable_libraries()
    assert usable["cupy"] == "no card"
    assert usable["numpy"] is None
