"""Ctrl-C: once to end a run in good order, twice to end it at once."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

_listening: list[Interrupts] = []
"""The contexts of the main thread, the innermost last."""


def interrupt(number: int, frame: FrameType | None) -> None:
    """Do what Ctrl-C does, for a handler of another signal, even where Ctrl-C itself is ignored."""
    if not _listening:
        raise KeyboardInterrupt
    _listening[-1].note(number, frame)


class Interrupts:
    """A context in which the first SIGINT is only noted, and the second raises KeyboardInterrupt as ever.

    It does nothing in other threads than the main one, and where the program has a handler of its own.
    """

    def __init__(self) -> None:
        self.requested = False
        self._previous: Any = None

    def __enter__(self) -> Interrupts:
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread:
            _listening.append(self)
        if in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._previous = signal.signal(signal.SIGINT, self.note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self in _listening:
            _listening.remove(self)
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def note(self, number: int, frame: FrameType | None) -> None:
        """Take a signal: the first is remembered, the second raises KeyboardInterrupt."""
        if self.requested:
            signal.default_int_handler(number, frame)
        self.requested = True
