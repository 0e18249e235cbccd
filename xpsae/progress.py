"""How a run is going, live: a table whose last line refreshes on a terminal, and grows slowly in a log."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

_TERMINAL_SECONDS = 1 / 8
_LOG_SECONDS = 60.0
_LOG_DIGITS = {"1", "2", "5"}

_WIDTHS = {
    "iteration": 9,
    "cost": 10,
    "error": 8,
    "decay": 8,
    "sparsity": 8,
    "gradient": 8,
    "step": 7,
    "evals": 5,
    "elapsed": 7,
    "left": 7,
}
"""The columns, whose widths add up to 78 characters without the step."""
_FIRST_TO_GO = ("step", "elapsed", "evals", "gradient", "decay", "sparsity", "error")
"""Which columns a narrow terminal does without."""


class Reporter:
    """A display that is fed one record per shown iteration; made by `reporter`.

    Parameters
    ----------
    max_iter : int
        The iterations the run may take.
    stream : text stream
        Where to write; whether it is a terminal decides the form.
    clock : callable
        Returns seconds.
    """

    def __init__(self, max_iter: int, stream: TextIO, clock: Callable[[], float]) -> None:
        self._max_iter, self._stream, self._clock = max_iter, stream, clock
        self._terminal = stream.isatty()
        self._began = self._shown = clock()
        self._columns: list[str] = []

    def due(self, nit: int) -> bool:
        """Return whether iteration `nit` is one to show, so that others cost the caller no device read.

        On a terminal at most eight times a second; elsewhere at 1, 2, 5, 10, 20, 50, … and once a minute. The last
        iteration allowed is always shown.
        """
        waited = self._clock() - self._shown
        if nit >= self._max_iter:
            return True
        if self._terminal:
            return waited >= _TERMINAL_SECONDS
        return str(nit).rstrip("0") in _LOG_DIGITS or waited >= _LOG_SECONDS

    def show(
        self,
        *,
        nit: int,
        cost: float,
        error: float,
        decay: float,
        sparsity: float,
        gradient_norm: float,
        nfev: int,
        step: float,
    ) -> None:
        """Show one iteration.

        Parameters
        ----------
        nit : int
            Iterations so far.
        cost, error, decay, sparsity : float
            The cost and its three terms.
        gradient_norm : float
            The norm of the gradient.
        nfev : int
            Evaluations so far.
        step : float
            The step length just taken.
        """
        self._shown = self._clock()
        elapsed = self._shown - self._began
        left = elapsed / nit * max(0, self._max_iter - nit) if nit else 0.0
        cells = {
            "iteration": f"{nit}/{self._max_iter}",
            "cost": f"{cost:.5g}",
            "error": f"{error:.3g}",
            "decay": f"{decay:.3g}",
            "sparsity": f"{sparsity:.3g}",
            "gradient": f"{gradient_norm:.2e}",
            "step": f"{step:.2g}",
            "evals": str(nfev),
            "elapsed": _duration(elapsed),
            "left": _duration(left),
        }
        if not self._columns:
            self._columns = self._fitting()
            self._write({name: name for name in _WIDTHS}, "\n")
        self._write(cells, "" if self._terminal else "\n")

    def close(self, message: str) -> None:
        """End the display with `message` as its last line.

        Parameters
        ----------
        message : str
            How the run ended.
        """
        unfinished = self._terminal and self._columns
        self._stream.write("\n" * bool(unfinished) + message + "\n")
        self._stream.flush()

    def _fitting(self) -> list[str]:
        """Return the columns for which there is room."""
        columns, dropped = list(_WIDTHS), iter(_FIRST_TO_GO)
        if self._terminal:
            room = _terminal_width(self._stream) - 1
            while sum(_WIDTHS[name] + 1 for name in columns) - 1 > room and (name := next(dropped, "")):
                columns.remove(name)
        return columns

    def _write(self, cells: dict[str, str], end: str) -> None:
        line = " ".join(cells[name].rjust(_WIDTHS[name]) for name in self._columns)
        if self._terminal:
            # A line that wrapped would not be overwritten by the next, nor a longer one by a shorter.
            room = _terminal_width(self._stream) - 1
            line = "\r" + line[:room].ljust(room)
        self._stream.write(line + end)
        self._stream.flush()


def reporter(
    max_iter: int, *, stream: TextIO | None = None, clock: Callable[[], float] = time.perf_counter
) -> Reporter:
    """Return a live display for a run of at most `max_iter` iterations.

    Parameters
    ----------
    max_iter : int
        The iterations the run may take.
    stream : text stream, optional
        Where to write; standard error by default.
    clock : callable
        Returns seconds; for tests.

    Returns
    -------
    Reporter
        The display, whose clock has started.

    Examples
    --------
    >>> import sys
    >>> from xpsae import progress
    >>> display = progress.reporter(400, stream=sys.stdout)
    >>> display.due(3)
    False
    >>> display.close("stopped after 3 iterations")
    stopped after 3 iterations
    """
    return Reporter(max_iter, sys.stderr if stream is None else stream, clock)


def _terminal_width(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return shutil.get_terminal_size().columns


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
