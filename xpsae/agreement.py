"""Whether another library computes what NumPy computes: quantity by quantity, on patches of real photographs."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.cuda import cuda_problem
from xpsae.arrays.devices import to_library
from xpsae.arrays.namespace import LIBRARIES, place, to_host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.patches import normalize_patches, sample_patches
from xpsae.data.samples import load_photographs
from xpsae.data.whitening import whiten_images
from xpsae.model import SparseAutoencoder, load
from xpsae.problem import Objective
from xpsae.training import fit

SAMPLES, HIDDEN, ITERATIONS = 2000, 25, 20
BOUNDS = {"float64": 1e-11, "float32": 1e-4}
"""How far a value may be from NumPy's, relative to the largest of its kind."""
RUN_BOUNDS = {"float64": 1e-7, "float32": 2e-2}
"""The same for costs after some iterations, in which roundings grow."""


@dataclass(frozen=True)
class Agreement:
    """One quantity of two libraries, compared."""

    quantity: str
    dtype: str
    difference: float
    """The largest difference, relative to the largest value."""
    bound: float

    @property
    def holds(self) -> bool:
        """Whether the difference is within its bound (NaN is not)."""
        return self.difference <= self.bound

    def __str__(self) -> str:
        verdict = "agrees" if self.holds else "DIFFERS"
        return f"{verdict:<8} {self.dtype:<8} {self.quantity:<34} {self.difference:8.1e}   (at most {self.bound:.0e})"


def usable_libraries() -> dict[str, str | None]:
    """Return every library that could be compared, and what is missing for it, if anything."""
    missing = {name: None if importlib.util.find_spec(name) else "not installed" for name in LIBRARIES}
    return missing | {"cupy": cuda_problem()}


def compare(library: str, *, iterations: int | None = None) -> Iterator[Agreement]:
    """Yield the agreement of a library with NumPy, one quantity after the other.

    Parameters
    ----------
    library : str
        "cupy", "torch", "jax", "array_api_strict" or "numpy".
    iterations : int, optional
        Of the run whose costs are compared; 20 by default.

    Yields
    ------
    Agreement
        Cost and gradient of both decoders, activations, a run of some iterations, and a saved file; in float32 and,
        where the library has it, float64.

    Raises
    ------
    ValueError
        If there is no such library, or CUDA cannot be used.
    ImportError
        If it is not installed.
    """
    patches = host.asarray(
        normalize_patches(sample_patches(whiten_images(load_photographs()), SAMPLES, rng=0)), dtype="float64"
    )
    for dtype in ("float64", "float32"):
        here: Any = patches.astype(dtype)
        there = to_library(here, library)
        if str(there.dtype).rpartition(".")[2] != dtype:
            continue  # JAX without x64
        yield from _evaluations(here, there, dtype)
        yield from _runs(here, there, dtype, ITERATIONS if iterations is None else iterations)


def where(library: str) -> str:
    """Return the place a library computes at, for the heading of a table."""
    one: Any = host.zeros((1, 1))
    return place(to_library(one, library))


def _evaluations(here: Any, there: Any, dtype: str) -> Iterator[Agreement]:
    for decoder in ("sigmoid", "linear"):
        one, other = (Objective(X, HIDDEN, sparsity_target=0.01, decoder=decoder) for X in (here, there))
        theta = one.initial(0)
        (cost, gradient), found = one(theta), other(to_library(theta, _library(there)))
        yield _agreement(f"cost, {decoder} decoder", dtype, [cost], [found[0]])
        yield _agreement(f"gradient, {decoder} decoder", dtype, gradient, found[1])
        terms, others = one.terms(theta), other.terms(to_library(theta, _library(there)))
        yield _agreement(f"terms of the cost, {decoder} decoder", dtype, list(terms), list(others))


def _runs(here: Any, there: Any, dtype: str, iterations: int) -> Iterator[Agreement]:
    options: dict[str, Any] = {"n_hidden": HIDDEN, "sparsity_target": 0.01, "max_iter": iterations, "ftol": 0, "rng": 0}
    one, other = (fit(X, **options) for X in (here, there))
    bound = RUN_BOUNDS[dtype]
    yield _agreement(f"costs of {iterations} iterations", dtype, one.history.cost, other.history.cost, bound)
    same = one.to(_library(there))
    yield _agreement("activations", dtype, one.encode(here), same.encode(there))
    yield _agreement("reconstructions", dtype, one.reconstruct(here), same.reconstruct(there))
    yield _agreement("a model saved there, loaded here", dtype, other.theta, _through_a_file(other).theta, 0.0)


def _through_a_file(model: SparseAutoencoder) -> SparseAutoencoder:
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder, "model"))
        return load(Path(folder, "model"))


def _library(X: Any) -> str:
    return place(X).split(" ")[0]


def _agreement(quantity: str, dtype: str, one: Any, other: Any, bound: float | None = None) -> Agreement:
    expected, found = _flat(one), _flat(other)
    if expected.shape != found.shape:
        message = complaint(quantity, f"shape {expected.shape}", f"shape {found.shape}", "This is a defect of xpsae.")
        raise RuntimeError(message)
    scale = float(host.max(host.abs(expected))) or 1.0
    return Agreement(
        quantity, dtype, float(host.max(host.abs(found - expected))) / scale, BOUNDS[dtype] if bound is None else bound
    )


def _flat(values: Any) -> HostArray:
    parts = [each if isinstance(each, float) else to_host(each) for each in _listed(values)]
    return host.concatenate([host.asarray(part, dtype="float64").reshape(-1) for part in parts])


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]
