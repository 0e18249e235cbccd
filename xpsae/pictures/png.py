"""The two kinds of PNG that a feature grid needs, written with the standard library alone."""

from __future__ import annotations

import os
import struct
import zlib

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.files import replacing

_GRAY, _RGB = 0, 2


def write_png(path: str | os.PathLike[str], image: HostArray) -> None:
    """Return nothing; write an 8-bit picture to a PNG file, whole or not at all.

    Parameters
    ----------
    path : str or path
        The file; one that exists is replaced.
    image : array of uint8, shape (height, width) or (height, width, 3)
        Gray values, or red, green and blue.

    Raises
    ------
    TypeError
        If `image` is not of dtype uint8.
    ValueError
        If it is empty or of another shape.
    OSError
        If the file cannot be written.

    Notes
    -----
    Signature, then the chunks IHDR, IDAT and IEND; every line of the picture begins with filter type 0 [1]_.

    References
    ----------
    .. [1] W3C, "Portable Network Graphics (PNG) Specification", https://www.w3.org/TR/png/

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from xpsae.pictures.png import write_png
    >>> file = pathlib.Path(tempfile.mkdtemp(), "black.png")
    >>> write_png(file, np.zeros((2, 2), np.uint8))
    >>> file.read_bytes()[1:4]
    b'PNG'
    """
    content = png_bytes(image)
    with replacing(path) as stream:
        stream.write(content)


def png_bytes(image: HostArray) -> bytes:
    """Return the content of the PNG file of an 8-bit picture, of the kinds that `write_png` takes."""
    image = host.asarray(image)
    expected = "uint8 of shape (height, width) or (height, width, 3)"
    got = f"{image.dtype} of shape {image.shape}"
    remedy = "Pass what feature_grid returns."
    if image.dtype != host.uint8:
        raise TypeError(complaint("image", expected, got, remedy))
    if image.size == 0 or image.shape[2:] not in {(), (3,)} or image.ndim < 2:
        raise ValueError(complaint("image", expected, got, remedy))
    height, width = image.shape[:2]
    kind = _GRAY if image.ndim == 2 else _RGB
    lines = image.reshape(height, -1)
    unfiltered = host.concat([host.zeros((height, 1), host.uint8), lines], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(unfiltered.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
