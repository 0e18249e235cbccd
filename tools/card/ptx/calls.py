"""Jumps, returns and calls."""

from __future__ import annotations

from .frame import Frame, identifier
from .kinds import UnknownError
from .reading import split
from .records import Instruction


def branch(frame: Frame, ins: Instruction) -> str:  # noqa: ARG001 - all instructions are asked alike
    """``bra``."""
    ins.expect("uni")
    return f"goto {label(ins.operands[0])};"


def label(name: str) -> str:
    """Return a label in C."""
    return f"L_{identifier(name)}"


def leave(frame: Frame, ins: Instruction) -> str:
    """``ret`` and ``exit``: the end of a thread, or of a function that was called."""
    ins.expect("uni")
    if frame.function.entry:
        return "return DONE;"
    if ins.opcode == "exit":
        message = f"{ins.text!r} in the function {frame.function.name}"
        raise UnknownError(message)
    return "return;"


def trap(frame: Frame, ins: Instruction) -> str:  # noqa: ARG001
    """``trap``: the end of the program."""
    ins.expect()
    return 'give_up("a trap");'


def fence(frame: Frame, ins: Instruction) -> str:  # noqa: ARG001
    """``membar`` and ``fence``: everything is in order as it is."""
    ins.expect("cta", "gl", "gpu", "sys", "sc", "acq_rel")
    return ";"


def call(frame: Frame, ins: Instruction) -> str:
    """``call (back), name, (given)``: the function gets the addresses of what it returns and takes."""
    ins.expect("uni")
    operands = list(ins.operands)
    back = split(operands.pop(0)[1:-1]) if operands[0].startswith("(") else []
    name, *given = operands
    if name == "__assertfail":
        return 'give_up("an assertion does not hold");'
    if name not in frame.layout.functions or len(given) > 1:
        message = f"the call {ins.text!r}"
        raise UnknownError(message)
    arrays = [*back, *(split(given[0][1:-1]) if given else [])]
    function = frame.layout.functions[name]
    places = [frame.find(array) for array in arrays]
    if None in places or len(places) != len(function.returns) + len(function.parameters):
        message = f"the call {ins.text!r}"
        raise UnknownError(message)
    addresses = ", ".join(f"(u8*){frame.c(place)}" for place in places) or "0"
    return f"{{ u8* P[] = {{ {addresses} }}; struct Here inner = *h; inner.P = P; f_{identifier(name)}(&inner); }}"
