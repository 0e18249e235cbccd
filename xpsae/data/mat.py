"""MATLAB's level 5 files (-v6 and -v7): the numeric arrays in them, read without believing what they claim."""

from __future__ import annotations

import math
import mmap
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.variables import EXPECTED, Variable

MAGIC = b"MATLAB"

_REMEDY = "Save or copy it again."
_HEADER = 128
_ENDIANS = {b"\x00\x01IM": "<", b"\x01\x00MI": ">"}
_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
_OTHERS = {1: "a cell array", 2: "a struct", 3: "an object", 4: "text", 5: "a sparse matrix", 16: "a function"}
_COMPLEX, _LOGICAL = 0x800, 0x200
_MOST_AXES, _LONGEST_NAME = 32, 256
_LONGEST_HEAD = 1024
_LARGEST_RATIO = 1032  # of what zlib can make of a byte


@dataclass(frozen=True)
class _Head:
    """What stands before the numbers of an array."""

    name: str
    shape: tuple[int, ...]
    kind: int
    flags: int
    at: int
    "Where the numbers' own tag begins, counted from the start of the array."


def mat_variables(file: Path) -> dict[str, Variable]:
    """Return the variables in a MATLAB file of level 5.

    Parameters
    ----------
    file : Path
        The file, of either byte order, compressed or not.

    Returns
    -------
    dict of str to Variable
        By name; arrays that are not compressed are mapped into memory and read where they are used.

    Raises
    ------
    ValueError
        If the file is truncated or damaged, or of another level.

    Notes
    -----
    A file has a header of 128 bytes and then elements: a type, a length, and so many bytes [1]_. Lengths are compared
    with what is there before anything is allocated for them.

    References
    ----------
    .. [1] The MathWorks, "MAT-File Format", level 5.
    """
    try:
        with file.open("rb") as stream:
            view = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        mark = bytes(view[_HEADER - 4 : _HEADER])
        if mark not in _ENDIANS:
            _refuse("which is not a MATLAB file of level 5 or 7.3")
        order = _ENDIANS[mark]
        return {name: variable for name, variable in _variables(view, order, file) if name}
    except (ValueError, zlib.error) as error:
        raise ValueError(_told(file, error)) from None


def _told(file: Path, error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    got = text if text.startswith("which ") else f"which is damaged ({text})"
    return complaint("path", EXPECTED, f"{file}, {got}", _REMEDY)


def _variables(view: memoryview, order: str, file: Path) -> Iterator[tuple[str, Variable]]:
    at = _HEADER
    while at < len(view):
        kind, length, _ = _tag(view[at : at + 8], order, top=True)
        body = view[at + 8 : at + 8 + length]
        if len(body) < length:
            _refuse(f"which is truncated: {length} bytes are announced, and there are {len(body)}")
        if kind not in {_MATRIX, _COMPRESSED}:
            _refuse(f"which is damaged: an element of type {kind} at byte {at}")
        yield _variable(body, order, file, compressed=kind == _COMPRESSED)
        at += 8 + length


def _variable(body: memoryview, order: str, file: Path, *, compressed: bool) -> tuple[str, Variable]:
    """Return the name and the variable in one element."""
    size, start = len(body), body[:_LONGEST_HEAD]
    if compressed:
        start = memoryview(zlib.decompressobj().decompress(body, _LONGEST_HEAD))
        kind, size, _ = _tag(start[:8], order, top=True)
        if kind != _MATRIX:
            _refuse(f"which is damaged: a compressed element of type {kind}")
        if size > _LARGEST_RATIO * len(body) + _LONGEST_HEAD:
            _refuse(f"which is truncated: {size} bytes are announced by a compressed element of {len(body)}")
        start = start[8:]
    head = _head(start, order)

    def read() -> HostArray:
        """Return the array."""
        try:
            return _array(_inflated(body, size) if compressed else body, head, order)
        except (ValueError, zlib.error) as error:
            raise ValueError(_told(file, error)) from None

    return head.name, Variable(head.shape, _problem(head), read)


def _problem(head: _Head) -> str | None:
    if head.kind not in _CLASSES:
        return _OTHERS.get(head.kind, f"of MATLAB's class {head.kind}")
    if 0 in head.shape:
        return "empty"
    return "complex" if head.flags & _COMPLEX else None


def _inflated(body: memoryview, size: int) -> memoryview:
    """Return what stands after the tag of a compressed element, of exactly the size that the tag tells."""
    inflate = zlib.decompressobj()
    content = inflate.decompress(body, size + 9)
    if len(content) != size + 8 or not inflate.eof or inflate.unused_data:
        _refuse("which is truncated or damaged inside a compressed array")
    return memoryview(content)[8:]


def _head(start: memoryview, order: str) -> _Head:
    parts, at = [], 0
    for _ in range(3):
        kind, length, small = _tag(start[at : at + 8], order)
        where = at + 4 if small else at + 8
        parts.append((kind, bytes(start[where : where + length])))
        if len(parts[-1][1]) < length:
            _refuse("which is truncated or damaged in front of an array")
        at += 8 if small else 8 + -(-length // 8) * 8
    (flag_type, flags), (shape_type, shape), (name_type, name) = parts
    axes = len(shape) // 4
    known = flag_type == 6 and shape_type == 5 and name_type in {1, 16}
    if not (known and len(flags) == 8 and len(shape) % 4 == 0 and 2 <= axes <= _MOST_AXES):
        _refuse("which is damaged in front of an array")
    lengths = struct.unpack(f"{order}{axes}i", shape)
    if min(lengths) < 0 or len(name) > _LONGEST_NAME:
        _refuse("which is damaged in front of an array")
    word = struct.unpack(f"{order}2I", flags)[0]
    return _Head(name.decode("latin1"), lengths, word & 0xFF, word, at)


def _array(body: memoryview, head: _Head, order: str) -> HostArray:
    """Return the numbers of an array, in MATLAB's shape and in its class's type."""
    kind, length, small = _tag(body[head.at : head.at + 8], order)
    if kind not in _TYPES:
        _refuse(f"which is damaged: numbers of type {kind}")
    stored, count = host.dtype(order + _TYPES[kind]), math.prod(head.shape)
    at = head.at + (4 if small else 8)
    if length != count * stored.itemsize or at + length > len(body):
        _refuse(f"which is truncated or damaged: {count} numbers of {stored} in {length} bytes")
    numbers = host.frombuffer(body[at : at + length], dtype=stored).reshape(head.shape, order="F")
    logical = head.flags & _LOGICAL and _CLASSES[head.kind] == "u1"
    with host.errstate(invalid="ignore", over="ignore"):
        return numbers.astype("?" if logical else _CLASSES[head.kind], copy=False)


def _tag(start: memoryview, order: str, *, top: bool = False) -> tuple[int, int, bool]:
    """Return an element's type and length, and whether it is a small one, whose data stand inside the tag."""
    if len(start) < 8:
        _refuse("which is truncated")
    kind, length = struct.unpack(f"{order}2I", start)
    if kind >> 16 and not top:
        kind, length = kind & 0xFFFF, kind >> 16
        if length > 4:
            _refuse("which is damaged: a small element of more than four bytes")
        return kind, length, True
    return kind, length, False


def _refuse(what: str) -> Any:
    raise ValueError(what)
