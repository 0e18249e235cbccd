"""What the host is told of an evaluation: the few numbers that steer the run, packed on the device and read at once."""

from __future__ import annotations

import numbers
from typing import Any

from xpsae.arrays.convert import as_floating
from xpsae.arrays.fusion import small
from xpsae.arrays.namespace import accumulator, array_namespace, detached, device_of, is_array, place, read, where
from xpsae.arrays.typing import Array, Namespace
from xpsae.checks import complaint, described
from xpsae.optimize.history import CurvatureHistory
from xpsae.optimize.records import Point, Trial

Vectors = tuple[Array, ...]


def callable_named(name: str, value: Any, *, remedy: str) -> None:
    """Raise a TypeError unless a user's argument can be called."""
    if not callable(value):
        raise TypeError(complaint(name, "something that can be called", described(value), remedy))


def as_vector(name: str, x: Any) -> Array:
    """Return a user's start as a float32 or float64 vector of its own library, or raise the error that says why not."""
    vector = as_floating(x, name=name)
    if vector.ndim != 1 or vector.shape[0] == 0:
        got = f"shape {tuple(vector.shape)}"
        raise ValueError(complaint(name, "a vector of at least one number", got, "Flatten it first."))
    return vector


def answer(returned: Any) -> tuple[Any, Any]:
    """Return what a user's function returned as the pair it should be, or raise a TypeError."""
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        got = f"{len(returned)} values" if isinstance(returned, tuple | list) else described(returned)
        raise TypeError(complaint("fun", "a function that returns (value, gradient)", got, "Return both, as a tuple."))
    return returned[0], returned[1]


def gradient_like(x: Array, g: Any) -> Array:
    """Return a user's gradient in the dtype of `x`, or raise the error that says why it does not fit."""
    expected, remedy = f"a gradient of shape {tuple(x.shape)}, {place(x)}", "Return (value, gradient)."
    xp = array_namespace(x)
    if not is_array(g) or array_namespace(g) is not xp:
        raise TypeError(complaint("fun", expected, place(g) if is_array(g) else described(g), remedy))
    if not xp.isdtype(g.dtype, "real floating"):
        raise TypeError(complaint("fun", f"a gradient of dtype {x.dtype}", f"dtype {g.dtype}", remedy))
    if tuple(g.shape) != tuple(x.shape):
        raise ValueError(complaint("fun", expected, f"shape {tuple(g.shape)}", remedy))
    if device_of(g) != device_of(x):
        raise ValueError(complaint("fun", expected, place(g), "Compute it where x is."))
    g = detached(g)
    return g if g.dtype == x.dtype else xp.astype(g, x.dtype)


def copied(x: Array) -> Array:
    """Return a copy of an array: a function may write every gradient into one array."""
    with where(x):
        return array_namespace(x).asarray(x, copy=True)


def value_like(x: Array, f: Any) -> Array:
    """Return a user's function value as a one-element vector of the dtype numbers are read in, without reading it.

    Raises
    ------
    TypeError, ValueError
        If it is not one real number.
    """
    xp = array_namespace(x)
    wide = accumulator(xp=xp, device=device_of(x))
    if is_array(f) and array_namespace(f) is xp:
        if f.ndim and tuple(f.shape) != (1,):
            raise ValueError(
                complaint("fun", "one real number", f"shape {tuple(f.shape)}", "Return (value, gradient).")
            )
        if not xp.isdtype(f.dtype, ("real floating", "integral", "bool")):
            raise TypeError(complaint("fun", "one real number", f"dtype {f.dtype}", "Return (value, gradient)."))
        return xp.reshape(xp.astype(detached(f), wide), (1,))
    return xp.asarray([_real(f)], dtype=wide, device=device_of(x))


def _real(f: Any) -> float:
    fits = not isinstance(f, str | bytes) and (isinstance(f, numbers.Real) or not isinstance(f, numbers.Complex))
    try:
        if fits:
            return float(f)
    except (TypeError, ValueError):
        pass
    raise TypeError(complaint("fun", "one real number", described(f), "Return (value, gradient)."))


def read_start(x: Array, f: Any, g: Array) -> Point:
    """Return the evaluated start: the one read of the first evaluation."""
    xp, value = array_namespace(x), value_like(x, f)
    largest = xp.reshape(xp.max(xp.abs(g)), (1,))
    relative = g / largest
    ratio = xp.reshape(xp.sqrt(xp.sum(relative * relative, dtype=value.dtype)), (1,))
    f0, gradient_norm, root = read(xp.concat([value, xp.astype(largest, value.dtype), ratio]))
    return Point(x, f0, xp.asarray(g, copy=True), gradient_norm, gradient_norm * root, 0.0, 1)


def read_trial(pairs: CurvatureHistory, current: Point, f: Any, g: Array, *, step: float, evaluation: int) -> Trial:
    """Return all numbers of a trial along the direction: the one read of an evaluation."""
    xp, value = pairs.xp, value_like(current.x, f)
    pairs.observe(g, current.g, gradient_size=current.gradient_norm)
    largest = (g,) if pairs.order else (g, current.x)
    numbers = read(packed(value, pairs.products(), (g, current.g, pairs.direction), largest, xp=xp))
    slope, slope0, length = pairs.unscaled_along(numbers[1:4])
    start = 4 + len(largest)
    sway = numbers[5] * current.norm if start > 5 else 0.0
    return Trial(step, evaluation, numbers[0], numbers[4], slope, slope0, length, sway, pairs.unscaled(numbers[start:]))


@small
def packed(value: Array, products: Array, along: Vectors, largest: Vectors, *, xp: Namespace) -> Array:
    """Return a value, the last of some vectors times each of them, the largest of others, and products, all in one."""
    wide, d = value.dtype, along[-1]
    scalars = [xp.sum(d * v, dtype=wide) for v in along] + [xp.max(xp.abs(v)) for v in largest]
    return xp.concat([value, *(xp.reshape(xp.astype(each, wide), (1,)) for each in scalars), xp.astype(products, wide)])
