"""The entry point: what is run, and how every ending becomes an exit code and at most one line on standard error."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from xpsae import __version__
from xpsae.cli import (
    completion,
    demo,
    doctor,
    forecast,
    gradient,
    interchange,
    models,
    page,
    selftest,
    training,
    tutorial,
)
from xpsae.cli.config import with_config
from xpsae.cli.options import Form
from xpsae.cli.wording import in_flags
from xpsae.interrupts import interrupt

OK, FAILED, INTERRUPTED = 0, 1, 130

_DESCRIPTION = """\
Learn features from data with a sparse autoencoder: one hidden layer, a sparsity penalty, L-BFGS.
"""
_EPILOG = """\
start here:
  xpsae demo                            edges from photographs, in half a minute
  xpsae fit data.npy -o model.safetensors
  xpsae report model.safetensors --data data.npy -o report.html
  xpsae encode model.safetensors data.npy -o codes.npy

DATA is a file of samples, one per row or picture: .npy, .npz, IDX, .mat, .csv, Parquet; a folder of pictures; or -.
'xpsae COMMAND --help' explains a command and shows examples.

exit codes: 0 done, 1 failed (one line on standard error says why), 2 wrong usage, 130 interrupted.
a run that reaches its limit of iterations is done; one whose minimizer fails has failed, and what it found is written.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit code of one run of the command line: 0 done, 1 failed, 130 interrupted.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those the program was called with.

    Returns
    -------
    int
        The exit code.

    Raises
    ------
    SystemExit
        With code 2 for wrong usage, and with 0 after ``--help`` and ``--version``.

    Examples
    --------
    >>> from xpsae.cli import main
    >>> main(["info", "no-such-file"])
    1
    """
    try:
        try:
            return _run(argv)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has left; the interpreter must not try to flush the rest into the closed pipe.
        with contextlib.suppress(OSError, ValueError), open(os.devnull, "w") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        return FAILED


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser("xpsae", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=Form)
    top.add_argument("--version", action="version", version=f"xpsae {__version__}")
    top.add_argument("--traceback", action="store_true", help="on an error, show where in the code it arose")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    demo.add_to(commands)
    training.add_to(commands)
    models.add_to(commands)
    page.add_to(commands)
    doctor.add_to(commands)
    interchange.add_to(commands)
    forecast.add_to(commands)
    gradient.add_to(commands)
    selftest.add_to(commands)
    tutorial.add_to(commands)
    completion.add_to(commands, parser)
    return top


def _run(argv: Sequence[str] | None) -> int:
    words = sys.argv[1:] if argv is None else list(argv)
    options = _parsed(words)
    try:
        with _messages(), _terminated_as_interrupted():
            code: int = options.run(options)
    except KeyboardInterrupt:
        sys.stderr.write("\nxpsae: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        if options.traceback:
            raise
        sys.stderr.write(f"xpsae: error: {in_flags(_one_line(error), options.parser, words)}\n")
        return FAILED
    return code


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    """Return the options that were typed, over those of the file that ``--config`` names."""
    options = parser().parse_args(words)
    if options.config is None:
        return options
    try:
        words = with_config(options.parser, options.config, words)
    except (ValueError, OSError) as error:
        options.parser.error(_one_line(error))
    return parser().parse_args(words)


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Take SIGTERM for Ctrl-C as long as the command runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    text = " ".join(str(error).split())
    expected = isinstance(error, ValueError | TypeError | OSError | ImportError)
    return text if text and expected else f"{type(error).__name__}: {text} (--traceback shows more)"


@contextlib.contextmanager
def _messages() -> Iterator[None]:
    """Show warnings and what is logged as one line each, as long as the command runs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("xpsae: %(message)s"))
    log, level = logging.getLogger("xpsae"), logging.getLogger("xpsae").level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    sys.stderr.write(f"xpsae: warning: {' '.join(str(message).split())}\n")
