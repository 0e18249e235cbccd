"""Where commands write: ``--output``, looked at before any work is done."""

from __future__ import annotations

import argparse
import glob
import os
from collections.abc import Sequence
from pathlib import Path

from xpsae.checks import complaint


def add_output(parser: argparse.ArgumentParser, default: str | None, text: str) -> None:
    """Add ``-o``; where there is no one default, `text` has to tell."""
    value, told = (None, "") if default is None else (Path(default), f" (default: {default})")
    parser.add_argument("-o", "--output", metavar="PATH", type=Path, default=value, help=text + told)


def prepared_file(path: Path, *, read: Sequence[str | os.PathLike[str]]) -> Path:
    """Return `path` after making its folder, so that what cannot be written is refused before any work.

    Parameters
    ----------
    path : Path
        The file to write.
    read : sequence of str or path
        The files that the command reads, or patterns of them, which it must not write over.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    ValueError
        If `path` is a folder, or one of the files read.
    OSError
        If its folder can be neither made nor written to.
    """
    if path.is_dir():
        raise ValueError(complaint("--output", "a file", f"the folder {path}", "Add a file name."))
    if path.exists() and any(path.samefile(file) for each in read for file in _files(each)):
        raise ValueError(complaint("--output", "another file than is read", str(path), "Pass another path."))
    prepared_folder(path.parent)
    return path


def _files(read: str | os.PathLike[str]) -> list[str]:
    """Return the files that a name or a pattern means."""
    name = os.fspath(read)
    return [name] if Path(name).exists() else glob.glob(name, recursive=True)  # noqa: PTH207 - as sources does


def prepared_folder(path: Path) -> Path:
    """Return `path`, a folder that exists (made where it did not) and can be written to.

    Raises
    ------
    OSError
        If it can be neither made nor written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        message = complaint("--output", "a folder", f"the file {path}", "Pass another path.")
        raise ValueError(message) from None
    if not os.access(path, os.W_OK):
        raise PermissionError(complaint("--output", "a folder that can be written to", str(path), "Pass another path."))
    return path
