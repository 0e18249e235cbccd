"""How a run is going, live: tqdm's bar over the iterations, and beside it what the last shown one came to."""

from __future__ import annotations

import sys
from time import time
from typing import TextIO

from tqdm import tqdm

_TERMINAL_SECONDS, _LOG_SECONDS = 1 / 8, 10.0
_FORMAT = "{n_fmt}/{total_fmt} {bar} {elapsed}<{remaining}{postfix}"
_FIRST_TO_GO = ("evals", "gradient", "decay", "sparsity", "error")
"""What a narrow terminal does without; a line that was cut would show other numbers."""


class Reporter:
    """A display that is fed one record per shown iteration, and closes itself at the end of a ``with`` block.

    Parameters
    ----------
    max_iter : int
        The iterations the run may take.
    stream : text stream
        Where to write; a terminal is refreshed more often than a log.
    initial : int
        The iterations already done, where an earlier run goes on.
    """

    def __init__(self, max_iter: int, stream: TextIO, initial: int) -> None:
        self._stream = stream
        self._bar = tqdm(
            total=max_iter,
            initial=initial,
            file=stream,
            mininterval=_TERMINAL_SECONDS if stream.isatty() else _LOG_SECONDS,
            miniters=1,
            smoothing=0.0,
            ascii=None if stream.isatty() else " #",
            dynamic_ncols=True,
            bar_format=_FORMAT,
        )

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def due(self) -> bool:
        """Return whether it is time to show an iteration, so that others cost the caller no device read."""
        return not self._bar.disable and bool(time() - self._bar.last_print_t >= self._bar.mininterval)

    def show(
        self, *, nit: int, cost: float, error: float, decay: float, sparsity: float, gradient_norm: float, nfev: int
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
        """
        cells = {
            "cost": f"{cost:.5g}",
            "error": f"{error:.3g}",
            "decay": f"{decay:.3g}",
            "sparsity": f"{sparsity:.3g}",
            "gradient": f"{gradient_norm:.1e}",
            "evals": str(nfev),
        }
        self._bar.set_postfix(cells, refresh=False)
        for name in _FIRST_TO_GO:
            if self._fits(nit):
                break
            del cells[name]
            self._bar.set_postfix(cells, refresh=False)
        self._bar.update(nit - self._bar.n)

    def end(self, message: str) -> None:
        """Leave the bar as it was shown last, and `message` below it."""
        if not self._bar.disable:  # as the variable TQDM_DISABLE does
            self._bar.close()
            tqdm.write(message, file=self._stream)

    def _fits(self, nit: int) -> bool:
        facts = self._bar.format_dict
        shortest = {"n": nit, "ncols": None, "bar_format": _FORMAT.replace("{bar}", "#")}
        return not facts["ncols"] or len(tqdm.format_meter(**facts | shortest)) <= facts["ncols"]


def reporter(max_iter: int, *, stream: TextIO | None = None, initial: int = 0) -> Reporter:
    """Return a live display for a run of at most `max_iter` iterations.

    Parameters
    ----------
    max_iter : int
        The iterations the run may take.
    stream : text stream, optional
        Where to write; standard error by default.
    initial : int
        The iterations already done, where an earlier run goes on.

    Returns
    -------
    Reporter
        The display, whose clock has started.

    Examples
    --------
    >>> import io
    >>> from xpsae import progress
    >>> stream = io.StringIO()
    >>> with progress.reporter(400, stream=stream) as display:
    ...     display.due()
    ...     display.end("stopped after 0 iterations")
    False
    >>> stream.getvalue().splitlines()[-1]
    'stopped after 0 iterations'
    """
    return Reporter(max_iter, sys.stderr if stream is None else stream, initial)
