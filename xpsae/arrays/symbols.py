"""Symbols in the places of arrays: what a formula does to them becomes an expression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Size:
    """The length of an axis, known when the formula is executed."""

    text: str
    """In C."""
    of: Callable[[Sequence[int]], int]
    """From the lengths of all axes of all arguments."""

    def __add__(self, other: Length) -> Size:
        return Size(f"({self} + {other})", lambda known: length(self, known) + length(other, known))

    __radd__ = __add__

    def __mul__(self, other: Length) -> Size:
        return Size(f"({self} * {other})", lambda known: length(self, known) * length(other, known))

    __rmul__ = __mul__

    def __str__(self) -> str:
        return self.text


Length = Size | int


def length(size: Length, known: Sequence[int]) -> int:
    """Return a length as a number."""
    return size.of(known) if isinstance(size, Size) else size


@dataclass(frozen=True, eq=False)
class Symbol:
    """An array, or a Python number, that is still to be computed."""

    op: str
    args: tuple[Any, ...]
    """Symbols."""
    dtype: Any
    """None for a Python number, which takes the dtype of the array it meets."""
    shape: tuple[Length, ...] = ()
    extra: Any = None
    device = None

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def __getitem__(self, key: Any) -> Symbol:
        """Return all but the last of an axis, all of it, or the last alone."""
        keys = key if isinstance(key, tuple) else (key,)
        shape = []
        for axis, each in zip(self.shape, keys, strict=True):
            if each == slice(None, -1):
                shape.append(axis + -1)
            elif each == slice(None):
                shape.append(axis)
            elif each != -1:
                raise NotImplementedError(repr(key))
        return Symbol("part", (self,), self.dtype, tuple(shape), tuple(each == -1 for each in keys))

    def __neg__(self) -> Symbol:
        return Symbol("neg", (self,), self.dtype, self.shape)


def binary(op: str, *, dtype: Any = None, swapped: bool = False) -> Callable[[Any, Any], Symbol]:
    """Return an operation on two symbols, or a symbol and a number."""

    def combined(one: Any, other: Any) -> Symbol:
        """Return the symbol of the result."""
        x, y = (as_symbol(each) for each in ((other, one) if swapped else (one, other)))
        kinds = [each.dtype for each in (x, y) if each.dtype is not None]
        found = dtype or (np.result_type(*kinds) if kinds else None)
        return Symbol(op, (x, y), found, _broadcast(x.shape, y.shape))

    return combined


for _name, _op in (("add", "add"), ("sub", "sub"), ("mul", "mul"), ("truediv", "div")):
    setattr(Symbol, f"__{_name}__", binary(_op))
    setattr(Symbol, f"__r{_name}__", binary(_op, swapped=True))
setattr(Symbol, "__lt__", binary("lt", dtype=np.dtype(bool)))  # noqa: B010 - beside its fellows


def as_symbol(x: Any) -> Symbol:
    """Return a symbol itself, and a number that the formula wrote as one."""
    return x if isinstance(x, Symbol) else Symbol("constant", (), None, (), float(x))


def _broadcast(one: tuple[Length, ...], other: tuple[Length, ...]) -> tuple[Length, ...]:
    """Return the shape of two together; axes that are no plain 1 are taken to be equal."""
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    short = (1,) * (len(long) - len(short)) + short
    return tuple(b if isinstance(a, int) and a == 1 else a for a, b in zip(long, short, strict=True))


def symbols_for(kinds: Sequence[tuple[int, str]]) -> list[Symbol]:
    """Return symbols for arrays of these numbers of axes and dtypes; ``s0``, ``s1`` … are their lengths in order."""
    found, counted = [], 0
    for k, (ndim, dtype) in enumerate(kinds):
        axes = tuple(_axis(counted + axis) for axis in range(ndim))
        found.append(Symbol("input", (), np.dtype(dtype), axes, k))
        counted += ndim
    return found


def _axis(k: int) -> Size:
    return Size(f"s{k}", lambda known: known[k])
