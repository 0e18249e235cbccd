"""The files that commands read, and errors that name them by their place on the command line."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import xpsae
from xpsae.arrays.typing import HostArray
from xpsae.data.formats import read_rows
from xpsae.data.rows import Rows, read_stream


@contextlib.contextmanager
def naming(place: str) -> Iterator[None]:
    """Return a context whose errors about a file name the place on the command line that it was given at."""
    try:
        yield
    except (TypeError, ValueError, OSError) as error:
        text = str(error)
        if not text.startswith("path: "):
            raise
        raise type(error)(place + text.removeprefix("path")) from error


def loaded(options: Any) -> xpsae.SparseAutoencoder:
    """Return the model in the file MODEL."""
    with naming("MODEL"):
        return xpsae.load(options.model)


def data_file(options: Any) -> Rows:
    """Return the samples in the file DATA, or on standard input where DATA is ``-``, and their shape if it is told."""
    with naming("DATA"):
        return read_stream(sys.stdin.buffer) if options.data == "-" else read_rows(options.data, options.key)


def data_rows(options: Any) -> HostArray:
    """Return the samples in the file DATA, or on standard input."""
    return data_file(options).rows
