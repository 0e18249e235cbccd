"""Training in pieces: what goes on from a result is the run that was never stopped, bit for bit."""

import numpy as np
import pytest

import xpsae

X = np.random.default_rng(0).random((80, 5))
OPTIONS = {"n_hidden": 4, "sparsity_target": 0.2, "gtol": 0, "ftol": 0}


def in_pieces(data, pieces, **limit):
    model = xpsae.fit(data, **OPTIONS, rng=0, **limit)
    models = [model]
    for _ in range(pieces - 1):
        model = xpsae.fit(data, **OPTIONS, start=model.result, **limit)
        models.append(model)
    return models


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_eight_times_five_iterations_are_forty(xp, dtype):
    data = xp.array(X, dtype)
    whole = xpsae.fit(data, **OPTIONS, rng=0, max_iter=40)
    models = in_pieces(data, 8, max_iter=5)
    assert (models[-1].result.nit, models[-1].result.nfev) == (40, whole.result.nfev)
    np.testing.assert_array_equal(xp.host(models[-1].theta), xp.host(whole.theta))
    assert models[-1].result.fun == whole.result.fun
    costs = [*models[0].history.cost, *(cost for model in models[1:] for cost in model.history.cost[1:])]
    assert costs == list(whole.history.cost)


@pytest.mark.parametrize("evaluations", [1, 2, 3, 7])
def test_a_run_cut_inside_a_line_search_goes_on_too(evaluations):
    pieces = -(-60 // evaluations)
    models = in_pieces(X, pieces, max_eval=evaluations)
    whole = xpsae.fit(X, **OPTIONS, rng=0, max_eval=evaluations * pieces)
    assert models[-1].result.nfev == whole.result.nfev == evaluations * pieces
    np.testing.assert_array_equal(models[-1].theta, whole.theta)


def test_weights_alone_are_another_run():
    whole = xpsae.fit(X, **OPTIONS, rng=0, max_iter=40)
    anew = xpsae.fit(X, **OPTIONS, start=xpsae.fit(X, **OPTIONS, rng=0, max_iter=20), max_iter=20)
    assert anew.result.fun != whole.result.fun


def test_a_run_that_goes_on_can_be_saved_and_loaded(tmp_path):
    model = in_pieces(X, 3, max_iter=4)[-1]
    model.save(tmp_path / "model")
    again = xpsae.load(tmp_path / "model")
    assert (again.result.nit, len(again.history)) == (12, 5)
    assert again.history == model.history


def test_a_state_moves_with_its_model():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    first = xpsae.fit(X, **OPTIONS, rng=0, max_iter=10)
    moved = first.to("array_api_strict")
    there = xpsae.fit(strict.asarray(X), **OPTIONS, start=moved.result, max_iter=5)
    here = xpsae.fit(X, **OPTIONS, start=first.result, max_iter=5)
    np.testing.assert_allclose(np.asarray(there.theta), here.theta, rtol=1e-9, atol=1e-12)


def test_a_state_of_another_problem_is_refused():
    first = xpsae.fit(X, **OPTIONS, rng=0, max_iter=3)
    with pytest.raises(ValueError, match=r"^start: expected a vector of 31 numbers, .* got shape \(49,\)"):
        xpsae.fit(X[:, :3], n_hidden=4, start=first.result)


def test_another_history_than_the_state_s_is_refused():
    first = xpsae.fit(X, **OPTIONS, rng=0, max_iter=3, history=4)
    assert xpsae.fit(X, **OPTIONS, start=first.result, max_iter=2).result.nit == 5
    with pytest.raises(ValueError, match=r"^history: expected the 4 pairs of the state, got 9"):
        xpsae.fit(X, **OPTIONS, start=first.result, history=9)


def test_a_time_limit_ends_the_run_with_the_best_point():
    model = xpsae.fit(X, **OPTIONS, rng=0, time_limit=0)
    assert model.result.nfev == 1
    assert model.result.message == "Stopped: time_limit seconds have passed."
    assert not model.result.success
    on = xpsae.fit(X, **OPTIONS, start=model.result, max_iter=5)
    np.testing.assert_array_equal(on.theta, xpsae.fit(X, **OPTIONS, rng=0, max_iter=5).theta)


@pytest.mark.parametrize("limit", [-1, float("nan"), "1s"])
def test_a_time_limit_that_is_none_is_refused(limit):
    with pytest.raises((TypeError, ValueError), match=r"^time_limit: expected a finite number of at least 0, got"):
        xpsae.fit(X, time_limit=limit)


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_workers_do_not_change_a_bit(workers):
    data = np.random.default_rng(1).random((6000, 7))
    one, many = (xpsae.fit(data, 3, rng=0, max_iter=6, workers=n) for n in (1, workers))
    np.testing.assert_array_equal(many.theta, one.theta)
