"""Contenders in processes of their own that take turns: two libraries' threads in one process slow each other down.

``python -m contenders.turns MODULE NAME JSON`` prepares ``MODULE.CONTENDERS[NAME](**JSON)``, which gives a function of
no argument, the work, and what the contender says of itself. Whenever a line comes on standard input, it answers with
``MODULE.turn(work)``, a line of JSON. All others sleep meanwhile: a process without a line to read does nothing.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
TURN_SECONDS = 0.1
"""A turn repeats short work until it takes this long."""
REST_SECONDS = 0.1
"""Threads of a library that wait for more work keep a processor busy for a while; nobody's turn begins in it."""


class Contender:
    """One contender's process, to be told whose turn it is."""

    def __init__(self, module: str, name: str, *, threads: int, **keywords: Any) -> None:
        self.name, self.refusal = name, ""
        paths = [str(ROOT), str(ROOT / "tools"), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | dict.fromkeys(THREADS, str(threads)) | {"PYTHONPATH": os.pathsep.join(paths)}
        environment |= {"OMP_WAIT_POLICY": "passive", "TF_CPP_MIN_LOG_LEVEL": "3"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, module, name, json.dumps(keywords), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.said = self._answer()

    def turn(self) -> dict[str, float]:
        """Have it work once, and return what that took."""
        time.sleep(REST_SECONDS)
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"refusal": f"ended with status {self._process.wait()}"}
        self.refusal = answer.get("refusal", "")
        return answer


def take_turns(contenders: list[Contender], rounds: int) -> dict[str, list[dict[str, float]]]:
    """Return what every contender took in every round."""
    taken: dict[str, list[dict[str, float]]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            taken[contender.name].append(contender.turn())
    return taken


def ratio(mine: list[dict[str, float]], others: list[dict[str, float]], what: str) -> float:
    """Return the median over the rounds of what one took over what the other took in the same round."""
    return statistics.median(one[what] / other[what] for one, other in zip(mine, others, strict=True))


def measured(work: Callable[[], object]) -> dict[str, float]:
    """Return the seconds of one call, of wall clock and of all processors, after one that wakes everything up."""
    began = time.perf_counter()
    work()
    repeats = max(1, round(TURN_SECONDS / (time.perf_counter() - began)))
    faults, cpu, began = resource.getrusage(resource.RUSAGE_SELF).ru_minflt, time.process_time(), time.perf_counter()
    for _ in range(repeats):
        work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
    return {"seconds": seconds / repeats, "cpu": cpu / repeats, "faults": faults / repeats}


def confine(processors: int) -> None:
    """Use so many processors at most, which holds for threads of every library, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-processors:])


def serve(module: str, name: str, keywords: dict[str, Any]) -> None:
    """Be a contender."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what libraries print is no answer
    contenders = importlib.import_module(module)
    try:
        work, says = contenders.CONTENDERS[name](**keywords)
    except Exception as error:
        message = str(error).partition("\n")[0]
        work, says = None, {"refusal": f"{type(error).__name__}: {message}"}
    print(json.dumps(says), file=answers, flush=True)
    for _ in sys.stdin:
        print(json.dumps(contenders.turn(work) if work else says), file=answers, flush=True)


if __name__ == "__main__":
    confine(int(sys.argv[4]))
    serve(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
