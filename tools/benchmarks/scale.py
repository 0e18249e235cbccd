"""Measure what each engine costs beyond the work on the rows, how well workers share that work, and what they send.

Engines are threads, a file, and Dask clusters of one and of two worker processes. Each has processes of its own, and
they take turns. On few rows an evaluation is all overhead; on many it tells the efficiency: the seconds of two threads
over those of two workers, the median over the rounds. From both follows, on paper, the cost on clusters that are not
here; ``--model FILE`` prints all tables from the times of an earlier run. ``--trials`` compares, instead of the
engines, other ways to set up two workers.
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from contenders.engines import ENGINES, TRIALS
from contenders.turns import Contender, ratio, take_turns

from benchmarks.evaluation import agree, machine

FEW = 256
"""Rows where only the overhead is to be seen."""
SHARES = (1, 2, 4, 8, 16, 32)
MEMORY, WORKERS = "threads", "Dask, 2 workers"
CLUSTERS = (10, 1), (100, 1), (1000, 1), (63, 16)
"""Workers, and the threads of each."""
AT_ONCE = 10_000
BEARABLE = 0.05
"""The share of the overhead in an evaluation that one would put up with."""

Turns = dict[str, list[dict[str, Any]]]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shapes", nargs="*", default=["64-25", "784-196"], help="features-hidden units")
    parser.add_argument("--engines", nargs="*", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--rows", type=int, default=200_000, help="the many rows, of float32 (200000)")
    parser.add_argument("--rounds", type=int, nargs=2, default=[7, 5], help="on few rows, and on many (7 5)")
    parser.add_argument("--json", type=Path, help="where to write all times")
    parser.add_argument("--trials", action="store_true", help="compare ways to set up a cluster")
    parser.add_argument("--model", type=Path, metavar="FILE", help="print the tables of an earlier run")


def made(folder: str, n_rows: int, n_features: int) -> str:
    """Write rows of float32 from 0.1 to 0.9, and return the name of the file."""
    path, rng = str(Path(folder) / f"{n_rows}-{n_features}.npy"), np.random.default_rng(0)
    X = np.lib.format.open_memmap(path, "w+", "f4", (n_rows, n_features))
    for first in range(0, n_rows, AT_ONCE):
        X[first : first + AT_ONCE] = 0.1 + 0.8 * rng.random(X[first : first + AT_ONCE].shape, dtype="f4")
    X.flush()
    return path


def runs(names: Iterable[str], path: str, hidden: int, rounds: int, shares: tuple[int, ...]) -> dict[str, Any]:
    """Return what engines said and took."""
    every = []
    for who in names:
        more = {} if who in {MEMORY, "threads, one pass", "file"} else {"shares": shares}
        every.append(Contender("contenders.engines", who, threads=2, path=path, hidden=hidden, **more))
    for contender in every:
        if contender.refusal:
            print(f"{contender.name} left out: {contender.refusal}\n")
    able = [contender for contender in every if not contender.refusal]
    agree([contender.said | {"library": contender.name} for contender in able])
    taken = take_turns(able, rounds)
    for contender in every:
        contender.close()
    return {"said": {contender.name: contender.said for contender in able}, "turns": taken}


def middle(turns: list[dict[str, Any]], what: str) -> float:
    return statistics.median(turn[what] for turn in turns)


def overheads(found: dict[str, Any]) -> str:
    """Return a table of an evaluation of few rows, a row an engine, with the bytes of the workers."""
    rows = [
        "| | ms | fastest ms | processors' ms | a worker takes | and gives | all workers, of θ |",
        "|---|---|---|---|---|---|---|",
    ]
    for who, turns in found["turns"].items():
        fastest = min(turn["seconds"] for turn in turns)
        times = [1e3 * value for value in (middle(turns, "seconds"), fastest, middle(turns, "cpu"))]
        said, sent = found["said"][who], "– | – | –"
        if "bytes" in said:
            n, theta = said["workers"], said["theta_bytes"]
            taken, given = said["bytes"]["taken"], said["bytes"]["given"]
            sent = f"{taken / n / theta:.2f} θ | {given / n / theta:.2f} θ | {(taken + given) / theta:.2f}"
        rows.append(f"| {who} | {' | '.join(f'{each:.1f}' for each in times)} | {sent} |")
    return "\n".join(rows) + "\n"


def efficiencies(turns: Turns) -> str:
    """Return a table of an evaluation of many rows, a row an engine: its speed, of that of threads."""
    rows = ["| | s | fastest s | speed of threads | processors' s | the same |", "|---|---|---|---|---|---|"]
    for who, each in turns.items():
        wall, cpu = (middle(each, what) for what in ("seconds", "cpu"))
        fastest = min(turn["seconds"] for turn in each)
        speeds = [1 / ratio(each, turns[MEMORY], what) for what in ("seconds", "cpu")]
        rows.append(f"| {who} | {wall:.3f} | {fastest:.3f} | {speeds[0]:.0%} | {cpu:.3f} | {speeds[1]:.0%} |")
    return "\n".join(rows) + "\n"


def fitted(few: dict[str, Any], many: dict[str, Any], n_rows: int) -> tuple[float, float, float]:
    """Return seconds a round, seconds a share and processor seconds a row, of the fastest turns."""
    scan = [turn["shares"] for turn in few["turns"][WORKERS]]
    fastest = [min(turn[str(count)] for turn in scan) for count in SHARES]
    share, around = np.polyfit(SHARES, fastest, 1, w=1 / np.array(fastest))
    row = min(turn["cpu"] for turn in many["turns"]["threads, one pass"]) / n_rows
    return max(float(around), 0.0), float(share), row


def model(around: float, share: float, row: float) -> str:
    """Return a table on paper: seconds of an evaluation by workers and rows, and the overhead's share of them."""
    rows = [
        f"{1e3 * around:.1f} ms a round, {1e3 * share:.2f} ms a share, {1e6 * row:.2f} µs a row on one processor\n",
        "| workers | overhead, s | 10⁷ rows | 10⁸ rows | 10⁹ rows | 10¹⁰ rows | rows a worker for 5 % |",
        "|---|---|---|---|---|---|---|",
    ]
    for n, threads in CLUSTERS:
        overhead, cells = around + share * n, []
        for power in (7, 8, 9, 10):
            total = overhead + row * 10**power / (n * threads)
            cells.append(f"{total:,.{0 if total >= 100 else 2}f} s, {overhead / total:.0%}")
        enough = overhead * (1 / BEARABLE - 1) * threads / row
        who = f"{n}" if threads == 1 else f"{n} of {threads} threads"
        rows.append(f"| {who} | {overhead:.3g} | {' | '.join(cells)} | {enough:,.0f} |")
    return "\n".join(rows) + "\n"


def report(found: dict[str, Any]) -> None:
    """Print all tables."""
    for shape, parts in found["shapes"].items():
        few, many = parts["few"], parts["many"]
        theta = next(iter(few["said"].values()))["theta_bytes"] // 4
        print(f"{shape}, float32, {FEW} rows: θ of {theta} numbers\n\n{overheads(few)}")
        print(f"{shape}, float32, {found['rows']} rows\n\n{efficiencies(many['turns'])}")
        if WORKERS in few["turns"]:
            print(f"{shape}, on paper: {model(*fitted(few, many, found['rows']))}", flush=True)


def main(options: argparse.Namespace) -> None:
    if options.model:
        report(json.loads(options.model.read_text(encoding="utf-8")))
        return
    found: dict[str, Any] = {"machine": machine(), "rows": options.rows, "shapes": {}}
    names = list(TRIALS if options.trials else options.engines)
    for shape in options.shapes:
        features, hidden = map(int, shape.split("-"))
        with tempfile.TemporaryDirectory() as folder:
            few = runs(names, made(folder, FEW, features), hidden, options.rounds[0], SHARES)
            many = runs(
                (MEMORY, *names) if options.trials else names,
                made(folder, options.rows, features),
                hidden,
                options.rounds[1],
                (),
            )
        found["shapes"][shape] = json.loads(json.dumps({"few": few, "many": many}))
    report(found)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
