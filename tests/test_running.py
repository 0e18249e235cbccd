"""The run itself: who has the processors meanwhile."""

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

import xpsae
from xpsae.data import schedule
from xpsae.optimize.lbfgs import LBFGS


def threads():
    """Return the threads that NumPy's products have."""
    known = {library.filepath for library in schedule._controller().lib_controllers}
    return {info["num_threads"] for info in threadpool_info() if info["filepath"] in known}


def test_the_minimizer_leaves_the_processors_to_the_workers_and_callbacks_have_them_back(monkeypatch):
    tell, inside, outside = LBFGS.tell, [], []

    def watched(*answer):
        inside.append(threads())
        tell(*answer)

    monkeypatch.setattr(LBFGS, "tell", watched)
    X = np.random.default_rng(0).random((50, 4))
    with threadpool_limits(2, user_api="blas"):
        xpsae.fit(X, 2, max_iter=3, callback=lambda _: outside.append(threads()))
        assert threads() == {2}
    assert len(inside) > 3
    assert (inside, outside) == ([{1}] * len(inside), [{2}] * 3)
