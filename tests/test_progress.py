"""The live display, on a terminal and in a log, with a clock of our own."""

import io
import math

import pytest

from xpsae.progress import reporter

TERMS = {"cost": 0.45123, "error": 0.30123, "decay": 0.1, "sparsity": 0.05}
RECORD = TERMS | {"gradient_norm": 1.234e-3, "nfev": 130, "step": 1.0}


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True

    def screen(self):
        """Return the lines a person would see."""
        lines = []
        for written in self.getvalue().split("\n"):
            seen = ""
            for part in written.split("\r"):
                seen = part + seen[len(part) :]
            lines.append(seen.rstrip())
        return lines


@pytest.fixture
def clock():
    return Clock()


def test_a_log_gets_round_numbers_the_last_and_one_line_a_minute(clock):
    display = reporter(400, stream=io.StringIO(), clock=clock)
    assert [n for n in range(1, 401) if display.due(n)] == [1, 2, 5, 10, 20, 50, 100, 200, 400]
    display.show(nit=2, **RECORD)
    clock.now += 60
    assert display.due(3)
    display.show(nit=3, **RECORD)
    assert not display.due(4)


def test_a_terminal_is_refreshed_at_most_eight_times_a_second(clock):
    display, shown = reporter(10_000, stream=Terminal(), clock=clock), 0
    for nit in range(1, 1001):
        clock.now += 0.002
        if display.due(nit):
            display.show(nit=nit, **RECORD)
            shown += 1
    assert 14 <= shown <= 16
    assert display.due(10_000)


def test_a_log_is_a_table_that_tells_everything(clock):
    stream = io.StringIO()
    display = reporter(400, stream=stream, clock=clock)
    clock.now += 10
    display.show(nit=100, **RECORD)
    clock.now += 10
    display.show(nit=200, **(RECORD | {"cost": 1.25e-7, "sparsity": 1.5e-9, "nfev": 20_000}))
    display.close("Stopped.")
    assert stream.getvalue() == (
        "iteration       cost    error    decay sparsity gradient    step evals elapsed    left\n"
        "  100/400    0.45123    0.301      0.1     0.05 1.23e-03       1   130    0:10    0:30\n"
        "  200/400   1.25e-07    0.301      0.1  1.5e-09 1.23e-03       1 20000    0:20    0:20\n"
        "Stopped.\n"
    )


def test_a_terminal_shows_the_header_once_the_latest_line_and_the_end(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    display = reporter(400, stream=stream, clock=clock)
    display.show(nit=1, **(RECORD | {"nfev": 10**9}))
    display.show(nit=2, **RECORD)
    display.close("Stopped.")
    assert stream.screen() == [
        "iteration       cost    error    decay sparsity gradient evals elapsed    left",
        "    2/400    0.45123    0.301      0.1     0.05 1.23e-03   130    0:00    0:00",
        "Stopped.",
        "",
    ]


@pytest.mark.parametrize("columns", [200, 87, 86, 80, 79, 60, 40, 30, 12])
def test_a_terminal_line_never_wraps_and_keeps_the_iteration_and_the_cost(clock, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    reporter(400, stream=stream, clock=clock).show(nit=123, **RECORD)
    header, line = stream.screen()
    assert len(header) == len(line) < columns
    assert "123/400" in line
    assert ("step" in header) == (columns >= 87)
    assert ("elapsed" in header) == (columns >= 79)
    assert ("cost" in header and "left" in header) == (columns >= 29)


def test_a_terminal_that_has_become_narrower_does_not_wrap(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    display = reporter(400, stream=stream, clock=clock)
    display.show(nit=1, **RECORD)
    monkeypatch.setenv("COLUMNS", "50")
    display.show(nit=2, **RECORD)
    assert len(stream.getvalue().rpartition("\r")[2]) == 49


def test_a_run_that_shows_nothing_ends_with_its_message_alone(clock):
    stream = Terminal()
    reporter(0, stream=stream, clock=clock).close("Stopped.")
    assert stream.getvalue() == "Stopped.\n"


def test_times_of_hours_and_values_that_are_not_finite(clock):
    stream = io.StringIO()
    display = reporter(4, stream=stream, clock=clock)
    clock.now += 3661
    display.show(nit=1, **(RECORD | {"cost": math.inf, "gradient_norm": math.nan}))
    display.show(nit=0, **RECORD)
    assert "1:01:01 3:03:03" in stream.getvalue()
    assert " inf " in stream.getvalue()
    assert " nan " in stream.getvalue()


def test_standard_error_is_the_default(capsys):
    reporter(1).close("done")
    assert capsys.readouterr().err == "done\n"
