"""Instructions of PTX on the processor, value by value, beside exact arithmetic: ``tools/card``."""

import math
import struct
from fractions import Fraction

import numpy as np
import pytest
from ptx_on_host import COMPILER, SLOTS, case, module, play

pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no gcc")

ROWS = 400
FORMATS = {"f32": "f", "f64": "d", "u8": "B", "s8": "b", "u16": "H", "s16": "h", "u32": "I", "s32": "i", "u64": "Q", "s64": "q"}
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
    below = max((x for x in around if not np.isfinite(x) and x < 0 or np.isfinite(x) and Fraction(float(x)) <= exact))
    above = min((x for x in around if not np.isfinite(x) and x > 0 or np.isfinite(x) and Fraction(float(x)) >= exact))
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
    low, high = (0, 2 ** int(kind[1:]) - 1) if kind[0] == "u" else (-(2 ** (int(kind[1:]) - 1)), 2 ** (int(kind[1:]) - 1) - 1)
    if math.isinf(x):
        return high if x > 0 else low
    return min(max(rounding(x), low), high)


CASES = []
"""Instruction, types of its operands, type of its result, oracle."""
for kind in ("f32", "f64"):
    for mode in ("rn", "rm", "rp", "rz"):
        CASES += [
            (f"add.{mode}.{kind} %x, %a, %b;", [kind] * 2, kind, exactly(lambda a, b: a + b, kind, mode)),
            (f"sub.{mode}.{kind} %x, %a, %b;", [kind] * 2, kind, exactly(lambda a, b: a - b, kind, mode)),
            (f"mul.{mode}.{kind} %x, %a, %b;", [kind] * 2, kind, exactly(lambda a, b: a * b, kind, mode)),
            (f"div.{mode}.{kind} %x, %a, %b;", [kind] * 2, kind, exactly(lambda a, b: a / b, kind, mode)),
            (f"rcp.{mode}.{kind} %x, %a;", [kind], kind, exactly(lambda a: 1 / a, kind, mode)),
            (f"fma.{mode}.{kind} %x, %a, %b, %c;", [kind] * 3, kind, exactly(lambda a, b, c: a * b + c, kind, mode)),
            (f"cvt.{mode}.{kind}.s64 %x, %a;", ["s64"], kind, exactly(lambda a: a, kind, mode)),
            (f"cvt.{mode}.{kind}.u64 %x, %a;", ["u64"], kind, exactly(lambda a: a, kind, mode)),
        ]
for mode in ("rn", "rm", "rp", "rz"):
    CASES += [(f"cvt.{mode}.f32.f64 %x, %a;", ["f64"], "f32", exactly(lambda a: a, "f32", mode))]
for mode in ("rn", "rm"):
    CASES += [
        (f"add.{mode}.ftz.f32 %x, %a, %b;", ["f32"] * 2, "f32", exactly(lambda a, b: a + b, "f32", mode, ftz=True)),
        (f"mul.{mode}.ftz.f32 %x, %a, %b;", ["f32"] * 2, "f32", exactly(lambda a, b: a * b, "f32", mode, ftz=True)),
        (f"fma.{mode}.ftz.f32 %x, %a, %b, %c;", ["f32"] * 3, "f32", exactly(lambda a, b, c: a * b + c, "f32", mode, ftz=True)),
    ]
for kind in ("u32", "s32", "u64", "s64", "u16", "s16"):
    bits, same = int(kind[1:]), [kind] * 2
    CASES += [
        (f"add.{kind} %x, %a, %b;", same, kind, on_bits(lambda a, b: a + b, kind)),
        (f"mul.lo.{kind} %x, %a, %b;", same, kind, on_bits(lambda a, b: a * b, kind)),
        (f"mul.hi.{kind} %x, %a, %b;", same, kind, on_bits(lambda a, b, bits=bits: a * b >> bits, kind)),
        (f"mad.lo.{kind} %x, %a, %b, %c;", [kind] * 3, kind, on_bits(lambda a, b, c: a * b + c, kind)),
        (f"min.{kind} %x, %a, %b;", same, kind, min),
        (f"max.{kind} %x, %a, %b;", same, kind, max),
        (f"div.{kind} %x, %a, %b;", same, kind, lambda a, b, k=kind: wrapped(quotient(a, b), k) if b else wrapped(-1, k)),
        (f"rem.{kind} %x, %a, %b;", same, kind, lambda a, b: a - b * quotient(a, b) if b else a),
        (f"shr.{kind} %x, %a, %b;", [kind, "u32"], kind, lambda a, n: a >> n),
        (f"shl.b{bits} %x, %a, %b;", [kind, "u32"], kind, lambda a, n, k=kind: wrapped(a << min(n, 64), k)),
        (f"setp.lt.{kind} %x, %a, %b;", same, "pred", lambda a, b: int(a < b)),
        (f"cvt.sat.s8.{kind} %x, %a;", [kind], "s8", lambda a: min(max(a, -128), 127)),
        (f"cvt.sat.u16.{kind} %x, %a;", [kind], "u16", lambda a: min(max(a, 0), 65535)),
        (f"cvt.u8.{kind} %x, %a;", [kind], "u8", on_bits(lambda a: a, "u8")),
        (f"cvt.s64.{kind} %x, %a;", [kind], "s64", on_bits(lambda a: a, "s64")),
    ]
for kind in ("u32", "s32", "u16", "s16"):
    wide = f"{kind[0]}{2 * int(kind[1:])}"
    CASES += [(f"mul.wide.{kind} %x, %a, %b;", [kind] * 2, wide, lambda a, b: a * b)]
    CASES += [
        (f"mad.wide.{kind} %x, %a, %b, %c;", [kind, kind, wide], wide, on_bits(lambda a, b, c: a * b + c, wide)),
    ]
for kind, rounding, name in (("s32", round, "rni"), ("u64", math.trunc, "rzi"), ("s64", math.floor, "rmi"), ("u8", math.ceil, "rpi")):
    for source in ("f32", "f64"):
        oracle = lambda a, k=kind, r=rounding: whole(a, k, r)  # noqa: E731
        CASES += [(f"cvt.{name}.{kind}.{source} %x, %a;", [source], kind, oracle)]
CASES += [
    ("add.cc.u32 %v, %a, %b; addc.u32 %x, %c, %d;", ["u32"] * 4, "u32", on_bits(lambda a, b, c, d: c + d + (a + b >> 32), "u32")),
    ("sub.cc.u32 %v, %a, %b; subc.u32 %x, %c, %d;", ["u32"] * 4, "u32", on_bits(lambda a, b, c, d: c - d - (a < b), "u32")),
    ("add.cc.u64 %i, %a, %b; addc.u64 %x, %c, %d;", ["u64"] * 4, "u64", on_bits(lambda a, b, c, d: c + d + (a + b >> 64), "u64")),
    (
        "mad.lo.cc.u32 %v, %a, %b, %c; madc.hi.u32 %x, %a, %b, %d;",
        ["u32"] * 4,
        "u32",
        on_bits(lambda a, b, c, d: (a * b >> 32) + d + ((a * b) % 2**32 + c >> 32), "u32"),
    ),
    ("bfe.u32 %x, %a, %b, %c;", ["u32"] * 3, "u32", lambda a, at, n: field(a, at, n, 32, False)),
    ("bfe.s32 %x, %a, %b, %c;", ["u32"] * 3, "u32", lambda a, at, n: field(a, at, n, 32, True)),
    ("bfi.b32 %x, %a, %b, %c, %d;", ["u32"] * 4, "u32", inserted),
    ("lop3.b32 %x, %a, %b, %c, 0xE8;", ["u32"] * 3, "u32", logic),
    ("prmt.b32 %x, %a, %b, 0x0DE1;", ["u32"] * 2, "u32", lambda a, b: a >> 8 & 255 | 0xFF00 * (b >> 23 & 1) | 0xFF0000 * (b >> 15 & 1) | (a & 255) << 24),
    ("shf.l.wrap.b32 %x, %a, %b, %c;", ["u32"] * 3, "u32", lambda a, b, n: ((b << 32 | a) << (n & 31) >> 32) % 2**32),
    ("shf.r.clamp.b32 %x, %a, %b, %c;", ["u32"] * 3, "u32", lambda a, b, n: ((b << 32 | a) >> min(n, 32)) % 2**32),
    ("clz.b32 %x, %a;", ["u32"], "u32", lambda a: 32 - a.bit_length()),
    ("clz.b64 %x, %a;", ["u64"], "u32", lambda a: 64 - a.bit_length()),
    ("popc.b64 %x, %a;", ["u64"], "u32", int.bit_count),
    ("brev.b32 %x, %a;", ["u32"], "u32", lambda a: int(f"{a:032b}"[::-1], 2)),
    ("bfind.u32 %x, %a;", ["u32"], "u32", lambda a: (a.bit_length() - 1) % 2**32),
    ("bfind.s32 %x, %a;", ["s32"], "u32", lambda a: ((a if a >= 0 else ~a).bit_length() - 1) % 2**32),
    ("bfind.shiftamt.u32 %x, %a;", ["u32"], "u32", lambda a: 32 - a.bit_length() if a else 2**32 - 1),
    ("selp.f64 %x, %a, %b, %c;", ["f64", "f64", "pred"], "f64", lambda a, b, c: a if c else b),
    ("mov.b64 %x, {%a, %b};", ["u32"] * 2, "u64", lambda a, b: b << 32 | a),
    ("mov.b64 {%v, %x}, %a;", ["u64"], "u32", lambda a: a >> 32),
    ("setp.ge.and.f32 %x|%q, %a, %b, !%c;", ["f32", "f32", "pred"], "pred", lambda a, b, c: int(a >= b and not c)),
    ("setp.ge.and.f32 %q|%x, %a, %b, %c;", ["f32", "f32", "pred"], "pred", lambda a, b, c: int(not a >= b and c)),
    ("copysign.f64 %x, %a, %b;", ["f64"] * 2, "f64", lambda a, b: math.copysign(b, a)),
    ("abs.ftz.f32 %x, %a;", ["f32"], "f32", lambda a: abs(flushed(a))),
    ("cvt.ftz.f64.f32 %x, %a;", ["f32"], "f64", flushed),
    ("cvt.rzi.f64.f64 %x, %a;", ["f64"], "f64", lambda a: a if math.isinf(a) else math.copysign(math.trunc(a), a)),
    ("cvt.sat.f32.f32 %x, %a;", ["f32"], "f32", lambda a: min(max(0.0, a), 1.0)),
    ("@%b mov.b32 %a, 7; mov.b32 %x, %a;", ["u32", "pred"], "u32", lambda a, p: 7 if p else a),
    ("cvt.s32.s8 %x, %a;", ["s32"], "s32", on_bits(lambda a: a, "s8")),
]


@pytest.fixture(scope="module")
def library():
    """All cases, compiled at once."""
    return module("".join(case(f"case_{k}", *each[:3]) for k, each in enumerate(CASES)))


def computed(library, name, rows, kinds, result):
    """What an entry computes for rows of values."""
    given = np.frombuffer(b"".join(packed(v, kind) for row in rows for v, kind in zip(row, kinds, strict=True)), "u8")
    slots = np.zeros((len(rows), SLOTS), "u8")
    slots[:, : len(kinds)] = given.reshape(len(rows), -1)
    out = np.zeros(len(rows), "u8")
    play(library, name, slots, out, threads=(len(rows), 1, 1))
    return [unpacked(raw.tobytes(), result) for raw in out]


@pytest.mark.parametrize("k", range(len(CASES)), ids=[each[0] for each in CASES])
def test_an_instruction_is_what_exact_arithmetic_says(library, k):
    _, kinds, result, oracle = CASES[k]
    rng = np.random.default_rng(k)
    columns = [drawn(kind, rng) for kind in kinds]
    rows = [tuple(column[i] for column in columns) for i in (rng.permutation(ROWS) if len(kinds) > 1 else range(ROWS))]
    rows = [(row[0], *(columns[j][rng.integers(ROWS)] for j in range(1, len(kinds)))) for row in rows]
    judged = 0
    for row, found in zip(rows, computed(library, f"case_{k}", rows, kinds, result), strict=True):
        expected = oracle(*row)
        if expected is not None:
            judged += 1
            assert packed(found, result) == packed(expected, result), (row, found, expected)
    assert judged > ROWS // 2


SPECIAL = [
    ("min.f32 %x, %a, %b;", (-0.0, 0.0), -0.0),
    ("min.f32 %x, %a, %b;", (0.0, -0.0), -0.0),
    ("max.f32 %x, %a, %b;", (-0.0, 0.0), 0.0),
    ("min.f32 %x, %a, %b;", (math.nan, 2.0), 2.0),
    ("max.f32 %x, %a, %b;", (2.0, math.nan), 2.0),
    ("min.NaN.f32 %x, %a, %b;", (math.nan, 2.0), math.nan),
    ("add.f32 %x, %a, %b;", (math.inf, -math.inf), math.nan),
    ("add.f32 %x, %a, %b;", (1e-45, 0.0), 1e-45),
    ("add.ftz.f32 %x, %a, %b;", (1e-45, 0.0), 0.0),
    ("mul.ftz.f32 %x, %a, %b;", (1e-30, -1e-10), -0.0),
    ("add.sat.f32 %x, %a, %b;", (math.nan, 1.0), 0.0),
    ("add.sat.f32 %x, %a, %b;", (1.0, 1.0), 1.0),
    ("div.rn.f32 %x, %a, %b;", (-1.0, 0.0), -math.inf),
    ("sqrt.rn.f32 %x, %a;", (2.0, 0.0), float(np.sqrt(np.float32(2)))),
    ("sqrt.rp.f32 %x, %a;", (4.0, 0.0), 2.0),
    ("setp.lt.f32 %p, %a, %b; selp.f32 %x, 0f3F800000, 0f00000000, %p;", (math.nan, 1.0), 0.0),
    ("setp.ltu.f32 %p, %a, %b; selp.f32 %x, 0f3F800000, 0f00000000, %p;", (math.nan, 1.0), 1.0),
    ("setp.ne.f32 %p, %a, %b; selp.f32 %x, 0f3F800000, 0f00000000, %p;", (math.nan, 1.0), 0.0),
    ("setp.neu.f32 %p, %a, %b; selp.f32 %x, 0f3F800000, 0f00000000, %p;", (math.nan, 1.0), 1.0),
    ("setp.eq.ftz.f32 %p, %a, %b; selp.f32 %x, 0f3F800000, 0f00000000, %p;", (1e-45, 0.0), 1.0),
    ("setp.eq.f32 %p, %a, %b; selp.f32 %x, 0f3F800000, 0f00000000, %p;", (1e-45, 0.0), 0.0),
    ("cvt.rzi.s32.f32 %t, %a; cvt.rn.f32.s32 %x, %t;", (math.nan, 0.0), 0.0),
    ("cvt.rzi.s64.f32 %i, %a; cvt.rn.f32.s64 %x, %i;", (math.nan, 0.0), float(-(2**63))),
    ("cvt.rzi.u32.f32 %t, %a; cvt.rn.f32.u32 %x, %t;", (-5.0, 0.0), 0.0),
]
"""Zeros, infinities, NaNs, and numbers below the normal ones."""


@pytest.mark.parametrize(("instruction", "given", "expected"), SPECIAL)
def test_what_has_no_fraction_is_as_the_manual_says(instruction, given, expected):
    library = module("".join(case(f"special_{k}", each[0], ["f32"] * 2, "f32") for k, each in enumerate(SPECIAL)))
    name = f"special_{next(k for k, each in enumerate(SPECIAL) if each[0] == instruction)}"
    (found,) = computed(library, name, [given], ["f32"] * 2, "f32")
    assert packed(found, "f32") == (packed(expected, "f32") if expected == expected else packed(math.nan, "f32")) or (
        found != found and expected != expected
    )


def test_the_gross_reciprocal_has_the_upper_half_of_the_digits_alone():
    library = module(case("gross", "rcp.approx.ftz.f64 %x, %a;", ["f64"], "f64"))
    found = computed(library, "gross", [(3.0,), (1e-310,)], ["f64"], "f64")
    assert found[0] == pytest.approx(1 / 3, rel=1e-6)
    assert struct.unpack("<Q", struct.pack("<d", found[0]))[0] & 0xFFFFFFFF == 0
    assert found[1] == math.inf
