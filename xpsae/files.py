"""Files that are there, and files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from xpsae.checks import complaint, described


def as_path(path: str | os.PathLike[str], *, name: str = "path") -> Path:
    """Return `path` as a Path, or raise the error that says why it names no file.

    Raises
    ------
    TypeError
        If it is neither a string nor a path.
    ValueError
        If it is empty or holds a null character.

    Examples
    --------
    >>> as_path("model.safetensors").suffix
    '.safetensors'
    """
    expected, remedy = "a file name, str or path", "Pass 'model.safetensors', say."
    spelled: object = os.fspath(path) if isinstance(path, os.PathLike) else path
    if isinstance(spelled, bytes):
        raise TypeError(complaint(name, expected, f"the bytes {spelled!r}", f"Pass os.fsdecode({name})."))
    if not isinstance(spelled, str):
        raise TypeError(complaint(name, expected, described(path), remedy))
    if not spelled or "\0" in spelled:
        raise ValueError(complaint(name, expected, repr(spelled), remedy))
    return Path(spelled)


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
    TypeError, ValueError
        If `path` names no file.
    OSError
        If the folder is missing or not writable, `path` is a folder, or the disk is full; the error names `path`.
    """
    file = as_path(path)
    target = file.resolve()
    _require_place(file, target)
    draft = target if file.exists() and not file.is_file() else target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("wb") as stream:
            yield stream
            if draft is not target:
                stream.flush()
                os.fsync(stream.fileno())
        if draft is not target:
            draft.replace(target)
            _keep_name(target.parent)
    except OSError as error:
        if error.errno is None or error.filename not in {None, str(draft)}:
            raise
        # The file that the operating system complains of is one the caller never named.
        raise OSError(error.errno, os.strerror(error.errno), str(file)) from error
    finally:
        if draft is not target:
            draft.unlink(missing_ok=True)


def _keep_name(folder: Path) -> None:
    """Bring a folder's new name to the disk, on systems that do that for folders."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _require_place(file: Path, target: Path) -> None:
    if target.is_dir():
        raise IsADirectoryError(complaint("path", "a file", f"the folder {file}", "Add a file name."))
    if not target.parent.is_dir():
        got = f"{file} in a folder that is not there"
        raise FileNotFoundError(complaint("path", "a file in a folder that exists", got, "Make the folder first."))


def existing_file(path: str | os.PathLike[str]) -> Path:
    """Return `path` as a Path, or raise a FileNotFoundError of one line that names it."""
    file = as_path(path)
    if not file.is_file():
        got = f"{file}, which is {'a folder' if file.is_dir() else 'not there'}"
        raise FileNotFoundError(complaint("path", "a file", got, "Check the spelling and the folder."))
    return file


@contextlib.contextmanager
def naming(place: str) -> Iterator[None]:
    """Return a context whose errors about a file name the parameter, or place on the command line, it was given at."""
    try:
        yield
    except (TypeError, ValueError, OSError) as error:
        text = str(error)
        if not text.startswith("path: "):
            raise
        raise type(error)(place + text.removeprefix("path")) from error
