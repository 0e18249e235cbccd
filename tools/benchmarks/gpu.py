"""Compare evaluations and whole trainings on an NVIDIA GPU with the products in them, and with JAX, PyTorch and optax.

Every contender has a process of its own, and they take turns, which repeat the work for a tenth of a second
each. Seconds are on the wall, with everything a call costs on the host; "device" are those between two events of the
library's own. A ratio is the median over the rounds. When the time that `--budget` gives is over, what is left is left
out, and named. `--library torch --device cpu --rows 500` runs all of it on a CPU, to see that it runs.
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

from contenders.gpus import EVALUATIONS, RUNS
from contenders.turns import Contender, ratio, take_turns

from benchmarks.evaluation import agree, machine

CASES = {
    "64-25": ("sigmoid", [10_000, 1_000_000]),
    "784-196": ("sigmoid", [10_000, 60_000]),
    "784-1024": ("sigmoid", [60_000]),
    "3072-4096": ("linear", [10_000]),
}
IN_DOUBLE = {("784-196", 60_000), ("64-25", 10_000)}
"""What is measured in float64 as well."""
IN_TF32 = {("784-196", 60_000), ("784-1024", 60_000), ("3072-4096", 10_000)}
RUN_SHAPES = ["64-25", "784-196"]
ITERATIONS, RUN_ROWS, PARAMETERS = 400, 10_000, 3_289

Told = dict[str, Any]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shapes", nargs="*", choices=CASES, default=list(CASES), help="features-hidden units")
    parser.add_argument(
        "--dtypes", nargs="*", choices=("float32", "float64", "tf32"), default=["float32", "float64", "tf32"]
    )
    parser.add_argument("--contenders", nargs="*", choices=[*EVALUATIONS, *RUNS], default=[*EVALUATIONS, *RUNS])
    parser.add_argument("--rows", nargs="*", type=int, help="instead of those of each shape")
    parser.add_argument("--iterations", type=int, default=ITERATIONS, help="of a whole training")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--budget", type=float, default=480.0, help="seconds for everything")
    parser.add_argument("--quick", action="store_true", help="only what the bars are about")
    parser.add_argument("--library", default="cupy", help="what the package computes with")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--json", type=Path, help="where to write all times")


def cases(options: argparse.Namespace) -> list[tuple[str, int, str]]:
    """Return shapes, rows and dtypes, those that the bars are about first."""
    found = [("784-196", 60_000, "float32")]
    for shape in options.shapes:
        for rows in options.rows or CASES[shape][1]:
            found.append((shape, rows, "float32"))
            found += [(shape, rows, "float64")] * (bool(options.rows) or (shape, rows) in IN_DOUBLE)
            found += [(shape, rows, "tf32")] * (options.device == "cuda" and (shape, rows) in IN_TF32)
    if options.rows or "784-196" not in options.shapes:
        del found[0]
    wanted = [case for case in dict.fromkeys(found) if case[2] in options.dtypes]
    return wanted[:1] if options.quick else wanted


def contend(options: argparse.Namespace, names: list[str], **problem: Any) -> tuple[Told, dict[str, Told]]:
    """Return what every contender took in its turns, and what it said of itself."""
    shared = {"library": options.library, "device": options.device}
    every = [Contender("contenders.gpus", who, threads=len_of_processors(), **shared, **problem) for who in names]
    for contender in every:
        if contender.refusal:
            print(f"{contender.name} left out: {contender.refusal}\n")
    able = [contender for contender in every if not contender.refusal]
    try:
        if problem.get("dtype") != "tf32":
            agree([contender.said for contender in able if "cost" in contender.said])
        return take_turns(able, options.rounds), {contender.name: contender.said for contender in able}
    finally:
        for contender in every:
            contender.close()


def len_of_processors() -> int:
    return int(machine()["processors"])


def table(title: str, taken: Told, base: str) -> str:
    """Return a table in Markdown: a row a contender."""
    rows = [f"{title}\n", f"| | ms | device ms | / {base} |", "|---|---|---|---|"]
    for who, turns in taken.items():
        wall = 1e3 * statistics.median(turn["seconds"] for turn in turns)
        device = [turn["device"] for turn in turns if "device" in turn]
        events = f"{1e3 * statistics.median(device):.3f}" if device else "–"
        over = f"{ratio(turns, taken[base], 'seconds'):.2f}" if base in taken else "–"
        rows.append(f"| {who} | {wall:.3f} | {events} | {over} |")
    return "\n".join(rows) + "\n"


def problem_of(shape: str, rows: int, dtype: str) -> Told:
    features, hidden = map(int, shape.split("-"))
    return {"rows": rows, "features": features, "hidden": hidden, "dtype": dtype, "decoder": CASES[shape][0]}


def over(taken: Told, one: str, other: str) -> float | None:
    """Return the ratio of two contenders; None where one is missing."""
    return ratio(taken[one], taken[other], "seconds") if one in taken and other in taken else None


def bars(everything: Told) -> list[tuple[str, float | None, float]]:
    """Return what is asked of an H200: in words, what was found, and the most it may be."""
    evaluation = everything["evaluations"].get("784-196 x 60000 float32", {})
    run, large = (everything["runs"].get(f"{shape} x {RUN_ROWS}", {}) for shape in RUN_SHAPES)
    seconds = statistics.median(turn["seconds"] for turn in large["xpsae-run"]) if "xpsae-run" in large else None
    return [
        ("784-196 x 60 000, float32: xpsae / products alone", over(evaluation, "xpsae", "products"), 1.25),
        ("784-196 x 60 000, float32: xpsae / JAX", over(evaluation, "xpsae", "jax"), 1.0),
        ("784-196 x 60 000, float32: xpsae / torch.compile", over(evaluation, "xpsae", "torch-compiled"), 1.0),
        ("64-25 x 10 000, whole run: xpsae / torch.optim.LBFGS", over(run, "xpsae-run", "torch-run"), 0.5),
        ("64-25 x 10 000, whole run: xpsae / optax", over(run, "xpsae-run", "optax-run"), 1.0),
        (
            f"the minimizer at {PARAMETERS} parameters, µs an iteration",
            everything["optimizer"].get("microseconds"),
            400.0,
        ),
        ("784-196 x 10 000, whole run, s", seconds, 2.0),
    ]


def jobs_of(options: argparse.Namespace) -> list[tuple[str, str, Told]]:
    """Return kind, title and problem of everything there is to do, what the bars are about first."""
    jobs = [
        ("evaluations", f"{shape} x {rows} {dtype}", problem_of(shape, rows, dtype))
        for shape, rows, dtype in cases(options)
    ]
    for shape in (each for each in RUN_SHAPES if each in options.shapes):
        rows = min([RUN_ROWS, *(options.rows or [])])
        training = problem_of(shape, rows, "float32") | {"iterations": options.iterations}
        jobs.insert(min(1, len(jobs)), ("runs", f"{shape} x {rows}", training))
    return jobs


def tell(everything: Told) -> None:
    """Print which bars are passed, and keep it."""
    everything["bars"] = []
    for bar, found, most in bars(everything):
        passes = None if found is None else found <= most
        everything["bars"].append({"bar": bar, "found": found, "at most": most, "passes": passes})
        verdict = {True: "pass", False: "FAIL", None: "not measured"}[passes]
        print(f"{verdict:<13}{bar}: {'–' if found is None else f'{found:.3f}'} (at most {most})")


def main(options: argparse.Namespace) -> None:
    began = time.monotonic()
    everything: Told = {"machine": machine(), "evaluations": {}, "runs": {}, "optimizer": {}, "versions": {}}
    groups = {"evaluations": (EVALUATIONS, "products"), "runs": (RUNS, "xpsae-run")}
    for kind, title, problem in jobs_of(options):
        if time.monotonic() - began > options.budget:
            print(f"{title} left out: the time is over\n")
            continue
        group, base = groups[kind]
        taken, said = contend(options, [name for name in group if name in options.contenders], **problem)
        everything[kind][title] = taken
        everything["versions"] |= {each["library"]: each["version"] for each in said.values()}
        print(table(f"{title}, {problem['decoder']} decoder", taken, base), flush=True)
        if kind == "runs":
            print(*(f"{name} ends at {each['final']:.6f}" for name, each in said.items()), "", sep="\n")
    alone = contend(argparse.Namespace(**vars(options) | {"rounds": 0}), ["optimizer"], size=PARAMETERS)[1]
    everything["optimizer"] = alone.get("optimizer", {})
    tell(everything)
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1), encoding="utf-8")
