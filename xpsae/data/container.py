"""The container of a model file: named arrays and a JSON header in the safetensors format, read strictly, no pickle."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.files import existing_file, replacing

FORMAT, VERSION = "xpsae", 1
_NAMES = {FORMAT: "a model file", "xpsae checkpoint": "a checkpoint"}
_REMEDY = "Pass a file that SparseAutoencoder.save wrote."


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
        got = f"{file}, which cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
        raise ValueError(complaint("path", _NAMES[kind], got, _REMEDY)) from None
    return arrays, header


def _header(metadata: Mapping[str, str], file: str, kind: str) -> dict[str, Any]:
    if metadata.get("format") != kind:
        raise ValueError(complaint("path", _NAMES[kind], f"{file}, a safetensors file of another kind", _REMEDY))
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
        raise ValueError(complaint("path", _NAMES[kind], f"{file} with a damaged header", _REMEDY))
    return header
