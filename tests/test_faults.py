"""Workers that are killed, clusters that are gone: the same model, or an end that is told and a whole checkpoint.

Every wait has an end: the suite's timeout is lowered to two minutes here.
"""

import os
import signal

import numpy as np
import pytest
from clusters import OPTIONS, chunked, start
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
        pytest.raises(ConnectionError, match=r"^X: expected a cluster with wo"),
    ):
        xpsae.fit(chunked(), max_iter=50, callback=close, **OPTIONS)
