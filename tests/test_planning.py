"""Plans: what is given up for memory and in which order, and that what they promise is what happens."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpsae
from xpsae.plans import LEAST_ROWS, MOST_ROWS, choose_plan
from xpsae.problem import Objective

X = np.random.default_rng(0).random((3000, 60))
MNIST = {"n_samples": 10_000, "n_features": 784, "n_hidden": 196, "itemsize": 8}


def test_without_a_limit_nothing_is_given_up():
    plan = choose_plan(**MNIST, history=None, workers=2, converted=True)
    assert (plan.history, plan.workers, plan.one_pass, plan.conversion, plan.block_rows) == (10, 2, False, "kept", 1250)


def test_memory_does_not_grow_with_the_rows_where_fetching_it_costs_more_than_a_product():
    narrow = [choose_plan(10**exponent, 64, 25, itemsize=4, workers=2) for exponent in (5, 6, 7, 8)]
    assert [plan.one_pass for plan in narrow] == [False, True, True, True]
    assert len({plan.total_bytes for plan in narrow[1:]}) == 1
    assert not choose_plan(10**6, 784, 196, itemsize=4, workers=2).one_pass


@given(limit=st.integers(1, 500_000_000), workers=st.sampled_from([None, 1, 2, 8]), converted=st.booleans())
def test_a_plan_stays_within_its_limit_or_the_least_is_told(limit, workers, converted):
    options = {**MNIST, "history": None, "workers": workers, "converted": converted}
    try:
        assert choose_plan(**options, memory_limit=limit).total_bytes <= limit
    except ValueError as error:
        least = int(str(error).split("at least ")[1].split()[0])
        assert least > limit
        assert choose_plan(**options, memory_limit=least).total_bytes == least


def test_less_memory_never_makes_a_plan_faster():
    limits = [10**6 * n for n in range(60, 300)]
    times = [choose_plan(**MNIST, history=None, workers=2, memory_limit=limit).relative_time for limit in limits]
    assert times == sorted(times, reverse=True)


def test_the_digits_are_trained_in_150_megabytes_without_giving_much_up():
    plan = choose_plan(**MNIST, history=None, workers=2, converted=True, memory_limit=150_000_000)
    assert plan.workers == 2
    assert plan.history >= 7
    assert plan.block_rows > 200


def test_the_digits_of_float32_last_for_millions_of_rows():
    torch = pytest.importorskip("torch")
    rows = torch.rand((2**22, 4), generator=torch.Generator().manual_seed(0))
    found, exact = (Objective(rows.to(dtype), 2) for dtype in (torch.float32, torch.float64))
    theta = exact.initial(0)
    (cost, gradient), (expected, slopes) = found(theta.to(torch.float32)), exact(theta)
    assert float(cost) == pytest.approx(float(expected), rel=1e-5)
    assert float(abs(gradient - slopes).max() / abs(slopes).max()) < 1e-4
    assert found.plan.block_rows == MOST_ROWS
    assert Objective(rows, 2, block_rows=2**21).plan.block_rows == 2**21


def test_what_the_user_decided_stays(xp):
    objective = Objective(xp.array(X), 5, block_rows=700, memory_limit="50MB")
    assert objective.plan.block_rows == 700
    assert len(objective.data) == 5


@pytest.mark.parametrize(
    ("limit", "error", "message"),
    [
        (0, ValueError, r"^memory_limit: expected an integer of at least 1, got 0\. Pass '2GiB'"),
        ("2 parsecs", ValueError, r"^memory_limit: expected a number of bytes, got '2 parsecs'\. Pass '2GiB'"),
        (1.5, TypeError, r"^memory_limit: expected an integer"),
        ("1kB", ValueError, r"^memory_limit: expected at least \d+ bytes \(.* kB\) for this problem, got 1000 bytes\."),
    ],
)
def test_a_limit_that_cannot_be_is_refused(limit, error, message):
    with pytest.raises(error, match=message):
        xpsae.fit(X, 5, memory_limit=limit)


def peak_of(function):
    tracemalloc.start()
    result = function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, result


PICTURES = np.random.default_rng(1).integers(0, 256, (4000, 200)).astype(np.uint8)


@pytest.mark.parametrize("dtype", ["float64", "float32", "uint8"])
@pytest.mark.parametrize("limit", [None, 16_000_000, 9_500_000])
def test_a_training_stays_within_its_memory(dtype, limit):
    data = PICTURES if dtype == "uint8" else (PICTURES / 255).astype(dtype)
    xpsae.fit(data[:300], 3, max_iter=1, rng=0)  # what is loaded once is loaded now
    peak, model = peak_of(lambda: xpsae.fit(data, 40, max_iter=15, rng=0, workers=2, memory_limit=limit))
    assert model.result.nit == 15
    objective = Objective(data, 40, workers=2)
    plan = choose_plan(
        4000, 200, 40, itemsize=objective.data.itemsize, history=None, workers=2, converted=dtype == "uint8"
    )
    assert peak <= (limit or plan.total_bytes) + 300_000


def test_a_limit_changes_the_result_by_rounding_only():
    free = xpsae.fit(PICTURES, 20, max_iter=8, rng=0)
    tight = xpsae.fit(PICTURES, 20, max_iter=8, rng=0, history=10, memory_limit="4.5MB")
    np.testing.assert_allclose(tight.history.cost, free.history.cost, rtol=1e-9)
    assert tight.scaling == free.scaling


@pytest.mark.parametrize("scaling", ["auto", "three-sigma"])
def test_data_may_be_scaled_when_they_are_visited(scaling):
    data = 5 * np.random.default_rng(2).standard_normal((500, 30)) + 1
    whole = Objective.of(*planned_with(data, scaling, copied=True), xpsae.fit(data, 2, max_iter=0, rng=0).penalties)
    parts = Objective.of(*planned_with(data, scaling, copied=False), whole.penalties)
    theta = whole.initial(0)
    np.testing.assert_array_equal(parts(theta)[1], whole(theta)[1])


def planned_with(data, scaling, *, copied):
    from xpsae.data.affine import Conversion
    from xpsae.data.blocks import RowBlocks
    from xpsae.data.scaling import choose_scaling

    chosen = choose_scaling(data, scaling, "sigmoid", xp=np)
    blocks = RowBlocks(data, 100, Conversion("float64", chosen))
    plan = replace(
        choose_plan(500, 30, 4, itemsize=8, workers=2), block_rows=100, conversion="kept" if copied else "repeated"
    )
    return (blocks.copied() if copied else blocks), plan


class OutOfMemoryError(RuntimeError):
    """PyTorch's, by its name."""


RAN_OUT = [
    MemoryError(),
    OutOfMemoryError("CUDA out of memory."),
    RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 5 bytes."),
    RuntimeError("CUBLAS_STATUS_ALLOC_FAILED"),
    RuntimeError("cudaErrorMemoryAllocation: out of memory"),
]


@pytest.mark.parametrize("error", RAN_OUT, ids=lambda error: f"{type(error).__name__}: {error}"[:40])
@pytest.mark.parametrize("failures", [1, 3])
def test_where_memory_runs_out_blocks_are_halved_and_the_user_is_told(monkeypatch, failures, error):
    objective, steady = Objective(X, 5), Objective(X, 5)
    theta, asked = objective.initial(0), []

    def evaluate(*args, **options):
        asked.append(objective.plan.block_rows)
        if len(asked) <= failures:
            raise error
        return original(*args, **options)

    from xpsae import problem

    original = problem.evaluate
    expected = steady(theta)
    monkeypatch.setattr(problem, "evaluate", evaluate)
    with pytest.warns(RuntimeWarning, match=r"^memory ran out: going on with blocks of \d+ rows") as told:
        cost, gradient = objective(theta)
    assert len(told) == failures
    assert asked == [-(-1500 // 2**i) for i in range(failures + 1)]
    assert objective.plan.one_pass
    assert float(cost) == pytest.approx(float(expected[0]), rel=1e-13)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-9, atol=1e-14)


def test_memory_that_never_suffices_is_an_error_in_the_end(monkeypatch):
    objective = Objective(X, 5)

    def evaluate(*args, **options):
        raise MemoryError

    monkeypatch.setattr("xpsae.problem.evaluate", evaluate)
    with pytest.warns(RuntimeWarning), pytest.raises(MemoryError):
        objective(objective.initial(0))
    assert objective.plan.block_rows == LEAST_ROWS


@pytest.mark.parametrize("scaling", ["auto", "range", "three-sigma"])
def test_truth_values_are_numbers(xp, scaling):
    data = np.random.default_rng(3).random((300, 8)) > 0.5
    model = xpsae.fit(xp.array(data), 3, max_iter=2, rng=0, scaling=scaling, memory_limit="1MB")
    assert model.n_features == 8


def test_blocks_are_no_larger_than_the_data():
    assert Objective(X, 5, block_rows=10**9, memory_limit="50MB").plan.block_rows == len(X)


@pytest.mark.parametrize("history", [0, -5, 2.5, "a"])
def test_a_plan_refuses_a_history_that_is_none(history):
    with pytest.raises((TypeError, ValueError), match=r"^history: expected an integer of at least 1"):
        xpsae.plan(X, history=history)


@pytest.mark.parametrize(("limit", "spare"), [(2 * 10**11, 2 * 10**10), (10**10, 2 * 10**10), (None, 2 * 10**10)])
def test_a_card_is_never_asked_for_more_than_it_has(limit, spare):
    plan = choose_plan(10**7, 784, 196, itemsize=4, history=10, where="host", memory_limit=limit, spare=spare)
    assert plan.total_bytes <= min(limit or spare, spare)
