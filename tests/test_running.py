"""The run itself: who has the processors meanwhile."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import xpsae
from xpsae.data import schedule
from xpsae.optimize.lbfgs import LBFGS
from xpsae.running import calmly


def threads():
    """Return the threads that NumPy's products have."""
    known = {library.filepath for library in schedule._controller().lib_controllers}
    blas = [info for info in threadpool_info() if info["user_api"] == "blas"]  # and not the OpenMP that PyTorch brings
    return {info["num_threads"] for info in blas if info["filepath"] in known}


@pytest.fixture
def inside(monkeypatch):
    """What `threads` finds whenever the minimizer is told something."""
    tell, found = LBFGS.tell, []

    def watched(*answer):
        found.append(threads())
        tell(*answer)

    monkeypatch.setattr(LBFGS, "tell", watched)
    return found


def test_the_minimizer_leaves_the_processors_to_the_workers_and_callbacks_have_them_back(inside):
    outside = []
    X = np.random.default_rng(0).random((50, 4))
    with threadpool_limits(2, user_api="blas"):
        xpsae.fit(X, 2, max_iter=3, callback=lambda _: outside.append(threads()))
        assert threads() == {2}
    assert len(inside) > 3
    assert (inside, outside) == ([{1}] * len(inside), [{2}] * 3)


def test_the_minimizer_of_a_stack_leaves_the_processors_to_the_workers_too(inside):
    X = np.random.default_rng(0).random((50, 4))
    with threadpool_limits(2, user_api="blas"):
        classifier = xpsae.stack(X, X[:, 0] > 0.5, (2,), max_iter=3, rng=0, workers=2)
        assert threads() == {2}
    assert len(inside) > classifier.result.nfev + classifier.untuned.result.nfev
    assert inside == [{1}] * len(inside)


def test_steps_that_no_workers_share_are_left_alone():
    with threadpool_limits(2, user_api="blas"):
        assert list(calmly((threads() for _ in range(3)), None)) == [{2}] * 3
        assert list(calmly((threads() for _ in range(3)), 1)) == [{1}] * 3
