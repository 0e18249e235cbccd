"""The files that commands read, and errors that name them by their place on the command line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import xpsae
from xpsae.arrays.typing import HostArray
from xpsae.data.formats import Rows, read_rows


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
    """Return the samples in the file DATA, and their shape where it says so."""
    with naming("DATA"):
        return read_rows(options.data, options.key)


def data_rows(options: Any) -> HostArray:
    """Return the samples in the file DATA."""
    return data_file(options).rows
