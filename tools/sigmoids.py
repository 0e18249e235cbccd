#!/usr/bin/env python3
"""Measure two portable forms of the sigmoid and its complement: accuracy against exact values, and time.

``python tools/sigmoids.py`` prints the two tables that docs/design/index.md quotes. The exponential form is the one in
``xpsae.objective.formulas``; the other is a = ½(1 + tanh(z/2)) with the complement 1 - a. Times are NumPy's, the best
of many, and depend on the machine.
"""

from __future__ import annotations

import decimal
import timeit
from collections.abc import Callable

import numpy as np

from xpsae.arrays.namespace import load_namespace
from xpsae.objective.formulas import sigmoids

XP = load_namespace("numpy")
POINTS = {np.float32: (-80, -40, -17, -5, 5, 17, 40, 80), np.float64: (-700, -40, -17, -5, 5, 17, 40, 700)}
SHAPE = (100, 196)  # small, so that what is timed is arithmetic and not the fetching of memory
Pair = tuple[np.ndarray, np.ndarray]


def exponential(z: np.ndarray) -> Pair:
    """Return the activations and complements of the package."""
    return sigmoids(z, xp=XP)


def hyperbolic(z: np.ndarray) -> Pair:
    """Return activations by the hyperbolic tangent, and 1 minus them."""
    a = np.tanh(z * 0.5)
    a *= 0.5
    a += 0.5
    return a, 1.0 - a


def exact(z: int) -> tuple[decimal.Decimal, decimal.Decimal]:
    """Return σ(z) and σ(-z) to fifty digits more than either needs."""
    with decimal.localcontext(prec=400):
        e = decimal.Decimal(-z).exp()
        return 1 / (1 + e), e / (1 + e)


def relative_error(found: np.floating, wanted: decimal.Decimal) -> float:
    """Return the relative error in units of the dtype's eps."""
    with decimal.localcontext(prec=400):
        error = abs(decimal.Decimal(float(found)) - wanted) / wanted
        return float(error) / float(np.finfo(found.dtype).eps)


def accuracy() -> None:
    """Print the relative errors of both forms at small, middle and large z."""
    print("relative error in units of eps        1/(1 + exp(-z))        ½(1 + tanh(z/2))")
    print("dtype         z       σ(z)            a          1-a           a          1-a")
    for dtype, points in POINTS.items():
        for z in points:
            wanted = exact(z)
            at = np.asarray([z], dtype=dtype)
            pairs = exponential(at), hyperbolic(at)
            errors = [relative_error(x[0], w) for pair in pairs for x, w in zip(pair, wanted, strict=True)]
            numbers = " ".join(f"{error:12.3g}" for error in errors)
            print(f"{dtype.__name__:<8}{z:>7}{wanted[0]:>12.2e}{numbers}")


def nanoseconds(form: Callable[[np.ndarray], Pair], z: np.ndarray) -> float:
    """Return the time of one element, the shortest of many repetitions."""
    return min(timeit.repeat(lambda: form(z), number=20, repeat=30)) / 20 / z.size * 1e9


def speed() -> None:
    """Print the time of both forms, each with its complement."""
    print(f"\nnanoseconds an element, {SHAPE[0]} x {SHAPE[1]} standard normal z, NumPy {np.__version__}")
    print("dtype     1/(1 + exp(-z))   ½(1 + tanh(z/2))   ratio")
    for dtype in POINTS:
        z = np.random.default_rng(0).standard_normal(SHAPE).astype(dtype)
        first, second = nanoseconds(exponential, z), nanoseconds(hyperbolic, z)
        print(f"{dtype.__name__:<8}{first:>17.2f}{second:>19.2f}{first / second:>8.2f}")


if __name__ == "__main__":
    accuracy()
    speed()
