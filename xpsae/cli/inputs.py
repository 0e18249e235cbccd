"""The files that commands read, and errors that name them by their place on the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import xpsae
from xpsae.data.formats import read_rows
from xpsae.data.rows import Rows, read_stream
from xpsae.data.sources import opened
from xpsae.files import naming


def loaded(options: Any) -> xpsae.SparseAutoencoder:
    """Return the model in the file MODEL."""
    with naming("MODEL"):
        return xpsae.load(options.model)


def data_file(options: Any) -> Rows:
    """Return the samples in the file DATA, or on standard input where DATA is ``-``, and their shape if it is told."""
    with naming("DATA"):
        return read_stream(sys.stdin.buffer) if options.data == "-" else read_rows(options.data, options.key)


def data_rows(options: Any) -> Any:
    """Return the samples in DATA, which stay in their file until they are wanted where it can be read in parts."""
    if options.key or options.data == "-" or Path(options.data).is_dir():
        return data_file(options).rows
    with naming("DATA"):
        return opened(options.data, name="path")
