"""Rows that ``device=`` brings to a GPU: moved once or sent block by block, within the memory limit either way."""

import tracemalloc

import numpy as np
import pytest
from played_card import PLACE, play_card

import xpsae
from xpsae import forecast, training
from xpsae.arrays.namespace import place, to_host
from xpsae.data.elsewhere import moved_bytes, placed
from xpsae.data.stored import Stored
from xpsae.plans import choose_plan

X = np.random.default_rng(0).random((4000, 100))
OPTIONS = {"n_hidden": 20, "sparsity_target": 0.2, "rng": 0, "device": "cuda"}
PLANNED = {"n_hidden": 20, "device": "cuda"}
ROOMY, TIGHT = 10_000_000, 3_000_000


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(forecast, "CALIBRATION_SECONDS", 0.0)


@pytest.fixture
def on_card(monkeypatch):
    return play_card(monkeypatch)


def test_rows_of_the_host_wait_there_for_the_plan(on_card):
    rows = placed(X, "cuda")
    assert isinstance(rows, Stored)
    np.testing.assert_array_equal(to_host(rows[7:9, :]), X[7:9])
    assert place(rows[7:9, :]) == PLACE


@pytest.mark.parametrize(("limit", "how"), [(None, "once"), (ROOMY, "once"), (TIGHT, "sent")])
@pytest.mark.parametrize("kind", ["array", "file"])
def test_the_plan_says_whether_rows_are_moved_once_or_sent(on_card, tmp_path, limit, how, kind):
    np.save(tmp_path / "x.npy", X)
    told = xpsae.plan(X if kind == "array" else tmp_path / "x.npy", memory_limit=limit, **PLANNED)
    assert (told.moved, told.computed_on, told.data_bytes) == (how, PLACE, X.nbytes)
    assert told.plan.copy_bytes == (X.nbytes if how == "once" else 0)
    assert told.plan.total_bytes <= (limit or 10**12)
    words = "where the rows are moved once" if how == "once" else "where blocks are sent in every evaluation"
    assert f"computed on     {PLACE}, {words}\n" in str(told)


@pytest.mark.parametrize("limit", [None, ROOMY, TIGHT])
def test_the_plan_is_the_one_that_fit_goes_by(on_card, monkeypatch, limit):
    plans, make = [], xpsae.Objective.of
    told = xpsae.plan(X, memory_limit=limit, **PLANNED)
    monkeypatch.setattr(
        xpsae.Objective, "of", lambda data, plan, *words, **more: plans.append(plan) or make(data, plan, *words, **more)
    )
    xpsae.fit(X, max_iter=1, memory_limit=limit, **OPTIONS)
    assert plans == [told.plan]


@pytest.mark.parametrize("dtype", ["float64", "float32", "uint8"])
@pytest.mark.parametrize("limit", [ROOMY, 6_000_000, TIGHT])
def test_the_copy_on_the_card_counts_towards_the_limit(on_card, dtype, limit):
    data = (255 * X).astype("u1") if dtype == "uint8" else X.astype(dtype)
    xpsae.fit(data[:300], max_iter=1, **OPTIONS)  # what is loaded once is loaded now
    tracemalloc.start()
    model = xpsae.fit(data, max_iter=6, memory_limit=limit, **OPTIONS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert place(model.W1) == PLACE
    assert peak <= limit + 300_000


def test_rows_that_were_moved_are_computed_with_as_those_that_lay_there(on_card):
    moved, there = xpsae.fit(X, max_iter=6, **OPTIONS), xpsae.fit(on_card(X), max_iter=6, **{**OPTIONS, "device": None})
    np.testing.assert_array_equal(to_host(moved.theta), to_host(there.theta))
    sent = xpsae.fit(X, max_iter=6, memory_limit=TIGHT, **OPTIONS)
    np.testing.assert_allclose(sent.history.cost, moved.history.cost, rtol=1e-10)


def test_a_card_that_others_have_filled_is_sent_to(monkeypatch):
    play_card(monkeypatch, spare=TIGHT)
    told = xpsae.plan(X, **PLANNED)
    assert (told.moved, told.plan.total_bytes <= TIGHT) == ("sent", True)
    # A limit above the least is no reason to refuse what the card itself has no room for.
    play_card(monkeypatch, spare=1000)
    assert xpsae.plan(X, memory_limit=ROOMY, **PLANNED).plan.block_rows == 16


@pytest.mark.parametrize("limit", [ROOMY, TIGHT])
def test_a_run_on_a_card_goes_on_to_the_last_bit(on_card, tmp_path, limit):
    whole = xpsae.fit(X, max_iter=6, memory_limit=limit, **OPTIONS)
    xpsae.fit(X, max_iter=3, memory_limit=limit, checkpoint=tmp_path / "run", **OPTIONS)
    on = xpsae.resume(tmp_path / "run", X, max_iter=6, device="cuda")
    np.testing.assert_array_equal(to_host(on.theta), to_host(whole.theta))


def test_a_run_of_the_host_goes_on_on_a_card_in_a_form_for_it(on_card, monkeypatch, tmp_path):
    plans, make = [], xpsae.Objective.of
    xpsae.fit(X, max_iter=3, workers=2, checkpoint=tmp_path / "run", **{**OPTIONS, "device": None})
    monkeypatch.setattr(
        xpsae.Objective, "of", lambda data, plan, *words, **more: plans.append(plan) or make(data, plan, *words, **more)
    )
    assert xpsae.resume(tmp_path / "run", X, max_iter=4, device="cuda").result.nit == 4
    assert [(plan.workers, plan.conversion, plan.block_rows) for plan in plans] == [(None, "kept", len(X))]


def test_a_copy_that_a_library_made_as_a_whole_counts_too(monkeypatch):
    assert moved_bytes(X, X) == 0
    assert moved_bytes(X, X.copy()) == X.nbytes
    numbers = {"n_samples": 4000, "n_features": 100, "n_hidden": 20, "itemsize": 8, "history": 10}
    free = choose_plan(**numbers, memory_limit=ROOMY)
    assert choose_plan(**numbers, memory_limit=ROOMY + X.nbytes, moved=X.nbytes).block_rows == free.block_rows
    monkeypatch.setattr(training, "placed", lambda rows, _: rows.copy())
    with pytest.raises(ValueError, match=r"^memory_limit: expected at least \d+ bytes") as caught:
        xpsae.fit(X, 20, memory_limit=X.nbytes)
    assert int(str(caught.value).split("at least ")[1].split()[0]) > X.nbytes


def test_data_that_stay_are_told_to_stay(xp):
    told = xpsae.plan(xp.array(X[:50]), 3)
    assert (told.moved, told.computed_on, told.plan.moved_bytes) == ("no", place(xp.array(X[:1])), 0)
    assert f"computed on     {told.computed_on}\n" in str(told)


def test_a_plan_for_cuda_is_refused_as_the_training_is(monkeypatch):
    monkeypatch.setattr("xpsae.arrays.devices.cuda_problem", lambda: "no CuPy package")
    messages = []
    for function in (xpsae.plan, xpsae.fit):
        with pytest.raises(ValueError, match=r"^device: expected a usable CUDA device, got no CuPy package") as caught:
            function(X, 3, device="cuda")
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert xpsae.plan(X[:50], 3, device="auto").moved == "no"
    with pytest.raises(ValueError, match=r"^device: expected None or 'cpu' or 'cuda' or 'auto', got 'gpu'"):
        xpsae.plan(X, 3, device="gpu")
