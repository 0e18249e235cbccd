"""What only a GPU shows: the memory of the card, the caller's stream, rows that are sent. They run where CuPy can."""

import numpy as np
import pytest

import xpsae
from xpsae import planning
from xpsae.arrays import cuda
from xpsae.arrays.memory import spare_bytes
from xpsae.data.elsewhere import placed

ROWS = np.random.default_rng(0).random((20_000, 64), dtype="f4")
OPTIONS = {"n_hidden": 25, "max_iter": 8, "ftol": 0, "gtol": 0, "rng": 0, "scaling": None}


@pytest.fixture
def cupy():
    """CuPy, with nothing in its pool's reserve."""
    if problem := cuda.cuda_problem():
        pytest.skip(f"cupy is not usable: {problem}")
    module = pytest.importorskip("cupy")
    module.get_default_memory_pool().free_all_blocks()
    yield module
    module.get_default_memory_pool().set_limit(0)


def most_in_use(cupy, call):
    """The bytes that a call had in use at once, beyond those before."""
    pool = cupy.get_default_memory_pool()
    before, found = pool.used_bytes(), [0]

    class Watch(cupy.cuda.MemoryHook):
        name = "watch"

        def malloc_postprocess(self, **_):
            found.append(pool.used_bytes() - before)

    with Watch():
        call()
    return max(found)


@pytest.mark.parametrize("limit", [8_000_000, 12_000_000, 40_000_000])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_memory_limit_holds(cupy, dtype, limit):
    X = cupy.asarray(ROWS.astype(dtype))
    assert most_in_use(cupy, lambda: xpsae.fit(X, memory_limit=limit, **OPTIONS)) <= limit


def test_when_memory_runs_out_blocks_are_halved_and_the_result_is_the_same(cupy):
    X, pool = cupy.asarray(ROWS), cupy.get_default_memory_pool()
    expected = xpsae.fit(X, **OPTIONS)
    pool.free_all_blocks()
    pool.set_limit(pool.total_bytes() + 5_000_000)
    with pytest.warns(xpsae.OutOfMemoryWarning, match="memory ran out"):
        found = xpsae.fit(X, **OPTIONS)
    np.testing.assert_allclose(found.history.cost, expected.history.cost, rtol=1e-4)


def test_a_limit_of_the_pool_has_rows_sent_that_do_not_fit_into_it(cupy):
    rows, options, pool = np.tile(ROWS, (5, 1)), OPTIONS | {"max_iter": 3}, cupy.get_default_memory_pool()
    expected = xpsae.fit(rows, device="cuda", **options).history.cost
    pool.free_all_blocks()
    pool.set_limit(pool.used_bytes() + 24_000_000)
    assert "sent" in str(xpsae.plan(rows, n_hidden=25, device="cuda"))
    found = xpsae.fit(rows, device="cuda", **options).history.cost  # without a warning that memory ran out
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_rows_are_sent_where_the_card_has_less_memory_than_the_plan_was_told(cupy, monkeypatch):
    rows, pool = np.tile(ROWS, (5, 1)), cupy.get_default_memory_pool()
    theta = xpsae.Objective(rows[:2], 25).initial(0)
    cost = float(xpsae.Objective(rows, 25)(theta)[0])
    pool.set_limit(pool.used_bytes() + 24_000_000)
    monkeypatch.setattr(planning, "spare_bytes", lambda like: 10**9 if type(like) is cupy.ndarray else None)
    objective = xpsae.Objective(placed(rows, "cuda"), 25)
    assert (objective.plan.conversion, objective.plan.one_pass) == ("repeated", True)
    with pytest.warns(xpsae.OutOfMemoryWarning, match="memory ran out"):
        found = objective(cupy.asarray(theta))
    assert float(found[0]) == pytest.approx(cost, rel=1e-5)


def test_a_pool_of_the_users_own_is_given_back_and_its_reserve_counted(cupy):
    pool = cupy.cuda.MemoryPool()
    with cupy.cuda.using_allocator(pool.malloc):
        X = cupy.asarray(ROWS)
        model = xpsae.fit(X, **OPTIONS)
        assert pool.free_bytes() <= 0.5 * X.nbytes
        del model
        reserve = cupy.empty(2**26, dtype="u1")
        before = spare_bytes(X)
        del reserve
        assert spare_bytes(X) == before + 2**26


def test_memory_without_a_pool_will_do(cupy):
    with cupy.cuda.using_allocator(None):
        X = cupy.asarray(ROWS)
        assert xpsae.fit(X, **OPTIONS).theta.device == X.device
        assert spare_bytes(X) > 0


def test_afterwards_the_pool_holds_what_is_in_use(cupy):
    X, pool = cupy.asarray(ROWS), cupy.get_default_memory_pool()
    before = pool.used_bytes()
    model = xpsae.fit(X, **OPTIONS)
    assert pool.free_bytes() <= 0.5 * X.nbytes
    kept = pool.used_bytes() - before
    pairs = 2 * xpsae.Options().history + 1
    assert kept <= (pairs + 8) * model.theta.nbytes + 2**16
    del model
    assert pool.used_bytes() - before <= 2**16


def test_no_iteration_takes_memory_that_the_one_before_did_not(cupy):
    used = []
    X, pool = cupy.asarray(ROWS[:2_000]), cupy.get_default_memory_pool()
    xpsae.fit(X, callback=lambda _: used.append(pool.total_bytes()), **OPTIONS | {"max_iter": 40})
    assert used[12] == used[-1]


def test_a_stream_of_the_callers_gives_the_same_bits_and_stays_current(cupy):
    X = cupy.asarray(ROWS[:2_000])
    expected = xpsae.fit(X, **OPTIONS)
    stream = cupy.cuda.Stream(non_blocking=True)
    cupy.cuda.get_current_stream().synchronize()
    with stream:
        found = xpsae.fit(X, **OPTIONS)
        assert cupy.cuda.get_current_stream() == stream
    stream.synchronize()
    assert found.history.cost == expected.history.cost
    np.testing.assert_array_equal(found.theta.get(), expected.theta.get())


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
def test_rows_that_are_sent_give_what_rows_on_the_card_give(cupy, dtype):
    rows = np.tile((255 * ROWS).astype(dtype) if dtype == "uint8" else ROWS.astype(dtype), (5, 1))
    options, limit = OPTIONS | {"scaling": "auto", "block_rows": 2_500, "max_iter": 2}, 24_000_000
    expected, found = xpsae.fit(cupy.asarray(rows), **options), []
    used = most_in_use(cupy, lambda: found.append(xpsae.fit(rows, device="cuda", memory_limit=limit, **options)))
    assert used <= limit
    (found,) = found
    assert type(found.theta) is cupy.ndarray
    np.testing.assert_allclose(found.history.cost, expected.history.cost, rtol=1e-4 if dtype == "float32" else 1e-9)
