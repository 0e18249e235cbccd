"""Whether CuPy can compute here, and what is missing where it cannot."""

from __future__ import annotations

import functools
import importlib
from typing import Any

_NO_START, _NO_DEVICE = 3, 100  # cudaErrorInitializationError, cudaErrorNoDevice


def cuda_problem() -> str | None:
    """Return why CuPy cannot be used here (package, driver or device), or None where it can.

    Examples
    --------
    >>> problem = cuda_problem()  # None, or one line to show to the user
    """
    try:
        cupy = importlib.import_module("cupy")
    except ModuleNotFoundError as error:
        if error.name == "cupy":
            return "no CuPy package (pip install 'cupy-cuda13x[ctk]', or 'cupy-cuda12x[ctk]' for an older driver)"
        return f"a CuPy package that misses a part of itself ({_first_line(error)})"
    except Exception as error:
        return f"a CuPy package that cannot be imported ({_first_line(error)})"
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except Exception as error:
        return _driver_problem(error)
    return _kernel_problem(cupy) if count else "CuPy and a driver, but no CUDA device"


def _driver_problem(error: Exception) -> str:
    """Return what the error says that came in place of the number of devices."""
    status = getattr(error, "status", None)
    if status == _NO_DEVICE:
        return "CuPy and a driver, but no CUDA device"
    if status == _NO_START:
        why = "after a fork, no process can use it that was not started by 'spawn'"
        return f"CuPy and a driver, but CUDA does not start here ({why}; {_first_line(error)})"
    return f"CuPy, but no NVIDIA driver that works with it ({_first_line(error)})"


@functools.cache
def _kernel_problem(cupy: Any) -> str | None:
    """Return why the device cannot compute one plus one (no compiler, a device too old), or None."""
    try:
        two = float(cupy.asarray([1.0])[0] + 1.0)
    except Exception as error:
        return f"a CUDA device, but CuPy cannot compute on it ({_first_line(error)})"
    return None if two == 2.0 else f"a CUDA device that computes 1 + 1 = {two}"


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def gpus() -> list[str]:
    """Return the names of the NVIDIA GPUs that CuPy, or else PyTorch, can use; none where neither is installed."""
    if not cuda_problem():
        runtime = importlib.import_module("cupy").cuda.runtime
        properties = [runtime.getDeviceProperties(i) for i in range(runtime.getDeviceCount())]
        return [bytes(each["name"]).decode(errors="replace") for each in properties]
    try:
        cuda = importlib.import_module("torch").cuda
    except ImportError:
        return []
    return [str(cuda.get_device_name(i)) for i in range(cuda.device_count())]
