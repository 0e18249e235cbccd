"""Compare the notes' own objective with itself before extensions existed, and with the same cost through an extension.

``--before`` names a checkout: ``git worktree add ../before c213b38^`` makes one.
"""

import argparse
import os
from pathlib import Path

from contenders.extensions import CONTENDERS
from contenders.turns import Contender, take_turns

from benchmarks.evaluation import SHAPES, agree, table


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--before", type=Path, help="a checkout without extensions")
    parser.add_argument("--shapes", nargs="*", choices=SHAPES, default=["64-25", "784-196"])
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of every contender")


def main(options: argparse.Namespace) -> None:
    names = [name for name in CONTENDERS if options.before or name != "before"]
    for shape in options.shapes:
        features, hidden = map(int, shape.split("-"))
        problem = {"rows": options.rows, "features": features, "hidden": hidden, "dtype": options.dtype}
        problem |= {"decoder": SHAPES[shape], "sparsity_weight": 0.0, "before": str(options.before)}
        found = [Contender("contenders.extensions", name, threads=options.threads, **problem) for name in names]
        for each in found:
            if each.refusal:
                message = f"{each.name}: {each.refusal}"
                raise RuntimeError(message)
        agree([each.said for each in found if "cost" in each.said])
        taken = take_turns(found, options.rounds)
        for each in found:
            each.close()
        print(table(f"{shape} {options.dtype}, {SHAPES[shape]} decoder, {options.rows} rows", taken), flush=True)
