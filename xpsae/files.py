"""Files that are there, and files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from xpsae.checks import complaint


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Return a context whose binary file takes the place of `path` when the block ends without an error.

    Until then the bytes lie in a file of another name in the same folder, so that a reader, or a run that is
    interrupted, never leaves half a file under the name asked for. A symbolic link is kept and its target replaced;
    what is not a regular file, such as ``/dev/stdout``, is written to directly.

    Parameters
    ----------
    path : str or path
        The file to write; its folder must exist.

    Yields
    ------
    binary file
        Open for writing.

    Raises
    ------
    OSError
        If the folder is missing or not writable, or `path` is a folder.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    target = path.resolve()
    draft = target.with_name(f".{target.name[:200]}.{os.getpid()}.part")
    try:
        with draft.open("wb") as stream:
            yield stream
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def existing_file(path: str | os.PathLike[str]) -> Path:
    """Return `path` as a Path, or raise a FileNotFoundError of one line that names it."""
    file = Path(path)
    if not file.is_file():
        got = f"{file}, which is {'a folder' if file.is_dir() else 'not there'}"
        raise FileNotFoundError(complaint("path", "a file", got, "Check the spelling and the folder."))
    return file
