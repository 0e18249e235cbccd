"""Compare whole trainings: 400 iterations from one start, each contender with its own cost, gradient and L-BFGS.

64-25 are patches of photographs; 784-196 needs MNIST's images. Contenders take turns in processes of their own; seconds
are medians over the rounds. The course of a run tells when it reached the final cost of the best and the worst peer.
"""

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from contenders.trainings import CONTENDERS
from contenders.turns import Contender, take_turns

import xpsae
from benchmarks.evaluation import machine

PENALTIES = {
    "64-25": {"weight_decay": 1e-4, "sparsity_target": 0.01, "sparsity_weight": 3.0},
    "784-196": {"weight_decay": 3e-3, "sparsity_target": 0.1, "sparsity_weight": 3.0},
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shapes", nargs="*", choices=PENALTIES, default=["64-25"], help="features-hidden units")
    parser.add_argument("--dtypes", nargs="*", choices=("float64", "float32"), default=["float64", "float32"])
    parser.add_argument("--contenders", nargs="*", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--iterations", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of every contender")
    parser.add_argument("--mnist", type=Path, help="MNIST's images in IDX form, for 784-196")
    parser.add_argument("--json", type=Path, help="where to write all runs")


def data(options: argparse.Namespace, shape: str) -> np.ndarray:
    """Return the samples to train on, from 0 to 1."""
    if shape == "64-25":
        whitened = xpsae.whiten_images(xpsae.load_photographs())
        return xpsae.normalize_patches(xpsae.sample_patches(whitened, options.rows, (8, 8), rng=0))
    if not options.mnist:
        message = "784-196 is trained on MNIST: name its images by --mnist"
        raise SystemExit(message)
    return xpsae.read_idx(options.mnist)[: options.rows].reshape(-1, 784) / 255.0


def runs(options: argparse.Namespace, shape: str, dtype: str, path: str) -> dict[str, list[dict[str, Any]]]:
    """Return what came of every contender's runs."""
    X = np.load(path, mmap_mode="r")
    problem = {"rows": X.shape[0], "features": X.shape[1], "hidden": int(shape.partition("-")[2]), "dtype": dtype}
    problem |= {"decoder": "sigmoid", "path": path, "iterations": options.iterations} | PENALTIES[shape]
    every = [Contender("contenders.trainings", who, threads=options.threads, **problem) for who in options.contenders]
    for contender in every:
        if contender.refusal:
            print(f"{contender.name} left out: {contender.refusal}\n")
    taken = take_turns([contender for contender in every if not contender.refusal], options.rounds)
    for contender in every:
        contender.close()
    return taken


def reached(run: dict[str, Any], cost: float) -> float:
    """Return the seconds after which a run was at least as low as a cost; infinity if it never was."""
    return next((seconds for seconds, lowest in run["course"] if lowest <= cost), float("inf"))


def table(title: str, taken: dict[str, list[dict[str, Any]]]) -> str:
    """Return a table in Markdown: a row a contender."""
    finals = {who: all_runs[0]["cost"] for who, all_runs in taken.items() if who != "xpsae"}
    goals = [min(finals.values()), max(finals.values())] if finals else []
    rows = [
        f"{title}\n",
        "| | s | / xpsae | processors' s | evaluations | cost | s to the best peer's | s to the worst's | own share |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for who, found in taken.items():
        seconds = statistics.median(run["seconds"] for run in found)
        pairs = zip(found, taken.get("xpsae", found), strict=True)
        over = statistics.median(run["seconds"] / ours["seconds"] for run, ours in pairs)
        times = "".join(f" {statistics.median(reached(run, goal) for run in found):.2f} |" for goal in goals or ())
        share = f"{100 * statistics.median(run['share'] for run in found):.1f} %" if "share" in found[0] else "–"
        first, cpu = found[0], statistics.median(run["cpu"] for run in found)
        time = f"{seconds:.2f} | {over:.2f} | {cpu:.2f}"
        rows.append(f"| {who} | {time} | {first['evaluations']} | {first['cost']:.6f} |{times} {share} |")
    return "\n".join(rows) + "\n"


def main(options: argparse.Namespace) -> None:
    everything: dict[str, Any] = {"machine": machine(), "iterations": options.iterations, "runs": {}}
    with tempfile.TemporaryDirectory() as folder:
        for shape in options.shapes:
            path = str(Path(folder) / f"{shape}.npy")
            np.save(path, data(options, shape))
            for dtype in options.dtypes:
                taken = runs(options, shape, dtype, path)
                everything["runs"][f"{shape} {dtype}"] = taken
                print(table(f"{shape} {dtype}, {options.iterations} iterations", taken), flush=True)
    if options.json:
        options.json.write_text(json.dumps(everything), encoding="utf-8")
