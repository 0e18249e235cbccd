"""What is warned of is a small tree of classes, caught by any of its branches."""

import warnings

import numpy as np
import pytest

import xpsae

KINDS = [xpsae.DataWarning, xpsae.PrecisionWarning, xpsae.OutOfMemoryWarning, xpsae.CheckpointWarning]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_caught_as_xpsaes_and_as_the_users(kind):
    assert issubclass(kind, xpsae.XpsaeWarning)
    assert issubclass(kind, UserWarning)


@pytest.mark.parametrize("kind", [xpsae.OutOfMemoryWarning, xpsae.CheckpointWarning])
def test_trouble_while_running_is_a_runtime_warning_too(kind):
    assert issubclass(kind, RuntimeWarning)


def test_one_kind_can_be_silenced(xp):
    X = xp.array(np.random.default_rng(0).random((3, 5)))
    with pytest.warns(xpsae.DataWarning, match="more columns"):
        xpsae.fit(X, 2, max_iter=1, rng=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", xpsae.DataWarning)
        xpsae.fit(X, 2, max_iter=1, rng=0)
