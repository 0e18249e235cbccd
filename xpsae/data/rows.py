"""Samples, one a row, as they come out of files and pipes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.numpy_files import NPY_MAGIC, parse_npy
from xpsae.data.variables import EXPECTED

_PLAIN = "Write numbers of one type, rows of one length, with numpy.save or numpy.savez."


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


def read_stream(stream: BinaryIO) -> Rows:
    """Return the samples in a .npy file that comes through a pipe, as `read_rows` does.

    Parameters
    ----------
    stream : binary file
        Read to its end, ``sys.stdin.buffer``, say.

    Returns
    -------
    Rows
        Samples, and the shape of one.

    Raises
    ------
    ValueError
        If it is no whole .npy file of real numbers.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> pipe = io.BytesIO()
    >>> np.save(pipe, np.zeros((5, 4, 3)))
    >>> read_stream(io.BytesIO(pipe.getvalue())).rows.shape
    (5, 12)
    """
    name, content = Path("-"), stream.read()
    if not content.startswith(NPY_MAGIC):
        got = f"{len(content)} bytes of something else" if content else "nothing at all"
        raise ValueError(complaint("path", "a .npy file on standard input", got, "numpy.save writes one."))
    return as_samples(parse_npy(content, name), name)


def as_samples(array: HostArray, file: Path) -> Rows:
    """Return the array in a file as samples, one a row, or raise the error that says why it cannot be."""
    require_samples(array, file)
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    tile = array.shape[1:] if array.ndim > 2 else None
    return Rows(native.reshape(array.shape[0], math.prod(array.shape[1:])), tile)


def require_samples(array: HostArray, file: Path) -> None:
    """Raise the ValueError that says why the array in a file holds no samples."""
    if array.dtype.kind not in "biuf":
        raise ValueError(complaint("path", EXPECTED, f"{file} with data of type {array.dtype}", _PLAIN))
    if not 2 <= array.ndim <= 4:
        expected = "an array of shape (n, features), (n, height, width) or (n, height, width, channels)"
        raise ValueError(
            complaint("path", expected, f"{file} with shape {array.shape}", "Reshape it; rows are samples.")
        )
