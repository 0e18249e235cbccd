"""In which precision matrix products of float32 numbers are computed: in full, or by the tensor cores of a GPU."""

from __future__ import annotations

import contextlib
import importlib
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

from xpsae.arrays.namespace import array_namespace, device_kind, device_of, library_name, place
from xpsae.arrays.typing import Array
from xpsae.checks import complaint, one_of

PRECISIONS = ("full", "tf32")
TF32_SINCE = (8, 0)
"""The compute capability from which on cards have TF32: that of NVIDIA's Ampere."""


@contextlib.contextmanager
def _cupy() -> Iterator[None]:
    routines = importlib.import_module("cupy._core._routines_linalg")
    before = routines.get_compute_type("float32")
    routines.set_compute_type("float32", routines.COMPUTE_TYPE_TF32)
    try:
        yield
    finally:
        routines.set_compute_type("float32", before)


@contextlib.contextmanager
def _torch() -> Iterator[None]:
    torch = importlib.import_module("torch")
    products = torch.backends.cuda.matmul
    name, on = ("fp32_precision", "tf32") if hasattr(products, "fp32_precision") else ("allow_tf32", True)
    before = getattr(products, name)
    setattr(products, name, on)
    try:
        yield
    finally:
        setattr(products, name, before)


def _jax() -> contextlib.AbstractContextManager[None]:
    context: contextlib.AbstractContextManager[None] = importlib.import_module("jax").default_matmul_precision(
        "tensorfloat32"
    )
    return context


_lock = threading.Lock()
_settings: dict[Callable[[], contextlib.AbstractContextManager[None]], tuple[int, contextlib.ExitStack]] = {}


@contextlib.contextmanager
def _shared(setting: Callable[[], contextlib.AbstractContextManager[None]]) -> Iterator[None]:
    """Hold a setting of the whole process: the last of several threads to leave restores what the first one found."""
    with _lock:
        users, stack = _settings.get(setting) or (0, contextlib.ExitStack())
        if not users:
            stack.enter_context(setting())
        _settings[setting] = users + 1, stack
    try:
        yield
    finally:
        with _lock:
            users, stack = _settings.pop(setting)
            if users > 1:
                _settings[setting] = users - 1, stack
            else:
                stack.close()


CONTEXTS: dict[str, Callable[[], contextlib.AbstractContextManager[None]]] = {
    "cupy": lambda: _shared(_cupy),
    "torch": lambda: _shared(_torch),
    "jax": _jax,
}
"""What has TF32, and how it is switched on; off again it is as it was before, whatever happens meanwhile."""


def capability_of(x: Array) -> tuple[int, int] | None:
    """Return the compute capability of the card an array lies on, None where its library does not tell."""
    device = device_of(x)
    if library_name(array_namespace(x)) == "torch":
        major, minor = importlib.import_module("torch").cuda.get_device_capability(device)
        return int(major), int(minor)
    # CuPy says '75', JAX '7.5'; both say '100' or '10.0'.
    found = re.fullmatch(r"(\d+)\.?(\d)", str(getattr(device, "compute_capability", "")))
    return (int(found[1]), int(found[2])) if found else None


def card_name(x: Array) -> str:
    """Return the name of the card an array lies on."""
    library, device = library_name(array_namespace(x)), device_of(x)
    if library == "torch":
        return str(importlib.import_module("torch").cuda.get_device_name(device))
    if library == "cupy":
        properties = importlib.import_module("cupy").cuda.runtime.getDeviceProperties(device.id)
        return bytes(properties["name"]).decode(errors="replace")
    return str(getattr(device, "device_kind", device))


def require_precision(precision: Any, like: Array) -> None:
    """Raise the ValueError that says why products of arrays like one cannot be computed in a precision, if so."""
    one_of("precision", precision, PRECISIONS, remedy="'full' is float32 as the library computes it, or float64.")
    if precision == "full":
        return
    if device_kind(like) != "cuda" or library_name(array_namespace(like)) not in CONTEXTS:
        remedy = "CuPy, PyTorch and JAX have 'tf32', with data on an NVIDIA GPU; pass device='cuda' where there is one."
        raise ValueError(complaint("precision", f"'full' for {place(like)}", repr(precision), remedy))
    if str(like.dtype).rpartition(".")[2] != "float32":
        remedy = "TF32 replaces float32 in products: pass float32 data, or precision='full'."
        raise ValueError(complaint("precision", f"'full' for {like.dtype}", repr(precision), remedy))
    capability = capability_of(like)
    if capability is not None and capability < TF32_SINCE:
        card = f"{card_name(like)} ({place(like)}), of compute capability {capability[0]}.{capability[1]}"
        remedy = "TF32 needs 8.0 or more, an Ampere card or a later one: use such a card, or pass precision='full'."
        raise ValueError(complaint("precision", f"'full' for {card}", repr(precision), remedy))


def products_in(precision: str, like: Array) -> contextlib.AbstractContextManager[None]:
    """Return a context in which products of arrays like one are computed in a precision.

    Parameters
    ----------
    precision : {"full", "tf32"}
        "full" leaves everything as the library is set. "tf32" rounds the factors of float32 products to 10 bits after
        the first. CuPy and PyTorch keep one setting for the whole process: other threads compute with it meanwhile.
    like : array
        An array of the library and device that compute.
    """
    if precision == "full":
        return contextlib.nullcontext()
    return CONTEXTS[library_name(array_namespace(like))]()
