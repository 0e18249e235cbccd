"""Which library an array belongs to, where it lies, and how it gets elsewhere.

The standard has no word for most of this, so it is the one module that knows the libraries by name.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from typing import Any, cast

import array_api_compat
import numpy as np

from xpsae.arrays.cuda import cuda_problem
from xpsae.arrays.typing import Array, Device, DType, HostArray, Namespace
from xpsae.checks import complaint

_NAMES: dict[str, Callable[[Any], bool]] = {
    "numpy": array_api_compat.is_numpy_namespace,
    "cupy": array_api_compat.is_cupy_namespace,
    "torch": array_api_compat.is_torch_namespace,
    "jax": array_api_compat.is_jax_namespace,
    "array_api_strict": array_api_compat.is_array_api_strict_namespace,
}
LIBRARIES = tuple(_NAMES)
_MODULES = {"jax": "jax.numpy", "array_api_strict": "array_api_strict"}


def is_array(x: object) -> bool:
    """Return whether `x` is an array of a library that follows the standard (NumPy's scalars are not)."""
    return array_api_compat.is_array_api_obj(x) and not isinstance(x, np.generic)


def is_chunked(x: object) -> bool:
    """Return whether `x` is a Dask array: a plan for an array in chunks, which may lie on a cluster."""
    return array_api_compat.is_dask_array(x)


def array_namespace(*arrays: object) -> Namespace:
    """Return the one namespace of `arrays`.

    Parameters
    ----------
    *arrays : array
        Arrays of one library.

    Returns
    -------
    Namespace
        The standard's functions for these arrays.

    Raises
    ------
    TypeError
        If they belong to several libraries, or one is not an array.
    """
    return cast("Namespace", array_api_compat.array_namespace(*arrays))


def library_name(xp: Namespace) -> str:
    """Return the library's import name: "numpy", "cupy", "torch", "jax", "array_api_strict" or the module's own."""
    for name, matches in _NAMES.items():
        if matches(xp):
            return name
    return str(getattr(xp, "__name__", type(xp).__name__))


def load_namespace(library: str) -> Namespace:
    """Return the namespace of a library by its import name, importing it.

    Raises
    ------
    ValueError
        If the name is not one of `LIBRARIES`, or CuPy has no usable device.
    ImportError
        If the library is not installed.
    """
    if library not in LIBRARIES:
        expected = " or ".join(repr(name) for name in LIBRARIES)
        raise ValueError(complaint("library", expected, repr(library), "Name one of these."))
    if library == "cupy" and (problem := cuda_problem()):
        raise ValueError(complaint("library", "a usable CuPy", problem, "Pass library='numpy' to use the CPU."))
    name = _MODULES.get(library, f"array_api_compat.{library}")
    return cast("Namespace", importlib.import_module(name))


def device_of(x: Array) -> Device:
    """Return the device `x` lies on; None for a traced JAX array, which has none."""
    return array_api_compat.device(x)


def device_kind(x: Array) -> str:
    """Return "cuda" if `x` lies on an NVIDIA GPU, else "cpu" (or whatever the library calls its device)."""
    if library_name(array_namespace(x)) == "cupy":
        return "cuda"
    device = device_of(x)
    kind = str(getattr(device, "platform", None) or getattr(device, "type", None) or device)
    kind = kind.removeprefix("array_api_strict.Device('").removesuffix("')")
    return {"gpu": "cuda", "CPU_DEVICE": "cpu", "None": "a traced device"}.get(kind, kind.lower())


def place(x: Array) -> str:
    """Return a readable "library on device" for messages, "numpy on cpu" or "cupy on cuda:0"."""
    device, kind = device_of(x), device_kind(x)
    number = getattr(device, "index", getattr(device, "id", None))
    where = f"cuda:{number or 0}" if kind == "cuda" else kind
    return f"{library_name(array_namespace(x))} on {where}"


def to_host(x: Array | HostArray) -> HostArray:
    """Return `x` as a NumPy array, copying from its device where it has one."""
    if isinstance(x, np.ndarray | np.generic):
        return np.asarray(x)
    foreign: Any = x
    name = library_name(array_namespace(x))
    if name == "cupy":
        return cast("HostArray", foreign.get())
    if name == "torch":
        return cast("HostArray", foreign.detach().cpu().numpy())
    if name == "array_api_strict":
        strict = importlib.import_module(name)
        foreign = foreign.to_device(strict.Device("CPU_DEVICE"))
    return np.asarray(foreign)


def read(vector: Array) -> list[float]:
    """Return a small vector as host floats: the one read that waits for the device."""
    return cast("list[float]", to_host(vector).tolist())


def from_host(x: HostArray, *, xp: Namespace, device: Device = None, dtype: DType = None) -> Array:
    """Return a host array as an array of `xp` on `device`."""
    if library_name(xp) == "cupy" and device is not None:
        with device:
            return xp.asarray(x, dtype=dtype)
    return xp.asarray(np.asarray(x, order="C"), dtype=dtype, device=device)


def detached(x: Array) -> Array:
    """Return `x` without the gradient tape of a library that keeps one."""
    foreign: Any = x
    taped = array_api_compat.is_torch_array(foreign) and foreign.requires_grad
    return cast("Array", foreign.detach()) if taped else x


def without_numbers(x: Array) -> str | None:
    """Return in words why an array cannot be computed with like any other (PyTorch has such), or None."""
    foreign: Any = x
    if not array_api_compat.is_torch_array(foreign):
        return None
    if foreign.device.type == "meta":
        return "a tensor without numbers (device meta)"
    return None if str(foreign.layout) == "torch.strided" else f"a sparse tensor ({foreign.layout})"


def has_float64(*, xp: Namespace, device: Device) -> bool:
    """Return whether the device computes in float64 (JAX without x64 and some accelerators do not)."""
    try:
        info = cast("Any", xp).__array_namespace_info__()
    except AttributeError:
        return True
    return "float64" in info.dtypes(device=device, kind="real floating")


def accumulator(*, xp: Namespace, device: Device) -> DType:
    """Return the dtype in which costs and inner products are summed: float64 where the device has it."""
    return xp.float64 if has_float64(xp=xp, device=device) else xp.float32


def quiet() -> contextlib.AbstractContextManager[None]:
    """Return a context in which overflow and invalid operations give Inf and NaN without a warning."""
    return cast("contextlib.AbstractContextManager[None]", np.errstate(all="ignore"))


def where(x: Array) -> contextlib.AbstractContextManager[Any]:
    """Return a context in which `x`'s device is current: CuPy computes on the current one, wherever its arrays lie."""
    foreign: Any = x
    return foreign.device if array_api_compat.is_cupy_array(foreign) else contextlib.nullcontext()


@contextlib.contextmanager
def working_on(x: Array) -> Iterator[None]:
    """Compute `where` `x` lies, `quiet`."""
    device = where(x)
    del x  # so that the array does not live longer for it
    with quiet(), device:
        yield


def set_rows(buffer: Array, first: int, rows: Array) -> Array:
    """Return `buffer` with consecutive rows replaced: in place where the library's arrays can be written."""
    last = first + rows.shape[0]
    target: Any = buffer
    if array_api_compat.is_writeable_array(target):
        target[first:last, ...] = rows
        return buffer
    return cast("Array", target.at[first:last].set(rows))
