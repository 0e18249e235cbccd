"""The course of a run: which terms belong to which iteration, and that keeping them costs no read."""

import dataclasses
import io

import numpy as np
import pytest
import spy

import xpsae
from xpsae.optimize.driver import iterations
from xpsae.optimize.lbfgs import LBFGS
from xpsae.optimize.records import Options
from xpsae.progress import Reporter
from xpsae.recording import Recorder, TrainingHistory

X = np.random.default_rng(0).random((30, 4))


class Display(Reporter):
    """A display that shows every second iteration and remembers what it was told."""

    def __init__(self):
        super().__init__(100, io.StringIO(), 0)
        self.shown, self.ended, self.asked = [], [], 0

    def due(self):
        self.asked += 1
        return self.asked % 2 == 0

    def show(self, **record):
        self.shown.append(record)

    def end(self, message):
        self.ended.append(message)


def reached(nit, evaluation, *, fun=1.0):
    """Return what the minimizer tells of an iteration."""
    return xpsae.IntermediateResult(None, fun, 0.5, 0.25, nit, evaluation + 1, evaluation)


def test_every_iteration_has_the_terms_at_its_own_point(xp):
    objective = xpsae.Objective(xp.array(X), 3, sparsity_weight=1.0)
    recorder, points = Recorder(objective, None), []
    for each in iterations(recorder, LBFGS(objective.initial(0), Options(gtol=0, ftol=0, max_iter=15))):
        recorder.record(each)
        points.append(each)
    history = recorder.finish("done")
    assert len(history) == len(points) == 16
    for i, point in enumerate(points):
        terms = [float(term) for term in objective.terms(point.x)]
        np.testing.assert_allclose([history.error[i], history.decay[i], history.sparsity[i]], terms, rtol=1e-12)
        assert sum(terms) == pytest.approx(history.cost[i], rel=1e-12)
        row = (history.cost[i], history.gradient_norm[i], history.step[i], history.nfev[i])
        assert row == (point.fun, point.gradient_norm, point.step, point.nfev)
    assert all(seconds >= 0.0 for seconds in history.seconds)


def test_a_call_is_the_objective_s():
    objective = xpsae.Objective(X, 3)
    theta = objective.initial(0)
    cost, gradient = Recorder(objective, None)(theta)
    expected_cost, expected_gradient = objective(theta)
    assert cost == expected_cost
    np.testing.assert_array_equal(gradient, expected_gradient)


@pytest.mark.parametrize("evaluation", [1, 2, 3])
def test_an_iteration_takes_the_terms_of_the_evaluation_it_accepted(evaluation):
    objective = xpsae.Objective(X, 2)
    points = [objective.initial(seed) for seed in range(3)]
    recorder = Recorder(objective, None)
    for point in points:
        recorder(point)
    recorder.record(reached(0, evaluation))
    expected = objective.terms(points[evaluation - 1])
    history = recorder.finish("done")
    np.testing.assert_allclose([history.error[0], history.decay[0], history.sparsity[0]], expected, rtol=1e-12)


def test_recording_reads_nothing_until_the_end():
    objective = xpsae.Objective(spy.NAMESPACE.asarray(X), 2)
    theta = objective.initial(0)
    recorder = Recorder(objective, None)
    with spy.counting() as count:
        for nit in range(5):
            recorder(theta)
            recorder.record(reached(nit, nit + 1))
    assert count.reads.total() == 0
    with spy.counting() as count:
        recorder.finish("done")
    assert count.reads.total() == 1


def test_a_display_is_told_what_is_due_at_one_read_each_and_the_last_at_none():
    objective, display = xpsae.Objective(spy.NAMESPACE.asarray(X), 2), Display()
    theta = objective.initial(0)
    recorder = Recorder(objective, display)
    with spy.counting() as count:
        for nit in range(5):
            recorder(theta)
            recorder.record(reached(nit, nit + 1, fun=float(nit)))
    assert count.reads.total() == len(display.shown) == 2
    with spy.counting() as count:
        history = recorder.finish("The end.")
    assert count.reads.total() == 1
    assert display.ended == ["The end."]
    assert [record["nit"] for record in display.shown] == [1, 3, 4]
    assert display.shown[-1] == {
        "nit": 4,
        "cost": 4.0,
        "error": history.error[4],
        "decay": history.decay[4],
        "sparsity": history.sparsity[4],
        "gradient_norm": 0.5,
        "nfev": 6,
    }


def test_a_run_reads_no_more_for_being_shown_than_once_for_every_line(capsys):
    def reads(**options):
        with spy.counting() as count:
            xpsae.fit(spy.NAMESPACE.asarray(X), 2, max_iter=30, rng=0, **options)
        return count.reads.total()

    silent, shown = reads(), reads(progress=True)
    lines = capsys.readouterr().err.count("cost=")
    assert lines >= 1
    assert silent <= shown < silent + lines


def test_a_history_is_frozen_columns_of_plain_numbers():
    history = xpsae.fit(X.astype("float32"), 2, max_iter=3, rng=0).history
    assert len(history) == 4
    for name in TrainingHistory.columns():
        kind = int if name == "nfev" else float
        assert [type(value) for value in getattr(history, name)] == [kind] * 4
    with pytest.raises(dataclasses.FrozenInstanceError):
        history.cost = ()
