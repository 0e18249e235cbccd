"""The house rules that no linter knows: who may name an array library, how long a file may be, nothing left to do."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = {"numpy", "np", "cupy", "cupyx", "torch", "jax", "jnp", "dask", "array_api_compat", "array_api_strict"}
LONGEST_FILE = 220
LONGEST_BODY = 25
EXCUSE = "# Longer than the ceiling because "
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def library_names(tree: ast.Module) -> Iterator[str]:
    """Yield where a module imports an array library or uses its name as an identifier."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found = [alias.name.partition(".")[0] for alias in names]
            case ast.ImportFrom(module=str(module)):
                found = [module.partition(".")[0]]
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                found = [name]
            case _:
                continue
        yield from (f"{node.lineno}: names {name}; only xpsae/arrays may" for name in found if name in LIBRARIES)


def body_lines(function: Function) -> int:
    """Return how many lines the body of a function takes after its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def faults(path: Path) -> Iterator[str]:
    """Yield what breaks a rule in one file, as ``line: complaint``."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > LONGEST_FILE and EXCUSE not in text:
        yield f"{len(lines)}: the file is longer than {LONGEST_FILE} lines and has no comment {EXCUSE.strip()!r}"
    if path != Path(__file__):
        yield from (f"{n}: {line.strip()}" for n, line in enumerate(lines, 1) if UNFINISHED.search(line))
    inside = path.relative_to(ROOT).parts
    if inside[0] == "xpsae" and inside[1] != "arrays":
        yield from library_names(ast.parse(text))


def main() -> int:
    """Print every fault, then the long functions (a report, not a fault); return whether there was a fault."""
    files = [path for folder in ("xpsae", "tests", "tools") for path in sorted((ROOT / folder).rglob("*.py"))]
    files.append(ROOT / "tools" / "check")
    found = [f"{path.relative_to(ROOT)}:{fault}" for path in files for fault in faults(path)]
    print(*found, sep="\n")
    for path in files:
        functions = [
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, Function)
        ]
        for function in functions:
            if (length := body_lines(function)) > LONGEST_BODY:
                print(f"note: {path.relative_to(ROOT)}:{function.lineno}: {function.name} has a body of {length} lines")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
