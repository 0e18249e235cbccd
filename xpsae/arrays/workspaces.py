"""What a GPU's memory holds between evaluations, so that none starts by filling it again."""

from __future__ import annotations

import functools
import importlib
from typing import Any, cast

from xpsae.arrays.namespace import device_of, library_name
from xpsae.arrays.typing import Array, Namespace

KEEPING = {"cupy"}
"""The libraries whose ones are kept: where filling a vector is a kernel of its own."""


def ones_for_rows(X: Array, *, xp: Namespace) -> Array:
    """Return as many ones as X has rows, of its dtype and device, not to be written to."""
    n_rows, dtype, device = X.shape[0], X.dtype, device_of(X)
    if library_name(xp) in KEEPING:
        library: Any = xp
        return cast("Array", _kept(n_rows, dtype, device, _stream(library), library))
    return xp.ones((n_rows,), dtype=dtype, device=device)


def free_pool(xp: Namespace) -> None:
    """Give the memory that CuPy holds in reserve on its current device back to it; arrays in use stay."""
    if library_name(xp) == "cupy":
        _kept.cache_clear()
        cast("Any", importlib.import_module("cupy")).get_default_memory_pool().free_all_blocks()


@functools.lru_cache(maxsize=8)
def _kept(n_rows: int, dtype: Any, device: Any, stream: int, xp: Any) -> Any:  # noqa: ARG001 - a key
    return xp.ones((n_rows,), dtype=dtype, device=device)


def _stream(xp: Any) -> int:
    """Return which stream of CuPy's is current: another one would not wait until the ones are there."""
    return int(xp.cuda.get_current_stream().ptr) if library_name(xp) == "cupy" else 0
