"""``xpsae plan``, and the limits of ``xpsae fit``."""

import json

import numpy as np
import pytest
from played_card import PLACE, play_card

from xpsae import forecast


@pytest.fixture
def data(tmp_path):
    np.save(tmp_path / "data.npy", np.random.default_rng(0).random((200, 12)))
    return tmp_path / "data.npy"


def test_plan_tells_memory_and_time(run, data, monkeypatch):
    monkeypatch.setattr(forecast, "CALIBRATION_SECONDS", 0.0)
    ending = run("plan", data, "--hidden", 5, "--memory", "3MB", "--workers", 1)
    assert ending.code == 0
    assert "visited by 1 worker\n" in ending.out
    assert "s for 400 iterations" in ending.out


def test_limits_that_cannot_be_name_their_flags(run, data):
    assert run("plan", data, "--memory", "much").err.startswith("xpsae: error: --memory: expected a number of bytes")
    ending = run("fit", data, "-o", data.parent / "model", "--memory", "1kB")
    assert ending.code == 1
    assert ending.err.startswith("xpsae: error: --memory: expected at least ")


def test_fit_ends_after_its_time(run, data):
    ending = run("fit", data, "-o", data.parent / "model", "-q", "--time-limit", 0, "--workers", 2)
    assert ending.code == 0
    assert "Stopped: time_limit seconds have passed." in ending.out


def test_the_forecast_for_programs_is_json(run, files):
    found = json.loads(run("plan", files / "data.npy", "--json").out)
    assert (found["plan"]["n_samples"], found["plan"]["n_features"]) == (60, 16)
    assert found["total_bytes"] > 0 < found["total_seconds"]


def test_plan_tells_whether_rows_are_moved_or_sent_to_a_gpu(run, data, monkeypatch):
    monkeypatch.setattr(forecast, "CALIBRATION_SECONDS", 0.0)
    play_card(monkeypatch)
    words = ["plan", data, "--hidden", 5, "--device", "cuda", "--json"]
    found = [json.loads(run(*words, *limit).out) for limit in ([], ["--memory", "50kB"])]
    assert [(each["moved"], each["computed_on"]) for each in found] == [("once", PLACE), ("sent", PLACE)]
    assert found[1]["total_bytes"] <= 50_000


def test_plan_refuses_a_device_that_is_not_there_as_fit_does(run, data, monkeypatch):
    monkeypatch.setattr("xpsae.arrays.devices.cuda_problem", lambda: "no CuPy package")
    errors = {run(command, data, "--device", "cuda").err for command in ("plan", "fit")}
    assert len(errors) == 1
    assert errors.pop().startswith("xpsae: error: --device: expected a usable CUDA device, got no CuPy package")
