"""Freed memory is kept for the next evaluation, once and without taking any."""

import os
import subprocess
import sys
import tracemalloc

import pytest

from xpsae.arrays import heap


def test_nothing_is_allocated_that_counts():
    heap.keep_freed_memory.cache_clear()
    tracemalloc.start()
    try:
        heap.keep_freed_memory()
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


WORK = """
import resource
import numpy as np
from xpsae.arrays import heap

def work():
    return [np.ones(2**21, dtype=np.uint8) for _ in range(8)]

heap.keep_freed_memory()
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="page faults are counted as Linux does")
@pytest.mark.parametrize("setting", [{}, {"MALLOC_TRIM_THRESHOLD_": "65536"}], ids=["usual", "as Dask's workers"])
def test_pages_that_were_freed_are_there_again(setting):
    environment = os.environ | setting
    run = subprocess.run([sys.executable, "-c", WORK], env=environment, check=True, capture_output=True, text=True)
    assert int(run.stdout) < 1000


def test_other_systems_are_left_alone(monkeypatch):
    heap.keep_freed_memory.cache_clear()
    monkeypatch.setattr(sys, "platform", "win32")
    heap.keep_freed_memory()
