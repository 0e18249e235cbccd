"""Nothing is read from the device in the objective, and one small vector an evaluation in the minimizer."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
import spy

from xpsae.arrays import fusion, workspaces
from xpsae.optimize.driver import minimize
from xpsae.optimize.lbfgs import LBFGS
from xpsae.optimize.records import Options
from xpsae.problem import Objective


def to_spy(x):
    return spy.NAMESPACE.asarray(x)


def build(decoder="sigmoid", **options):
    X = np.random.default_rng(0).random((40, 6))
    return Objective(to_spy(X), 4, decoder=decoder, **options)


@pytest.mark.parametrize("read", [float, bool, int, np.asarray, lambda x: x.tolist(), lambda x: np.from_dlpack(x)])
def test_spy_sees_every_way_of_looking_into_an_array(read):
    with spy.counting() as count:
        read(to_spy(np.asarray(1.0)))
    assert count.reads.total() == 1


def test_spy_counts_functions_and_operators():
    x = to_spy(np.ones(3))
    with spy.counting() as count:
        spy.NAMESPACE.exp(x + 1.0)
    assert count.operations == ["add", "exp"]


@pytest.mark.parametrize("decoder", ["sigmoid", "linear"])
@pytest.mark.parametrize("block_rows", [None, 7])
def test_objective_reads_nothing(decoder, block_rows):
    objective = build(decoder, block_rows=block_rows)
    theta = objective.initial(0)
    with spy.counting() as count:
        cost, gradient = objective(theta)
        objective.terms(theta)
        objective.mean_activation(theta)
    assert not count.reads
    assert len(count.operations) > 10
    assert isinstance(cost, spy.SpyArray)
    assert isinstance(gradient, spy.SpyArray)


@pytest.fixture
def as_on_a_gpu(monkeypatch):
    """Formulas are one operation each, and ones are kept, as with CuPy."""
    monkeypatch.setitem(fusion.WAYS, "spy", spy.by_one_kernel)
    monkeypatch.setitem(fusion.SMALL_WAYS, "spy", spy.by_one_kernel)
    monkeypatch.setattr(workspaces, "KEEPING", {"spy"})
    yield
    workspaces.forget()


@pytest.mark.parametrize("decoder", ["sigmoid", "linear"])
@pytest.mark.parametrize(("one_pass", "products"), [(False, 5), (True, 6)])
def test_an_evaluation_starts_at_most_twelve_operations_beside_its_products(as_on_a_gpu, decoder, one_pass, products):
    objective = build(decoder)
    objective.plan = dataclasses.replace(objective.plan, one_pass=one_pass)
    theta = objective.initial(0)
    objective(theta)  # ones are made once
    with spy.counting() as count:
        objective(theta)
    started = Counter(name for name in count.operations if name not in spy.VIEWS)
    sums = started["matmul"] - products
    assert sums == (4 if one_pass else 3)
    assert started.total() - products <= (14 if one_pass else 12)
    assert set(started) == {"matmul", "kernel", "mul"}


@pytest.mark.parametrize("callback", [None, repr], ids=["silent", "callback"])
def test_minimizer_reads_once_an_evaluation(callback):
    objective = build()
    theta = objective.initial(0)
    with spy.counting() as count:
        result = minimize(objective, theta, max_iter=25, history=4, gtol=0, ftol=0, callback=callback)
    assert result.nit == 25
    assert count.reads == {"__array__": result.nfev}


def test_minimizer_reads_once_an_evaluation_that_failed():
    def walled(x):
        value, gradient = spy.NAMESPACE.sum(x**2) / 2, x
        calls.append(value)
        return (value * np.nan if len(calls) in {2, 3} else value), gradient

    calls = []
    with spy.counting() as count:
        result = minimize(walled, to_spy(np.full(5, 4.0)), gtol=1e-9)
    assert result.success
    assert count.reads == {"__array__": result.nfev}


def operations_of_first_try_steps(history):
    """Return the operations of every `tell`, but the first, whose trial was accepted at once."""
    objective, seen = build(), set()
    optimizer = LBFGS(objective.initial(0), Options(history=history, gtol=0, ftol=0, max_iter=30))
    while optimizer.outcome is None:
        before, (value, gradient) = optimizer.nit, objective(optimizer.point)
        with spy.counting() as count:
            optimizer.tell(value, gradient)
        if optimizer.nit > before > 0 and optimizer.outcome is None:
            seen.add(tuple(count.operations))
    return seen


def test_operations_do_not_depend_on_the_history():
    short, long = operations_of_first_try_steps(5), operations_of_first_try_steps(100)
    assert len(short) == 1
    assert short == long
