"""Functions that CuPy links to and the card does not play: each says so, and answers with an error."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path


def symbols(file: Path, *options: str) -> set[str]:
    """Return the names that ``nm`` lists."""
    listed = subprocess.run(
        ["nm", "--format=posix", *options, str(file)], capture_output=True, text=True, check=True
    ).stdout
    return {line.split()[0].partition("@")[0] for line in listed.splitlines() if line}


def source(names: Iterable[str], declarations: str, body: str) -> str:
    """Return C++ that defines functions of these names, all with one body."""
    export = 'extern "C" __attribute__((visibility("default")))'
    functions = [f"{export} int {name}() {{ {body.format(name=name)} }}" for name in sorted(names)]
    return "\n".join([declarations, *functions, ""])


def of_runtime(runtime: Path, driver: Iterable[Path]) -> str:
    """Return the stubs of CUDA's runtime and driver: what CuPy's runtime wants and the driver has not."""
    wanted = {name for name in symbols(runtime, "--undefined-only") if name.startswith("cu")}
    played = set().union(*(symbols(part, "--defined-only") for part in driver))
    return source(wanted - played, 'extern "C" int card_not_played(const char*);', 'return card_not_played("{name}");')


def of_blas(wheel: Path, blas: Path) -> str:
    """Return the stubs of cuBLAS: what CuPy's wheel wants and the played one has not."""
    wanted = {name for name in symbols(wheel, "-D", "--undefined-only") if name.startswith("cublas")}
    declarations = 'extern "C" int card_not_played(const char*);\nstatic const int NOT_SUPPORTED = 15;'
    return source(
        wanted - symbols(blas, "--defined-only"), declarations, 'card_not_played("{name}"); return NOT_SUPPORTED;'
    )
