"""Operands in C: values that are read, registers that are written, addresses."""

from __future__ import annotations

import re

from .frame import Frame, identifier
from .kinds import SIZES, UnknownError, bits, c_type, is_signed, unsigned

_NUMBER = re.compile(r"(-?)(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)U?")
_FLOAT = re.compile(r"0[fF]([0-9a-fA-F]{8})|0[dD]([0-9a-fA-F]{16})")
_ADDRESS = re.compile(r"\[ ?([%\w$.]+) ?(?:\+? ?(-?\w+))? ?\]")
_SPECIAL = {"%laneid": "(h->id & 31)", "%warpid": "(h->id >> 5)", "WARP_SZ": "32"}
_SPECIAL |= {f"%lanemask_{name}": f"LANES_{name.upper()}(h->id & 31)" for name in ("eq", "lt", "le", "gt", "ge")}
for _k, _axis in enumerate("xyz"):
    _SPECIAL |= {f"%tid.{_axis}": f"h->thread[{_k}]", f"%ctaid.{_axis}": f"h->block[{_k}]"}
    _SPECIAL |= {f"%nctaid.{_axis}": f"h->D[{_k}]", f"%ntid.{_axis}": f"h->D[{_k + 3}]"}
_FROM_BITS = {"f16": "F16", "f32": "F32", "f64": "F64"}


def _seen_as(c: str, kind: str) -> str:
    """Return an expression of whole bits as a value of a type."""
    if kind in _FROM_BITS:
        return f"{_FROM_BITS[kind]}(({unsigned(kind)})({c}))"
    return f"(({c_type(kind)})({c}))"


def integer(text: str) -> int | None:
    """Return the number that a literal stands for, None where it is none; a leading zero means octal."""
    m = _NUMBER.fullmatch(text)
    if m is None:
        return None
    octal = re.fullmatch(r"0\d+", m[2])
    return int(m[1] + m[2], 8 if octal else 0)


def literal(text: str) -> str | None:
    """Return the bits of a literal, an integer or a hexadecimal float, in C."""
    if m := _FLOAT.fullmatch(text):
        return f"0x{m[1] or m[2]}ull"
    number = integer(text)
    return None if number is None else f"{number & (2**64 - 1)}ull"


def value(frame: Frame, text: str, kind: str) -> str:
    """Return an operand as a value of a type."""
    if text.startswith("!"):
        return f"(!{value(frame, text[1:], 'pred')})"
    if (number := literal(text)) is not None:
        return _seen_as(number, kind)
    if text in _SPECIAL:
        if not frame.function.entry:
            message = f"the register {text} inside a function that is called"
            raise UnknownError(message)
        return _seen_as(_SPECIAL[text], kind)
    if (place := frame.find(text)) is not None:
        return _seen_as(f"(uintptr_t){frame.c(place)}" if place.array else frame.c(place), kind)
    return _seen_as(_start(frame, text), kind)


def _start(frame: Frame, text: str) -> str:
    """Return where a parameter or a variable begins: of shared memory, the offset in it."""
    layout = frame.layout
    if m := re.fullmatch(r"([\w$%]+) ?\+ ?(\d+)", text):
        return f"({_start(frame, m[1])} + {m[2]})"
    if text in frame.parameters:
        return f"(uintptr_t)h->P[{frame.parameters[text]}]"
    if text in layout.shared:
        return str(layout.shared[text])
    if text in layout.variables:
        layout.used.add(text)
        return f"(uintptr_t){identifier(text)}"
    message = f"the operand {text!r}"
    raise UnknownError(message)


def assign(frame: Frame, name: str, kind: str, c: str) -> str:
    """Return the statement that writes a value of a type to a register, wider ones being filled by its sign."""
    if name == "_":
        return f"(void)({c});"
    place = frame.register(name)
    where, whole = frame.c(place), unsigned(place.kind)
    if "pred" in (place.kind, kind):
        return f"{where} = ({c}) != 0;"
    if kind in _FROM_BITS:
        return f"{where} = {_FROM_BITS[kind].replace('F', 'B')}({c});"
    if is_signed(kind) and SIZES[kind] < SIZES[place.kind]:
        return f"{where} = ({whole})(s{bits(place.kind)})({c_type(kind)})({c});"
    return f"{where} = ({whole})({c_type(kind)})({c});"


def address(frame: Frame, text: str, space: str, size: int) -> str:
    """Return where a memory operand points, as C; what is out of shared memory, or not aligned, ends the program."""
    m = _ADDRESS.fullmatch(text)
    if m is None or (m[2] and integer(m[2]) is None):
        message = f"the address {text!r}"
        raise UnknownError(message)
    base, offset = m[1], integer(m[2] or "0")
    place = frame.find(base)
    if space == "param":
        start = frame.c(place) if place and place.array else _start(frame, base)
        return f"((u8*)({start}) + {offset})"
    if space == "shared":
        return f"SHARED_AT({value(frame, base, 'u32')} + {offset}, {size})"
    return f"ALIGNED((u8*)(uintptr_t)({value(frame, base, 'u64')} + {offset}), {size})"
