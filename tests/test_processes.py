"""Runs beside each other, in threads and processes, and processes that are killed."""

import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import xpsae

X = np.random.default_rng(0).random((90, 5))
OPTIONS = {"n_hidden": 4, "sparsity_target": 0.2, "gtol": 0, "ftol": 0, "rng": 0}

TRAINING = """
import sys, numpy as np, xpsae
path, out = sys.argv[1:]
X = np.random.default_rng(0).random((90, 5))
try:
    model = xpsae.resume(path, X, checkpoint_every=1)
except FileNotFoundError:
    model = xpsae.fit(X, 4, sparsity_target=0.2, gtol=0, ftol=0, rng=0, max_iter=300, checkpoint=path,
        checkpoint_every=1)
np.save(out, model.theta)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.ckpt"


@pytest.mark.slow
def test_a_process_killed_ten_times_ends_where_the_uninterrupted_one_does(path, tmp_path):
    out, moments, kills = tmp_path / "theta.npy", random.Random(0), 0
    while not out.exists():
        process = subprocess.Popen([sys.executable, "-c", TRAINING, path, out])
        if kills < 10:
            began, size = time.monotonic(), path.stat().st_mtime_ns if path.exists() else 0
            while time.monotonic() - began < 60 and (not path.exists() or path.stat().st_mtime_ns == size):
                time.sleep(0.001)
            time.sleep(moments.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait(timeout=120)
    assert kills == 10 or np.load(out).shape
    whole = xpsae.fit(X, **OPTIONS, max_iter=300)
    np.testing.assert_array_equal(np.load(out), whole.theta)


def test_two_runs_in_two_threads_do_not_disturb_each_other():
    data = [np.random.default_rng(seed).random((6000, 6)) for seed in range(2)]
    alone = [xpsae.fit(each, **OPTIONS, max_iter=10).theta for each in data]
    together = [None, None]

    def train(i):
        together[i] = xpsae.fit(data[i], **OPTIONS, max_iter=10).theta

    threads = [threading.Thread(target=train, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_two_processes_find_the_same_bits(tmp_path):
    for name in ("a", "b"):
        subprocess.run([sys.executable, "-c", TRAINING, tmp_path / name, tmp_path / f"{name}.npy"], check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), np.load(tmp_path / "b.npy"))
