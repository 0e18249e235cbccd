"""A thousand random runs: no exception, no hang, never above the start; and memory that stays flat over a long one."""

import math
import tracemalloc

import numpy as np
import pytest
from functions import BREAKERS, Recorded, half_space, outcome, rosenbrock, scaled

from xpsae.optimize.driver import minimize
from xpsae.optimize.outcome import Outcome
from xpsae.problem import Objective

FOREVER = {"gtol": 0.0, "ftol": 0.0}


def bumpy(rng):
    n = int(rng.integers(1, 8))
    A, phase = rng.standard_normal((n, n)), rng.standard_normal(n)

    def fun(x):
        z = A @ x + phase
        return np.sum(np.sin(3 * z) + z**2 / 4), A.T @ (3 * np.cos(3 * z) + z / 2)

    return fun, rng.standard_normal(n)


def kinked(rng):
    """Not differentiable, so that the conditions of a search often cannot be met."""
    weights = 10 ** rng.uniform(-3, 3, int(rng.integers(1, 6)))
    return lambda x: (np.sum(weights * np.abs(x)), weights * np.sign(x)), rng.standard_normal(len(weights))


def overflowing(rng):
    rates = rng.uniform(1, 30, int(rng.integers(1, 6)))

    def fun(x):
        with np.errstate(all="ignore"):
            e = np.exp(np.asarray(rates * x, x.dtype))
            return np.sum(e - x), (rates * e - 1).astype(x.dtype)

    return fun, rng.uniform(0, 3, len(rates))


def unbounded(rng):
    slopes = rng.standard_normal(int(rng.integers(1, 5)))
    return lambda x: (np.sum(slopes * x) + np.sum(np.sin(x)), slopes + np.cos(x)), rng.standard_normal(len(slopes))


def wrong(rng):
    """A gradient that belongs to another function."""
    fun, x0 = bumpy(rng)
    return lambda x: (fun(x)[0], rng.standard_normal(x.shape)), x0


def autoencoder(rng):
    objective = Objective(rng.random((12, 5)), int(rng.integers(1, 5)), sparsity_target=rng.uniform(0.01, 0.5))
    return objective, objective.initial(rng)


def valley(rng):
    return rosenbrock(np, b=10 ** rng.uniform(-1, 5)), rng.uniform(-2, 2, int(rng.integers(2, 12)))


def breaker(rng):
    start = BREAKERS[int(rng.integers(len(BREAKERS)))]
    return start.fun, np.array(start.x0) + rng.uniform(-0.05, 0.05, len(start.x0))


KINDS = [bumpy, kinked, overflowing, unbounded, wrong, autoencoder, valley, breaker]


def one_run(seed):
    rng = np.random.default_rng(seed)
    fun, x0 = KINDS[seed % len(KINDS)](rng)
    dtype, history = ["float64", "float32"][int(rng.integers(2))], int(rng.integers(1, 101))
    fun = fun if rng.random() < 0.5 else scaled(fun, 10.0 ** rng.integers(-15, 16))
    fun = fun if rng.random() < 0.8 else half_space(fun, x0[0] + rng.exponential(), rng.choice([np.nan, np.inf]))
    options = {"history": history, "max_iter": int(rng.integers(150)), "max_eval": int(rng.integers(1, 120))}
    tolerances = FOREVER if rng.random() < 0.7 else {}
    recorded = Recorded(lambda x: (lambda f, g: (f, np.asarray(g, dtype)))(*fun(x)))
    with np.errstate(all="ignore"):
        result = minimize(recorded, x0.astype(dtype), **options, **tolerances)
    return result, recorded, options


@pytest.mark.slow
def test_a_thousand_random_runs():
    outcomes = set()
    for seed in range(1000):
        result, fun, options = one_run(seed)
        outcomes.add(outcome(result))
        assert result.nfev == len(fun.values) <= options["max_eval"]
        assert result.nit <= options["max_iter"]
        if outcome(result) is Outcome.BAD_START:
            continue
        assert math.isfinite(result.fun)
        assert result.fun <= fun.values[0]
        assert result.fun in fun.values
        assert any(np.array_equal(result.x, point) for point in fun.points)
    assert outcomes >= set(Outcome) - {Outcome.CALLBACK, Outcome.TIME_LIMIT, Outcome.INTERRUPTED, Outcome.BAD_START}


def frugal_valley(n):
    """Rosenbrock's function, which allocates nothing when it is called."""
    bend, rest, gradient = np.empty(n - 1), np.empty(n - 1), np.empty(n)

    def fun(x):
        np.multiply(x[:-1], x[:-1], out=bend)
        np.subtract(x[1:], bend, out=bend)
        np.subtract(1.0, x[:-1], out=rest)
        value = 100.0 * float(bend @ bend) + float(rest @ rest)
        gradient[0] = 0.0
        np.multiply(bend, 200.0, out=gradient[1:])
        np.multiply(bend, x[:-1], out=bend)
        np.multiply(bend, 400.0, out=bend)
        np.multiply(rest, 2.0, out=rest)
        gradient[:-1] -= bend
        gradient[:-1] -= rest
        return value, gradient

    return fun


@pytest.mark.slow
def test_memory_is_that_of_the_pairs_and_six_vectors_over_ten_thousand_iterations():
    n, history, iterations, starts, peaks = 2_000, 4, 0, np.random.default_rng(0), []

    def watch(reached):
        if reached.nit % 500 == 0:
            peaks.append(tracemalloc.get_traced_memory()[1] / n / 8)
            tracemalloc.reset_peak()

    fun, x0 = frugal_valley(n), starts.uniform(-2, 2, n)
    minimize(fun, x0, history=history, **FOREVER, max_iter=5)
    tracemalloc.start()
    while iterations < 10_000:
        options = {"history": history, "max_iter": 10_000 - iterations, "callback": watch}
        iterations += minimize(fun, x0, **FOREVER, **options).nit
        x0[...] = starts.uniform(-2, 2, n)
    tracemalloc.stop()
    assert len(peaks) >= 15
    assert max(peaks) <= 2 * history + 6.7
