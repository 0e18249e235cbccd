"""The container of model files: named arrays and a JSON header in the safetensors format, read strictly, no pickle."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.tensors import LONGEST_HEADER, json_object, read_tensors
from xpsae.files import existing_file, replacing

FORMAT, VERSION = "xpsae", 1
_NAMES = {FORMAT: "a model file", "xpsae checkpoint": "a checkpoint"}
_REMEDIES = {
    FORMAT: "Pass a file that SparseAutoencoder.save wrote.",
    "xpsae checkpoint": "Pass a file that fit(checkpoint=...) wrote.",
}
_KEYS = {"format", "version", "header"}
_LATER_KEYS = {"writer", "digest"}
"""What the first files of version 1 did not have yet."""


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

    # safetensors stores the bytes of a transposed array as they lie in memory, under the wrong shape.
    stored = {name: host.ascontiguousarray(array) for name, array in arrays.items()}
    metadata = {"format": kind, "version": str(VERSION), "header": json.dumps(header)}
    metadata["writer"] = _writer()
    payload = save(stored, metadata=metadata | {"digest": _digest(metadata, stored)})
    if int.from_bytes(payload[:8], "little") > LONGEST_HEADER:
        expected = f"a header of at most {LONGEST_HEADER} bytes, which is as long as one may be to be read again"
        raise ValueError(complaint("header", expected, "a longer one", "Keep fewer curvature pairs (history=)."))
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
        If it is truncated, changed, of another format, or written by a newer version.

    Notes
    -----
    Nothing is believed before it is checked: a header has a greatest length and is read whole before it is parsed,
    arrays are read only if they fill the rest of the file exactly, and a digest over everything that is kept tells
    a damaged file from a whole one. So reading takes about the memory of the file, whatever the file says.
    """
    file = existing_file(path)
    try:
        with file.open("rb") as stream:
            metadata, arrays = read_tensors(stream, os.fstat(stream.fileno()).st_size)
    except (OSError, ValueError) as error:
        text = " ".join(str(error).split())[:200]
        got = f"{file}, {text if text.startswith('which ') else f'which cannot be read ({text})'}"
        raise ValueError(complaint("path", _NAMES[kind], got, _REMEDIES[kind])) from None
    _require_kind(metadata, file, kind)
    header = _header(metadata, file, kind)
    content = {name: value for name, value in metadata.items() if name != "digest"}
    if "digest" in metadata and metadata["digest"] != _digest(content, arrays):
        got = f"{file}, whose content is not what was written: its digest differs"
        raise ValueError(complaint("path", _NAMES[kind], got, "Copy the file again; it was damaged on the way."))
    return arrays, header


@functools.cache
def _writer() -> str:
    """Return the version that is installed, asked for once: what is installed may not be there later in a run."""
    return importlib.metadata.version("xpsae")


def _digest(metadata: Mapping[str, str], arrays: Mapping[str, HostArray]) -> str:
    """Return a digest over all that a file says, however its bytes are laid out."""
    shapes = [(name, array.dtype.name, array.shape) for name, array in sorted(arrays.items())]
    digest = hashlib.sha256(json.dumps([sorted(metadata.items()), shapes]).encode())
    for _, array in sorted(arrays.items()):
        digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False).data)
    return digest.hexdigest()


def _require_kind(metadata: Mapping[str, str], file: Path, kind: str) -> None:
    """Raise a ValueError unless a file says that it is of the kind, of a version known here, and nothing else."""
    if metadata.get("format") != kind:
        raise ValueError(
            complaint("path", _NAMES[kind], f"{file}, a safetensors file of another kind", _REMEDIES[kind])
        )
    version, writer = metadata.get("version", ""), metadata.get("writer", "")
    if not (version.isdecimal() and len(version) < 5 and int(version) <= VERSION):
        expected = f"{_NAMES[kind]} of version {VERSION} or older"
        known = re.fullmatch(r"\d[\w.+!-]{0,30}", writer, re.ASCII)
        remedy = (
            f"Update xpsae to {writer} or later." if known else "Update xpsae to the release that wrote it, or later."
        )
        raise ValueError(complaint("path", expected, f"{file} of version {version[:20]!r}", remedy))
    if unknown := sorted(set(metadata) - _KEYS - _LATER_KEYS):
        got = f"{file} with what no version writes: {', '.join(map(repr, unknown))[:100]}"
        raise ValueError(complaint("path", _NAMES[kind], got, _REMEDIES[kind]))


def _header(metadata: Mapping[str, str], file: Path, kind: str) -> dict[str, Any]:
    try:
        return json_object(metadata["header"])
    except (KeyError, ValueError):
        raise ValueError(complaint("path", _NAMES[kind], f"{file} with a damaged header", _REMEDIES[kind])) from None
