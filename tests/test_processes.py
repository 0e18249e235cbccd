"""Runs beside each other, in threads and processes, and processes that are killed."""

import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import xpsae
from xpsae.checkpoints import read_checkpoint

X = np.random.default_rng(0).random((90, 5))
OPTIONS = {"n_hidden": 4, "sparsity_target": 0.2, "gtol": 0, "ftol": 0, "rng": 0}

TRAINING = """
import sys, numpy as np, xpsae
path, out, workers = sys.argv[1:]
X = np.random.default_rng(0).random((90, 5))
options = {"n_hidden": 4, "sparsity_target": 0.2, "gtol": 0, "ftol": 0, "rng": 0, "max_iter": 600, "block_rows": 20}
try:
    model = xpsae.resume(path, X, checkpoint_every=1, workers=int(workers))
except FileNotFoundError:
    model = xpsae.fit(X, **options, checkpoint=path, checkpoint_every=1, workers=int(workers))
np.save(out, model.theta)
"""


def await_that(seen, pause=0.001):
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end
        time.sleep(pause)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.ckpt"


@pytest.mark.slow
def test_a_process_killed_ten_times_ends_where_the_uninterrupted_one_does(path, tmp_path):
    out, moments, drafts = tmp_path / "theta.npy", random.Random(0), []
    for number in range(10):
        process = subprocess.Popen([sys.executable, "-c", TRAINING, path, out, "2"])
        before = path.stat().st_mtime_ns if path.exists() else 0
        await_that(lambda before=before: path.exists() and path.stat().st_mtime_ns != before)
        time.sleep(moments.uniform(0, 0.02))
        if number % 2:  # while a checkpoint is being written
            await_that(lambda: any(tmp_path.glob(".*.part")), pause=0)
        process.send_signal(signal.SIGKILL)
        assert process.wait(timeout=120) == -signal.SIGKILL, "the run ended before it was killed"
        drafts += [draft.unlink() for draft in tmp_path.glob(".*.part")]
        read_checkpoint(path)
    subprocess.run([sys.executable, "-c", TRAINING, path, out, "2"], check=True)
    whole = xpsae.fit(X, **OPTIONS, max_iter=600, block_rows=20)
    np.testing.assert_array_equal(np.load(out), whole.theta)
    assert drafts, "no kill came while a checkpoint was being written"


def test_two_runs_in_two_threads_do_not_disturb_each_other():
    data = [np.random.default_rng(seed).random((6000, 6)) for seed in range(2)]
    alone = [xpsae.fit(each, **OPTIONS, max_iter=10).theta for each in data]
    together, before = [None, None], threadpool_info()

    def train(i):
        together[i] = xpsae.fit(data[i], **OPTIONS, max_iter=10).theta

    threads = [threading.Thread(target=train, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)
    assert threadpool_info() == before  # the limits of BLAS, above all


def test_processes_with_any_number_of_workers_find_the_same_bits(tmp_path):
    for workers in ("1", "2", "3", "7"):
        found = tmp_path / f"{workers}.npy"
        subprocess.run([sys.executable, "-c", TRAINING, tmp_path / workers, found, workers], check=True)
        np.testing.assert_array_equal(np.load(found), np.load(tmp_path / "1.npy"))
    here = [xpsae.fit(X, **OPTIONS, max_iter=600, block_rows=20).theta for _ in range(2)]
    np.testing.assert_array_equal(here, [np.load(tmp_path / "1.npy")] * 2)
