"""From an expression to lines of C that compute one element of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xpsae.arrays.symbols import Symbol

TYPES = {"float32": "float", "float64": "double", "bool": "bool"}
OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<"}


@dataclass
class Scope:
    """Lines of C, and what they have computed already."""

    names: list[int]
    """One counter for all scopes of a kernel."""
    outer: Scope | None = None
    lines: list[str] = field(default_factory=list)
    known: dict[tuple[Symbol, tuple[str, ...]], str] = field(default_factory=dict)

    def value(self, x: Symbol, index: tuple[str, ...]) -> str:
        """Return the name of an element."""
        if (found := self._find(x, index)) is None:
            found = self.known[x, index] = self._computed(x, index)
        return found

    def inside(self) -> Scope:
        """Return the scope of a branch or loop within this one."""
        return Scope(self.names, self)

    def typed(self, x: Symbol, index: tuple[str, ...], dtype: Any) -> str:
        """Return the name of an element, or the literal of a constant, in a dtype."""
        if x.op == "constant":
            return literal(x.extra, dtype)
        index = index[len(index) - x.ndim :]
        index = tuple("0" if axis == 1 else i for axis, i in zip(x.shape, index, strict=True))
        name = self.value(x, index)
        return name if x.dtype == dtype else f"({c_type(dtype)})({name})"

    def _find(self, x: Symbol, index: tuple[str, ...]) -> str | None:
        found = self.known.get((x, index))
        return self.outer._find(x, index) if found is None and self.outer else found

    def _named(self, dtype: Any, text: str) -> str:
        self.names[0] += 1
        name = f"v{self.names[0]}"
        self.lines.append(f"const {c_type(dtype)} {name} = {text};")
        return name

    def _computed(self, x: Symbol, index: tuple[str, ...]) -> str:
        if x.op == "concat":
            return self._one_of(x, index)
        if x.op in {"part", "column", "flat", "single"}:
            return self.value(x.args[0], _moved(x, index))
        return self._named(x.dtype, self._text(x, index))

    def _text(self, x: Symbol, index: tuple[str, ...]) -> str:
        if x.op == "input":
            place = " + ".join(f"{i} * {axis}_step" for i, axis in zip(index, x.shape, strict=True))
            return f"p{x.extra}[{place or 0}]"
        if x.op == "number":
            return f"number{x.extra}"
        dtype = np.result_type(*(a.dtype for a in x.args if a.dtype is not None)) if x.op == "lt" else x.dtype
        if x.op == "where":
            condition, *both = x.args
            parts = [self.typed(condition, index, condition.dtype), *(self.typed(a, index, dtype) for a in both)]
            return "{} ? {} : {}".format(*parts)
        parts = [self.typed(a, index, dtype) for a in x.args]
        if x.op in OPERATORS:
            return f" {OPERATORS[x.op]} ".join(parts)
        single = "f" if dtype == np.float32 else ""
        forms = {"neg": "-{}", "cast": "{}", "min": "least({}, {})", "max": "most({}, {})"}
        return forms.get(x.op, f"{x.op}{single}({{}})").format(*parts)

    def _one_of(self, x: Symbol, index: tuple[str, ...]) -> str:
        self.names[0] += 1
        name, axis, place = f"v{self.names[0]}", x.extra, index[x.extra]
        self.lines.append(f"{c_type(x.dtype)} {name};")
        for k, part in enumerate(x.args):
            last = k == len(x.args) - 1
            test = "" if last else f"if ({place} < {part.shape[axis]}) "
            within = self.inside()
            found = within.typed(part, (*index[:axis], place, *index[axis + 1 :]), x.dtype)
            body = [*within.lines, f"{name} = {found};"]
            self.lines += [("else " if k else "") + test + "{", *body, "}"]
            place = f"({place} - {part.shape[axis]})"
        return name


def _moved(x: Symbol, index: tuple[str, ...]) -> tuple[str, ...]:
    """Return where an element of a part, a column, a flattened matrix or a vector of one stands in its source."""
    source = x.args[0]
    if x.op == "flat":
        return f"({index[0]} / {source.shape[1]})", f"({index[0]} % {source.shape[1]})"
    if x.op == "column":
        return index[:1]
    if x.op == "single":
        return ()
    kept = iter(index)
    return tuple(f"({axis} - 1)" if last else next(kept) for axis, last in zip(source.shape, x.extra, strict=True))


def literal(value: float, dtype: Any) -> str:
    """Return a Python number in a dtype, to the last bit."""
    if math.isinf(value):
        return f"({c_type(dtype)})({'-' * (value < 0)}1.0 / 0.0)"
    if dtype == np.float32:
        return f"{float(np.float32(value))!r}f"
    return repr(float(value))


def c_type(dtype: Any) -> str:
    """Return the C type of a dtype, that of Python numbers for None."""
    return "double" if dtype is None else TYPES[str(dtype)]
