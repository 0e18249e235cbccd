"""From a file of PTX to a library that can be loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .kinds import UnknownError
from .reading import read
from .writing import written

HERE = Path(__file__).resolve().parent
COMMAND = ["gcc", "-std=gnu11", "-w", "-O1", "-march=native", "-ffp-contract=off", "-fno-strict-aliasing", "-fwrapv"]
"""Rounding is PTX's: nothing is contracted, and integers wrap."""


def compile_c(source: Path, library: Path) -> None:
    """Compile C to a library, which is there whole or not at all."""
    own = library.with_name(f"{library.name}.{os.getpid()}")
    command = [*COMMAND, f"-I{HERE}", "-fPIC", "-shared", str(source), "-lm", "-o", str(own)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    own.replace(library)


def compile_ptx(text: str, base: Path) -> None:
    """Translate a text to BASE.c and compile it to BASE.so."""
    own = base.with_name(f"{base.name}.{os.getpid()}.c")
    own.write_text(written(read(text)), encoding="utf-8")
    source = own.replace(base.with_name(f"{base.name}.c"))
    compile_c(source, base.with_name(f"{base.name}.so"))


def main(base: str) -> int:
    """Return 0 once BASE.so is there; else say what is not known."""
    file = Path(f"{base}.ptx")
    try:
        compile_ptx(file.read_text(encoding="utf-8"), Path(base))
    except UnknownError as error:
        print(f"card: {file} cannot be translated: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"card: {base}.c cannot be compiled:\n{error.stderr}", file=sys.stderr)
        return 1
    return 0
