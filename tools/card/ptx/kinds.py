"""The types of PTX, and what they are in C."""

from __future__ import annotations


class UnknownError(ValueError):
    """PTX that is not known here; the message quotes it."""


SIZES = {"pred": 1} | {f"{letter}{bits}": bits // 8 for letter in "bus" for bits in (8, 16, 32, 64)}
SIZES |= {"f16": 2, "f32": 4, "f64": 8}
"""Bytes of each type."""

_FLOATS = {"f16": "_Float16", "f32": "float", "f64": "double"}


def c_type(kind: str) -> str:
    """Return the type of C for a value: ``b32`` and ``u32`` are one, and a predicate is a byte."""
    return _FLOATS.get(kind) or ("u8" if kind == "pred" else ("s" if kind[0] == "s" else "u") + kind[1:])


def bits(kind: str) -> int:
    """Return the width of a type."""
    return 8 * SIZES[kind]


def unsigned(kind: str) -> str:
    """Return the unsigned integer of the same width, which is also what a register is in C."""
    return f"u{bits(kind)}"


def is_float(kind: str) -> bool:
    """Whether a type is one of floating point."""
    return kind[0] == "f"


def is_signed(kind: str) -> bool:
    """Whether a type is a signed integer."""
    return kind[0] == "s"
