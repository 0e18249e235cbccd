"""How a run is going, live: one line that refreshes on a terminal, a few lines in a log."""

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
        self._drawn = 0

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
        """Return nothing; show one iteration.

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
        times = f"{_duration(elapsed)}, {_duration(left)} left"
        count, norm = f"{nit}/{self._max_iter}", f"{gradient_norm:.2e}"
        parts = f"cost {cost:.5g} = error {error:.4g} + decay {decay:.4g} + sparsity {sparsity:.4g}"
        brief = f"{cost:.4g} = {error:.3g}+{decay:.3g}+{sparsity:.3g}"
        self._write(
            f"iteration {count}  {parts}  gradient {norm}  step {step:.2g}  evaluations {nfev}  {times}",
            f"{count}  {parts}  |g| {norm}  ev {nfev}  {times}",
            f"{count}  {brief}  |g| {gradient_norm:.0e}  ev {nfev}  {times}",
            f"{count}  cost {cost:.4g}  {times}",
        )

    def close(self, message: str) -> None:
        """Return nothing; leave `message` as the last line."""
        self._write(message)
        if self._terminal:
            self._stream.write("\n")
        self._stream.flush()

    def _write(self, *forms: str) -> None:
        """Write the first form that fits the line; a terminal line overwrites the one before."""
        if not self._terminal:
            self._stream.write(forms[0] + "\n")
        else:
            room = _columns(self._stream) - 1
            line = next((form for form in forms if len(form) <= room), forms[-1][:room])
            self._stream.write("\r" + line.ljust(min(self._drawn, room)))
            self._drawn = len(line)
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


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return shutil.get_terminal_size().columns


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
