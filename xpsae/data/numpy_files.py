"""NumPy's own files, .npy and .npz, each header checked before NumPy acts on what it claims."""

from __future__ import annotations

import lzma
import os
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.npy import require_npy
from xpsae.data.variables import EXPECTED

NPY_MAGIC = b"\x93NUMPY"
NPZ_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")

_REMEDY = "Copy or write it again."
_PLAIN = "Write numbers of one type, rows of one length, with numpy.save or numpy.savez."
# What zipfile and its decompressors raise for damaged archives: a wrong place, an unknown method, a password.
_DAMAGE: tuple[type[Exception], ...] = (ValueError, EOFError, LookupError, OSError, RuntimeError, SyntaxError)
_DAMAGE += (MemoryError, struct.error, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


def read_npy(file: Path) -> HostArray:
    """Return the array in a .npy file, mapped: a large file is never read at once."""
    try:
        with file.open("rb") as stream:
            require_npy(stream, os.fstat(stream.fileno()).st_size)
        mapped: HostArray = host.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, MemoryError) as error:
        raise ValueError(_unreadable(file, error)) from None
    return mapped


def parse_npy(content: bytes, name: Path) -> HostArray:
    """Return the array in the bytes of a .npy file."""
    try:
        require_npy(BytesIO(content), len(content))
        array: HostArray = host.load(BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, MemoryError) as error:
        raise ValueError(_unreadable(name, error)) from None
    return array


def read_npz(file: Path, key: str | None) -> HostArray:
    """Return the array in a .npz file, or the one of several named `key`."""
    try:
        with file.open("rb") as stream, host.load(stream, allow_pickle=False) as archive:
            names = list(archive.files)
            name = names[0] if key is None and len(names) == 1 else key
            array = _member(archive, str(name)) if name in names else None
    except _DAMAGE as error:
        raise ValueError(_unreadable(file, error)) from None
    if name not in names:
        expected = "one of " + (", ".join(repr(known) for known in names) or "no arrays at all")
        raise ValueError(
            complaint(
                "key",
                expected,
                f"{key!r} for {file}",
                "Name the array to be read: --key NAME, or numpy.load(path)[name].",
            )
        )
    return _required(array, str(name), file)


def read_members(file: Path) -> dict[str, HostArray]:
    """Return all arrays in a .npz file."""
    try:
        with file.open("rb") as stream, host.load(stream, allow_pickle=False) as archive:
            found = {name: _member(archive, name) for name in archive.files}
    except _DAMAGE as error:
        raise ValueError(_unreadable(file, error)) from None
    return {name: _required(array, name, file) for name, array in found.items()}


def _required(array: Any, name: str, file: Path) -> HostArray:
    if not isinstance(array, host.ndarray):
        raise ValueError(complaint("path", EXPECTED, f"{file} whose part {name!r} is not an array", _REMEDY))
    return array


def _member(archive: Any, name: str) -> Any:
    """Return one part of an archive that `numpy.load` opened, after a look at what its header claims."""
    parts = archive.zip.namelist()
    part = name if name in parts else f"{name}.npy"
    if parts.count(part) == 1:
        with archive.zip.open(part) as stream:
            if stream.peek(6)[:6] == NPY_MAGIC:
                require_npy(stream, archive.zip.getinfo(part).file_size)
    return archive[name]


def _unreadable(file: Path, error: Exception) -> str:
    """Return in words what NumPy says of a file that it cannot read."""
    text = " ".join(str(error).split())[:200]  # cut, because zipfile quotes what stands in the file
    if text.startswith(("which ", "with ")):
        return complaint("path", EXPECTED, f"{file}{',' * text.startswith('which')} {text}", _REMEDY)
    if "object" in text.lower():
        return complaint("path", EXPECTED, f"{file}, which holds Python objects", _PLAIN)
    if "empty file" in text:
        return complaint("path", EXPECTED, f"{file}, whose array is empty", _PLAIN)
    cut = ("mmap length", "EOF", "cut short", "No data left", "reading array", "truncated", "not a zip file", "closed")
    told = "which is truncated" if any(word in text for word in cut) else f"which is damaged ({text})"
    return complaint("path", EXPECTED, f"{file}, {told}", _REMEDY)
