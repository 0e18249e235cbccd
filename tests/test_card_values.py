"""Instructions of PTX on the processor, value by value, beside exact arithmetic: ``tools/card``."""

import math

import numpy as np
import pytest
from ptx_on_host import case, computed, module, needs_gcc
from ptx_oracles import (
    ROWS,
    drawn,
    exactly,
    field,
    flushed,
    inserted,
    logic,
    on_bits,
    packed,
    quotient,
    whole,
    wrapped,
)

pytestmark = needs_gcc


def in_half(x):
    """The bits of a number in half precision."""
    with np.errstate(all="ignore"):
        return int(np.float32(x).astype("f2").view("u2"))


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
        (
            f"fma.{mode}.ftz.f32 %x, %a, %b, %c;",
            ["f32"] * 3,
            "f32",
            exactly(lambda a, b, c: a * b + c, "f32", mode, ftz=True),
        ),
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
        (
            f"div.{kind} %x, %a, %b;",
            same,
            kind,
            lambda a, b, k=kind: wrapped(quotient(a, b), k) if b else wrapped(-1, k),
        ),
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
for kind, rounding, name in (
    ("s32", round, "rni"),
    ("u64", math.trunc, "rzi"),
    ("s64", math.floor, "rmi"),
    ("u8", math.ceil, "rpi"),
):
    for source in ("f32", "f64"):
        oracle = lambda a, k=kind, r=rounding: whole(a, k, r)  # noqa: E731
        CASES += [(f"cvt.{name}.{kind}.{source} %x, %a;", [source], kind, oracle)]
CASES += [
    (
        "add.cc.u32 %v, %a, %b; addc.u32 %x, %c, %d;",
        ["u32"] * 4,
        "u32",
        on_bits(lambda a, b, c, d: c + d + (a + b >> 32), "u32"),
    ),
    (
        "sub.cc.u32 %v, %a, %b; subc.u32 %x, %c, %d;",
        ["u32"] * 4,
        "u32",
        on_bits(lambda a, b, c, d: c - d - (a < b), "u32"),
    ),
    (
        "add.cc.u64 %i, %a, %b; addc.u64 %x, %c, %d;",
        ["u64"] * 4,
        "u64",
        on_bits(lambda a, b, c, d: c + d + (a + b >> 64), "u64"),
    ),
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
    (
        "prmt.b32 %x, %a, %b, 0x0DE1;",
        ["u32"] * 2,
        "u32",
        lambda a, b: a >> 8 & 255 | 0xFF00 * (b >> 23 & 1) | 0xFF0000 * (b >> 15 & 1) | (a & 255) << 24,
    ),
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
    (
        "cvt.f32.f16 %x, %a;",
        ["u16"],
        "f32",
        lambda a: None if (a >> 10) % 32 == 31 else float(np.array(a, "u2").view("f2")),
    ),
    ("cvt.rn.f16.f32 %x, %a;", ["f32"], "u16", in_half),
    ("cvt.s32.s8 %x, %a;", ["s32"], "s32", on_bits(lambda a: a, "s8")),
]


@pytest.fixture(scope="module")
def library():
    """All cases, compiled at once."""
    return module("".join(case(f"case_{k}", *each[:3]) for k, each in enumerate(CASES)))


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
