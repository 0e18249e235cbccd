"""Loads, stores, atomic operations, addresses, and moves."""

from __future__ import annotations

import re

from .frame import Frame
from .kinds import SIZES, UnknownError, bits, c_type, is_float, unsigned
from .operands import address, assign, value
from .reading import split
from .records import Instruction

_SPACES = ("global", "shared", "local", "param", "const")
_ORDER = ("relaxed", "acquire", "release", "acq_rel", "weak", "volatile", "gpu", "cta", "sys", "cluster")
_CACHE = ("nc", "ca", "cg", "cs", "lu", "cv", "wb", "wt", "L1::no_allocate", "L1::evict_first", "L1::evict_last")
_VECTORS = {"v2": 2, "v4": 4, "v8": 8}
_ATOMIC = {
    "add": "old + x",
    "min": "x < old ? x : old",
    "max": "x > old ? x : old",
    "exch": "x",
    "and": "old & x",
    "or": "old | x",
    "xor": "old ^ x",
    "inc": "old >= x ? 0 : old + 1",
    "dec": "old == 0 || old > x ? x : old - 1",
    "cas": "old == x ? y : old",
}


def _space(ins: Instruction) -> str:
    return next((m.partition("::")[0] for m in ins.modifiers if m.partition("::")[0] in _SPACES), "generic")


def _parts(ins: Instruction, operand: str) -> list[str]:
    """Return the registers of a vector, or the one that there is."""
    count = next((_VECTORS[m] for m in ins.modifiers if m in _VECTORS), 1)
    parts = split(operand[1:-1]) if operand.startswith("{") else [operand]
    if len(parts) != count:
        message = f"{ins.text!r}: {count} registers were expected"
        raise UnknownError(message)
    return parts


def _expect(ins: Instruction, operands: int) -> None:
    ins.expect(*_SPACES, "shared::cta", "param::entry", "param::func", *_ORDER, *_CACHE, *_VECTORS)
    if len(ins.operands) != operands or len(ins.kinds) != 1:
        message = f"the instruction {ins.text!r}"
        raise UnknownError(message)


def load(frame: Frame, ins: Instruction) -> str:
    """``ld``: memory into registers."""
    _expect(ins, 2)
    kind, parts = ins.kinds[0], _parts(ins, ins.operands[0])
    size = SIZES[kind] * len(parts)
    copied = f"{c_type(kind)} v[{len(parts)}]; memcpy(v, {address(frame, ins.operands[1], _space(ins), size)}, {size});"
    return f"{{ {copied} {' '.join(assign(frame, part, kind, f'v[{k}]') for k, part in enumerate(parts))} }}"


def store(frame: Frame, ins: Instruction) -> str:
    """``st``: registers into memory."""
    _expect(ins, 2)
    kind, parts = ins.kinds[0], _parts(ins, ins.operands[1])
    size = SIZES[kind] * len(parts)
    values = ", ".join(value(frame, part, kind) for part in parts)
    filled = f"{c_type(kind)} v[{len(parts)}] = {{ {values} }};"
    return f"{{ {filled} memcpy({address(frame, ins.operands[0], _space(ins), size)}, v, {size}); }}"


def atomic(frame: Frame, ins: Instruction) -> str:
    """``atom`` and ``red``: threads take turns as it is, so that a read and a write will do."""
    operation = ins.one_of(*_ATOMIC)
    ins.expect("global", "shared", "shared::cta", *_ORDER, operation)
    kind, operands = ins.kinds[0], [*(["_"] if ins.opcode == "red" else []), *ins.operands]
    bitwise = operation in {"and", "or", "xor", "inc", "dec", "cas", "min", "max"}
    if len(operands) != (4 if operation == "cas" else 3) or len(ins.kinds) != 1 or (is_float(kind) and bitwise):
        message = f"the instruction {ins.text!r}"
        raise UnknownError(message)
    target, where, *given = operands
    T, size = c_type(kind), SIZES[kind]
    factors = [f"{T} {name} = {value(frame, text, kind)};" for name, text in zip("xy", given, strict=False)]
    read = f"u8* at = {address(frame, where, _space(ins), size)}; {T} old; memcpy(&old, at, {size});"
    written = f"{T} new = {_ATOMIC[operation]}; memcpy(at, &new, {size});"
    return f"{{ {read} {' '.join(factors)} {written} {assign(frame, target, kind, 'old')} }}"


def generic(frame: Frame, ins: Instruction) -> str:
    """``cvta``: all addresses are the host's, but those of shared memory, which are offsets in it."""
    ins.expect("to", "global", "shared", "shared::cta", "local", "const", "param")
    to, source = ins.operands
    if _space(ins) != "shared":
        return assign(frame, to, "u64", value(frame, source, "u64"))
    sign = "-" if "to" in ins.modifiers else "+"
    return assign(frame, to, "u64", f"{value(frame, source, 'u64')} {sign} (u64)(uintptr_t)h->shared")


def is_in(frame: Frame, ins: Instruction) -> str:
    """``isspacep.shared``: whether an address is one of shared memory."""
    ins.expect("shared", "shared::cta")
    to, source = ins.operands
    return assign(frame, to, "pred", f"IN_SHARED({value(frame, source, 'u64')})")


def move(frame: Frame, ins: Instruction) -> str:
    """``mov``: a value, or one that is packed of several, or several that one is unpacked into."""
    ins.expect()
    kind, (to, source) = ins.kinds[0], ins.operands
    if not re.search(r"[{]", to + source):
        return assign(frame, to, kind, value(frame, source, kind))
    parts = split((to if "{" in to else source)[1:-1])
    width, whole = bits(kind) // len(parts), unsigned(kind)
    if "{" in source:
        values = [f"({whole}){value(frame, part, f'u{width}')} << {width * k}" for k, part in enumerate(parts)]
        return assign(frame, to, kind, " | ".join(f"({each})" for each in values))
    cut = [assign(frame, part, f"b{width}", f"(u{width})(v >> {width * k})") for k, part in enumerate(parts)]
    return f"{{ {whole} v = {value(frame, source, whole)}; {' '.join(cut)} }}"
