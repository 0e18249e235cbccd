"""The `xp` fixture: every test runs once on each array library that is installed and usable here."""

from __future__ import annotations

import os

# Before NumPy is imported: workers that share a machine share its processors.
for _library in ("OMP", "OPENBLAS", "MKL"):
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import dataclasses
import importlib.util
from typing import Any

import hypothesis
import numpy as np
import pytest

from xpsae.arrays import cuda, namespace

hypothesis.settings.register_profile("deterministic", derandomize=True, deadline=None, max_examples=25)
hypothesis.settings.register_profile("random", deadline=None, max_examples=200)
hypothesis.settings.load_profile("deterministic")

if importlib.util.find_spec("jax"):
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")


@dataclasses.dataclass(frozen=True)
class Backend:
    """One array library on one device, as a test sees it."""

    name: str
    namespace: Any
    device: Any

    def array(self, x: Any, dtype: Any = None) -> Any:
        """Move a NumPy array here."""
        return namespace.from_host(np.asarray(x, dtype=dtype), xp=self.namespace, device=self.device)

    @staticmethod
    def host(x: Any) -> Any:
        """Bring an array back as NumPy's."""
        return namespace.to_host(x)

    def owns(self, x: Any) -> bool:
        """Whether `x` is an array of this library on this device."""
        same_library = namespace.array_namespace(x) is self.namespace
        return same_library and (self.device is None or namespace.device_of(x) == self.device)


BACKENDS = ["numpy", "array_api_strict", "array_api_strict:device1", "torch", "jax", "cupy"]


def backend(name: str) -> Backend:
    """Return the backend of that name, or skip the test saying why it is not to be had."""
    library, _, device = name.partition(":")
    if library == "cupy" and (problem := cuda.cuda_problem()):
        pytest.skip(f"cupy is not usable: {problem}")
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    xp = namespace.load_namespace(library)
    places = {"array_api_strict": lambda: xp.Device(device or "CPU_DEVICE"), "cupy": lambda: xp.cuda.Device(0)}
    return Backend(name, xp, places.get(library, lambda: None)())


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--xp``, which runs the suite on one library only."""
    parser.addoption("--xp", action="append", choices=BACKENDS, help="run on this array library only (repeatable)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that takes `xp` one run per library."""
    if "xp" in metafunc.fixturenames:
        metafunc.parametrize("xp", metafunc.config.getoption("--xp") or BACKENDS, indirect=True, scope="session")


@pytest.fixture(scope="session")
def xp(request: pytest.FixtureRequest) -> Backend:
    """One array library on one device."""
    return backend(request.param)
