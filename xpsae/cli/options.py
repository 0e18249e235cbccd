"""What several commands share: options, paths, output."""

from __future__ import annotations

import argparse
import inspect
import math
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from xpsae.arrays.random import generator
from xpsae.arrays.typing import Generator
from xpsae.checks import complaint, real_number, whole_number

Form = argparse.RawDescriptionHelpFormatter
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


def seeded(options: argparse.Namespace) -> Generator:
    """Return the random generator of ``--seed``."""
    return generator(options.seed)


def command(*words: str | os.PathLike[str]) -> str:
    """Return a command line of this program that a shell understands, as the user would have to type it."""
    called, found = Path(sys.argv[0]), shutil.which("xpsae")
    hidden = called.stem == "xpsae" and (found is None or not called.exists() or not called.samefile(found))
    return shlex.join([str(called) if hidden else "xpsae", *(os.fspath(word) for word in words)])


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, *, does: str, examples: str
) -> argparse.ArgumentParser:
    """Return the parser of a new command, whose help ends with `examples`."""
    epilog = f"examples:\n{examples}"
    parser = commands.add_parser(name, help=does, description=f"{does}.", epilog=epilog, formatter_class=Form)
    parser.set_defaults(parser=parser)
    return parser


def add_data(parser: argparse.ArgumentParser, *, needed: bool = True) -> None:
    """Add the file of samples, and which of its arrays to read."""
    text = "samples: a .npy, .npz or IDX file (IDX also compressed by gzip), or a pattern for several, in quotes"
    parser.add_argument("data", metavar="DATA", nargs=None if needed else "?", help=text)
    parser.add_argument("--key", metavar="NAME", help="the array to read from an .npz file of several")


def add_output(parser: argparse.ArgumentParser, default: str | None, text: str) -> None:
    """Add ``-o``; where there is no one default, `text` has to tell."""
    value, told = (None, "") if default is None else (Path(default), f" (default: {default})")
    parser.add_argument("-o", "--output", metavar="PATH", type=Path, default=value, help=text + told)


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


def prepared_file(path: Path, *, read: Sequence[str | os.PathLike[str]]) -> Path:
    """Return `path` after making its folder, so that what cannot be written is refused before any work.

    Parameters
    ----------
    path : Path
        The file to write.
    read : sequence of str or path
        The files that the command reads, which it must not write over.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    ValueError
        If `path` is a folder, or one of the files read.
    OSError
        If its folder can be neither made nor written to.
    """
    if path.is_dir():
        raise ValueError(complaint("--output", "a file", f"the folder {path}", "Add a file name."))
    if path.exists() and any(path.samefile(each) for each in read if Path(each).exists()):
        raise ValueError(complaint("--output", "another file than is read", str(path), "Pass another path."))
    prepared_folder(path.parent)
    return path


def prepared_folder(path: Path) -> Path:
    """Return `path`, a folder that exists (made where it did not) and can be written to.

    Raises
    ------
    OSError
        If it can be neither made nor written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        message = complaint("--output", "a folder", f"the file {path}", "Pass another path.")
        raise ValueError(message) from None
    if not os.access(path, os.W_OK):
        raise PermissionError(complaint("--output", "a folder that can be written to", str(path), "Pass another path."))
    return path


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


def add_hyperparameters(parser: argparse.ArgumentParser, defaults: Mapping[str, Any], *, quiet: bool = True) -> None:
    """Add one option per default, spelled and explained the same for every command, and ``--seed``.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The command's parser.
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
        parser.add_argument("-q", "--quiet", action="store_true", help="no live progress")
