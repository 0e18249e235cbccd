"""Nothing is lost: a run that ended or could not write goes on, or ends, with what it had."""

import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

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
            raise SystemExit  # as hard an end as a program can give itself

    with pytest.raises(SystemExit):
        xpsae.fit(X, **OPTIONS, max_iter=30, checkpoint=path, checkpoint_every=5, callback=stop)
    assert checkpoints.read_checkpoint(path).numbers["nit"] == 15
    whole = xpsae.fit(X, **OPTIONS, max_iter=30)
    model = xpsae.resume(path, X)
    np.testing.assert_array_equal(model.theta, whole.theta)


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
    with pytest.raises(
        ValueError, match=r"^path: expected a checkpoint, got .* which is (empty|truncated)\. Pass a file that fit"
    ):
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
    with pytest.warns(RuntimeWarning, match=r"^checkpoint not written, training goes on: .*No space left") as told:
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

    with pytest.warns(RuntimeWarning, match="checkpoint not written"):
        model = xpsae.fit(X, **OPTIONS, max_iter=6, checkpoint=folder / "run", checkpoint_every=1, callback=vanish)
    assert model.result.nit == 6


FULL = """
import resource, sys, numpy as np, xpsae

def fill(reached):
    if reached.nit == 3:  # from here on files of this process may have 500 bytes, as on a disk that is full
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, resource.RLIM_INFINITY))

X = np.random.default_rng(0).random((90, 5))
options = {"n_hidden": 4, "sparsity_target": 0.2, "gtol": 0, "ftol": 0, "rng": 0, "max_iter": 9}
print(xpsae.fit(X, **options, checkpoint=sys.argv[1], checkpoint_every=1, callback=fill).result.nit)
"""


@pytest.mark.skipif(os.name == "nt", reason="limits are set otherwise there")
def test_a_file_that_the_system_cuts_short_is_told_and_the_last_good_one_stays(path):
    run = subprocess.run([sys.executable, "-c", FULL, path], capture_output=True, text=True, check=True)
    assert run.stdout == "9\n"
    assert run.stderr.count("checkpoint not written, training goes on: ") == 1
    assert "The last good one stays." in run.stderr
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    np.testing.assert_array_equal(xpsae.resume(path, X).theta, xpsae.fit(X, **OPTIONS, max_iter=9).theta)
    assert checkpoints.read_checkpoint(path).numbers["nit"] == 9


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="folders are protected otherwise there")
def test_a_folder_that_may_no_longer_be_written_is_told_and_the_last_good_one_stays():
    me = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def protect(reached):
            if reached.nit == 3:
                folder.chmod(0o555)
                if not me:  # the superuser may write anywhere
                    os.seteuid(65534)

        try:
            with pytest.warns(RuntimeWarning, match=r"training goes on: .*Permission denied.*The last good one stays"):
                model = xpsae.fit(
                    X, **OPTIONS, max_iter=9, checkpoint=folder / "run", checkpoint_every=1, callback=protect
                )
        finally:
            os.seteuid(me)
            folder.chmod(0o755)
        assert model.result.nit == 9
        assert checkpoints.read_checkpoint(folder / "run").numbers["nit"] == 2


@pytest.mark.parametrize("every", ["60", "1 day", 0, 1.5, None, "-1s", "0s"])
def test_times_that_are_none_are_refused(path, every):
    with pytest.raises((TypeError, ValueError), match=r"^checkpoint_every: expected .*'60s', '5min' or '1h'"):
        xpsae.fit(X, **OPTIONS, checkpoint=path, checkpoint_every=every)


@pytest.mark.parametrize(("text", "seconds"), [("60s", 60), ("1.5 min", 90), ("2h", 7200)])
def test_times_are_understood(text, seconds):
    assert checkpoints.Every.of(text).seconds == seconds


def test_no_warning_leaks_from_a_run_with_checkpoints(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        xpsae.fit(X, **OPTIONS, max_iter=3, checkpoint=path, checkpoint_every=1)


def test_numbers_of_numpy_s_are_numbers(path):
    whole = {"block_rows": np.int64(50), "history": np.int64(4), "workers": np.int64(2), "max_iter": np.int64(3)}
    model = xpsae.fit(X, **{**OPTIONS, **whole}, checkpoint=path)
    assert xpsae.resume(path, X, max_iter=5).result.nit == model.result.nit + 2


def test_a_run_in_another_dtype_than_the_data_is_refused():
    model = xpsae.fit(X, **OPTIONS, max_iter=2)
    with pytest.raises(TypeError, match=r"^start: expected a run in float32, as the data are, got one in float64"):
        xpsae.fit(X.astype("f4"), **OPTIONS, start=model.result)
