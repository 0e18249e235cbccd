"""Rows on a cluster of two processes: the trajectory of an array, and what is refused."""

from uuid import uuid4

import dask.array as da
import numpy as np
import pytest
from clusters import OPTIONS, X, chunked, start
from dask import delayed
from distributed import Client

import xpsae
from xpsae.data import cluster as module
from xpsae.data.affine import Conversion, Scaling
from xpsae.data.blocks import RowBlocks, real_rows
from xpsae.data.cluster import Shared
from xpsae.data.elsewhere import extremes, placed
from xpsae.data.fingerprint import fingerprint

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def client():
    with start() as cluster, Client(cluster, timeout="20s") as client:
        yield client


def test_a_cluster_takes_the_way_of_memory_threads_and_files(client, tmp_path):
    np.save(tmp_path / "x.npy", X)
    one = xpsae.fit(X, workers=1, max_iter=20, **OPTIONS)
    runs = [
        xpsae.fit(chunked(), max_iter=20, **OPTIONS),
        xpsae.fit(X, workers=2, block_rows=300, max_iter=20, **OPTIONS),
        xpsae.fit(tmp_path / "x.npy", memory_limit="600kB", history=10, max_iter=20, **OPTIONS),
    ]
    for run in runs:
        assert len(run.history) == 21
        np.testing.assert_allclose(run.history.cost, one.history.cost, rtol=1e-12)
        np.testing.assert_allclose(run.history.gradient_norm, one.history.gradient_norm, rtol=1e-9)


def test_an_evaluation_is_one_task_and_one_sum_for_each_worker(client, monkeypatch):
    objective = xpsae.Objective(chunked(), 4)
    theta, sent = objective.initial(0), []
    submit = client.submit

    def seen(function, job, *given, **named):
        sent.append(len(job))
        return submit(function, job, *given, **named)

    monkeypatch.setattr(client, "submit", seen)
    cost, _ = objective(theta)
    assert len(sent) == 2
    assert max(sent) < theta.nbytes + 8000
    assert (objective.plan.workers, objective.plan.one_pass) == (2, True)
    np.testing.assert_allclose(cost, xpsae.Objective(X, 4)(theta)[0], rtol=1e-14)


def test_large_weights_are_sent_beside_the_tasks(client, monkeypatch):
    objective = xpsae.Objective(chunked(), 4)
    theta = objective.initial(0)
    cost, gradient = objective(theta)
    monkeypatch.setattr(module, "_BROADCAST_BYTES", 0)
    np.testing.assert_array_equal(objective(theta)[1], gradient)
    assert objective(theta)[0] == cost


def test_the_bits_depend_on_the_cuts_not_on_the_workers(client):
    rows = real_rows(chunked())
    blocks = RowBlocks(rows, 100, Conversion("float32", Scaling("unit", width=2.0)))

    def total():
        return blocks.fold(lambda _, part: (part.sum(axis=0),), lambda a, b: (a[0] + b[0],), workers=2)[0]

    first = total()
    assert first.dtype == np.float32
    rows._places = [*reversed(rows._places)]
    np.testing.assert_array_equal(total(), first)
    runs = [xpsae.fit(chunked(), workers=5, max_iter=3, **OPTIONS) for _ in range(2)]
    np.testing.assert_array_equal(runs[0].theta, runs[1].theta)


def test_data_are_checked_where_they_are(client):
    values = X.copy()
    values[1234, 5] = np.nan
    with pytest.raises(ValueError, match=r"^X: expected finite numbers, got 1 NaN .* row 1234, column 5"):
        xpsae.fit(chunked(values))
    for scaling in ("auto", "three-sigma"):
        mine, others = (
            xpsae.fit(data, max_iter=0, scaling=scaling, **OPTIONS).scaling for data in (chunked(9 * X), 9 * X)
        )
        assert mine.kind == others.kind
        np.testing.assert_allclose([mine.shift, mine.width], [others.shift, others.width], rtol=1e-13)
    rows = real_rows(chunked())
    assert isinstance(rows, Shared)
    assert extremes(rows) == (X.min(), X.max())
    assert fingerprint(rows).startswith("2000 x 30 float64 in 12 chunks ")
    assert placed(rows, "cpu") is rows
    with pytest.raises(ValueError, match=r"^device: expected None for data on a cluster, got 'cuda'"):
        placed(rows, "cuda")


def test_a_run_goes_on_from_its_checkpoint_bit_for_bit(client, tmp_path):
    path = tmp_path / "run.ckpt"
    xpsae.fit(chunked(), max_iter=4, checkpoint=path, workers=3, **OPTIONS)
    resumed = xpsae.resume(path, chunked(), max_iter=8)
    np.testing.assert_array_equal(resumed.theta, xpsae.fit(chunked(), max_iter=8, workers=3, **OPTIONS).theta)


def test_a_worker_out_of_memory_has_its_blocks_split(client, monkeypatch):
    objective, steady = xpsae.Objective(chunked(), 4), xpsae.Objective(X, 4)
    theta = objective.initial(0)
    folded = module._folded

    def greedy(sent, chunks):
        import cloudpickle

        if cloudpickle.loads(sent)[3] > 300:
            raise MemoryError
        return folded(sent, chunks)

    monkeypatch.setattr(module, "_folded", greedy)
    with pytest.warns(RuntimeWarning, match="memory ran out: going on with blocks of"):
        cost, _ = objective(theta)
    assert objective.plan.block_rows <= 300
    np.testing.assert_allclose(cost, steady(theta)[0], rtol=1e-14)


def test_a_model_is_used_chunk_by_chunk(client):
    model = xpsae.fit(X, max_iter=2, **OPTIONS)
    with pytest.raises(TypeError, match=r"^X: expected an array or files, got a Dask array\. Pass X\.map_blocks"):
        model.encode(chunked())
    codes = chunked().map_blocks(model.encode, dtype=np.float64, chunks=(chunked().chunks[0], (4,)))
    np.testing.assert_allclose(codes.compute(), model.encode(X), rtol=1e-14)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: chunked()[chunked()[:, 0] > 0.5],
            r"^X: expected chunks of known sizes, .*compute_chunk_sizes\(\)",
        ),
        (
            lambda: chunked().rechunk((500, 10)),
            r"^X: expected chunks of whole rows, got columns in chunks of 10\.",
        ),
        (lambda: chunked()[0], r"^X: expected a 2-D array, one row a sample, got 1 dimension"),
    ],
)
def test_chunks_that_cannot_be_used_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        xpsae.fit(make())
    with pytest.raises(TypeError, match=r"^X: expected real numbers, got dtype complex128"):
        xpsae.fit(chunked(X * 1j))


@pytest.mark.parametrize(
    ("made", "got"),
    [
        (X[:500, :29], r"\(500, 29\) of float64"),
        (X[:499], r"\(499, 30\) of"),
        (X[:500].astype("f4"), r"\(500, 30\) of float32"),
    ],
    ids=["columns", "rows", "dtype"],
)
def test_chunks_that_are_not_what_the_array_tells_are_named(client, made, got):
    odd = da.from_delayed(delayed(made), (500, 30), X.dtype)
    message = (
        rf"^X: expected chunks as the Dask array tells of them, \(500, 30\) of float64, got {got}.*\. Make it with"
    )
    with pytest.raises(ValueError, match=message):
        xpsae.fit(da.concatenate([chunked(X[500:]), odd]))


def test_the_chunks_are_made_once_and_stay_on_their_workers(client, tmp_path):
    def read(first):
        (tmp_path / f"{first}-{uuid4().hex}").touch()
        return X[first : first + 500]

    pieces = [da.from_delayed(delayed(read)(first), (500, 30), X.dtype) for first in range(0, 2000, 500)]
    model = xpsae.fit(da.concatenate(pieces), max_iter=5, **OPTIONS)
    assert model.result.nfev > 5
    assert len(list(tmp_path.iterdir())) == 4
