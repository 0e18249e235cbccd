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


@pytest.fixture
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


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


def test_a_line_tells_everything(clock):
    stream = io.StringIO()
    display = reporter(400, stream=stream, clock=clock)
    clock.now += 10
    display.show(nit=100, **RECORD)
    assert stream.getvalue() == (
        "iteration 100/400  cost 0.45123 = error 0.3012 + decay 0.1 + sparsity 0.05  gradient 1.23e-03  step 1  "
        "evaluations 130  0:10, 0:30 left\n"
    )


@pytest.mark.parametrize("columns", [200, 120, 100, 80, 40, 12])
def test_a_terminal_line_never_wraps_and_keeps_the_count(clock, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    display = reporter(400, stream=stream, clock=clock)
    display.show(nit=123, **RECORD)
    (line,) = stream.screen()
    assert len(line) < columns
    assert "123/400" in line or columns < 20
    for word in {200: ["step"], 120: ["sparsity", "ev 130"], 80: ["0.301+0.1+0.05", "left"]}.get(columns, []):
        assert word in line


@pytest.mark.usefixtures("wide")
def test_a_shorter_line_leaves_nothing_of_the_longer_one(clock):
    stream = Terminal()
    display = reporter(400, stream=stream, clock=clock)
    display.show(nit=1, **RECORD)
    display.close("converged")
    assert stream.screen() == ["converged", ""]


def test_times_of_hours_and_values_that_are_not_finite(clock):
    stream = io.StringIO()
    display = reporter(4, stream=stream, clock=clock)
    clock.now += 3661
    display.show(nit=1, **(RECORD | {"cost": math.inf, "gradient_norm": math.nan}))
    display.show(nit=0, **RECORD)
    assert "1:01:01, 3:03:03 left" in stream.getvalue()
    assert "cost inf" in stream.getvalue()


def test_standard_error_is_the_default(capsys):
    reporter(1).close("done")
    assert capsys.readouterr().err == "done\n"
