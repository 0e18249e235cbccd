"""What `tools/gpu_check` measures on a card: requests, streams, a second device, rows that are sent, TF32.

Each function returns a record for JSON; its entry ``holds`` says whether what it found is as it should be, and is None
where nothing could be told, for the reason in ``reason``.
"""

from __future__ import annotations

import concurrent.futures
import importlib
import os
import re
import statistics
import time
from collections.abc import Callable
from typing import Any

import launches
import numpy as np

import xpsae
from xpsae.arrays.devices import to_library
from xpsae.data.ahead import FILLERS
from xpsae.data.elsewhere import placed
from xpsae.optimize.lbfgs import LBFGS

PRODUCTS, BESIDE = 5, 12
"""Matrix products of an evaluation, and the kernels beside them that there may be at most."""
BANDWIDTH = 0.8
"""The share that sending rows has to reach of the bandwidth of copies from pinned memory, or of bringing rows there."""
TF32_ERROR = 2e-2
"""At most so far is a gradient by TF32 from one by float32, relative to its largest component."""
SWITCHES = ("CUPY_TF32", "NVIDIA_TF32_OVERRIDE")
"""What in the environment makes float32 into TF32, or the other way round, whatever a program asks for."""
ROUNDS = 7
Record = dict[str, Any]


def forget_switches() -> list[str]:
    """Take out of the environment what would decide on TF32, before CuPy is imported; return what was there."""
    return [f"{name}={value}" for name in SWITCHES if (value := os.environ.pop(name, None)) is not None]


def unknown(reason: str) -> Record:
    """Return the record of what could not be told."""
    return {"holds": None, "reason": reason}


def median_seconds(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median seconds of a call that ends with a read, after one that warms up."""
    call()
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def beside(requests: Record) -> int:
    """Return how many kernels there are beside the products, of which some take a second one that adds up parts."""
    second = re.compile(r"kernel (?!xpsae_|cupy_).*reduce", re.IGNORECASE)  # splitKreduce_kernel, reduce_1Block_kernel
    parts = sum(count for name, count in requests.items() if second.match(name))
    return int(requests.get("kernels", 0)) - parts - PRODUCTS


def requests(library: str, *, quick: bool) -> Record:
    """Return what an evaluation, and an iteration, ask of the card."""
    if library != "cupy":
        return unknown(f"kernels are counted for CuPy, not for {library}")
    found: Record = {}
    rows = 300 if quick else 10_000
    for shape, decoder in (((64, 25), "sigmoid"), ((784, 196), "sigmoid"), ((192, 400), "linear")):
        X = to_library(np.random.default_rng(0).random((rows, shape[0])).astype("f4"), library)
        objective = xpsae.Objective(X, shape[1], decoder=decoder)
        optimizer = LBFGS(objective.initial(0), xpsae.Options(gtol=0, ftol=0, max_iter=100))
        for _ in range(12):
            optimizer.tell(*objective(optimizer.point))
        theta = optimizer.point
        try:
            with launches.counting() as of_evaluation:
                cost, gradient = objective(theta)
            with launches.counting() as of_step:
                optimizer.tell(cost, gradient)
                theta = optimizer.point
        except RuntimeError as error:
            return unknown(str(error))
        found[f"{shape[0]}-{shape[1]} {decoder}"] = {"evaluation": dict(of_evaluation), "optimizer": dict(of_step)}
    kernels = [beside(each["evaluation"]) for each in found.values()]
    silent = all(not {key for key in each["evaluation"] if "copies" in key} for each in found.values())
    one_read = all(each["optimizer"].get("copies to the host", 0) == 1 for each in found.values())
    return {"holds": max(kernels) <= BESIDE and silent and one_read, "beside the products": kernels, "requests": found}


def on_a_stream(library: str) -> Record:
    """Return whether a training on a stream of the caller's gives the same bits, and leaves the stream current."""
    if library != "cupy":
        return unknown(f"streams are tried with CuPy, not with {library}")
    cupy = importlib.import_module("cupy")
    X = to_library(np.random.default_rng(0).random((5_000, 64)).astype("f4"), library)
    options: Record = {"n_hidden": 25, "max_iter": 20, "ftol": 0, "rng": 0}
    usual = xpsae.fit(X, **options)
    cupy.cuda.get_current_stream().synchronize()
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        other = xpsae.fit(X, **options)
        current = cupy.cuda.get_current_stream() == stream
    stream.synchronize()
    return {"holds": bool(current and usual.history.cost == other.history.cost), "current afterwards": bool(current)}


def second_device(library: str) -> Record:
    """Return whether data on a second card are computed there while the first one is current."""
    if library != "cupy":
        return unknown(f"a second device is tried with CuPy, not with {library}")
    cupy = importlib.import_module("cupy")
    if cupy.cuda.runtime.getDeviceCount() < 2:
        return unknown("there is one card")
    rows = np.random.default_rng(0).random((5_000, 64)).astype("f4")
    options: Record = {"n_hidden": 25, "max_iter": 20, "ftol": 0, "rng": 0}
    here = xpsae.fit(to_library(rows, library), **options)
    with cupy.cuda.Device(1):
        X = cupy.asarray(rows)
    there = xpsae.fit(X, **options)
    same = bool(np.allclose(here.history.cost, there.history.cost, rtol=1e-3))
    return {"holds": same and there.W1.device.id == 1, "device": there.W1.device.id}


def fill_rate(rows: Any, pinned: Any) -> float:
    """Return how many bytes a second the host's threads bring into pinned memory, as many as are used for that."""
    n_threads = min(FILLERS, len(os.sched_getaffinity(0)))
    cuts = np.linspace(0, len(pinned), n_threads + 1, dtype=int)
    with concurrent.futures.ThreadPoolExecutor(n_threads) as pool:

        def fill() -> None:
            list(pool.map(lambda a, b: np.copyto(pinned[a:b], rows[a:b]), cuts[:-1], cuts[1:]))

        return float(pinned.nbytes / median_seconds(fill))


def sent(library: str, *, quick: bool) -> Record:
    """Return how fast rows of the host are sent while they are computed with, beside the fastest there is."""
    if library != "cupy":
        return unknown(f"rows are sent to CuPy's devices, not to {library}'s")
    n_rows, block_rows, limit = (20_000, 500, 30_000_000) if quick else (500_000, 20_000, 1_500_000_000)
    rows = np.random.default_rng(0).random((n_rows, 784), dtype="f4")
    options: Record = {"scaling": None, "max_iter": 3, "ftol": 0, "rng": 0, "block_rows": block_rows}
    cupy, cupyx = importlib.import_module("cupy"), importlib.import_module("cupyx")
    pinned, target = cupyx.empty_pinned((block_rows, 784), dtype="f4"), cupy.empty((block_rows, 784), dtype="f4")
    pinned[...] = rows[:block_rows]

    def copy() -> None:
        target.set(pinned)
        cupy.cuda.get_current_stream().synchronize()

    bandwidth, filled = pinned.nbytes / median_seconds(copy), fill_rate(rows, pinned)
    there = xpsae.Objective(placed(rows, "cuda"), 32, block_rows=block_rows, memory_limit=limit)
    theta = there.initial(0)
    seconds = median_seconds(lambda: float(there(theta)[0]), 3)
    whole = xpsae.Objective(cupy.asarray(rows), 32, block_rows=block_rows)
    (cost, gradient), (expected, slopes) = there(theta), whole(theta)
    apart = float(abs(gradient - slopes).max() / abs(slopes).max())
    streamed = xpsae.fit(rows, 32, device="cuda", memory_limit=limit, **options).history.cost
    memory = xpsae.fit(cupy.asarray(rows), 32, **options).history.cost
    found = {"bandwidth": bandwidth, "filled": filled, "sent": rows.nbytes / seconds}
    found["share"] = found["sent"] / min(bandwidth, filled)
    found |= {
        "sent in parts": there.plan.conversion,
        "gradient apart": apart,
        "cost apart": abs(float(cost / expected) - 1),
    }
    found["costs apart"] = float(max(abs(np.subtract(streamed, memory)) / np.abs(memory)))
    same = apart < 1e-4 and found["cost apart"] < 1e-5 and found["costs apart"] < 1e-3
    same = same and there.plan.ahead > 0  # or nothing was sent
    return {"holds": bool(same and (quick or found["share"] >= BANDWIDTH)), **found}


def tf32(library: str, *, quick: bool) -> Record:
    """Return how far cost and gradient by TF32 are from those by float32, and how long they take beside them."""
    n_rows, n_hidden = (2_000, 196) if quick else (20_000, 1024)
    X = to_library(np.random.default_rng(0).random((n_rows, 784)).astype("f4"), library)
    full = xpsae.Objective(X, n_hidden)
    try:
        fast = xpsae.Objective(X, n_hidden, precision="tf32")
    except ValueError as error:
        return unknown(str(error))
    theta = full.initial(0)
    (cost, gradient), (expected, slopes) = fast(theta), full(theta)
    apart = float(abs(gradient - slopes).max() / abs(slopes).max())
    times = [median_seconds(lambda objective=each: float(objective(theta)[0])) for each in (fast, full)]
    found = {"gradient apart": apart, "cost apart": abs(float(cost) / float(expected) - 1)}
    return {"holds": 0 < apart < TF32_ERROR, **found, "seconds": times[0], "seconds in float32": times[1]}
