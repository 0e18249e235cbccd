"""Workers that are killed, clusters that are gone: the same model, or an end that is told and a whole checkpoint.

Every wait has an end: the suite's timeout is lowered to two minutes here.
"""

import os
import signal

import dask
import numpy as np
import pytest
from clusters import OPTIONS, X, chunked, start
from distributed import Client

import xpsae
from xpsae.data import cluster as module

pytestmark = [
    pytest.mark.timeout(120),
    # A server that is closed while it answers leaves a coroutine behind; a worker that is killed, a socket.
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


@pytest.mark.slow
def test_a_worker_killed_in_the_run_changes_no_bit():
    with start() as cluster, Client(cluster, timeout="20s") as client:
        whole = xpsae.fit(chunked(), max_iter=12, **OPTIONS)
        killed = []

        def kill(reached):
            if reached.nit == 4:
                killed.append(min(client.run(os.getpid).values()))
                os.kill(killed[0], signal.SIGKILL)

        again = xpsae.fit(chunked(), max_iter=12, callback=kill, **OPTIONS)
        assert killed
        np.testing.assert_array_equal(again.theta, whole.theta)
        assert again.history.cost == whole.history.cost


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*leaked semaphore:UserWarning")
def test_blocks_are_split_where_workers_die_of_them(monkeypatch):
    # As the system kills a process that asks for too much: no exception, the worker is gone.
    folded = module._folded

    def greedy(sent, chunks):
        import os
        import signal

        import cloudpickle

        if cloudpickle.loads(sent)[3] > 1000:
            os.kill(os.getpid(), signal.SIGKILL)
        return folded(sent, chunks)

    once = dask.config.set({"distributed.scheduler.allowed-failures": 0})
    with once, start() as cluster, Client(cluster, timeout="20s"):
        objective = xpsae.Objective(chunked(rows=1500), 4)
        theta = objective.initial(0)
        expected = xpsae.Objective(X, 4)(theta)[0]
        assert objective.plan.block_rows > 1000
        monkeypatch.setattr(module, "_folded", greedy)
        with pytest.warns(RuntimeWarning, match="memory ran out: going on with blocks of"):
            cost, _ = objective(theta)
        assert objective.plan.block_rows <= 1000
        np.testing.assert_allclose(cost, expected, rtol=1e-14)


@pytest.mark.slow
def test_without_any_worker_the_run_ends_and_goes_on_from_its_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    path = tmp_path / "run.ckpt"
    with start() as cluster, Client(cluster, timeout="20s") as client:
        whole = xpsae.fit(chunked(), max_iter=8, **OPTIONS)

        def leave(reached):
            if reached.nit == 3:
                cluster.scale(0)

        with pytest.raises(ConnectionError, match=r"^X: expected a cluster with workers, got one .*xpsae\.resume"):
            xpsae.fit(chunked(), max_iter=8, callback=leave, checkpoint=path, checkpoint_every=100, **OPTIONS)
        cluster.scale(1)
        client.wait_for_workers(1, timeout=60)
        assert xpsae.resume(path, chunked(), max_iter=8).history.cost == whole.history.cost


@pytest.mark.slow
def test_without_a_scheduler_the_run_ends(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    cluster = start(1)

    def close(reached):
        if reached.nit == 2:
            cluster.close()

    with (
        cluster,
        Client(cluster, timeout="5s"),
        pytest.raises(ConnectionError, match=r"^X: expected a cluster with workers, got one .*xpsae\.resume"),
    ):
        xpsae.fit(chunked(), max_iter=50, callback=close, **OPTIONS)
