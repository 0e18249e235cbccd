"""Count what a program asks of an NVIDIA GPU: kernels, copies, fills; by CUPTI, which CUDA's toolkit brings along."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

DRIVER = 1
"""CUPTI_CB_DOMAIN_DRIVER_API: whatever library asks, it asks the driver in the end."""
ENTER = 0
"""CUPTI_API_ENTER: of every call, only its beginning counts."""
KINDS = {
    "cuLaunchKernel": "kernels",
    "cuLaunchCooperativeKernel": "kernels",
    "cuMemcpyHtoD": "copies to the device",
    "cuMemcpyDtoH": "copies to the host",
    "cuMemcpy": "other copies",
    "cuMemset": "fills",
    "cuMemAlloc": "allocations",
}


class _Call(ctypes.Structure):
    """The beginning of CUpti_CallbackData."""

    _fields_ = (
        ("site", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("parameters", ctypes.c_void_p),
        ("returned", ctypes.c_void_p),
        ("symbol", ctypes.c_char_p),
    )


_Callback = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32, ctypes.POINTER(_Call))


def library() -> ctypes.CDLL | None:
    """Return CUPTI, None where it is not installed."""
    roots = [Path(os.environ.get("CUDA_PATH", "/usr/local/cuda")), *Path("/usr/local").glob("cuda-*")]
    places = [root / place for root in roots for place in ("extras/CUPTI/lib64", "lib64", "lib")]
    places += [place for path in sys.path for place in Path(path).glob("nvidia/*/lib")]
    for file in (file for place in places for file in sorted(place.glob("libcupti.so*"))):
        with contextlib.suppress(OSError):
            return ctypes.CDLL(str(file))
    return None


@contextlib.contextmanager
def counting() -> Iterator[Counter[str]]:
    """Count inside the block, by kinds, and kernels by their names too (after "kernel ").

    Raises
    ------
    RuntimeError
        If CUPTI is not installed, or refuses; the message says which.
    """
    cupti = library()
    if cupti is None:
        message = "CUPTI is not installed (CUDA's toolkit has it, or pip install nvidia-cuda-cupti)"
        raise RuntimeError(message)
    found: Counter[str] = Counter()

    def called(_: object, domain: int, number: int, call: ctypes._Pointer[_Call]) -> None:
        del domain, number
        if call.contents.site == ENTER and call.contents.name:
            name = call.contents.name.decode()
            kind = next(
                (KINDS[start] for start in sorted(KINDS, key=len, reverse=True) if name.startswith(start)), None
            )
            if kind:
                found[kind] += 1
            if kind == "kernels":
                found[f"kernel {(call.contents.symbol or b'without a name').decode()}"] += 1

    callback, subscriber = _Callback(called), ctypes.c_void_p()
    _require(cupti.cuptiSubscribe(ctypes.byref(subscriber), callback, None))
    try:
        _require(cupti.cuptiEnableDomain(1, subscriber, DRIVER))
        yield found
    finally:
        cupti.cuptiUnsubscribe(subscriber)


def _require(status: int) -> None:
    if status:
        message = f"CUPTI answers with error {status}"
        raise RuntimeError(message)
