"""A module in C: its variables, its functions, and for each kernel what the driver asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import calls, conversions, meetings, memory
from .frame import Frame, Layout, identifier
from .kinds import UnknownError, unsigned
from .operands import literal, value
from .reading import split
from .records import Brace, Function, Instruction, Label, Module, Registers, Variable
from .table import ROWS, by_row

Writer = Callable[[Frame, Instruction], str]
INSTRUCTIONS: dict[str, Writer] = dict.fromkeys(ROWS, by_row)
INSTRUCTIONS |= {"ld": memory.load, "ldu": memory.load, "st": memory.store, "atom": memory.atomic, "red": memory.atomic}
INSTRUCTIONS |= {"mov": memory.move, "cvta": memory.generic, "isspacep": memory.is_in}
INSTRUCTIONS |= {"cvt": conversions.convert, "setp": conversions.compare}
INSTRUCTIONS |= {"bar": meetings.barrier, "barrier": meetings.barrier, "shfl": meetings.shuffle, "vote": meetings.vote}
INSTRUCTIONS |= {"bra": calls.branch, "ret": calls.leave, "exit": calls.leave, "trap": calls.trap, "call": calls.call}
INSTRUCTIONS |= {"membar": calls.fence, "fence": calls.fence}


def instruction(frame: Frame, ins: Instruction) -> str:
    """Return one instruction in C, under its guard."""
    if ins.opcode not in INSTRUCTIONS:
        message = f"the instruction {ins.text!r}"
        raise UnknownError(message)
    try:
        c = INSTRUCTIONS[ins.opcode](frame, ins)
    except (IndexError, ValueError) as error:
        message = str(error) if isinstance(error, UnknownError) else f"the instruction {ins.text!r} ({error})"
        raise UnknownError(message) from error
    return f"if ({value(frame, ins.guard, 'pred')}) {{ {c} }}" if ins.guard else c


def statements(frame: Frame) -> Iterator[str]:
    """Yield the lines of a function's body."""
    for each in frame.function.body:
        match each:
            case Label(name):
                yield f"{calls.label(name)}: ;"
            case Brace("{"):
                frame.scopes.append({})
            case Brace():
                frame.scopes.pop()
            case Instruction():
                yield f"{instruction(frame, each)}  // {each.text}"
            case _:
                declare(frame, each)


def declare(frame: Frame, each: object) -> None:
    """Give the names of a declaration a place; those of shared memory have one."""
    match each:
        case Registers(kind, names):
            for name in names:
                frame.declare(name, kind)
        case Variable(space="local" | "param"):
            frame.declare(each.name, each.kind, each.size)
        case Variable(space="shared"):
            pass
        case Variable():
            message = f"the variable {each.name} inside of {frame.function.name}"
            raise UnknownError(message)


def variable(v: Variable) -> Iterator[str]:
    """Yield a variable of the module, and its size."""
    numbers = [literal(each) for each in split((v.value or "").strip(" {}"))]
    if None in numbers or v.count == 0:
        message = f"the variable {v.name}, or what it is at first: {v.value}"
        raise UnknownError(message)
    name, count = identifier(v.name), v.count or 1
    values = f" = {{ {', '.join(f'({unsigned(v.kind)}){each}' for each in numbers)} }}" if numbers else ""
    yield f"{unsigned(v.kind)} {name}[{count}] __attribute__((aligned({max(16, v.align)}))){values};"
    yield f"const int bytes_{name} = {v.size};"


def function(layout: Layout, f: Function) -> Iterator[str]:
    """Yield a function that kernels call."""
    frame = Frame(layout, f)
    lines = list(statements(frame))
    yield f"static void f_{identifier(f.name)}(const struct Here* h) {{"
    yield from ("u32 CC = 0;", *frame.fields, *lines, "}")


def kernel(layout: Layout, f: Function) -> Iterator[str]:
    """Yield a kernel: what it takes, its body for one thread, and its play of a grid."""
    frame, name = Frame(layout, f), f.name
    lines = list(statements(frame))
    yield f"const int count_{name} = {len(f.parameters)}, threads_{name} = {f.threads};"
    yield f"const int shared_{name} = {layout.shared_bytes};"
    yield f"const int sizes_{name}[] = {{ {', '.join(str(v.size) for v in f.parameters) or '0'} }};"
    if frame.waits:
        stops = ", ".join(f"&&Y{k}" for k in range(frame.stops + 1))
        yield from (f"struct T_{name} {{", "struct Thread own;", *frame.fields, "};", "#define CC t->own.carry")
        yield f"static int body_{name}(struct Thread* own, const struct Here* h) {{"
        yield f"struct T_{name}* t = (struct T_{name}*)own; static void* stops[] = {{ {stops} }};"
        yield from ("goto *stops[t->own.next]; Y0: ;", *lines, "return DONE;", "}", "#undef CC")
    else:
        yield f"static inline __attribute__((always_inline)) int body_{name}(const struct Here* h) {{"
        yield from ("u32 CC = 0;", *frame.fields, *lines, "return DONE;", "}")
    yield f"void entry_{name}(u8** P, const u32* D, u32 dynamic) {{"
    yield f"struct Here h = grid(P, D, {layout.shared_bytes} + dynamic);"
    memory_of_threads = f"char* threads = aligned_alloc(64, (sizeof(struct T_{name}) * h.threads + 63) / 64 * 64);"
    play = f"play_block(&h, body_{name}, threads, sizeof(struct T_{name}));" if frame.waits else ""
    yield memory_of_threads if frame.waits else ""
    yield f"EACH_BLOCK(h) {{ memset(h.shared, 0xcd, h.shared_bytes); {play or f'EACH_THREAD(h) body_{name}(&h);'} }}"
    yield from ("free(threads);" if frame.waits else "", "free(h.shared);", "}")


def written(module: Module) -> str:
    """Return a module as C."""
    layout = Layout(module)
    bodies = [line for f in module.functions if not f.entry for line in function(layout, f)]
    bodies += [line for f in module.functions if f.entry for line in kernel(layout, f)]
    own = any(layout.variables[name].space == "global" for name in layout.used)
    lines = ['#include "kernel.h"', "const int card_own_variables = 1;" if own else ""]
    lines += [line for v in layout.variables.values() for line in variable(v)]
    lines += [f"static void f_{identifier(name)}(const struct Here*);" for name in layout.functions]
    return "\n".join(filter(None, [*lines, *bodies, ""])) + "\n"
