"""Freed memory is kept for the next evaluation, once and without taking any."""

import os
import subprocess
import sys

import pytest

from xpsae.arrays import heap

TAKEN = """
from xpsae.arrays import heap

def most():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

before = most()
heap.keep_freed_memory()
print(most() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is told as Linux does")
def test_nothing_is_taken_that_counts():
    run = subprocess.run([sys.executable, "-c", TAKEN], check=True, capture_output=True, text=True)
    assert int(run.stdout) < 8 * 1024  # KiB, of the 32 MiB that are asked for


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
    monkeypatch.setattr(heap.ctypes, "CDLL", lambda name: pytest.fail(f"{name} was loaded"))
    try:
        heap.keep_freed_memory()
    finally:
        heap.keep_freed_memory.cache_clear()
