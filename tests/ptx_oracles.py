"""What instructions of PTX are by exact arithmetic, and numbers to try them on."""

import math
import struct
from fractions import Fraction

import numpy as np

ROWS = 400
FORMATS = {
    "f32": "f",
    "f64": "d",
    "u8": "B",
    "s8": "b",
    "u16": "H",
    "s16": "h",
    "u32": "I",
    "s32": "i",
    "u64": "Q",
    "s64": "q",
}
FLOATS = {"f32": np.float32, "f64": np.float64}


def packed(value, kind):
    """Eight bytes that hold a value."""
    code = FORMATS.get(kind) or FORMATS["u" + kind[1:]] if kind != "pred" else "I"
    return struct.pack(f"<{code}", value).ljust(8, b"\0")


def unpacked(raw, kind):
    """The value that eight bytes hold."""
    code = "I" if kind == "pred" else FORMATS.get(kind) or FORMATS["u" + kind[1:]]
    return struct.unpack_from(f"<{code}", raw)[0]


def wrapped(value, kind):
    """An integer cut to a type."""
    bits = int(kind[1:])
    value %= 2**bits
    return value - 2**bits if kind[0] == "s" and value >= 2 ** (bits - 1) else value


def drawn(kind, rng):
    """Numbers of a type: small and large ones, and the ends."""
    if kind == "pred":
        return [int(x) for x in rng.integers(0, 2, ROWS)]
    if kind in FLOATS:
        small, large = {"f32": (-45, 38), "f64": (-323, 307)}[kind]
        values = rng.normal(size=ROWS) * 10.0 ** rng.integers(-3, 4, ROWS)
        values[::5] = rng.normal(size=len(values[::5])) * 10.0 ** rng.integers(small, large, len(values[::5]))
        values[:8] = 0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, 0.5, 2.5
        with np.errstate(all="ignore"):
            return [float(x) for x in values.astype(FLOATS[kind])]
    bits = int(kind[1:])
    signed = "s" if kind[0] == "s" else "u"
    ends = [0, 1, 2, -1, 2 ** (bits - 1), 2 ** (bits - 1) - 1, 3, 31, 32, 33]
    large = [int.from_bytes(rng.bytes(8), "little") for _ in range(ROWS - len(ends) - 100)]
    return [wrapped(x, signed + kind[1:]) for x in [*ends, *map(int, rng.integers(0, 70, 100)), *large]]


def rounded(exact, kind, mode="rn"):
    """A fraction as the nearest number of a type, or the one below, above, or towards zero."""
    T = FLOATS[kind]
    with np.errstate(all="ignore"):
        try:
            near = T(exact.numerator / exact.denominator)
        except OverflowError:
            near = T(math.inf if exact > 0 else -math.inf)
        around = sorted({near, np.nextafter(near, T(-np.inf)), np.nextafter(near, T(np.inf))})
    finite = [x for x in around if np.isfinite(x)]
    below = max(x for x in around if (not np.isfinite(x) and x < 0) or (np.isfinite(x) and Fraction(float(x)) <= exact))
    above = min(x for x in around if (not np.isfinite(x) and x > 0) or (np.isfinite(x) and Fraction(float(x)) >= exact))
    if mode == "rm" or (mode == "rz" and exact > 0):
        return float(below)
    if mode == "rp" or mode == "rz":
        return float(above)
    far = [x for x in around if x in (below, above)]
    if any(not np.isfinite(x) for x in far):
        return float(near)
    return float(min(finite, key=lambda x: (abs(Fraction(float(x)) - exact), int(packed(float(x), kind)[0]) & 1)))


def flushed(x):
    """A float32 without the numbers below the normal ones."""
    return math.copysign(0.0, x) if abs(x) < float(np.finfo("f4").tiny) else x


def exactly(function, kind, mode="rn", ftz=False):
    """An oracle of floating point: the exact value, rounded once; None where infinities or zeros take part."""

    def oracle(*values):
        given = [flushed(v) if ftz else v for v in values]
        if any(not math.isfinite(v) for v in given):
            return None
        try:
            exact = function(*map(Fraction, given))
        except ZeroDivisionError:
            return None
        if exact == 0:
            return None
        found = rounded(exact, kind, mode)
        return flushed(found) if ftz else found

    return oracle


def on_bits(function, kind):
    """An oracle of integers: the value, cut to a type."""
    return lambda *values: wrapped(function(*values), kind)


def field(a, at, count, width, sign):
    """Bits of a number, filled by the highest of them where that is wanted."""
    at, count = at & 255, count & 255
    if not count:
        return 0
    filled = sign and a >> min(at + count - 1, width - 1) & 1
    return sum((a >> at + i & 1 if i < count and at + i < width else filled) << i for i in range(width))


def inserted(a, b, at, count):
    """A number with bits of another."""
    at, count = at & 255, count & 255
    for i in range(count):
        if at + i < 32:
            b = b & ~(1 << at + i) | (a >> i & 1) << at + i
    return b


def logic(a, b, c):
    """The function with the table 0xE8: of three bits, what at least two are."""
    return a & b | a & c | b & c


def quotient(a, b):
    """Integers divided towards zero."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def whole(x, kind, rounding):
    """A float as an integer; beyond the range its end, a NaN zero or the highest bit."""
    low, high = (
        (0, 2 ** int(kind[1:]) - 1) if kind[0] == "u" else (-(2 ** (int(kind[1:]) - 1)), 2 ** (int(kind[1:]) - 1) - 1)
    )
    if math.isinf(x):
        return high if x > 0 else low
    return min(max(rounding(x), low), high)
