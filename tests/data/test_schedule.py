"""Who visits the blocks does not matter: not for the sum, not for NumPy's threads, not when something goes wrong."""

import os
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from xpsae.data import schedule
from xpsae.data.schedule import fold, single_threaded_products

WORKERS = [None, 1, 2, 3, 7]


def joined(a, b):
    return a + b


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("n_items", [1, 2, 8, 50])
def test_results_are_added_in_the_order_of_the_items(workers, n_items):
    rng = np.random.default_rng(0)

    def visit(i, item):
        time.sleep(1e-4 * rng.random())
        return [(i, item)]

    items = [f"item {i}" for i in range(n_items)]
    assert fold(visit, items, joined, workers=workers) == list(enumerate(items))


def test_workers_share_the_items():
    barrier, seen = threading.Barrier(3, timeout=20), set()

    def visit(i, _):
        seen.add(threading.get_ident())
        if i < 3:
            barrier.wait()  # passes only when three workers are here at once
        return 1

    assert fold(visit, range(6), joined, workers=3) == 6
    assert len(seen) == 3


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, MemoryError])
def test_what_goes_wrong_in_a_visit_is_raised_and_ends_the_visits(workers, kind):
    visited = []

    def visit(i, _):
        visited.append(i)
        if i == 3:
            raise kind
        return 1

    with pytest.raises(kind):
        fold(visit, range(1000), joined, workers=workers)
    assert len(visited) < 1000
    assert fold(lambda _, item: item, [1, 2], joined, workers=workers) == 3


def threads():
    """Return the threads of the BLAS that were loaded before the first visit: NumPy's, not SciPy's."""
    known = {library.filepath for library in schedule._controller().lib_controllers}
    return {info["filepath"]: info["num_threads"] for info in threadpool_info() if info["filepath"] in known}


@pytest.mark.parametrize("goes_wrong", [False, True])
def test_products_have_one_thread_meanwhile_and_what_they_had_afterwards(goes_wrong):
    before, meanwhile = threads(), []

    def visit(i, _):
        meanwhile.extend(threads().values())
        if goes_wrong and i:
            message = "in a visit"
            raise ValueError(message)
        return 1

    if goes_wrong:
        with pytest.raises(ValueError, match="in a visit"):
            fold(visit, range(4), joined, workers=2)
    else:
        fold(visit, range(4), joined, workers=2)
    assert set(meanwhile) <= {1}
    assert threads() == before


def test_the_limit_is_lifted_by_the_last_to_leave():
    before = threads()
    first, second = single_threaded_products(), single_threaded_products()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert set(threads().values()) <= {1}
    second.__exit__(None, None, None)
    assert threads() == before


def test_the_limit_is_lifted_where_another_thread_leaves_last_than_came_first():
    before, (both, alone, done) = threads(), [threading.Event() for _ in range(3)]

    def first():
        with single_threaded_products():
            both.wait(10)
        alone.set()
        done.wait(10)  # one that has ended would own nothing

    def last():
        with single_threaded_products():
            both.set()
            alone.wait(10)
            meanwhile.update(threads().values())
        done.set()

    meanwhile, runs = set(), [threading.Thread(target=each) for each in (first, last)]
    for run in runs:
        run.start()
        time.sleep(0.05)
    for run in runs:
        run.join()
    assert meanwhile <= {1}
    assert threads() == before
    with threadpool_limits(1):  # and others can set theirs
        assert set(threads().values()) <= {1}
    assert threads() == before


def test_there_is_at_least_one_worker():
    assert schedule.available_workers() >= 1


def test_few_results_wait_for_a_slow_one():
    waiting = []

    def visit(i, _):
        if i == 0:
            time.sleep(0.2)
        waiting.append(i)
        return 1

    assert fold(visit, range(40), joined, workers=2) == 40
    assert waiting.index(0) <= 3


def test_what_went_wrong_keeps_no_results_alive():
    class Result:
        pass

    alive = weakref.WeakSet()

    def visit(i, _):
        if i == 5:
            raise MemoryError
        result = Result()
        alive.add(result)
        return [result]

    for workers in (None, 1, 3):
        with pytest.raises(MemoryError):
            fold(visit, range(10), joined, workers=workers)
        assert len(alive) == 0


LATE = """
import threading, time, numpy as np, xpsae
def train():
    time.sleep(0.3)
    print(xpsae.fit(np.random.default_rng(0).random((6000, 6)), 3, max_iter=5, rng=0, workers=2).result.nit)
threading.Thread(target=train).start()
"""


def test_a_thread_that_outlives_the_main_one_works_alone():
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=True)
    assert done.stdout == "5\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning", "ignore:os.fork:RuntimeWarning")
def test_a_forked_process_has_helpers_of_its_own():
    fold(lambda _, item: item, range(8), joined, workers=2)
    child = os.fork()
    if child == 0:
        barrier = threading.Barrier(2, timeout=20)
        try:
            code = 0 if fold(lambda *_: barrier.wait() * 0 + 1, range(2), joined, workers=2) == 2 else 1
        except BaseException:
            code = 2
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
