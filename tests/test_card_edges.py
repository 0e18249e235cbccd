"""Zeros, infinities, NaNs and numbers below the normal ones in PTX on the processor: ``tools/card``."""

import math
import struct

import numpy as np
import pytest
from ptx_on_host import case, computed, module, needs_gcc
from ptx_oracles import packed

pytestmark = needs_gcc

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
