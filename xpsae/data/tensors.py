"""The safetensors format, read by its letter: every length is checked against the file before anything is allocated."""

from __future__ import annotations

import json
import math
from typing import Any, BinaryIO, NamedTuple

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray

LONGEST_HEADER = 1 << 20
"""A header of a model or a checkpoint has a few thousand bytes; what is far longer is no such file."""
_DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
_DTYPES |= {f"{kind.upper()}{8 * size}": f"<{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)}
_ENTRY = {"dtype", "shape", "data_offsets"}
_MOST_AXES = 8


class _Tensor(NamedTuple):
    begin: int
    end: int
    name: str
    dtype: host.dtype
    shape: tuple[int, ...]


def read_tensors(stream: BinaryIO, size: int) -> tuple[dict[str, str], dict[str, HostArray]]:
    """Return the metadata and the arrays of a file in the safetensors format.

    Parameters
    ----------
    stream : binary file
        The file, at its beginning.
    size : int
        Its length in bytes.

    Returns
    -------
    metadata : dict of str to str
        What the file says of itself.
    arrays : dict of str to numpy.ndarray
        The arrays.

    Raises
    ------
    ValueError
        If it is anything but a header and the arrays that it names, one after the other, without gaps.
    """
    metadata, tensors = _contents(stream, size)
    arrays = {}
    for tensor in tensors:
        array = host.fromfile(stream, dtype=tensor.dtype, count=math.prod(tensor.shape)).reshape(tensor.shape)
        arrays[tensor.name] = array.astype(tensor.dtype.newbyteorder("="), copy=False)
    return metadata, arrays


def json_object(text: str) -> dict[str, Any]:
    """Return the mapping that a text in JSON stands for, or raise a ValueError: also for names that come twice."""
    try:
        parsed = json.loads(text, object_pairs_hook=_without_duplicates)
    except RecursionError:
        parsed = None
    return parsed if isinstance(parsed, dict) else _refuse("no names and values")


def _contents(stream: BinaryIO, size: int) -> tuple[dict[str, str], list[_Tensor]]:
    """Return what the header says, having checked all of it."""
    if size < 8:
        _refuse("which is truncated" if size else "which is empty")
    length = int.from_bytes(stream.read(8), "little")
    if not 2 <= length <= LONGEST_HEADER:
        _refuse(f"a header of {length} bytes, with {LONGEST_HEADER} at most")
    header = stream.read(length)
    if len(header) < length:
        _refuse("which is truncated" if header[:1] in {b"", b"{"} else "no header")
    entries = json_object(header.decode())
    metadata = entries.pop("__metadata__", {})
    if not (isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values())):
        _refuse("metadata that are not texts")
    tensors = sorted(_tensor(name, entry) for name, entry in entries.items())
    here = 0
    for tensor in tensors:
        if tensor.begin != here:
            _refuse(f"gaps or overlaps before {tensor.name[:40]!r}")
        here = tensor.end
    if here != size - 8 - length:
        _refuse("which is truncated" if here > size - 8 - length else "which has something after its end")
    return metadata, tensors


def _tensor(name: str, entry: Any) -> _Tensor:
    if not isinstance(entry, dict) or entry.keys() != _ENTRY or entry["dtype"] not in list(_DTYPES):
        _refuse(f"an array {name[:40]!r} that is not described by a known dtype, shape and data_offsets")
    dtype, shape, offsets = host.dtype(_DTYPES[entry["dtype"]]), entry["shape"], entry["data_offsets"]
    if not (_whole(shape) and len(shape) <= _MOST_AXES and _whole(offsets) and len(offsets) == 2):
        _refuse(f"an array {name[:40]!r} of an impossible shape or place")
    begin, end = offsets
    if end - begin != dtype.itemsize * math.prod(shape):
        _refuse(f"an array {name[:40]!r} of another length than its shape")
    return _Tensor(begin, end, name, dtype, tuple(shape))


def _whole(values: Any) -> bool:
    # Not isinstance: True is an int, and no length.
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**62 for value in values)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _refuse("a name that comes twice")


def _refuse(what: str) -> Any:
    raise ValueError(what)
