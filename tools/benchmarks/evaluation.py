"""Compare one evaluation of cost and gradient with the five matrix products in it, and with its peers.

Every contender has a process of its own, and they take turns; a ratio is the median over the rounds of the times two
contenders took in the same round. Beside the medians of the times on the wall stand the fastest turns and the times of
all processors together, which other work on the machine disturbs less; but these count threads that only wait as well.
"""

import argparse
import json
import os
import platform
import statistics
from pathlib import Path
from typing import Any

from contenders.evaluations import CONTENDERS
from contenders.turns import Contender, ratio, take_turns

SHAPES = {"64-25": "sigmoid", "784-196": "sigmoid", "784-1024": "sigmoid", "192-400": "linear"}
ALIKE = 1e-4
"""Costs and gradients of two contenders differ by less than this, relatively."""

Taken = dict[str, list[dict[str, float]]]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shapes", nargs="*", choices=SHAPES, default=list(SHAPES), help="features-hidden units")
    parser.add_argument("--dtypes", nargs="*", choices=("float64", "float32"), default=["float64", "float32"])
    parser.add_argument("--contenders", nargs="*", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of every contender")
    parser.add_argument("--json", type=Path, help="where to write all times")


def machine() -> dict[str, Any]:
    """Return what the times depend on."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())
    return {"cpu": model, "processors": len(os.sched_getaffinity(0)), "python": platform.python_version()}


def prepared(options: argparse.Namespace, shape: str, dtype: str) -> list[Contender]:
    """Return the contenders that can do it, each ready; those that cannot are named."""
    features, hidden = map(int, shape.split("-"))
    problem = {"rows": options.rows, "features": features, "hidden": hidden, "dtype": dtype, "decoder": SHAPES[shape]}
    found = [Contender("contenders.evaluations", who, threads=options.threads, **problem) for who in options.contenders]
    for contender in found:
        if contender.refusal:
            print(f"{contender.name} left out: {contender.refusal}\n")
            contender.close()
    able = [contender for contender in found if not contender.refusal]
    agree([contender.said for contender in able if "cost" in contender.said])
    return able


def agree(said: list[dict[str, Any]]) -> None:
    """Raise an error unless all came to the same cost and gradient."""
    for one in said:
        for name in ("cost", "gradient"):
            if abs(one[name] / said[0][name] - 1) > ALIKE:
                message = f"{one['library']} and {said[0]['library']} differ in the {name}: {one} {said[0]}"
                raise RuntimeError(message)


def table(title: str, taken: Taken) -> str:
    """Return a table in Markdown: a row a contender."""
    peers = [who for who in taken if who not in {"products", "xpsae"}]
    fastest = {who: min(turn["seconds"] for turn in turns) for who, turns in taken.items()}
    best = min(peers, key=fastest.get, default=None)
    products = taken.get("products", next(iter(taken.values())))
    rows = [
        f"{title}\n",
        "| | ms | / products | / best peer | fastest ms | / products | processors' ms | / products |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for who, turns in taken.items():
        wall, cpu = (1e3 * statistics.median(turn[what] for turn in turns) for what in ("seconds", "cpu"))
        peer = f"{ratio(turns, taken[best], 'seconds'):.2f}" if best else "–"
        low = f"{1e3 * fastest[who]:.2f} | {fastest[who] / min(turn['seconds'] for turn in products):.2f}"
        over = [ratio(turns, products, what) for what in ("seconds", "cpu")]
        rows.append(f"| {who} | {wall:.2f} | {over[0]:.2f} | {peer} | {low} | {cpu:.2f} | {over[1]:.2f} |")
    return "\n".join(rows) + "\n"


def main(options: argparse.Namespace) -> None:
    everything: dict[str, Any] = {"machine": machine(), "rows": options.rows, "threads": options.threads, "times": {}}
    for shape in options.shapes:
        for dtype in options.dtypes:
            contenders = prepared(options, shape, dtype)
            taken = take_turns(contenders, options.rounds)
            for contender in contenders:
                contender.close()
            everything["times"][f"{shape} {dtype}"] = taken
            everything["versions"] = {each.said["library"]: each.said["version"] for each in contenders}
            print(table(f"{shape} {dtype}, {SHAPES[shape]} decoder, {options.rows} rows", taken), flush=True)
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")
