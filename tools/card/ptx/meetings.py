"""Where threads wait for others: barriers of a block, and shuffles and votes of a warp.

Such a kernel is a coroutine. At a meeting it says what it waits for and returns; once all are there, it is called again
and goes on behind that place. See ``play_warp`` in kernel.h.
"""

from __future__ import annotations

from .frame import Frame
from .kinds import UnknownError
from .operands import assign, value
from .records import Instruction

_SHUFFLES = ("up", "down", "bfly", "idx")
_VOTES = {"ballot": "m", "any": "m != 0", "all": "m == t->own.met", "uni": "m == 0 || m == t->own.met"}


def _operands(ins: Instruction, count: int) -> list[str]:
    if len(ins.operands) != count:
        message = f"{ins.text!r}: {count} operands were expected"
        raise UnknownError(message)
    return ins.operands


def barrier(frame: Frame, ins: Instruction) -> str:
    """``bar.sync n`` waits for the block, ``bar.warp.sync mask`` for lanes of the warp."""
    ins.expect("sync", "cta", "aligned", "warp")
    ins.one_of("sync")
    operand = value(frame, _operands(ins, 1)[0], "u32")
    if "warp" in ins.modifiers:
        return f"MEET({frame.stop()}, {frame.layout.key('bar')}, {operand}, 0)"
    return f"BARRIER({frame.stop()}, {operand})"


def shuffle(frame: Frame, ins: Instruction) -> str:
    """``shfl.sync``: a value of another lane; one that is not there gives garbage."""
    kind = ins.one_of(*_SHUFFLES)
    ins.expect("sync", kind)
    ins.one_of("sync")
    target, source, by, clamp, mask = _operands(ins, 5)
    target, _, inside = target.partition("|")
    b, c = value(frame, by, "u32"), value(frame, clamp, "u32")
    given, key = value(frame, source, "u32"), frame.layout.key("shfl", kind)
    meet = f"MEET({frame.stop()}, {key}, {value(frame, mask, 'u32')}, {given})"
    lane = f"u32 inside, j = source_lane({kind.upper()}, h->id & 31, {b}, {c}, &inside);"
    found = "u32 v = t->own.met >> j & 1 ? h->values[j] : GARBAGE;"
    written = assign(frame, target.strip(), "b32", "v")
    if inside:
        written += assign(frame, inside.strip(), "pred", "inside")
    return f"{meet} {{ {lane} {found} {written} }}"


def vote(frame: Frame, ins: Instruction) -> str:
    """``vote.sync``: for how many lanes a predicate holds."""
    kind = ins.one_of(*_VOTES)
    ins.expect("sync", kind)
    ins.one_of("sync")
    target, source, mask = _operands(ins, 3)
    key = frame.layout.key("vote", kind)
    meet = f"MEET({frame.stop()}, {key}, {value(frame, mask, 'u32')}, {value(frame, source, 'pred')})"
    count = "u32 m = 0; for (int k = 0; k < 32; ++k) if (t->own.met >> k & 1) m |= (u32)(h->values[k] != 0) << k;"
    return f"{meet} {{ {count} {assign(frame, target, 'b32' if kind == 'ballot' else 'pred', _VOTES[kind])} }}"
