"""The header of a .npy file, checked before NumPy acts on it: what it claims has to be what is there."""

from __future__ import annotations

import ast
import math
import warnings
from typing import IO, Any

from xpsae.arrays import host

LONGEST_HEADER = 10_000
"""As long as NumPy itself reads; that of an array of numbers has about a hundred bytes."""
_LENGTH_BYTES = {(1, 0): 2, (2, 0): 4, (3, 0): 4}
_KEYS = {"descr", "fortran_order", "shape"}


def require_npy(stream: IO[bytes], size: int) -> None:
    """Raise a ValueError unless a .npy file is one array that fills it exactly; nothing is allocated for it.

    Parameters
    ----------
    stream : binary file
        The file, at its beginning.
    size : int
        Its length in bytes.

    Raises
    ------
    ValueError
        If it is damaged, or claims more or less than it holds, or holds Python objects.
    """
    start = stream.read(8)
    if len(start) < 8 and start[:6] == b"\x93NUMPY"[: len(start)]:
        _refuse("which is truncated")
    known = start[:6] == b"\x93NUMPY"
    width = _LENGTH_BYTES.get((start[6], start[7]), 0) if known else 0
    if not width:
        _refuse("not a .npy file of a known version")
    field = stream.read(width)
    length = int.from_bytes(field, "little")
    if length > LONGEST_HEADER:
        _refuse(f"a header of {length} bytes, with {LONGEST_HEADER} at most")
    header = stream.read(length)
    if len(field) < width or len(header) < length:
        _refuse("which is truncated")
    dtype, shape = _parsed(header.decode("latin1"))
    claimed, there = dtype.itemsize * math.prod(shape), size - 8 - width - length
    if claimed > there:
        _refuse(f"which is truncated: its header says {shape} of {dtype}, and there are {there} bytes")
    if claimed < there:
        more = there - claimed
        _refuse(f"with {more} byte{'s' if more > 1 else ''} after its array")


def _parsed(text: str) -> tuple[host.dtype, tuple[int, ...]]:
    try:
        with warnings.catch_warnings():
            # Damaged text may look like Python that is about to change its meaning.
            warnings.simplefilter("ignore")
            header = ast.literal_eval(text.strip())
            dtype = host.lib.format.descr_to_dtype(header["descr"])
    except (ValueError, TypeError, KeyError, IndexError, SyntaxError, MemoryError, RecursionError, OverflowError):
        _refuse("a damaged header")
    if dtype.hasobject:
        _refuse("Python objects, which are never read: object arrays are code in disguise")
    if not (isinstance(header, dict) and header.keys() == _KEYS and _is_shape(header["shape"])):
        _refuse("a damaged header")
    return dtype, header["shape"]


def _is_shape(shape: Any) -> bool:
    # Not isinstance: True is an int, and no length.
    return isinstance(shape, tuple) and all(type(length) is int and 0 <= length < 2**62 for length in shape)


def _refuse(what: str) -> Any:
    raise ValueError(what)
