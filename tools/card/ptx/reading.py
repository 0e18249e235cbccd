"""From the text of PTX to records: variables, functions, and the statements of their bodies."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from .kinds import SIZES, Unknown

_NAME = r"[\w$%.]+"
_VARIABLE = re.compile(
    r"(?:\.(?:visible|extern|weak|common) )?\.(?P<space>global|const|shared|local|param|reg)(?: \.align (?P<align>\d+))?"
    r" \.(?P<kind>\w+)(?: \.ptr(?: \.\w+)*(?: \.align \d+)?)? (?P<name>[\w$%]+)(?P<array>\[(?P<count>\d*)\])?"
    r"(?: ?= ?(?P<value>.*))?"
)
_ENTRY = re.compile(r"(?:\.(?:visible|weak) )?\.entry (?P<name>[\w$]+) ?(?:\((?P<given>.*?)\))?(?P<rest>.*)")
_FUNCTION = re.compile(
    r"(?:\.(?:visible|weak|extern) )*\.func ?(?:\((?P<back>.*?)\))? ?(?P<name>[\w$]+) ?(?:\((?P<given>.*?)\))?(?P<rest>.*)"
)
_IGNORED = (".pragma", ".loc ", ".file ", ".version ", ".target ", ".address_size ")


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
            raise Unknown(message)

    def one_of(self, *known: str) -> str:
        """Return the first of the modifiers that is among these."""
        found = next((m for m in self.modifiers if m in known), None)
        if found is None:
            message = f"{self.text!r}: one of .{', .'.join(known)} was expected"
            raise Unknown(message)
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


def split(text: str) -> list[str]:
    """Return the parts between commas that are not inside brackets.

    >>> split("%r1, [%rd1+4], {%r2, %r3}")
    ['%r1', '[%rd1+4]', '{%r2, %r3}']
    """
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "{[(") - (letter in "}])")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def variable(text: str) -> Variable:
    """Return what a declaration declares."""
    m = _VARIABLE.fullmatch(text)
    if m is None or m["kind"] not in SIZES:
        message = f"the declaration {text!r}"
        raise Unknown(message)
    count = int(m["count"] or 0) if m["array"] else None
    return Variable(m["space"], m["kind"], m["name"], count, int(m["align"] or SIZES[m["kind"]]), m["value"])


def registers(text: str) -> Registers:
    """Return the registers of ``.reg .b32 %r<3>, %x``."""
    _, kind, names = text.split(None, 2)
    if kind[1:] not in SIZES:
        message = f"registers of the type {kind}"
        raise Unknown(message)
    found = []
    for name in split(names):
        m = re.fullmatch(r"(.+)<(\d+)>", name)
        found += [f"{m[1]}{k}" for k in range(int(m[2]))] if m else [name]
    return Registers(kind[1:], found)


def instruction(text: str) -> Instruction:
    """Return the parts of one instruction."""
    m = re.fullmatch(r"(?:@(!?%?[\w$]+) )?([a-z]\w*)((?:(?:\.|::)\w+)*)(?: (.*))?", text)
    if m is None:
        message = f"the statement {text!r}"
        raise Unknown(message)
    guard, opcode, dotted, rest = m.groups("")
    words = dotted.split(".")[1:]
    kinds = tuple(word for word in words if word in SIZES)
    modifiers = tuple(word for word in words if word not in SIZES)
    return Instruction(text, guard, opcode, modifiers, kinds, split(rest))


def _statement(text: str) -> Iterator[object]:
    flat = " ".join(text.split())
    if not flat or flat.startswith(_IGNORED):
        return
    if flat.startswith(".reg"):
        yield registers(flat)
    elif flat.startswith("."):
        yield variable(flat)
    else:
        yield instruction(flat)


def _body(text: str) -> Iterator[object]:
    now, depth = "", 0
    for k, letter in enumerate(text):
        if letter in "{}" and not depth and not now.strip():
            yield Brace(letter)
        elif letter == ";" and not depth:
            yield from _statement(now)
            now = ""
        elif letter == ":" and ":" not in (text[k - 1 : k], text[k + 1 : k + 2]) and re.fullmatch(rf"\s*{_NAME}\s*", now):
            yield Label(now.strip())
            now = ""
        else:
            depth += (letter == "{") - (letter == "}")
            now += letter
    if now.strip():
        message = f"the end of a function, {now.strip()!r}"
        raise Unknown(message)


def _bound(rest: str) -> int:
    threads = 0
    for name, numbers in re.findall(r"\.(\w+) ?([\d, ]*)", rest):
        if name == "maxntid":
            threads = 1
            for number in split(numbers):
                threads *= int(number)
        elif name not in {"minnctapersm", "maxnreg", "noreturn"}:
            message = f"the directive .{name} of a kernel"
            raise Unknown(message)
    return threads


def _function(head: str, body: str) -> Function:
    entry = ".entry" in head
    m = (_ENTRY if entry else _FUNCTION).fullmatch(head)
    if m is None:
        message = f"the function {head!r}"
        raise Unknown(message)
    back = "" if entry else m["back"] or ""
    both = [[variable(each) for each in split(given)] for given in (back, m["given"] or "")]
    return Function(m["name"], entry, *both, list(_body(body)), _bound(m["rest"]))


def _closing(text: str, start: int) -> int:
    depth = 0
    for k in range(start, len(text)):
        depth += (text[k] == "{") - (text[k] == "}")
        if not depth:
            return k
    message = "a function without an end"
    raise Unknown(message)


def read(text: str) -> Module:
    """Return the records of a whole text."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
    text = re.sub(r"^\s*\.(version|target|address_size|file)\b[^\n]*", "", text, flags=re.M)
    variables, functions, k = [], [], 0
    while text[k:].strip():
        end = re.compile(r"[;{=]").search(text, k)
        if end is None:
            message = f"the end of the text, {text[k:].strip()!r}"
            raise Unknown(message)
        head = " ".join(text[k : end.start()].split())
        if end[0] == "{":
            close = _closing(text, end.start())
            functions.append(_function(head, text[end.start() + 1 : close]))
            k = close + 1
            continue
        stop = text.index(";", k)
        if not re.search(r"\.func\b", head):  # a prototype says nothing that the function does not
            variables.append(variable(" ".join(text[k:stop].split())))
        k = stop + 1
    return Module(variables, functions)
