"""Ctrl-C: once is an outcome, twice is an end."""

import os
import signal

import numpy as np
import pytest

import xpsae
from xpsae import checkpoints
from xpsae.interrupts import Interrupts, interrupt

X = np.random.default_rng(0).random((90, 5))
OPTIONS = {"n_hidden": 4, "sparsity_target": 0.2, "gtol": 0, "ftol": 0, "rng": 0}


@pytest.fixture(autouse=True)
def usual_handler():
    """Python's own, which is not there where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.ckpt"


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_ctrl_c_ends_a_run_with_the_best_point_so_far(path):
    def press(reached):
        if reached.nit == 5:
            signal.raise_signal(signal.SIGINT)

    model = xpsae.fit(X, **OPTIONS, max_iter=50, callback=press, checkpoint=path)
    assert model.result.message == "Interrupted: this is the best point so far."
    assert model.result.nit in {5, 6}
    assert not model.result.success
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    np.testing.assert_array_equal(xpsae.resume(path, X).theta, xpsae.fit(X, **OPTIONS, max_iter=50).theta)


def test_ctrl_c_twice_ends_it_at_once(path):
    def press(reached):
        if reached.nit >= 5:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        xpsae.fit(X, **OPTIONS, max_iter=50, callback=press, checkpoint=path, checkpoint_every=1)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert checkpoints.read_checkpoint(path).numbers["nit"] == 4


def test_a_handler_of_the_user_s_is_left_alone():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    try:
        model = xpsae.fit(X, **OPTIONS, max_iter=3, callback=lambda _: signal.raise_signal(signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, before)
    assert (len(seen), model.result.nit) == (3, 3)


def test_another_signal_is_noted_even_where_ctrl_c_is_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts() as outer:
            with Interrupts() as interrupts:
                interrupt(signal.SIGTERM, None)
                assert interrupts.requested
            assert not outer.requested
        with pytest.raises(KeyboardInterrupt):
            interrupt(signal.SIGTERM, None)
    finally:
        signal.signal(signal.SIGINT, before)
