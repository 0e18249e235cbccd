"""What is warned of is a small tree of classes, caught by any of its branches."""

import warnings

import numpy as np
import pytest

import xpsae
from xpsae.arrays.cuda import cuda_problem

KINDS = [xpsae.DataWarning, xpsae.PrecisionWarning, xpsae.OutOfMemoryWarning, xpsae.CheckpointWarning]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_caught_as_xpsaes_and_as_the_users(kind):
    assert issubclass(kind, xpsae.XpsaeWarning)
    assert issubclass(kind, UserWarning)


@pytest.mark.parametrize("kind", [xpsae.OutOfMemoryWarning, xpsae.CheckpointWarning])
def test_trouble_while_running_is_a_runtime_warning_too(kind):
    assert issubclass(kind, RuntimeWarning)


def test_one_kind_can_be_silenced():
    X = np.random.default_rng(0).random((3, 5))
    with pytest.warns(xpsae.DataWarning, match="more columns"):
        xpsae.fit(X, 2, max_iter=1, rng=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", xpsae.DataWarning)
        xpsae.fit(X, 2, max_iter=1, rng=0)


def test_what_is_told_without_a_warning_goes_to_the_logger(caplog):
    X = np.random.default_rng(0).random((9, 5))
    with caplog.at_level("DEBUG", logger="xpsae"):
        xpsae.fit(X, 2, max_iter=2, rng=0, device="auto" if cuda_problem() else None)
    assert {record.name for record in caplog.records} == {"xpsae"}
    text = caplog.text
    assert "training: Objective(9 samples, 5 -> 2 -> 5" in text
    assert "2 iterations. Stopped: max_iter iterations were made." in text
