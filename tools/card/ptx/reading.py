"""From the text of PTX to records: variables, functions, and the statements of their bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .kinds import SIZES, UnknownError
from .records import Brace, Function, Instruction, Label, Module, Registers, Variable

_LABEL = re.compile(r"\s*[\w$%]+\s*")
_VARIABLE = re.compile(
    r"(?:\.(?:visible|extern|weak|common) )?\.(?P<space>global|const|shared|local|param)"
    r"(?: \.align (?P<align>\d+))? \.(?P<kind>\w+)(?: \.ptr(?: \.\w+)*(?: \.align \d+)?)?"
    r" (?P<name>[\w$%]+)(?P<array>\[(?P<count>\d*)\])?(?: ?= ?(?P<value>.*))?"
)
_ENTRY = re.compile(r"(?:\.(?:visible|weak) )?\.entry (?P<name>[\w$]+) ?(?:\((?P<given>.*?)\))?(?P<rest>.*)")
_FUNCTION = re.compile(
    r"(?:\.(?:visible|weak|extern) )*\.func ?(?:\((?P<back>.*?)\))? ?(?P<name>[\w$]+)"
    r" ?(?:\((?P<given>.*?)\))?(?P<rest>.*)"
)
_IGNORED = (".pragma", ".loc ", ".file ", ".version ", ".target ", ".address_size ")


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
        raise UnknownError(message)
    count = int(m["count"] or 0) if m["array"] else None
    return Variable(m["space"], m["kind"], m["name"], count, int(m["align"] or SIZES[m["kind"]]), m["value"])


def registers(text: str) -> Registers:
    """Return the registers of ``.reg .b32 %r<3>, %x``."""
    _, kind, names = text.split(None, 2)
    if kind[1:] not in SIZES:
        message = f"registers of the type {kind}"
        raise UnknownError(message)
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
        raise UnknownError(message)
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
        elif letter == ":" and text[k + 1 : k + 2] != ":" and _LABEL.fullmatch(now):
            yield Label(now.strip())
            now = ""
        else:
            depth += (letter == "{") - (letter == "}")
            now += letter
    if now.strip():
        message = f"the end of a function, {now.strip()!r}"
        raise UnknownError(message)


def _bound(rest: str) -> int:
    threads = 0
    for name, numbers in re.findall(r"\.(\w+) ?([\d, ]*)", rest):
        if name == "maxntid":
            threads = 1
            for number in split(numbers):
                threads *= int(number)
        elif name not in {"minnctapersm", "maxnreg", "noreturn"}:
            message = f"the directive .{name} of a kernel"
            raise UnknownError(message)
    return threads


def _function(head: str, body: str) -> Function:
    entry = ".entry" in head
    m = (_ENTRY if entry else _FUNCTION).fullmatch(head)
    if m is None:
        message = f"the function {head!r}"
        raise UnknownError(message)
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
    raise UnknownError(message)


def read(text: str) -> Module:
    """Return the records of a whole text."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
    text = re.sub(r"^\s*\.(version|target|address_size|file)\b[^\n]*", "", text, flags=re.M)
    variables, functions, k = [], [], 0
    while text[k:].strip():
        end = re.compile(r"[;{=]").search(text, k)
        if end is None:
            message = f"the end of the text, {text[k:].strip()!r}"
            raise UnknownError(message)
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
