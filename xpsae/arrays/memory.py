"""A card's memory: what it has free, what CuPy holds of it in reserve, and how libraries say that it ran out."""

from __future__ import annotations

import importlib
from typing import Any

from xpsae.arrays import workspaces
from xpsae.arrays.namespace import array_namespace, device_of, library_name
from xpsae.arrays.typing import Array, Namespace

HEADROOM = 0.1
"""The share of a card's memory that is left to others, and to what the plan does not know of."""
RAN_OUT = ("cudaErrorMemoryAllocation", "CUBLAS_STATUS_ALLOC_FAILED", "OutOfMemoryError", "RESOURCE_EXHAUSTED")
"""What stands in the name or the message of an error that is no MemoryError: of CUDA, cuBLAS, PyTorch, and JAX."""


def spare_bytes(like: Array) -> int | None:
    """Return the bytes that a card has free, but for the headroom; None where `like` is on no card of CuPy's.

    A limit of CuPy's pool (``set_limit``, ``CUPY_GPU_MEMORY_LIMIT``) counts: there are no more than it still allows.
    """
    if library_name(array_namespace(like)) != "cupy":
        return None
    cupy: Any = importlib.import_module("cupy")
    with device_of(like):
        free, total = cupy.cuda.runtime.memGetInfo()
        if (pool := pool_of(cupy)) is None:
            return int(free - HEADROOM * total)
        spare = int(free + pool.free_bytes() - HEADROOM * total)
        return min(spare, pool.get_limit() - pool.used_bytes()) if pool.get_limit() else spare


def pool_of(cupy: Any) -> Any:
    """Return the pool that CuPy takes memory from: the user's own, where there is one; None where there is no pool."""
    pool = getattr(cupy.cuda.get_allocator(), "__self__", None)
    return pool if hasattr(pool, "free_all_blocks") else None


def free_pool(xp: Namespace) -> None:
    """Give back what CuPy holds in reserve, on its current device and of pinned memory; arrays in use stay."""
    if library_name(xp) == "cupy":
        cupy: Any = importlib.import_module("cupy")
        workspaces.forget()
        if pool := pool_of(cupy):
            pool.free_all_blocks()
        cupy.get_default_pinned_memory_pool().free_all_blocks()


def ran_out(error: BaseException) -> bool:
    """Return whether an error says that memory ran out."""
    return isinstance(error, MemoryError) or any(sign in f"{type(error).__name__}: {error}" for sign in RAN_OUT)
