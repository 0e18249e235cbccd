"""The container of a model file: named arrays and a JSON header in the safetensors format, read strictly, no pickle."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.files import existing_file, replacing

FORMAT, VERSION = "xpsae", 1
_NAMES = {FORMAT: "a model file", "xpsae checkpoint": "a checkpoint"}
_REMEDIES = {
    FORMAT: "Pass a file that SparseAutoencoder.save wrote.",
    "xpsae checkpoint": "Pass a file that fit(checkpoint=...) wrote.",
}
_LONGEST_HEADER = 100_000_000  # safetensors' own limit


def write_container(
    path: str | os.PathLike[str], arrays: Mapping[str, HostArray], header: Mapping[str, Any], *, kind: str = FORMAT
) -> None:
    """Write named arrays and a header to one file, whole or not at all.

    Parameters
    ----------
    path : str or path
        The file; one that exists is replaced once the new one is complete.
    arrays : mapping of str to numpy.ndarray
        Arrays of any layout; they are stored in C order.
    header : mapping
        Anything JSON can hold.
    kind : str
        What the file says it is.
    """
    from safetensors.numpy import save

    metadata = {"format": kind, "version": str(VERSION), "header": json.dumps(header)}
    # safetensors stores the bytes of a transposed array as they lie in memory, under the wrong shape.
    payload = save({name: host.ascontiguousarray(array) for name, array in arrays.items()}, metadata=metadata)
    with replacing(path) as stream:
        stream.write(payload)


def read_container(path: str | os.PathLike[str], *, kind: str = FORMAT) -> tuple[dict[str, HostArray], dict[str, Any]]:
    """Return the arrays and the header of a file that `write_container` wrote.

    Parameters
    ----------
    path : str or path
        The file.
    kind : str
        What it has to say it is.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
        The arrays.
    header : dict
        The header.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is truncated, of another format, or written by a newer version.
    """
    from safetensors import SafetensorError, safe_open

    file = existing_file(path)
    try:
        with safe_open(file, framework="numpy") as opened:
            metadata = opened.metadata() or {}
            header = _header(metadata, str(file), kind)
            arrays = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - not a mapping
    except (SafetensorError, OSError, AttributeError, LookupError, TypeError) as error:
        raise ValueError(complaint("path", _NAMES[kind], f"{file}, {_damage(file, error)}", _REMEDIES[kind])) from None
    return arrays, header


def _damage(file: Path, error: Exception) -> str:
    """Return in words why a file cannot be read: the format begins with the length of the header, then the header."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        length, begins = int.from_bytes(stream.read(8), "little"), stream.read(1)
        if size == 0:
            return "which is empty"
        if size < 8 or (begins in {b"", b"{"} and length < _LONGEST_HEADER and size < 8 + length):
            return "which is truncated"
        if begins == b"{":
            stream.seek(8)
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
                parts = json.loads(stream.read(min(length, size))).items()
                data = max(part["data_offsets"][1] for name, part in parts if name != "__metadata__")
                if size != 8 + length + data:
                    return "which is truncated" if size < 8 + length + data else "which has something after its end"
    return f"which cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:200]})"


def _header(metadata: Mapping[str, str], file: str, kind: str) -> dict[str, Any]:
    if metadata.get("format") != kind:
        raise ValueError(
            complaint("path", _NAMES[kind], f"{file}, a safetensors file of another kind", _REMEDIES[kind])
        )
    version = metadata.get("version", "")
    if not (version.isdecimal() and len(version) < 5 and int(version) <= VERSION):
        expected = f"{_NAMES[kind]} of version {VERSION} or older"
        got = f"{file} of version {version!r}"
        raise ValueError(complaint("path", expected, got, "Update xpsae to the release that wrote it, or a later one."))
    try:
        header = json.loads(metadata["header"])
    except (KeyError, ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise ValueError(complaint("path", _NAMES[kind], f"{file} with a damaged header", _REMEDIES[kind]))
    return header
