"""The files that commands read, and errors that name them by their place on the command line."""

from __future__ import annotations

from typing import Any

import xpsae
from xpsae.data.formats import read_rows
from xpsae.data.sources import opened
from xpsae.files import naming


def loaded(options: Any) -> xpsae.SparseAutoencoder:
    """Return the model in the file MODEL."""
    with naming("MODEL"):
        return xpsae.load(options.model)


def data_rows(options: Any) -> Any:
    """Return the samples in the file DATA, which stay there until they are wanted where it is not compressed."""
    with naming("DATA"):
        return read_rows(options.data, options.key).rows if options.key else opened(options.data, name="path")
