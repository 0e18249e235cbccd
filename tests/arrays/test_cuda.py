"""What is missing for CUDA is told apart: package, driver, device, compiler."""

import sys
import types

import pytest

from xpsae.arrays import cuda
from xpsae.arrays.cuda import cuda_problem


class CudaError(Exception):
    """An error as CuPy's runtime raises it."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def fake_cupy(*, count=1, error=None, one=1.0):
    """A module that says what CuPy would say."""

    def device_count():
        if error is not None:
            raise error
        return count

    runtime = types.SimpleNamespace(getDeviceCount=device_count)
    cupy = types.ModuleType("cupy")
    cupy.cuda = types.SimpleNamespace(runtime=runtime)

    def asarray(_):
        if isinstance(one, Exception):
            raise one
        return [one]

    cupy.asarray = asarray
    return cupy


@pytest.mark.parametrize(
    ("cupy", "problem"),
    [
        (fake_cupy(), None),
        (fake_cupy(count=0), "CuPy and a driver, but no CUDA device"),
        (fake_cupy(error=CudaError(100, "cudaErrorNoDevice")), "CuPy and a driver, but no CUDA device"),
        (
            fake_cupy(error=CudaError(35, "cudaErrorInsufficientDriver: too old\nmore")),
            "CuPy, but no NVIDIA driver that works with it (cudaErrorInsufficientDriver: too old)",
        ),
        (
            fake_cupy(error=CudaError(3, "cudaErrorInitializationError: initialization error")),
            "CuPy and a driver, but CUDA does not start here (after a fork, no process can use it that was not started "
            "by 'spawn'; cudaErrorInitializationError: initialization error)",
        ),
        (
            fake_cupy(one=RuntimeError("no compiler")),
            "a CUDA device, but CuPy cannot compute on it (no compiler)",
        ),
        (None, "no CuPy package (pip install 'cupy-cuda13x[ctk]', or 'cupy-cuda12x[ctk]' for an older driver)"),
    ],
)
def test_what_is_missing_for_cuda_is_told_apart(monkeypatch, cupy, problem):
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    if cupy is None:
        monkeypatch.setattr(cuda.importlib, "import_module", _missing("cupy"))
    assert cuda_problem() == problem


def test_a_cupy_that_cannot_be_imported_is_not_called_missing(monkeypatch):
    monkeypatch.setattr(cuda.importlib, "import_module", _missing("cupy_backends"))
    assert cuda_problem() == "a CuPy package that misses a part of itself (No module named 'cupy_backends')"


def _missing(name):
    def import_module(_):
        message = f"No module named {name!r}"
        raise ModuleNotFoundError(message, name=name)

    return import_module
