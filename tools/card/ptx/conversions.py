"""Conversions between types, and comparisons."""

from __future__ import annotations

from .frame import Frame
from .kinds import SIZES, UnknownError, bits, c_type, is_float, is_signed
from .operands import assign, value
from .records import Instruction
from .table import ROUNDINGS, suffix

_TO_WHOLE = {"rni": "nearbyint", "rzi": "trunc", "rmi": "floor", "rpi": "ceil"}
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_UNSIGNED_SIGNS = {"lo": "<", "ls": "<=", "hi": ">", "hs": ">="}
_JOINING = {"and": "&", "or": "|", "xor": "^"}


def convert(frame: Frame, ins: Instruction) -> str:
    """``cvt``: to the first type from the second."""
    ins.expect("sat", "ftz", "rn", *ROUNDINGS, *_TO_WHOLE)
    if len(ins.kinds) != 2 or len(ins.operands) != 2:
        message = f"the instruction {ins.text!r}"
        raise UnknownError(message)
    (to, source), (target, text) = ins.kinds, ins.operands
    x = value(frame, text, source)
    if "ftz" in ins.modifiers and source == "f32":
        x = f"FLUSHf({x})"
    form = {(True, True): _narrowed, (False, True): _of_integer, (True, False): _to_integer, (False, False): _cut}
    return assign(frame, target, to, form[is_float(source), is_float(to)](ins, to, source, x))


def _rounding(ins: Instruction) -> str | None:
    return next((ROUNDINGS[m] for m in ins.modifiers if m in ROUNDINGS), None)


def _narrowed(ins: Instruction, to: str, source: str, x: str) -> str:
    whole = next((_TO_WHOLE[m] for m in ins.modifiers if m in _TO_WHOLE), None)
    if whole:
        x = f"{whole}({x})"
    if mode := _rounding(ins):
        if (to, source) != ("f32", "f64"):
            message = f"the instruction {ins.text!r}"
            raise UnknownError(message)
        x = f"f32_of_f64({mode}, {x}, 0, 0)"
    x = f"(({c_type(to)})({x}))"
    if "sat" in ins.modifiers:
        x = f"SATURATED{suffix(to)}({x})"
    return f"FLUSHf({x})" if "ftz" in ins.modifiers and to == "f32" else x


def _of_integer(ins: Instruction, to: str, source: str, x: str) -> str:
    mode = _rounding(ins)
    if "sat" in ins.modifiers or (mode and to == "f16"):
        message = f"the instruction {ins.text!r}"
        raise UnknownError(message)
    return f"{to}_of_{source[0]}64({mode}, {x}, 0, 0)" if mode else f"({c_type(to)})({x})"


def _to_integer(ins: Instruction, to: str, source: str, x: str) -> str:
    whole = _TO_WHOLE[ins.one_of(*_TO_WHOLE)]
    wide = int(source == "f64" or SIZES[to] == SIZES["u64"])
    return f"TO_{'SIGNED' if is_signed(to) else 'UNSIGNED'}({whole}((double){x}), {bits(to)}, {wide})"


def _cut(ins: Instruction, to: str, _: str, x: str) -> str:
    if "sat" not in ins.modifiers:
        return f"({c_type(to)})({x})"
    if is_signed(to):
        low, high = -(2 ** (bits(to) - 1)), 2 ** (bits(to) - 1) - 1
    else:
        low, high = 0, 2 ** bits(to) - 1
    v = f"(s128)({x})"
    return f"({v} < {_integer(low)} ? {_integer(low)} : {v} > {_integer(high)} ? {_integer(high)} : {v})"


def _integer(number: int) -> str:
    """Return a number of up to 64 bits, with its sign, in C."""
    return f"-(s128){-number}ull" if number < 0 else f"(s128){number}ull"


def compare(frame: Frame, ins: Instruction) -> str:
    """``setp``: a predicate, joined with another where there is one, and its opposite where that is asked for."""
    operation, *rest = ins.modifiers or ("",)
    kind = ins.kinds[0] if len(ins.kinds) == 1 else ""
    joining = next((_JOINING[m] for m in rest if m in _JOINING), None)
    strange = [m for m in rest if m not in _JOINING and not (m == "ftz" and kind == "f32")]
    if not kind or strange or len(ins.operands) != (4 if joining else 3):
        message = f"the instruction {ins.text!r}"
        raise UnknownError(message)
    x, y = (value(frame, text, kind) for text in ins.operands[1:3])
    if "ftz" in rest:
        x, y = f"FLUSHf({x})", f"FLUSHf({y})"
    target, _, opposite = ins.operands[0].partition("|")
    other = f" {joining} {value(frame, ins.operands[3], 'pred')}" if joining else ""
    statements = [f"u8 holds = {_comparison(ins, operation, kind, x, y)};"]
    statements.append(f"u8 p = holds{other}, q = !holds{other};")
    statements += [assign(frame, name.strip(), "pred", c) for name, c in ((target, "p"), (opposite, "q")) if name]
    return f"{{ {' '.join(statements)} }}"


def _comparison(ins: Instruction, operation: str, kind: str, x: str, y: str) -> str:
    if is_float(kind):
        nan = f"({x} != {x} || {y} != {y})"
        if operation in {"num", "nan"}:
            return nan if operation == "nan" else f"!{nan}"
        unordered, plain = operation.endswith("u"), operation.removesuffix("u")
        if plain in _SIGNS:
            holds = f"{x} {_SIGNS[plain]} {y}"
            return f"({nan} || {holds})" if unordered else f"(!{nan} && {holds})"
    else:
        signs = _SIGNS if is_signed(kind) else _SIGNS | _UNSIGNED_SIGNS
        if operation in signs:
            return f"({x} {signs[operation]} {y})"
    message = f"the comparison {ins.text!r}"
    raise UnknownError(message)
