"""What a GPU's memory holds between evaluations, so that none starts by filling it again."""

from __future__ import annotations

import importlib
import threading
from typing import Any, cast

from xpsae.arrays.namespace import device_of, library_name
from xpsae.arrays.typing import Array, Namespace

KEEPING = {"cupy"}
"""The libraries whose ones are kept: where filling a vector is a kernel of its own."""
MOST = 8
"""So many vectors are kept; then all are let go."""
_kept: dict[tuple[Any, ...], Any] = {}


def ones_for_rows(X: Array, *, xp: Namespace) -> Array:
    """Return as many ones as X has rows, of its dtype and device, not to be written to."""
    n_rows, dtype, device = X.shape[0], X.dtype, device_of(X)
    if library_name(xp) not in KEEPING:
        return xp.ones((n_rows,), dtype=dtype, device=device)
    # CuPy's devices are equal by their number, and cannot be keys themselves.
    key = (n_rows, str(dtype), getattr(device, "id", None), _stream(xp))
    found = _kept.get(key)
    if found is None:
        found = xp.ones((n_rows,), dtype=dtype, device=device)
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[key] = found
    return cast("Array", found)


def forget() -> None:
    """Let go of everything that is kept."""
    _kept.clear()


def _stream(xp: Namespace) -> tuple[int, int]:
    """Return which stream of CuPy's is current, and in which thread, for one may be each thread's own.

    Another stream would not wait until the ones are there.
    """
    if library_name(xp) != "cupy":
        return 0, 0
    cupy: Any = importlib.import_module("cupy")
    return int(cupy.cuda.get_current_stream().ptr), threading.get_ident()
