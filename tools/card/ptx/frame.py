"""Where the names of a function live in C: registers and arrays in scopes, parameters, the module's variables."""

from __future__ import annotations

import dataclasses
import re

from .kinds import UnknownError, unsigned
from .records import Function, Module, Variable

MEETING = {"bar", "barrier", "shfl", "vote"}
"""Instructions where threads wait for others: a kernel that has them is played as coroutines."""


def identifier(name: str) -> str:
    """Return a name of PTX as one of C."""
    return re.sub(r"\W", "_", name.replace("$", "_S_").replace("%", ""))


def up(n: int, step: int) -> int:
    """Return the least multiple of a step that is not less than `n`."""
    return -(-n // step) * step


class Layout:
    """What the functions of a module share: its variables, where each array of shared memory begins, its functions."""

    def __init__(self, module: Module) -> None:
        self.functions = {f.name: f for f in module.functions if not f.entry}
        self.variables = {v.name: v for v in module.variables if v.space in {"global", "const"}}
        self.used: set[str] = set()
        self.keys: dict[tuple[str, ...], int] = {}
        inner = [s for f in module.functions for s in f.body if isinstance(s, Variable)]
        shared = [v for v in [*module.variables, *inner] if v.space == "shared"]
        self.shared: dict[str, int] = {}
        end = 0
        for v in sorted(shared, key=lambda v: v.count == 0):  # those whose length comes with the launch are at the end
            self.shared[v.name] = up(end, 16 if v.count == 0 else v.align)
            end = self.shared[v.name] + v.size
        self.shared_bytes = up(end, 16)
        self.shared |= {v.name: self.shared_bytes for v in shared if v.count == 0}

    def key(self, *words: str) -> int:
        """Return the number of a kind of meeting: threads meet where kind and mask are the same."""
        return self.keys.setdefault(words, len(self.keys) + 1)


@dataclasses.dataclass(frozen=True)
class Place:
    """A register or an array of a function."""

    name: str
    kind: str
    array: bool


class Frame:
    """The names of one function while its statements are written."""

    def __init__(self, layout: Layout, function: Function) -> None:
        self.layout, self.function = layout, function
        self.waits = any(getattr(s, "opcode", None) in MEETING for s in function.body)
        if self.waits and not function.entry:
            message = f"the function {function.name}: threads wait inside a function that is called"
            raise UnknownError(message)
        self.parameters = {v.name: k for k, v in enumerate([*function.returns, *function.parameters])}
        self.scopes: list[dict[str, Place]] = [{}]
        self.fields: list[str] = []
        self.stops = 0

    def declare(self, name: str, kind: str, size: int | None = None) -> None:
        """Add a register, or an array of so many bytes."""
        own = f"{identifier(name)}_{len(self.fields)}"
        self.scopes[-1][name] = Place(own, kind, size is not None)
        is_array = f"[{max(1, size)}] __attribute__((aligned(16)))" if size is not None else ""
        self.fields.append(f"{'u8' if is_array else unsigned(kind)} {own}{is_array};")

    def find(self, name: str) -> Place | None:
        """Return the register or array of that name, None where there is none."""
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def register(self, name: str) -> Place:
        """Return the register of that name."""
        found = self.find(name)
        if found is None or found.array:
            message = f"the register {name!r}"
            raise UnknownError(message)
        return found

    def c(self, place: Place) -> str:
        """Return a place in C; that of a coroutine outlives its waiting."""
        return f"t->{place.name}" if self.waits else place.name

    def stop(self) -> int:
        """Return the number of the next place where a coroutine waits."""
        self.stops += 1
        return self.stops
