"""What is told of a training before it begins."""

import numpy as np
import pytest

import xpsae
from xpsae import forecast

X = np.random.default_rng(0).random((300, 20))


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(forecast, "CALIBRATION_SECONDS", 0.0)


def test_a_forecast_is_that_of_the_training(xp):
    told = xpsae.plan(xp.array(X), 7, memory_limit="4MB", block_rows=50)
    assert told.plan.n_parameters == 2 * 20 * 7 + 7 + 20
    assert (told.plan.block_rows, told.plan.itemsize, told.data_bytes) == (50, 8, X.nbytes)
    assert told.plan.total_bytes <= 4_000_000
    assert told.seconds > 0
    assert told.total_seconds == pytest.approx(420 * told.seconds)


def test_a_forecast_prints_as_a_table():
    lines = str(xpsae.plan((255 * X).astype(np.uint8), 7, max_iter=100)).splitlines()
    names = [line.split("  ")[0] for line in lines]
    assert names[:4] == ["data", "parameters", "form", "blocks"]
    assert lines[0].endswith("300 samples of 20 features, 6 kB")
    assert any(line.startswith("memory ") and line.endswith("beyond the data, at most") for line in lines)
    assert lines[-1].split("  ")[0] == "training"
    assert lines[-1].endswith("s for 100 iterations")


def test_a_forecast_refuses_what_fit_refuses():
    with pytest.raises(ValueError, match=r"^memory_limit: expected at least \d+ bytes"):
        xpsae.plan(X, memory_limit="1kB")
    with pytest.raises(ValueError, match=r"^X: expected values in \[0, 1\]"):
        xpsae.plan(X - 1, scaling=None)
    with pytest.raises(ValueError, match=r"^n_hidden: expected an integer of at least 1"):
        xpsae.plan(X, 0)
