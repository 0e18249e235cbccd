"""The live display, on a terminal and in a log, with a clock of our own."""

import fcntl
import io
import math
import os
import struct
import subprocess
import sys
import termios

import pytest

from xpsae.progress import reporter

TERMS = {"cost": 0.45123, "error": 0.30123, "decay": 0.1, "sparsity": 0.05}
RECORD = TERMS | {"gradient_norm": 1.234e-3, "nfev": 130}


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and is as wide as one beside it."""

    encoding = "utf-8"

    def __init__(self, columns=80):
        super().__init__()
        self._ends = os.openpty()
        self.widen(columns)

    def widen(self, columns):
        """Set the width."""
        fcntl.ioctl(self.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def isatty(self):
        return True

    def fileno(self):
        return self._ends[1]

    def close(self):
        for end in self._ends:
            os.close(end)
        super().close()


def seen(stream):
    """Return the lines a person sees at the end."""
    lines = []
    for written in stream.getvalue().split("\n"):
        line = ""
        for part in written.split("\r"):
            line = part + line[len(part) :]
        lines.append(line.rstrip())
    return lines


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("tqdm.std.time", clock)
    monkeypatch.setattr("xpsae.progress.time", clock)
    return clock


@pytest.fixture
def terminal():
    with Terminal() as stream:
        yield stream


@pytest.mark.parametrize(("kind", "times"), [(Terminal, 80), (io.StringIO, 1)])
def test_a_terminal_is_refreshed_eight_times_a_second_and_a_log_every_ten_seconds(clock, kind, times):
    shown, stream = 0, kind()
    with reporter(10_000, stream=stream) as display:
        for nit in range(1, 5051):
            clock.now += 0.002
            if display.due():
                written = len(stream.getvalue())
                display.show(nit=nit, **RECORD)
                shown += 1
                assert f"{nit}/10000" in stream.getvalue()[written:]
                assert not display.due()
    stream.close()
    assert times - 2 <= shown <= times


def test_a_line_tells_everything(clock):
    stream = io.StringIO()
    with reporter(400, stream=stream) as display:
        clock.now += 10
        display.show(nit=100, **RECORD)
        clock.now += 10
        display.show(nit=200, **(RECORD | {"cost": 1.25e-7, "sparsity": 1.5e-9, "nfev": 20_000}))
        display.end("Stopped.")
    assert [line.rstrip() for line in stream.getvalue().replace("\r", "\n").split("\n")] == [
        "",
        "0/400            00:00<?",
        "100/400 ##         00:10<00:30, "
        "cost=0.45123, error=0.301, decay=0.1, sparsity=0.05, gradient=1.2e-03, evals=130",
        *["200/400 #####      00:20<00:20, "
          "cost=1.25e-07, error=0.301, decay=0.1, sparsity=1.5e-09, gradient=1.2e-03, evals=20000"] * 2,
        "Stopped.",
        "",
    ]  # fmt: skip


def test_a_terminal_shows_the_latest_line_and_the_end_even_where_it_was_not_due(clock, terminal):
    terminal.widen(200)
    with reporter(400, stream=terminal) as display:
        clock.now += 1
        display.show(nit=1, **(RECORD | {"nfev": 10**9}))
        display.show(nit=2, **RECORD)
        display.end("Stopped.")
    last, *rest = seen(terminal)
    assert last.startswith("2/400 ")
    assert " 00:01<03:19, cost=0.45123, " in last
    assert last.endswith("error=0.301, decay=0.1, sparsity=0.05, gradient=1.2e-03, evals=130")
    assert rest == ["Stopped.", ""]


@pytest.mark.parametrize("columns", [200, 105, 102, 94, 91, 76, 73, 65, 62, 50, 47, 40])
def test_a_terminal_line_never_wraps_and_no_number_is_cut(clock, terminal, columns):
    terminal.widen(columns)
    with reporter(400, stream=terminal) as display:
        clock.now += 10
        display.show(nit=123, **RECORD)
    line = seen(terminal)[0]
    assert len(line) <= columns
    assert line.startswith("123/400 ")
    assert set("▏▎▍▌▋▊▉█") & set(line)
    cells = dict(cell.split("=") for cell in line.split(", ")[1:])
    whole = ["cost=0.45123", "error=0.301", "decay=0.1", "sparsity=0.05", "gradient=1.2e-03", "evals=130"]
    assert {"=".join(cell) for cell in cells.items()} <= set(whole)
    assert "cost" in cells
    assert ("evals" in cells) == (columns >= 105)
    assert ("gradient" in cells) == (columns >= 94)
    assert ("decay" in cells) == (columns >= 76)
    assert ("sparsity" in cells) == (columns >= 65)
    assert ("error" in cells) == (columns >= 50)


def test_a_terminal_that_has_become_narrower_does_not_wrap(clock, terminal):
    with reporter(400, stream=terminal) as display:
        clock.now += 1
        display.show(nit=1, **RECORD)
        terminal.widen(50)
        clock.now += 1
        display.show(nit=2, **RECORD)
        assert len(terminal.getvalue().rpartition("\r")[2].rstrip()) <= 50


def test_a_run_that_shows_nothing_ends_with_its_message(clock, terminal):
    with reporter(0, stream=terminal) as display:
        display.end("Stopped.")
    assert seen(terminal)[1:] == ["Stopped.", ""]


def test_a_run_that_fails_leaves_its_line_ended(clock, terminal):
    with pytest.raises(OSError, match="gone"), reporter(5, stream=terminal):
        raise OSError(5, "gone")
    assert terminal.getvalue().endswith("\n")


def test_a_run_that_goes_on_is_timed_from_where_it_began(clock):
    stream = io.StringIO()
    with reporter(400, stream=stream, initial=300) as display:
        clock.now += 10
        display.show(nit=350, **RECORD)
    assert "350/400 ########   00:10<00:10, " in stream.getvalue()


def test_times_of_hours_and_values_that_are_not_finite(clock):
    stream = io.StringIO()
    with reporter(4, stream=stream) as display:
        clock.now += 3661
        display.show(nit=1, **(RECORD | {"cost": math.inf, "gradient_norm": math.nan}))
    for words in ("1:01:01<3:03:03", "cost=inf", "gradient=nan"):
        assert words in stream.getvalue()


def test_standard_error_is_the_default(capsys):
    with reporter(1) as display:
        display.end("done")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.endswith("\ndone\n")


def test_who_has_switched_such_bars_off_sees_none(monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    code = "import xpsae; print(xpsae.fit([[0.0, 1.0], [1.0, 0.0]], 2, max_iter=3, rng=0, progress=True).result.nit)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("3\n", "")
