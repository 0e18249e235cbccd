"""Files in, rows out: .npy, .npz and IDX, recognized by their content."""

from __future__ import annotations

import lzma
import math
import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.idx import GZIP_MAGIC, IDX_DTYPES, mapped_idx, read_idx
from xpsae.data.npy import require_npy
from xpsae.files import existing_file

READABLE = ".npy, .npz, IDX and IDX in gzip"

_EXPECTED = "a file of real numbers"
_REMEDY = "Copy or write it again."
_PLAIN = "Write numbers of one type, rows of one length, with numpy.save or numpy.savez."
_NPY_MAGIC = b"\x93NUMPY"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
# What zipfile and its decompressors raise for damaged archives: a wrong place, an unknown method, a password.
_DAMAGE: tuple[type[Exception], ...] = (ValueError, EOFError, LookupError, OSError, RuntimeError, SyntaxError)
_DAMAGE += (MemoryError, struct.error, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


@dataclass(frozen=True)
class Rows:
    """Samples read from a file.

    Attributes
    ----------
    rows : numpy.ndarray
        The samples, shape (n_samples, n_features), of the file's type in native byte order.
    tile : tuple of int or None
        The shape of one sample, (height, width) or (height, width, channels), where the file says so.
    """

    rows: HostArray
    tile: tuple[int, ...] | None


def read_rows(path: str | os.PathLike[str], key: str | None = None) -> Rows:
    """Return the samples in a file, one per row, and the shape of one sample where the file tells it.

    Parameters
    ----------
    path : str or path-like
        A .npy, .npz or IDX file, or IDX in gzip; recognized by its content, not by its name. The array in it has the
        shape (n, features), (n, height, width) or (n, height, width, channels).
    key : str, optional
        The name of the array in a .npz file of several.

    Returns
    -------
    Rows
        `rows`, a host array of shape (n_samples, n_features), and `tile`, the shape of one sample or None. A .npy
        file is mapped into memory and read only where its rows are used.

    Raises
    ------
    FileNotFoundError
        If there is no file at `path`.
    ValueError
        If the file is of another format, truncated or damaged, holds anything but real numbers, has another number of
        axes, or if `key` does not name one of its arrays.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "pictures.npz"
    ...     np.savez(file, pictures=np.zeros((5, 4, 3)))
    ...     data = read_rows(file)
    >>> data.rows.shape, data.tile
    ((5, 12), (4, 3))
    """
    file = existing_file(path)
    with file.open("rb") as stream:
        magic = stream.read(6)
    if not magic:
        raise ValueError(complaint("path", _EXPECTED, f"{file}, which is empty", _REMEDY))
    if magic.startswith(_ZIP_MAGICS):
        return _as_rows(_read_npz(file, key), file)
    if key is not None:
        got = f"{key!r} for {file}, which is not a .npz file"
        raise ValueError(complaint("key", "None for a file of one array", got, "Leave it out."))
    if magic == _NPY_MAGIC:
        return _as_rows(_read_npy(file), file)
    if magic.startswith(GZIP_MAGIC) or (magic[:2] == b"\x00\x00" and magic[2:3] and magic[2] in IDX_DTYPES):
        return _as_rows(read_idx(file), file)
    got = f"{file} that starts with the bytes {magic.hex(' ')}"
    remedy = f"The formats read are {READABLE}; numpy.save writes the first."
    raise ValueError(complaint("path", "a file of a known format", got, remedy))


def _read_npy(file: Path) -> HostArray:
    try:
        with file.open("rb") as stream:
            require_npy(stream, os.fstat(stream.fileno()).st_size)
        # Mapped: a large file is never read at once.
        mapped: HostArray = host.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, MemoryError) as error:
        raise ValueError(_unreadable(file, error)) from None
    return mapped


def _unreadable(file: Path, error: Exception) -> str:
    """Return in words what NumPy says of a file that it cannot read."""
    text = " ".join(str(error).split())[:200]  # cut, because zipfile quotes what stands in the file
    if text.startswith(("which ", "with ")):
        return complaint("path", _EXPECTED, f"{file}{',' * text.startswith('which')} {text}", _REMEDY)
    if "object" in text.lower():
        return complaint("path", _EXPECTED, f"{file}, which holds Python objects", _PLAIN)
    if "empty file" in text:
        return complaint("path", _EXPECTED, f"{file}, whose array is empty", _PLAIN)
    cut = ("mmap length", "EOF", "cut short", "No data left", "reading array", "truncated", "not a zip file", "closed")
    told = "which is truncated" if any(word in text for word in cut) else f"which is damaged ({text})"
    return complaint("path", _EXPECTED, f"{file}, {told}", _REMEDY)


def _read_npz(file: Path, key: str | None) -> HostArray:
    try:
        with file.open("rb") as stream, host.load(stream, allow_pickle=False) as archive:
            names = list(archive.files)
            name = names[0] if key is None and len(names) == 1 else key
            array = _member(archive, str(name)) if name in names else None
    except _DAMAGE as error:
        raise ValueError(_unreadable(file, error)) from None
    if name not in names:
        expected = "one of " + (", ".join(repr(known) for known in names) or "no arrays at all")
        raise ValueError(complaint("key", expected, f"{key!r} for {file}", "Name the array to be read."))
    if not isinstance(array, host.ndarray):
        raise ValueError(complaint("path", _EXPECTED, f"{file} whose part {name!r} is not an array", _REMEDY))
    return array


def _member(archive: Any, name: str) -> Any:
    """Return one part of an archive, after a look at what its header claims."""
    parts = archive.zip.namelist()
    part = name if name in parts else f"{name}.npy"
    if parts.count(part) == 1:
        with archive.zip.open(part) as stream:
            if stream.peek(6)[:6] == _NPY_MAGIC:
                require_npy(stream, archive.zip.getinfo(part).file_size)
    return archive[name]


def mapped_file(file: Path) -> Any:
    """Return the array of a .npy or IDX file, checked and mapped, none of it read; None for one that is compressed."""
    with file.open("rb") as stream:
        magic = stream.read(6)
    if magic == _NPY_MAGIC:
        array = _read_npy(file)
    elif magic[:2] == b"\x00\x00" and magic[2:3] and magic[2] in IDX_DTYPES:
        array = mapped_idx(file)
    else:
        return None
    _require_samples(array, file)
    return array


def _require_samples(array: HostArray, file: Path) -> None:
    if array.dtype.kind not in "biuf":
        raise ValueError(complaint("path", _EXPECTED, f"{file} with data of type {array.dtype}", _PLAIN))
    if not 2 <= array.ndim <= 4:
        expected = "an array of shape (n, features), (n, height, width) or (n, height, width, channels)"
        raise ValueError(
            complaint("path", expected, f"{file} with shape {array.shape}", "Reshape it; rows are samples.")
        )


def _as_rows(array: HostArray, file: Path) -> Rows:
    _require_samples(array, file)
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    tile = array.shape[1:] if array.ndim > 2 else None
    return Rows(native.reshape(array.shape[0], math.prod(array.shape[1:])), tile)
