"""``xpsae check-gradient``."""

import json

import numpy as np
import pytest

import xpsae


@pytest.mark.parametrize("decoder", ["sigmoid", "linear"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "uint8"])
def test_the_gradient_on_data_of_any_type_is_right(run, files, rows, decoder, dtype):
    np.save(files / "data.npy", (200 * rows if dtype == "uint8" else 5 * rows - 1).astype(dtype))
    ending = run("check-gradient", files / "data.npy", "--hidden", 3, "--decoder", decoder)
    assert ending.code == 0
    assert "60 samples, network 16-3-16, 115 parameters" in ending.out
    assert "The gradient is right" in ending.out
    assert "below 1e-09" in ending.out


def test_without_data_it_checks_the_photographs(run):
    ending = run("check-gradient")
    assert ending.code == 0
    assert "10000 samples, network 64-25-64, 3289 parameters" in ending.out


def test_a_wrong_gradient_ends_with_code_1(run, files, monkeypatch):
    right = xpsae.Objective.__call__

    def wrong(self, theta):
        cost, gradient = right(self, theta)
        return cost, 1.001 * gradient

    monkeypatch.setattr(xpsae.Objective, "__call__", wrong)
    ending = run("check-gradient", files / "data.npy", "--hidden", 3)
    assert ending.code == 1
    assert "The gradient is WRONG" in ending.out
    assert ending.err == ""


def test_data_that_are_not_finite_are_refused_as_such(run, files, rows):
    rows = rows.copy()
    rows[3, 2] = np.nan
    np.save(files / "data.npy", rows)
    ending = run("check-gradient", files / "data.npy")
    assert ending.code == 1
    assert "DATA: expected finite numbers, got 1 NaN or infinite value, the first at row 3, column 2." in ending.err


def test_the_verdict_for_programs_is_json(run, files):
    ending = run("check-gradient", files / "data.npy", "--json")
    found = json.loads(ending.out)
    assert ending.code == 0
    assert found["passed"]
    assert (found["samples"], found["features"], found["parameters"]) == (60, 16, 2 * 25 * 16 + 25 + 16)
