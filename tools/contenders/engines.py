"""One evaluation of the package by each of its engines: threads, a file, a Dask cluster of worker processes.

The data lie in a .npy file, which every engine reads for itself. A turn tells the seconds on the wall and those of all
processors, the cluster's processes included. A cluster also tells the bytes that its workers take and give.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import psutil

import xpsae
from contenders.turns import TURN_SECONDS
from xpsae.data.blocks import real_rows
from xpsae.planning import Wishes, blocks_for, plan_of

Evaluate = Callable[[], object]
Prepared = tuple[Callable[[], dict[str, Any]], dict[str, Any]]
LONG_SECONDS = 1.0
"""What takes longer needs no waking up."""
COUNTED = 10
"""Evaluations whose bytes are counted."""


def turn(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what one turn took."""
    return work()


def processors() -> float:
    """Return the seconds that processors have spent on this process and on those it started."""
    here = psutil.Process()
    times = [process.cpu_times() for process in (here, *here.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def timed(evaluate: Evaluate) -> dict[str, float]:
    """Return the seconds of one evaluation, after one that wakes everything up; where it is long, of that one."""
    cpu, began = processors(), time.perf_counter()
    evaluate()
    first = time.perf_counter() - began
    if first > LONG_SECONDS:
        return {"seconds": first, "cpu": processors() - cpu}
    repeats = max(1, round(TURN_SECONDS / first))
    cpu, began = processors(), time.perf_counter()
    for _ in range(repeats):
        evaluate()
    return {"seconds": (time.perf_counter() - began) / repeats, "cpu": (processors() - cpu) / repeats}


def told(objective: xpsae.Objective, **more: Any) -> Prepared:
    """Return an objective as a contender: at a point drawn at random."""
    theta, plan = objective.initial(0), objective.plan
    cost, gradient = objective(theta)
    says = {"cost": float(cost), "gradient": float(np.linalg.norm(gradient)), "theta_bytes": theta.nbytes}
    says |= {"one_pass": plan.one_pass, "block_rows": plan.block_rows, "version": xpsae.__version__}
    return lambda: timed(lambda: objective(theta)), says | more


def threads(*, path: str, hidden: int, one_pass: bool = False) -> Prepared:
    """Two threads on an array, in the form that is chosen where there is room, or in one pass."""
    X = np.load(path)
    plan = plan_of(X, hidden, Wishes(workers=2))
    return told(xpsae.Objective.of(*blocks_for(X, replace(plan, one_pass=one_pass)), xpsae.Penalties()))


def file(*, path: str, hidden: int) -> Prepared:
    """Two threads on the file, which is read in every evaluation."""
    X = real_rows(path)
    plan = replace(plan_of(X, hidden, Wishes(workers=2)), one_pass=True, conversion="repeated", ahead=2)
    return told(xpsae.Objective.of(*blocks_for(X, plan), xpsae.Penalties()))


def cluster(
    n_workers: int,
    *,
    path: str,
    hidden: int,
    shares: tuple[int, ...] = (),
    threads_per_worker: int = 1,
    direct: bool = False,
    spoil: Callable[[], None] | None = None,
) -> Prepared:
    """Worker processes, of one thread each where nothing else is said.

    With `shares`, the bytes of an evaluation are counted, and evaluations with so many shares of 8 rows are timed too.
    `spoil` is done on every worker, and here, before anything else.
    """
    from distributed import Client, LocalCluster

    quiet = {"dashboard_address": ":0", "memory_limit": 0, "silence_logs": 50}
    workers = LocalCluster(n_workers, threads_per_worker=threads_per_worker, processes=True, **quiet)
    client = Client(workers, direct_to_workers=direct)
    if spoil is not None:
        client.run(spoil)
        spoil()
    objective = xpsae.Objective(chunked(path, chunks_for(path, n_workers)), hidden)
    work, says = told(objective)
    if not shares:
        return work, says
    says["workers"] = n_workers
    says["bytes"] = moved(client, functools.partial(objective, objective.initial(0)))
    few = {count: xpsae.Objective(chunked(path, count, 8 * count), hidden, workers=count) for count in shares}
    scan = {count: functools.partial(each, each.initial(0)) for count, each in few.items()}
    return lambda: work() | {"shares": {count: timed(evaluate)["seconds"] for count, evaluate in scan.items()}}, says


def give_back() -> None:
    """Let glibc give freed memory back to the system, as Dask tells it to."""
    from xpsae.data import schedule

    schedule.keep_freed_memory = lambda: None


def scatter() -> None:
    """Send weights of any size beside the tasks."""
    from xpsae.data import cluster as engine

    engine._BROADCAST_BYTES = 0


def chunks_for(path: str, n_workers: int) -> int:
    """Return how many chunks a file is cut into: some for each worker where there are rows for them."""
    return n_workers * (8 if np.load(path, mmap_mode="r").shape[0] > 1000 else 1)


def chunked(path: str, count: int, n_rows: int | None = None) -> Any:
    """Return the first rows of a file as a Dask array of so many chunks, each read by the worker it is for."""
    import dask.array as da
    from dask import delayed

    whole = np.load(path, mmap_mode="r")[:n_rows]
    ends = np.linspace(0, whole.shape[0], count + 1).astype(int)
    pieces = [
        da.from_delayed(delayed(rows)(path, int(a), int(b)), (int(b - a), whole.shape[1]), whole.dtype)
        for a, b in itertools.pairwise(ends)
    ]
    return da.concatenate(pieces)


def rows(path: str, first: int, last: int) -> np.ndarray:
    """Return rows of a file."""
    return np.array(np.load(path, mmap_mode="r")[first:last])


def moved(client: Any, evaluate: Evaluate) -> dict[str, float]:
    """Return the bytes that all workers take and give in an evaluation, and those sent by scheduler and client."""
    client.run(count_bytes)
    count_bytes()
    before, here = client.run(count_bytes), count_bytes()
    for _ in range(COUNTED):
        evaluate()
    after, there = client.run(count_bytes), count_bytes()
    taken, given = (sum(after[who][i] - before[who][i] for who in after) / COUNTED for i in (0, 1))
    return {"taken": taken, "given": given, "home": (there[1] - here[1]) / COUNTED}


def count_bytes() -> tuple[int, int]:
    """Return the bytes this process has taken and given over TCP since it was first asked."""
    from distributed.comm import tcp

    if not hasattr(tcp, "xpsae_counts"):
        tcp.xpsae_counts = [0, 0]
        read, write = tcp.read_bytes_rw, tcp.TCP.write

        async def reading(stream: Any, n: int) -> Any:
            tcp.xpsae_counts[0] += n
            return await read(stream, n)

        async def writing(self: Any, *args: Any, **keywords: Any) -> Any:
            count = await write(self, *args, **keywords)
            tcp.xpsae_counts[1] += count
            return count

        tcp.read_bytes_rw, tcp.TCP.write = reading, writing
    return tuple(tcp.xpsae_counts)


CONTENDERS = {
    "threads": threads,
    "threads, one pass": functools.partial(threads, one_pass=True),
    "file": file,
    "Dask, 1 worker": functools.partial(cluster, 1),
    "Dask, 2 workers": functools.partial(cluster, 2),
}
TRIALS = {
    "as it is": functools.partial(cluster, 2),
    "freed memory given back": functools.partial(cluster, 2, spoil=give_back),
    "weights beside the tasks": functools.partial(cluster, 2, spoil=scatter),
    "results straight to the client": functools.partial(cluster, 2, direct=True),
    "one worker of two threads": functools.partial(cluster, 1, threads_per_worker=2),
}
"""Other ways to set a cluster up."""
ENGINES, CONTENDERS = CONTENDERS, CONTENDERS | TRIALS
