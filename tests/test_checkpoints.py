"""Nothing is lost: a run that was killed, interrupted or could not write goes on, or ends, with what it had."""

import random
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

import xpsae
from xpsae import checkpoints

X = np.random.default_rng(0).random((90, 5))
OPTIONS = {"n_hidden": 4, "sparsity_target": 0.2, "gtol": 0, "ftol": 0, "rng": 0}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.ckpt"


def test_a_run_goes_on_from_its_checkpoint_to_the_last_bit(xp, path):
    data = xp.array(X)
    whole = xpsae.fit(data, **OPTIONS, max_iter=30)
    xpsae.fit(data, **OPTIONS, max_iter=12, checkpoint=path)
    model = xpsae.resume(path, data, max_iter=30)
    np.testing.assert_array_equal(xp.host(model.theta), xp.host(whole.theta))
    assert model.history.cost == whole.history.cost
    assert model.history.nfev == whole.history.nfev
    assert (model.result.nit, model.result.message) == (30, whole.result.message)
    assert model.penalties == whole.penalties
    assert xp.owns(model.W1)


@pytest.mark.parametrize("memory_limit", [None, 700_000])
@pytest.mark.parametrize("workers", [1, 3])
def test_workers_and_memory_of_the_first_run_do_not_matter(path, workers, memory_limit):
    data = np.random.default_rng(1).integers(0, 256, (4000, 6)).astype("u1")
    options = {**OPTIONS, "memory_limit": memory_limit, "workers": 2}
    whole = xpsae.fit(data, **options, max_iter=8)
    xpsae.fit(data, **options, max_iter=3, checkpoint=path)
    np.testing.assert_array_equal(xpsae.resume(path, data, max_iter=8, workers=workers).theta, whole.theta)


def test_a_run_that_was_killed_keeps_its_last_checkpoint(path):
    def stop(reached):
        if reached.nit == 17:
            raise RuntimeError  # as hard an end as a program can give itself

    with pytest.raises(RuntimeError):
        xpsae.fit(X, **OPTIONS, max_iter=30, checkpoint=path, checkpoint_every=5, callback=stop)
    assert checkpoints.read_checkpoint(path).numbers["nit"] == 15
    whole = xpsae.fit(X, **OPTIONS, max_iter=30)
    model = xpsae.resume(path, X)
    np.testing.assert_array_equal(model.theta, whole.theta)


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


def test_other_data_are_refused(path):
    xpsae.fit(X, **OPTIONS, max_iter=2, checkpoint=path)
    other = X.copy()
    other[3, 1] += 1e-12
    for data in (other, X[:-1], X.astype("f4")):
        with pytest.raises(ValueError, match=r"^X: expected the data of the run, 90 x 5 float64 \w{16}, got \d\d x 5"):
            xpsae.resume(path, data)


def test_a_checkpoint_that_is_there_is_not_written_over(path):
    path.write_bytes(b"precious")
    with pytest.raises(FileExistsError, match=r"^checkpoint: expected a file that is not there yet.*xpsae\.resume"):
        xpsae.fit(X, **OPTIONS, checkpoint=path)
    assert path.read_bytes() == b"precious"


def test_a_folder_that_is_missing_is_told_before_any_work(path):
    with pytest.raises(FileNotFoundError, match=r"^checkpoint: expected a file in a folder that exists"):
        xpsae.fit(X, **OPTIONS, checkpoint=path / "deeper")


def test_a_model_is_no_checkpoint_and_a_checkpoint_no_model(path, tmp_path):
    model = xpsae.fit(X, **OPTIONS, max_iter=2, checkpoint=path)
    model.save(tmp_path / "model")
    with pytest.raises(ValueError, match=r"^path: expected a checkpoint, got .* a safetensors file of another kind"):
        xpsae.resume(tmp_path / "model", X)
    with pytest.raises(ValueError, match=r"^path: expected a model file, got .* a safetensors file of another kind"):
        xpsae.load(path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_checkpoint_is_told(path, share):
    xpsae.fit(X, **OPTIONS, max_iter=2, checkpoint=path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"^path: expected a checkpoint, got .* which cannot be read"):
        xpsae.resume(path, X)


def test_where_a_checkpoint_cannot_be_written_training_goes_on(path, monkeypatch):
    written = []

    def write(*args, **options):
        written.append(1)
        if len(written) > 1:
            raise OSError(28, "No space left on device", str(path))
        return original(*args, **options)

    original = checkpoints.write_container
    monkeypatch.setattr(checkpoints, "write_container", write)
    with pytest.warns(ResourceWarning, match=r"^checkpoint not written, training goes on: .*No space left") as told:
        model = xpsae.fit(X, **OPTIONS, max_iter=9, checkpoint=path, checkpoint_every=2)
    assert len(told) == 1
    assert model.result.nit == 9
    assert len(written) > 3
    assert checkpoints.read_checkpoint(path).numbers["nit"] == 2


def test_a_folder_that_vanishes_is_told_and_training_goes_on(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()

    def vanish(reached):
        if reached.nit == 3:
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()

    with pytest.warns(ResourceWarning, match="checkpoint not written"):
        model = xpsae.fit(X, **OPTIONS, max_iter=6, checkpoint=folder / "run", checkpoint_every=1, callback=vanish)
    assert model.result.nit == 6


@pytest.mark.parametrize("every", ["60", "1 day", 0, 1.5, None, "-1s", "0s"])
def test_times_that_are_none_are_refused(path, every):
    with pytest.raises((TypeError, ValueError), match=r"^checkpoint_every: expected .*'60s', '5min' or '1h'"):
        xpsae.fit(X, **OPTIONS, checkpoint=path, checkpoint_every=every)


@pytest.mark.parametrize(("text", "seconds"), [("60s", 60), ("1.5 min", 90), ("2h", 7200)])
def test_times_are_understood(text, seconds):
    assert checkpoints.Every.of(text).seconds == seconds


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


def test_no_warning_leaks_from_a_run_with_checkpoints(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        xpsae.fit(X, **OPTIONS, max_iter=3, checkpoint=path, checkpoint_every=1)
