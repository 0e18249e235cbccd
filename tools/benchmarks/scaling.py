"""Measure how time and memory of one evaluation grow with the rows: 64-25, float32, from 1 000 to 1 000 000 rows.

Every number of rows has a process of its own, and they take turns. Memory is the peak of the process beyond what it had
with the data loaded and the package in use.
"""

import argparse
import json
import os
import statistics
from pathlib import Path
from typing import Any

from contenders.turns import Contender, ratio

from benchmarks.evaluation import machine


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", nargs="*", type=int, default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--memory-limit", help='of the evaluation, such as "50MB"; none by default')
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float32")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", type=Path, help="where to write all times")


def main(options: argparse.Namespace) -> None:
    problem = {"features": 64, "hidden": 25, "dtype": options.dtype, "memory_limit": options.memory_limit}
    sizes = {
        rows: Contender("contenders.scalings", "xpsae", threads=options.threads, rows=rows, **problem)
        for rows in options.rows
    }
    taken: dict[int, list[dict[str, float]]] = {rows: [] for rows in sizes}
    for _ in range(options.rounds):
        for rows, contender in sizes.items():
            answer = contender.turn()
            taken[rows].append(answer | {"per_row": answer["seconds"] / rows, "cpu_per_row": answer["cpu"] / rows})
    for contender in sizes.values():
        contender.close()
    report(taken, {rows: contender.said for rows, contender in sizes.items()})
    if options.json:
        everything: dict[str, Any] = {"machine": machine(), "options": problem, "times": taken}
        options.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")


def report(taken: dict[int, list[dict[str, float]]], said: dict[int, dict[str, Any]]) -> None:
    """Print a table in Markdown, a row a number of rows."""
    base = taken.get(100_000, next(iter(taken.values())))
    print("| rows | ns a row | / 100 000 rows | processors' ns a row | / 100 000 rows | MB beyond the data | planned |")
    print("|---|---|---|---|---|---|---|")
    for rows, turns in taken.items():
        wall, cpu = (1e9 * statistics.median(turn[what] for turn in turns) for what in ("per_row", "cpu_per_row"))
        over = [ratio(turns, base, what) for what in ("per_row", "cpu_per_row")]
        peak = (max(turn["peak"] for turn in turns) - said[rows]["before"]) / 1e6
        memory = f"{peak:.1f} | {said[rows]['planned'] / 1e6:.1f}"
        print(f"| {rows} | {wall:.0f} | {over[0]:.2f} | {cpu:.0f} | {over[1]:.2f} | {memory} |")
