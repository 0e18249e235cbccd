"""Kernels of PTX on the processor, by the translator of ``tools/card``: texts are compiled, entries called."""

import ctypes
import functools
import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from ptx_oracles import packed, unpacked

TOOL = Path(__file__).resolve().parents[1] / "tools" / "card"
sys.path.append(str(TOOL))

from ptx.compiling import compile_ptx  # noqa: E402 - the path comes first
from ptx.kinds import SIZES, UnknownError  # noqa: E402
from ptx.reading import read  # noqa: E402
from ptx.writing import written  # noqa: E402

__all__ = ["HEAD", "TOOL", "UnknownError", "case", "computed", "module", "needs_gcc", "of_text", "play", "translated"]


def compiler_problem():
    """Why kernels cannot be compiled here, None where they can."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return "kernels are played on Linux on x86-64 only"
    if shutil.which("gcc") is None:
        return "there is no gcc"
    version = subprocess.run(["gcc", "-dumpversion"], capture_output=True, text=True, check=True).stdout
    return None if int(version.partition(".")[0]) >= 12 else f"gcc {version.strip()} is older than 12"


PROBLEM = compiler_problem()
needs_gcc = pytest.mark.skipif(PROBLEM is not None, reason=str(PROBLEM))
HEAD = ".version 8.0\n.target sm_90\n.address_size 64\n"
SLOTS = 4
"""Inputs that each thread of a case has, eight bytes each."""


@functools.cache
def folder():
    """A folder for what is compiled."""
    return tempfile.TemporaryDirectory(prefix="xpsae-ptx-")


def translated(body, registers=""):
    """Return a kernel with that body in C."""
    return of_text(f"{HEAD}.visible .entry k(.param .u64 p) {{ {registers} {body} }}")


def of_text(text):
    """Return a whole text in C."""
    return written(read(text))


@functools.cache
def module(text):
    """Return the library of a text without its head."""
    base = Path(folder().name, hashlib.sha256(text.encode()).hexdigest()[:16])
    compile_ptx(HEAD + text, base)
    return ctypes.CDLL(f"{base}.so")


def play(library, name, *parameters, blocks=(1, 1, 1), threads=(1, 1, 1), dynamic=0):
    """Run a grid; parameters are NumPy's, arrays for pointers, scalars for themselves."""
    held = [
        np.array(p.ctypes.data, "u8") if isinstance(p, np.ndarray) and p.ndim else np.asarray(p) for p in parameters
    ]
    pointers = (ctypes.c_void_p * (len(held) + 1))(*(p.ctypes.data for p in held))
    shape = (ctypes.c_uint32 * 6)(*blocks, *threads)
    getattr(library, f"entry_{name}")(pointers, shape, ctypes.c_uint32(dynamic))


def register(kind):
    """Return the type of register that a value of a kind is held in."""
    return "pred" if kind == "pred" else kind if kind[0] == "f" and kind != "f16" else f"b{max(16, 8 * SIZES[kind])}"


def case(name, instruction, kinds, result):
    """Return an entry that does one instruction: %x from %a, %b, %c, %d, a thread for each row of the input."""
    loads = []
    for k, (letter, kind) in enumerate(zip("abcd", kinds, strict=False)):
        if kind == "pred":
            loads.append(f"ld.global.u32 %v, [%in+{8 * k}]; setp.ne.u32 %{letter}, %v, 0;")
        else:
            loads.append(f"ld.global.{kind.replace('f16', 'b16')} %{letter}, [%in+{8 * k}];")
    declared = [f".reg .{register(kind)} %{letter};" for letter, kind in zip("abcd", kinds, strict=False)]
    stored = "selp.u32 %v, 1, 0, %x; st.global.u32 [%out], %v;"
    if result != "pred":
        stored = f"st.global.{result.replace('f16', 'b16')} [%out], %x;"
    return f"""
.visible .entry {name}(.param .u64 {name}_in, .param .u64 {name}_out) {{
  .reg .b32 %t, %v; .reg .b64 %in, %out, %i, %o; .reg .{register(result)} %x; .reg .pred %p, %q; {" ".join(declared)}
  ld.param.u64 %i, [{name}_in]; ld.param.u64 %o, [{name}_out];
  mov.u32 %t, %tid.x; mad.wide.u32 %in, %t, {8 * SLOTS}, %i; mad.wide.u32 %out, %t, 8, %o;
  {" ".join(loads)}
  {instruction}
  {stored}
  ret;
}}
"""


def computed(library, name, rows, kinds, result):
    """What an entry computes for rows of values."""
    given = np.frombuffer(b"".join(packed(v, kind) for row in rows for v, kind in zip(row, kinds, strict=True)), "u8")
    slots = np.zeros((len(rows), SLOTS), "u8")
    slots[:, : len(kinds)] = given.reshape(len(rows), -1)
    out = np.zeros(len(rows), "u8")
    play(library, name, slots, out, threads=(len(rows), 1, 1))
    return [unpacked(raw.tobytes(), result) for raw in out]
