"""NumPy's functions in place of those that CuPy computes by cuSOLVER and cuFFT, which the card does not play."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

NAMES = {
    "linalg": ("cholesky", "eigh", "eigvalsh", "inv", "pinv", "qr", "solve", "svd"),
    "fft": tuple(f"{inverse}{real}fft{n}" for inverse in ("", "i") for real in ("", "r") for n in ("", "2", "n")),
}


def on_host(part: str, name: str) -> Callable[..., Any]:
    """Return NumPy's function as one of CuPy's arrays: what it takes is copied, what it returns copied back."""

    def played(*given: Any, **options: Any) -> Any:
        cupy = importlib.import_module("cupy")
        function = getattr(getattr(importlib.import_module("numpy"), part), name)
        found = function(*(x.get() if isinstance(x, cupy.ndarray) else x for x in given), **options)
        return tuple(map(cupy.asarray, found)) if isinstance(found, tuple) else cupy.asarray(found)

    played.__name__ = played.__qualname__ = name
    return played


def stand_in(part: str, module: dict[str, Any]) -> None:
    """Replace the functions of a module, ``cupy.linalg`` or ``cupy.fft``."""
    module.update({name: on_host(part, name) for name in NAMES[part]})
