"""IDX, the format of the MNIST files: a six-line header and the numbers, optionally in gzip."""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.files import existing_file

GZIP_MAGIC = b"\x1f\x8b"
IDX_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

_EXPECTED = "an IDX file"
_REMEDY = "Download or copy the file again, or pass another one."
_PIECE = 1 << 20
_MOST_AXES = 64  # NumPy's own limit


def read_idx(path: str | os.PathLike[str]) -> HostArray:
    """Return the array in an IDX file, the format of MNIST.

    Parameters
    ----------
    path : str or path-like
        The file, as it is or compressed by gzip; recognized by its content, not by its name.

    Returns
    -------
    numpy.ndarray
        Host array of the file's shape and type, in native byte order: uint8, int8, int16, int32, float32 or float64.
        MNIST's pictures are uint8 of shape (n, 28, 28), its labels uint8 of shape (n,).

    Raises
    ------
    FileNotFoundError
        If there is no file at `path`.
    ValueError
        If the file is not IDX, is truncated or damaged, or holds more than its header says.

    Notes
    -----
    Two zero bytes, one for the type, one for the number of axes, the length of each axis as a big-endian 32-bit
    integer, then the elements in C order, big-endian [1]_. No more memory is taken than the file has content for,
    whatever its header claims.

    References
    ----------
    .. [1] LeCun, Y., Cortes, C. and Burges, C. J. C., "The MNIST database of handwritten digits", section
       "File formats".

    Examples
    --------
    >>> import pathlib, tempfile
    >>> header = bytes([0, 0, 0x08, 2]) + (2).to_bytes(4, "big") + (3).to_bytes(4, "big")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "six-idx2-ubyte"
    ...     _ = file.write_bytes(header + bytes([1, 2, 3, 4, 5, 6]))
    ...     read_idx(file)
    array([[1, 2, 3],
           [4, 5, 6]], dtype=uint8)
    """
    file = existing_file(path)
    with file.open("rb") as raw:
        compressed = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        if not compressed:
            return _array(raw, file)
        try:
            with gzip.GzipFile(fileobj=raw) as stream:
                return _array(stream, file)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            got = f"{file} in gzip that is truncated or damaged ({error})"
            raise ValueError(complaint("path", _EXPECTED, got, _REMEDY)) from None


def mapped_idx(file: Path) -> HostArray:
    """Return the array in an IDX file that is not compressed, mapped: its numbers are big-endian and not read yet.

    Raises
    ------
    ValueError
        As `read_idx`.
    """
    with file.open("rb") as stream:
        dtype, shape = _header(stream, file)
        offset, came = stream.tell(), file.stat().st_size - stream.tell()
    if (size := math.prod(shape) * dtype.itemsize) != came:
        raise ValueError(complaint("path", _EXPECTED, _uneven(file, shape, size, came), _REMEDY))
    return host.memmap(file, dtype=dtype, mode="r", offset=offset, shape=shape)


def _uneven(file: Path, shape: tuple[int, ...], size: int, came: int) -> str:
    told = f"only {came}" if came < size else "more"
    return f"{file} whose header says {shape}, {size} bytes of data, with {told}"


def _array(stream: BinaryIO | gzip.GzipFile, file: Path) -> HostArray:
    dtype, shape = _header(stream, file)
    size = math.prod(shape) * dtype.itemsize
    content = _read(stream, size + 1)
    if len(content) != size:
        raise ValueError(complaint("path", _EXPECTED, _uneven(file, shape, size, len(content)), _REMEDY))
    values = host.frombuffer(content, dtype=dtype).reshape(shape)
    return values.astype(dtype.newbyteorder("="), copy=False)


def _header(stream: BinaryIO | gzip.GzipFile, file: Path) -> tuple[host.dtype, tuple[int, ...]]:
    magic = bytes(_read(stream, 4))
    if len(magic) < 4 or magic[:2] != b"\x00\x00" or magic[2] not in IDX_DTYPES or not 1 <= magic[3] <= _MOST_AXES:
        got = f"{file} that starts with the bytes {magic.hex(' ') or '(none)'}"
        raise ValueError(complaint("path", f"{_EXPECTED} (00 00, type, number of axes)", got, _REMEDY))
    lengths = bytes(_read(stream, 4 * magic[3]))
    if len(lengths) < 4 * magic[3]:
        got = f"{file} that ends inside its header"
        raise ValueError(complaint("path", _EXPECTED, got, _REMEDY))
    shape = struct.unpack(f">{magic[3]}I", lengths)
    if 0 in shape:
        got = f"{file} whose header says {shape}, no data at all"
        raise ValueError(complaint("path", _EXPECTED, got, _REMEDY))
    return host.dtype(IDX_DTYPES[magic[2]]), shape


def _read(stream: BinaryIO | gzip.GzipFile, size: int) -> bytearray:
    # In pieces, because one read would first allocate what a damaged header asks for.
    content = bytearray()
    while len(content) < size and (piece := stream.read(min(_PIECE, size - len(content)))):
        content += piece
    return content
