"""What a text of PTX is made of: variables, functions, and the statements of their bodies."""

from __future__ import annotations

import dataclasses

from .kinds import SIZES, UnknownError


@dataclasses.dataclass(frozen=True)
class Variable:
    """A variable or parameter; `count` is None where it is no array, 0 where its length comes with the launch."""

    space: str
    kind: str
    name: str
    count: int | None
    align: int
    value: str | None = None

    @property
    def size(self) -> int:
        """Its bytes."""
        return SIZES[self.kind] * (1 if self.count is None else self.count)


@dataclasses.dataclass(frozen=True)
class Registers:
    """A declaration of registers."""

    kind: str
    names: list[str]


@dataclasses.dataclass(frozen=True)
class Label:
    """A place to go to."""

    name: str


@dataclasses.dataclass(frozen=True)
class Brace:
    """Where a scope begins or ends."""

    text: str


@dataclasses.dataclass(frozen=True)
class Instruction:
    """One instruction: ``@guard opcode.modifiers.kinds operands``."""

    text: str
    guard: str
    opcode: str
    modifiers: tuple[str, ...]
    kinds: tuple[str, ...]
    operands: list[str]

    def expect(self, *known: str) -> None:
        """Raise where there is a modifier that is not among the known ones."""
        if strange := [m for m in self.modifiers if m not in known]:
            message = f"{self.text!r}: the modifier .{strange[0]}"
            raise UnknownError(message)

    def one_of(self, *known: str) -> str:
        """Return the first of the modifiers that is among these."""
        found = next((m for m in self.modifiers if m in known), None)
        if found is None:
            message = f"{self.text!r}: one of .{', .'.join(known)} was expected"
            raise UnknownError(message)
        return found


@dataclasses.dataclass(frozen=True)
class Function:
    """A kernel or a function: what it returns and takes, its statements, its bound of threads (0: none)."""

    name: str
    entry: bool
    returns: list[Variable]
    parameters: list[Variable]
    body: list[object]
    threads: int


@dataclasses.dataclass(frozen=True)
class Module:
    """A whole text."""

    variables: list[Variable]
    functions: list[Function]
