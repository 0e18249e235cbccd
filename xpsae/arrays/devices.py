"""Moving arrays between libraries and between the CPU and an NVIDIA GPU, only ever on request."""

from __future__ import annotations

import logging
from typing import Any, cast

import numpy as np

from xpsae.arrays.cuda import cuda_problem
from xpsae.arrays.namespace import (
    array_namespace,
    device_kind,
    from_host,
    library_name,
    load_namespace,
    place,
    to_host,
)
from xpsae.arrays.typing import Array
from xpsae.checks import complaint, one_of

_log = logging.getLogger("xpsae")

DEVICES = (None, "cpu", "cuda", "auto")


def to_library(x: Array, library: str) -> Array:
    """Return `x` as an array of another library, on that library's default device (its own array if it is there)."""
    if library_name(array_namespace(x)) == library:
        return x
    return from_host(to_host(x), xp=load_namespace(library))


def in_host_memory(x: object) -> bool:
    """Return whether `x` is NumPy's."""
    return isinstance(x, np.ndarray)


def to_device(x: Array, device: str | None) -> Array:
    """Return `x` where ``device=`` asks for it.

    Parameters
    ----------
    x : array
        Any array.
    device : {None, "cpu", "cuda", "auto"}
        None leaves it. "cpu" and "cuda" move it there; NumPy's arrays become CuPy's on CUDA and back on the CPU.
        "auto" moves it to a CUDA device if CuPy can use one, and otherwise leaves it, and logs which it was.

    Returns
    -------
    array
        `x` itself where it need not move.

    Raises
    ------
    ValueError
        If `device` is none of these, or CUDA is asked for where it cannot be used.
    """
    one_of("device", device, DEVICES, remedy="None computes where X is.")
    if device is None or device_kind(x) == device:
        return x
    if device == "auto":
        return _to_best(x)
    return _to_cuda(x) if device == "cuda" else _to_cpu(x)


def _to_best(x: Array) -> Array:
    if device_kind(x) != "cpu":
        _log.warning("device='auto': computing where X is, %s", place(x))
        return x
    there, problem = _on_cuda(x)
    if there is None:
        _log.warning("device='auto': computing on the CPU, for want of a usable CUDA device: %s", problem)
        return x
    _log.warning("device='auto': computing on the GPU, %s", place(there))
    return there


def _to_cpu(x: Array) -> Array:
    name = library_name(array_namespace(x))
    if name == "torch":
        return cast("Array", cast("Any", x).cpu())
    if name == "jax":
        jax = __import__("jax")
        return cast("Array", jax.device_put(x, jax.devices("cpu")[0]))
    return to_library(x, "numpy")


def _to_cuda(x: Array) -> Array:
    there, problem = _on_cuda(x)
    if there is None:
        raise ValueError(complaint("device", "a usable CUDA device", problem, "Pass device='cpu' or 'auto'."))
    return there


def _on_cuda(x: Array) -> tuple[Array | None, str]:
    """Return an array on a CUDA device, or None and why there is none."""
    name = library_name(array_namespace(x))
    try:
        if name == "torch":
            return cast("Array", cast("Any", x).cuda()), ""
        if name == "jax":
            jax = __import__("jax")
            return cast("Array", jax.device_put(x, jax.devices("cuda")[0])), ""
    except (RuntimeError, AssertionError) as error:
        return None, f"{name} finds none ({str(error).splitlines()[0]})"
    problem = cuda_problem()
    return (None, problem) if problem else (to_library(x, "cupy"), "")


def narrowing(before: Array, after: Array) -> str | None:
    """Return what to tell the user where a move has turned float64 into float32, or None."""
    was, now = (str(x.dtype).rpartition(".")[2] for x in (before, after))
    if (was, now) != ("float64", "float32"):
        return None
    jax = library_name(array_namespace(after)) == "jax"
    remedy = 'Run jax.config.update("jax_enable_x64", True) before' if jax else "Use another device"
    return f"The model is float32 now, and was float64, which {place(after)} does not hold. {remedy} to keep it."
