"""What most instructions are in C: one row each.

In a row, ``{a}``, ``{b}``, ``{c}`` are the operands after the destination, in the instruction's type; ``{a:u}`` is one
as an unsigned integer of the same width, ``{b:u32}`` one of another type, ``{c:wide}`` of the type twice as wide.
``{T}``, ``{U}``, ``{D}`` are the types of C: its own, the unsigned one, and the one twice as wide; ``{W}`` the width;
``{f}`` ends the names of C's functions of its precision. A row holds for its types, where all modifiers of `needs` are
there and all others are among `takes`.
"""

from __future__ import annotations

import dataclasses
import re

from .frame import Frame
from .kinds import UnknownError, bits, c_type, is_float, is_signed, unsigned
from .operands import assign, value
from .records import Instruction

FLOATS = "f32 f64"
INTEGERS = "u16 s16 u32 s32 u64 s64"
WORDS = "u32 s32 u64 s64"
BITS = "b16 b32 b64"
ROUNDINGS = {"rm": "FE_DOWNWARD", "rp": "FE_UPWARD", "rz": "FE_TOWARDZERO"}
ROUNDED = "rn rm rp rz ftz"


@dataclasses.dataclass(frozen=True)
class Row:
    """An instruction in C; `directed` is the function of kernel.h that rounds as it is told."""

    kinds: str
    c: str
    takes: str = ""
    needs: str = ""
    result: str = ""
    directed: str = ""
    exact: bool = False


ROWS = {
    "add": [
        Row(WORDS, "CARRY({U}, {W}, (u128){a:u} + {b:u}, 1)", needs="cc"),
        Row(INTEGERS, "{a} + {b}"),
        Row(FLOATS, "{a} + {b}", ROUNDED + " sat", directed="add"),
    ],
    "addc": [Row(WORDS, "CARRY({U}, {W}, (u128){a:u} + {b:u} + CC, {cc})", "cc")],
    "sub": [
        Row(WORDS, "CARRY({U}, {W}, (u128){a:u} - {b:u}, 1)", needs="cc"),
        Row(INTEGERS, "{a} - {b}"),
        Row(FLOATS, "{a} - {b}", ROUNDED + " sat", directed="sub"),
    ],
    "subc": [Row(WORDS, "CARRY({U}, {W}, (u128){a:u} - {b:u} - CC, {cc})", "cc")],
    "mul": [
        Row(INTEGERS, "{a} * {b}", needs="lo"),
        Row(INTEGERS, "(({D}){a} * ({D}){b}) >> {W}", needs="hi"),
        Row("u16 s16 u32 s32", "({D}){a} * ({D}){b}", needs="wide", result="wide"),
        Row(FLOATS, "{a} * {b}", ROUNDED + " sat", directed="mul"),
    ],
    "mad": [
        Row(WORDS, "CARRY({U}, {W}, (u128)({U})({a} * {b}) + {c:u}, 1)", needs="lo cc"),
        Row(WORDS, "CARRY({U}, {W}, (u128)({U})((({D}){a} * ({D}){b}) >> {W}) + {c:u}, 1)", needs="hi cc"),
        Row(INTEGERS, "{a} * {b} + {c}", needs="lo"),
        Row(INTEGERS, "({T})((({D}){a} * ({D}){b}) >> {W}) + {c}", needs="hi"),
        Row("u16 s16 u32 s32", "({D}){a} * ({D}){b} + {c:wide}", needs="wide", result="wide"),
        Row(FLOATS, "fma{f}({a}, {b}, {c})", ROUNDED + " sat", directed="fma"),
    ],
    "madc": [
        Row(WORDS, "CARRY({U}, {W}, (u128)({U})({a} * {b}) + {c:u} + CC, {cc})", "cc", "lo"),
        Row(WORDS, "CARRY({U}, {W}, (u128)({U})((({D}){a} * ({D}){b}) >> {W}) + {c:u} + CC, {cc})", "cc", "hi"),
    ],
    "fma": [Row(FLOATS, "fma{f}({a}, {b}, {c})", ROUNDED + " sat", directed="fma")],
    "div": [
        Row("u16 u32 u64", "{b} ? {a} / {b} : ({T})-1"),
        Row("s16 s32 s64", "{b} == 0 ? -1 : {b} == -1 ? -{a} : {a} / {b}"),
        Row(FLOATS, "{a} / {b}", ROUNDED + " approx full", directed="div"),
    ],
    "rem": [
        Row("u16 u32 u64", "{b} ? {a} % {b} : {a}"),
        Row("s16 s32 s64", "{b} == 0 ? {a} : {b} == -1 ? 0 : {a} % {b}"),
    ],
    "min": [
        Row(INTEGERS, "{a} < {b} ? {a} : {b}"),
        Row(FLOATS, "{a} != {a} || {b} != {b} ? NAN : MIN{f}({a}, {b})", "ftz", "NaN"),
        Row(FLOATS, "MIN{f}({a}, {b})", "ftz"),
    ],
    "max": [
        Row(INTEGERS, "{a} > {b} ? {a} : {b}"),
        Row(FLOATS, "{a} != {a} || {b} != {b} ? NAN : MAX{f}({a}, {b})", "ftz", "NaN"),
        Row(FLOATS, "MAX{f}({a}, {b})", "ftz"),
    ],
    "abs": [Row("s16 s32 s64", "{a} < 0 ? -{a} : {a}"), Row(FLOATS, "fabs{f}({a})", "ftz", exact=True)],
    "neg": [Row("s16 s32 s64", "-{a}"), Row(FLOATS, "-{a}", "ftz", exact=True)],
    "copysign": [Row(FLOATS, "copysign{f}({b}, {a})", exact=True)],
    "sqrt": [Row(FLOATS, "sqrt{f}({a})", ROUNDED + " approx", directed="sqrt")],
    "rcp": [
        Row("f64", "GROSS(1 / GROSS({a}))", needs="approx ftz"),
        Row(FLOATS, "1 / {a}", ROUNDED + " approx", directed="rcp"),
    ],
    "rsqrt": [
        Row("f64", "GROSS(1 / sqrt(GROSS({a})))", needs="approx ftz"),
        Row(FLOATS, "({T})(1 / sqrt({a}))", "ftz", "approx"),
    ],
    "ex2": [Row("f32", "(float)exp2({a})", "ftz", "approx")],
    "lg2": [Row("f32", "(float)log2({a})", "ftz", "approx")],
    "sin": [Row("f32", "(float)sin({a})", "ftz", "approx")],
    "cos": [Row("f32", "(float)cos({a})", "ftz", "approx")],
    "tanh": [Row("f32", "(float)tanh({a})", "", "approx")],
    "testp": [
        Row(FLOATS, "isinf({a})", needs="infinite", result="pred"),
        Row(FLOATS, "isfinite({a})", needs="finite", result="pred"),
        Row(FLOATS, "isnan({a})", needs="notanumber", result="pred"),
        Row(FLOATS, "!isnan({a})", needs="number", result="pred"),
        Row(FLOATS, "isnormal({a})", needs="normal", result="pred"),
        Row(FLOATS, "fpclassify({a}) == FP_SUBNORMAL", needs="subnormal", result="pred"),
    ],
    "and": [Row(f"pred {BITS}", "{a} & {b}")],
    "or": [Row(f"pred {BITS}", "{a} | {b}")],
    "xor": [Row(f"pred {BITS}", "{a} ^ {b}")],
    "not": [Row("pred", "!{a}"), Row(BITS, "~{a}")],
    "cnot": [Row(BITS, "!{a}")],
    "shl": [Row(BITS, "SHL({U}, {a}, {b:u32})")],
    "shr": [Row(f"u16 u32 u64 {BITS}", "SHR({U}, {a}, {b:u32})"), Row("s16 s32 s64", "SHR_SIGNED({T}, {a}, {b:u32})")],
    "shf": [
        Row("b32", "FUNNEL({a}, {b}, {c}, 1, {c} & 31)", needs="l wrap"),
        Row("b32", "FUNNEL({a}, {b}, {c}, 1, {c} > 32 ? 32 : {c})", needs="l clamp"),
        Row("b32", "FUNNEL({a}, {b}, {c}, 0, {c} & 31)", needs="r wrap"),
        Row("b32", "FUNNEL({a}, {b}, {c}, 0, {c} > 32 ? 32 : {c})", needs="r clamp"),
    ],
    "selp": [Row(f"{BITS} {INTEGERS} {FLOATS}", "{c:pred} ? {a} : {b}", exact=True)],
    "popc": [Row("b32 b64", "__builtin_popcountll({a})", result="u32")],
    "clz": [Row("b32 b64", "{a} ? __builtin_clzll({a}) - (64 - {W}) : {W}", result="u32")],
    "brev": [Row("b32 b64", "({U})(REVERSED({a}) >> (64 - {W}))")],
    "bfind": [
        Row("u32 u64", "TOP({a})", result="u32"),
        Row("s32 s64", "TOP({a} < 0 ? ({U})~{a} : ({U}){a})", result="u32"),
        Row("u32 u64", "{a} ? {W} - 1 - TOP({a}) : -1", needs="shiftamt", result="u32"),
    ],
    "bfe": [
        Row("u32 u64", "EXTRACT({a}, {W}, {b:u32}, {c:u32}, 0)"),
        Row("s32 s64", "EXTRACT({a:u}, {W}, {b:u32}, {c:u32}, 1)"),
    ],
    "bfi": [Row("b32 b64", "INSERT({a}, {b}, {W}, {c:u32}, {d:u32})")],
    "prmt": [Row("b32", "PERMUTED({a}, {b}, {c})")],
    "lop3": [Row("b32", "LOGIC({a}, {b}, {c}, {d})")],
}


@dataclasses.dataclass(frozen=True)
class _Operand:
    """An operand in a row: formatting it writes it in C."""

    frame: Frame
    text: str
    kind: str
    flushed: bool

    def __format__(self, kind: str) -> str:
        other = {"": self.kind, "u": unsigned(self.kind), "wide": wide(self.kind)}.get(kind, kind)
        c = value(self.frame, self.text, other)
        return f"FLUSH{suffix(other)}({c})" if self.flushed and is_float(other) else c


def suffix(kind: str) -> str:
    """Return how C's functions of a precision end."""
    return "f" if kind == "f32" else ""


def wide(kind: str) -> str:
    """Return the type that is twice as wide."""
    return f"{'s' if is_signed(kind) else 'u'}{2 * bits(kind)}"


def row_of(ins: Instruction) -> Row:
    """Return the row of an instruction."""
    given = set(ins.modifiers)
    for row in ROWS[ins.opcode] if len(ins.kinds) == 1 else ():
        needs = set(row.needs.split())
        if ins.kinds[0] in row.kinds.split() and needs <= given and given - needs <= set(row.takes.split()):
            return row
    message = f"the instruction {ins.text!r}"
    raise UnknownError(message)


def expression(frame: Frame, ins: Instruction, row: Row) -> str:
    """Return the value of an instruction in C."""
    kind, flush = ins.kinds[0], "ftz" in ins.modifiers
    given = {name: _Operand(frame, text, kind, flush) for name, text in zip("abcd", ins.operands[1:], strict=False)}
    mode = next((ROUNDINGS[m] for m in ins.modifiers if m in ROUNDINGS), None)
    if mode and row.directed:
        factors = [f"{each}" for each in given.values()] + ["0"] * (3 - len(given))
        c = f"{row.directed}_{kind}({mode}, {', '.join(factors)})"
    else:
        types = {"T": c_type(kind), "U": unsigned(kind), "D": wide(kind), "W": bits(kind), "f": suffix(kind)}
        c = row.c.format_map(given | types | {"cc": int("cc" in ins.modifiers)})
    if "sat" in ins.modifiers:
        c = f"SATURATED{suffix(kind)}({c})"
    if kind == "f32" and not row.exact and not row.result:
        c = f"CANONICAL({c})"
    return f"FLUSH{suffix(kind)}({c})" if flush and not row.result else c


def by_row(frame: Frame, ins: Instruction) -> str:
    """Return the statement of an instruction that has a row."""
    row, kind = row_of(ins), ins.kinds[0]
    wanted = 1 + max("abcd".index(name) + 1 for name in re.findall(r"\{([a-d])[:}]", row.c))
    if len(ins.operands) != wanted:
        message = f"{ins.text!r}: {wanted} operands were expected"
        raise UnknownError(message)
    result = {"": kind, "wide": wide(kind) if not is_float(kind) else ""}.get(row.result, row.result)
    return assign(frame, ins.operands[0], result, expression(frame, ins, row))
