"""``xpsae selftest``."""

import json

import pytest

from xpsae import agreement
from xpsae.agreement import Agreement
from xpsae.cli import selftest


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(agreement, "SAMPLES", 100)
    monkeypatch.setattr(agreement, "ITERATIONS", 3)


def test_selftest_tells_every_library_and_what_is_missing(run, monkeypatch):
    pytest.importorskip("array_api_strict")
    monkeypatch.setattr(
        selftest, "usable_libraries", lambda: {"numpy": None, "cupy": "no card", "array_api_strict": None}
    )
    ending = run("selftest")
    assert ending.code == 0
    assert "cupy: not compared, no card" in ending.out
    assert "array_api_strict: 20 of 20 quantities agree" in ending.out


def test_a_difference_ends_with_code_1(run, monkeypatch):
    pytest.importorskip("array_api_strict")
    monkeypatch.setattr(agreement, "BOUNDS", {"float64": -1.0, "float32": -1.0})
    ending = run("selftest", "--library", "array_api_strict")
    assert ending.code == 1
    assert "DIFFERS" in ending.out


def test_the_comparison_for_programs_is_json(run, monkeypatch):
    quantities = [Agreement("cost", "float64", 0.0, 1e-11), Agreement("gradient", "float64", 1.0, 1e-11)]
    monkeypatch.setattr("xpsae.cli.selftest.usable_libraries", lambda: {"numpy": None, "torch": None, "jax": "missing"})
    monkeypatch.setattr("xpsae.cli.selftest.where", lambda library: library)
    monkeypatch.setattr("xpsae.cli.selftest.compare", lambda _: iter(quantities))
    ending = run("selftest", "--json")
    found = json.loads(ending.out)
    assert ending.code == 1
    assert found["jax"] == {"compared": False, "reason": "missing"}
    assert [quantity["holds"] for quantity in found["torch"]["quantities"]] == [True, False]
