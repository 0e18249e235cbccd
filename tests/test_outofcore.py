"""Data larger than memory: trained on as they lie, within a limit, with the bits of the same data in memory."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import xpsae
from xpsae.data.blocks import real_rows
from xpsae.planning import blocks_for, planned
from xpsae.plans import FILES_BYTES, choose_plan

X = np.random.default_rng(0).random((3000, 40))
OPTIONS = {"n_hidden": 4, "sparsity_target": 0.2, "rng": 0}
TIGHT = {"memory_limit": "700kB", "workers": 2}


@pytest.fixture
def file(tmp_path):
    np.save(tmp_path / "x.npy", X)
    return tmp_path / "x.npy"


def in_memory(objective, scaling=None):
    """Return the objective on the same data in memory, gone over in the same way."""
    blocks, plan = blocks_for(X, objective.plan, scaling=scaling)
    return xpsae.Objective.of(blocks, plan, objective.penalties)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_has_the_bits_of_memory(file, workers):
    objective = xpsae.Objective(file, 4, memory_limit="700kB", workers=workers)
    assert objective.plan.one_pass
    assert objective.plan.conversion == "repeated"
    theta = objective.initial(0)
    for mine, others in zip(objective(theta), in_memory(objective)(theta), strict=True):
        np.testing.assert_array_equal(mine, others)
    np.testing.assert_array_equal(objective.mean_activation(theta), in_memory(objective).mean_activation(theta))
    assert objective.terms(theta) == in_memory(objective).terms(theta)


def test_a_file_has_the_bits_of_memory_where_it_is_scaled(file):
    scaling = xpsae.Scaling("range", shift=-1.0, width=4.0, gain=0.8, offset=0.1)
    blocks, plan = planned(real_rows(file), 4, xpsae.planning.Wishes(**TIGHT), scaling=scaling)
    objective = xpsae.Objective.of(blocks, plan, xpsae.Penalties())
    theta = objective.initial(0)
    np.testing.assert_array_equal(objective(theta)[1], in_memory(objective, scaling)(theta)[1])


def test_memory_threads_and_file_take_the_same_way(file):
    # With weights that leave the problem well conditioned: others magnify rounding more in twenty iterations.
    options = {**OPTIONS, "weight_decay": 3e-3, "sparsity_weight": 0.1, "max_iter": 20}
    runs = [
        xpsae.fit(X, workers=1, **options),
        xpsae.fit(X, workers=2, block_rows=100, **options),
        xpsae.fit(file, **TIGHT, **options),
    ]
    for run in runs[1:]:
        np.testing.assert_allclose(run.history.cost, runs[0].history.cost, rtol=1e-12)


def test_small_files_are_read_at_once_and_trained_on_as_arrays_are(file):
    assert xpsae.Objective(file, 4).plan.conversion == "kept"
    np.testing.assert_array_equal(
        xpsae.fit(file, max_iter=5, **OPTIONS).theta, xpsae.fit(X, max_iter=5, **OPTIONS).theta
    )


def test_large_files_are_read_once_in_every_evaluation():
    sizes = {"n_features": 784, "n_hidden": 196, "itemsize": 4, "workers": 2, "where": "files"}
    small, large = (choose_plan(n, **sizes) for n in (100_000, 10_000_000))
    assert (small.one_pass, small.conversion, small.ahead) == (False, "kept", 0)
    assert (large.one_pass, large.conversion, large.ahead) == (True, "repeated", 2)
    assert max(small.total_bytes, large.total_bytes) <= FILES_BYTES
    vast = choose_plan(1000, **{**sizes, "n_features": 50_000, "n_hidden": 50_000})
    assert vast.total_bytes > FILES_BYTES


def test_a_run_goes_on_with_the_file_or_with_the_same_data_in_memory(file, tmp_path):
    whole = xpsae.fit(file, max_iter=12, **TIGHT, **OPTIONS)
    for name, data in {"file": file, "memory": X}.items():
        path = tmp_path / name
        xpsae.fit(file, max_iter=6, checkpoint=path, **TIGHT, **OPTIONS)
        np.testing.assert_array_equal(xpsae.resume(path, data, max_iter=12).theta, whole.theta)
    np.save(file, X[::-1])
    with pytest.raises(ValueError, match=r"^X: expected the data of the run, 3000 x 40 float64"):
        xpsae.resume(tmp_path / "file", file, max_iter=12)


def test_a_file_that_changes_under_the_run_ends_it_and_the_checkpoint_stays(file, tmp_path):
    path = tmp_path / "run.ckpt"

    def touch(reached):
        if reached.nit == 3:
            os.utime(file, (1, 1))

    with pytest.raises(ValueError, match=r"^X: expected files that stay as they are, got .*x\.npy, which was changed"):
        xpsae.fit(file, max_iter=9, callback=touch, checkpoint=path, checkpoint_every=1, **TIGHT, **OPTIONS)
    np.testing.assert_array_equal(
        xpsae.resume(path, file, max_iter=9).theta, xpsae.fit(file, max_iter=9, **TIGHT, **OPTIONS).theta
    )


def test_a_model_takes_files_as_it_takes_arrays(file):
    model = xpsae.fit(file, max_iter=20, **OPTIONS)
    for method in (model.encode, model.reconstruct, model.reconstruction_error):
        np.testing.assert_array_equal(method(file), method(X))
    np.testing.assert_allclose(model.score(file), model.score(X), rtol=1e-12)
    single = xpsae.fit(X.astype("f4"), max_iter=5, **OPTIONS)
    np.testing.assert_array_equal(single.encode(file), single.encode(X))


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e300])
def test_scores_of_files_are_right_at_any_scale(scale, tmp_path):
    model, file = xpsae.fit(X, decoder="linear", max_iter=9, **OPTIONS), tmp_path / "x.npy"
    np.save(file, X * scale)
    scaling = xpsae.Scaling("unit", width=scale)
    there = xpsae.SparseAutoencoder(**{**vars(model), "scaling": scaling})
    np.testing.assert_allclose(there.score(file), model.score(X), rtol=1e-9)


def test_constant_files_score_as_constant_arrays_do(tmp_path):
    model, file = xpsae.fit(X, max_iter=2, **OPTIONS), tmp_path / "x.npy"
    for value in (0.0, 0.5):
        np.save(file, np.full((9, 40), value))
        assert model.score(file) == model.score(np.load(file)) == 0.0


def test_a_forecast_is_of_the_file_as_it_lies(file):
    forecast = xpsae.plan(file, 4, memory_limit="700kB", workers=2)
    assert forecast.data_bytes == X.nbytes
    assert forecast.plan.conversion == "repeated"


@pytest.mark.slow
def test_400_megabytes_are_trained_on_in_150(tmp_path):
    tool = Path(__file__).resolve().parents[1] / "tools" / "outofcore"
    command = [sys.executable, tool, "--size", "400MB", "--rss", "150MB", "--iterations", "1", "--hidden", "4"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([*command, "--against", "0"], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "of 150 MB allowed" in done.stdout


def test_whatever_a_store_raises_there_is_a_checkpoint(tmp_path):
    rows = np.random.default_rng(0).random((5000, 8))

    class Store:
        shape, dtype, reads = rows.shape, rows.dtype, 0

        def __getitem__(self, some):
            self.reads += 1
            if self.reads > 300:
                message = "the server is gone"
                raise RuntimeError(message)
            return rows[some]

    with pytest.raises(RuntimeError, match="gone"):
        xpsae.fit(Store(), 3, max_iter=40, rng=0, memory_limit=300_000, block_rows=100, checkpoint=tmp_path / "run")
    assert xpsae.resume(tmp_path / "run", rows, max_iter=40).result.nit == 40
