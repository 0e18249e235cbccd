"""Functions to minimize, each returning value and gradient, and the starts that broke other implementations."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from xpsae.optimize.outcome import Outcome


def outcome(result):
    """The outcome of a result, whose three fields agree."""
    found = Outcome(result.message)
    assert result.status == found.status
    assert result.success == found.success
    return found


def quadratic(xp, curvatures):
    """½ Σ c x²."""
    return lambda x: (xp.sum(curvatures * x * x) / 2, curvatures * x)


def rosenbrock(xp, *, a=1.0, b=100.0):
    """Σ b (x_{i+1} - x_i²)² + (a - x_i)², whose minimum is at a = 1 all ones."""

    def fun(x):
        bend, rest, zero = x[1:] - x[:-1] ** 2, a - x[:-1], xp.zeros_like(x[:1])
        left = -4 * b * bend * x[:-1] - 2 * rest
        return xp.sum(b * bend**2 + rest**2), xp.concat([left, zero]) + xp.concat([zero, 2 * b * bend])

    return fun


def scaled(fun, factor):
    """The function times a number."""

    def times(x):
        f, g = fun(x)
        return f * factor, g * factor

    return times


def shifted(fun, offset):
    """The function plus a number."""

    def plus(x):
        f, g = fun(x)
        return f + offset, g

    return plus


def half_space(fun, wall, value):
    """The function, but NaN or Inf where the first coordinate is above the wall."""

    def walled(x):
        f, g = fun(x)
        return (value, g * value) if x[0] > wall else (f, g)

    return walled


def poisson_rate(x):
    """The negative logarithm of a Poisson likelihood of mean count 0.25 by the rate; NaN where that is not positive."""
    with np.errstate(all="ignore"):
        return np.sum(x - 0.25 * np.log(x)), 1 - 0.25 / x


class Recorded:
    """A function that remembers every evaluation, and hands out one gradient array over and over."""

    def __init__(self, fun):
        self.fun, self.points, self.values, self.gradients, self.out = fun, [], [], [], None

    def __call__(self, x):
        f, g = self.fun(x)
        self.points.append(np.array(x))
        self.values.append(float(f))
        self.gradients.append(np.array(g))
        self.out = np.empty_like(g) if self.out is None else self.out
        self.out[...] = g
        return f, self.out


@dataclass(frozen=True)
class Start:
    """A function, where to start, where it is least, and how exactly float32 can find that."""

    name: str
    fun: Any
    x0: Any
    minimum: Any
    single: float = 2e-3
    double: float = 1e-6
    dtypes: tuple = ("float64", "float32")


VALLEY = rosenbrock(np)
BREAKERS = [
    Start("rosenbrock-5", VALLEY, (1.3, 0.7, 0.8, 1.9, 1.2), np.ones(5)),
    Start("rosenbrock-6", VALLEY, (-1.2, 1.0) * 3, None),
    Start("shallow valley", rosenbrock(np, b=10.0), (-1.0, 1.0), np.ones(2)),
    Start("poisson mean", lambda x: (np.sum(np.exp(x) - 3 * x), np.exp(x) - 3), (1.6,), (math.log(3),)),
    Start("poisson rate", poisson_rate, (1.6,), (0.25,)),
    Start("large curvature", lambda x: (np.mean((1e4 * x) ** 2), 2e8 * x / x.size), (1.0, -2.0, 3.0), np.zeros(3)),
    Start("quartic", lambda x: (np.sum((x - np.pi) ** 4), 4 * (x - np.pi) ** 3), (10.0,), (np.pi,), 1e-2, 1e-3),
    Start("exponential", lambda x: (np.sum(np.exp(x) - 5 * x), np.exp(x) - 5), (0.0,), (math.log(5),)),
    Start("NaN beyond 1.5", half_space(VALLEY, 1.5, np.nan), (-1.2, 1.0), np.ones(2)),
    Start("Inf beyond 1.1", half_space(VALLEY, 1.1, np.inf), (-1.2, 1.0), np.ones(2)),
    Start("minus Inf beyond 1.1", half_space(VALLEY, 1.1, -np.inf), (-1.2, 1.0), np.ones(2)),
    Start("huge", scaled(VALLEY, 1e20), (-1.2, 1.0), np.ones(2)),
    Start("tiny", scaled(VALLEY, 1e-20), (-1.2, 1.0), np.ones(2)),
    Start("flat offset", scaled(shifted(quadratic(np, np.array([1.0, 2.0])), 1e6), 1e-18), (-1.0, 0.4), np.zeros(2)),
    Start("one variable", lambda x: (np.sum((x - 3) ** 2), 2 * (x - 3)), (100.0,), (3.0,)),
    Start("large offset", lambda x: (1e6 + np.sum((x - 3) ** 2), 2 * (x - 3)), (100.0,), (3.0,), 0.5, 1e-3),
]
