"""``xpsae tutorial``: the exercises of the lecture notes, beside what was published."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from xpsae.checks import complaint
from xpsae.cli.options import add_command, number, say
from xpsae.cli.outputs import add_output, prepared_folder
from xpsae.exercises import EXERCISES, Exercise
from xpsae.exercises.digits import WHAT_TO_GET
from xpsae.exercises.record import Figure, Outcome, Settings
from xpsae.pictures.png import write_png

_LIST = "".join(f"  {each.number}  {each.title}\n" for each in EXERCISES)
_EXAMPLES = f"""\
  xpsae tutorial 1                       edges, and the check of the gradient
  xpsae tutorial 5 6 --data mnist        self-taught and stacked learning on MNIST
  xpsae tutorial                         all eight, some minutes

the exercises:
{_LIST}
2, 4, 5 and 6 learn from digits: MNIST's from --data, otherwise scikit-learn's small ones. the folder holds
{WHAT_TO_GET};
the two t10k files alone will do. 4, 5, 6 and 8 need scikit-learn. exit code 1 says that a figure differs from the
published one.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(commands, "tutorial", does="do the exercises of the lecture notes", examples=_EXAMPLES)
    numbers = [each.number for each in EXERCISES]
    parser.add_argument("numbers", nargs="*", type=int, metavar="N", help=f"exercises, {numbers[0]} to {numbers[-1]}")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where MNIST's IDX files are")
    parser.add_argument(
        "--iterations", dest="max_iter", type=number(int, 1), default=400, metavar="N", help="of L-BFGS (default: 400)"
    )
    parser.add_argument(
        "--seed", type=number(int), default=0, metavar="N", help="where random draws begin (default: 0)"
    )
    parser.add_argument("--full", action="store_true", help="7 with 100 000 patches and 400 units, as published")
    add_output(parser, "xpsae-tutorial", "the folder to write pictures to")
    parser.set_defaults(run=_tutorial)


def _tutorial(options: Any) -> int:
    known = {each.number: each for each in EXERCISES}
    unknown = [str(each) for each in options.numbers if each not in known]
    if unknown:
        raise ValueError(
            complaint("N", f"numbers from 1 to {len(known)}", ", ".join(unknown), "See 'xpsae tutorial -h'.")
        )
    settings = Settings(options.data, options.max_iter, options.seed, options.full)
    folder = prepared_folder(options.output)
    chosen = [known[each] for each in options.numbers or known]
    return max(_done(exercise, settings, folder) for exercise in chosen)


def _done(exercise: Exercise, settings: Settings, folder: Path) -> int:
    """Do one exercise, say what came of it, write its pictures, and return the exit code."""
    say(f"{exercise.number}  {exercise.title}")
    sys.stdout.flush()
    start = time.perf_counter()
    outcome = exercise.run(settings)
    say(f"   {outcome.data}, {time.perf_counter() - start:.0f} s\n{_table(outcome)}")
    for name, picture in outcome.pictures.items():
        path = folder / f"{exercise.number}-{name}"
        write_png(path, picture)
        say(f"   wrote {path}")
    say()
    return 0 if outcome.passes else 1


def _table(outcome: Outcome) -> str:
    width = max(len(figure.quantity) for figure in outcome.figures)
    return "\n".join(_line(figure, width) for figure in outcome.figures)


def _line(figure: Figure, width: int) -> str:
    verdict = {True: "pass", False: "FAIL", None: ""}[figure.passes]
    published = "" if figure.published == "-" else f"published: {figure.published}"
    return f"   {verdict:<5}{figure.quantity:<{width}}  {figure.ours:<14}  {published}".rstrip()
