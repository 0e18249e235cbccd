"""What several commands share: options, paths, output."""

from __future__ import annotations

import argparse
import inspect
import math
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from xpsae.arrays.random import generator
from xpsae.arrays.typing import Generator
from xpsae.checks import real_number, whole_number

Form = partial(argparse.RawDescriptionHelpFormatter, max_help_position=28)
"""Help whose examples keep their lines."""


def say(text: str = "") -> None:
    """Write a line to standard output."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")


def exit_code(message: str) -> int:
    """Return the exit code of a run of the minimizer that ended with `message`; say on standard error if it failed."""
    if message.startswith("Interrupted"):
        sys.stderr.write("xpsae: interrupted, what was found is written\n")
        return 130
    if not message.startswith("Failed"):
        return 0
    sys.stderr.write(f"xpsae: error: {message}\n")
    return 1


def number(
    kind: type[int] | type[float], low: float = 0, high: float = math.inf, *, open_ends: bool = False
) -> Callable[[str], float]:
    """Return what reads a number of a range off the command line; anything else is wrong usage."""

    def read(text: str) -> float:
        """Return the number."""
        try:
            value = kind(text)
        except ValueError:
            message = f"expected {'an integer' if kind is int else 'a number'}, got {text!r}"
            raise argparse.ArgumentTypeError(message) from None
        try:
            if kind is int:
                return whole_number("", value, at_least=int(low), remedy="")
            return real_number("", value, low=low, high=high, open_ends=open_ends, remedy="")
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error).strip(":. ")) from None

    return read


def shows_progress(options: argparse.Namespace) -> bool:
    """Return whether a run is to show its progress: as ``--quiet`` says, or where standard error is a terminal."""
    return sys.stderr.isatty() if options.quiet is None else not options.quiet


def seeded(options: argparse.Namespace) -> Generator:
    """Return the random generator of ``--seed``."""
    return generator(options.seed)


def command(*words: str | os.PathLike[str]) -> str:
    """Return a command line of this program that a shell understands, as the user would have to type it."""
    called, found = Path(sys.argv[0]), shutil.which("xpsae")
    hidden = called.stem == "xpsae" and (found is None or not called.exists() or not called.samefile(found))
    return shlex.join([str(called) if hidden else "xpsae", *(os.fspath(word) for word in words)])


_EXIT_CODES = "\nexit codes: 0 done, 1 failed (one line on standard error says why), 2 wrong usage, 130 interrupted.\n"


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    *,
    does: str,
    examples: str,
    about: str = "",
    config: bool = True,
) -> argparse.ArgumentParser:
    """Return the parser of a new command, whose help begins with `about` and ends with `examples`."""
    description = f"{does}.\n\n{about}".rstrip()
    epilog = f"examples:\n{examples}{_EXIT_CODES}"
    parser = commands.add_parser(name, help=does, description=description, epilog=epilog, formatter_class=Form)
    parser.set_defaults(parser=parser, config=None)
    if config:
        text = "a TOML file of options, named as the long flags are; what is typed goes before it"
        parser.add_argument("--config", metavar="FILE", type=Path, help=text)
    return parser


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the model file."""
    parser.add_argument("model", metavar="MODEL", type=Path, help="a model file, as 'xpsae fit' writes it")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    text = "for programs: one JSON object on standard output"
    parser.add_argument("--json", action=argparse.BooleanOptionalAction, default=False, help=text)


def add_data(parser: argparse.ArgumentParser, *, needed: bool = True) -> None:
    """Add the file of samples, and which of its arrays to read."""
    text = (
        "samples: a .npy, .npz, IDX, .mat, .csv or Parquet file, a pattern for several .npy or IDX files (in quotes), "
        "a folder of pictures, or - for .npy on standard input"
    )
    parser.add_argument("data", metavar="DATA", nargs=None if needed else "?", help=text)
    parser.add_argument("--key", metavar="NAME", help="the array to read from a .npz or .mat file of several")


def patch_shape(text: str) -> tuple[int, ...]:
    """Return the numbers in "8x8" or "8x8x3".

    Examples
    --------
    >>> from xpsae.cli.options import patch_shape
    >>> patch_shape("8x8x3")
    (8, 8, 3)
    """
    try:
        sides = tuple(int(side) for side in text.lower().split("x"))
    except ValueError:
        sides = ()
    if len(sides) not in {2, 3} or min(sides) < 1:
        message = f"{text!r} is not a shape like 8x8 (height x width) or 8x8x3 (with colors)"
        raise argparse.ArgumentTypeError(message)
    return sides


_HYPERPARAMETERS: dict[str, tuple[tuple[str, ...], Callable[[str], float], str, str]] = {
    "n_hidden": (("--hidden", "--n-hidden"), number(int, 1), "N", "hidden units"),
    "sparsity_target": (
        ("--sparsity-target",),
        number(float, 0, 1, open_ends=True),
        "RHO",
        "mean activation asked of every hidden unit",
    ),
    "weight_decay": (("--weight-decay",), number(float), "LAMBDA", "weight of the penalty on large weights"),
    "sparsity_weight": (("--sparsity-weight",), number(float), "BETA", "weight of the sparsity penalty"),
    "max_iter": (("--iterations", "--max-iter"), number(int), "N", "most L-BFGS iterations"),
    "history": (("--history",), number(int, 1), "PAIRS", "curvature pairs L-BFGS remembers"),
    "gtol": (("--gtol",), number(float), "TOL", "stop when the gradient has become this small"),
    "ftol": (("--ftol",), number(float), "TOL", "stop when the cost falls by less than this fraction"),
}


def defaults_of(function: Callable[..., object], *names: str) -> dict[str, Any]:
    """Return the defaults of a function's parameters, so that the two doors to it never disagree."""
    parameters = inspect.signature(function).parameters
    return {name: parameters[name].default for name in names}


def add_hyperparameters(parser: argparse._ActionsContainer, defaults: Mapping[str, Any], *, quiet: bool = True) -> None:
    """Add one option per default, spelled and explained the same for every command, and ``--seed``.

    Parameters
    ----------
    parser : argparse.ArgumentParser or a group of it
        Where to add them.
    defaults : mapping of str to float or str
        The value of each option left out; a string explains why there is none.
    quiet : bool
        Whether to add ``--quiet``.
    """
    for name, default in defaults.items():
        flags, kind, metavar, text = _HYPERPARAMETERS[name]
        value, shown = (None, default) if isinstance(default, str) else (default, "chosen by default")
        shown = shown if value is None else f"default: {value:g}"
        parser.add_argument(*flags, dest=name, type=kind, metavar=metavar, default=value, help=f"{text} ({shown})")
    parser.add_argument(
        "--seed", type=number(int), default=0, metavar="N", help="where random draws begin (default: 0)"
    )
    if quiet:
        text = "whether to show no progress (default: only where standard error is no terminal)"
        parser.add_argument("-q", "--quiet", action=argparse.BooleanOptionalAction, default=None, help=text)
