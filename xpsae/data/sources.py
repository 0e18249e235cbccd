"""What X may be besides an array: files by their names, memory maps, stores with rows to slice."""

from __future__ import annotations

import glob
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.convert import as_real
from xpsae.arrays.namespace import array_namespace, is_array, is_chunked, library_name
from xpsae.checks import complaint
from xpsae.data.cluster import Shared
from xpsae.data.formats import mapped_file, read_rows
from xpsae.data.parts import FilePart, LentPart, MappedPart, Part, mapped, stamp_of
from xpsae.data.stored import Stored
from xpsae.files import as_path, existing_file, naming

_STORES = "For HDF5 and Zarr open the file and pass its array: h5py.File(path)[name], zarr.open(path)."


def opened(X: Any, *, name: str = "X") -> Any:
    """Return what stands for X where it is not an array: rows that are read when they are wanted; X itself otherwise.

    Parameters
    ----------
    X : object
        A file name or pattern, a list of those, a memory map, an array of a store, or anything else.
    name : str
        What the caller calls it.

    Returns
    -------
    object
        `Stored` rows, the array of a compressed file, or `X`.

    Raises
    ------
    FileNotFoundError
        If a file is not there.
    TypeError, ValueError
        If a file or store holds no rows of real numbers, or files do not fit together.
    """
    if isinstance(X, str | os.PathLike):
        with naming(name):
            return _of_files(_matching(X), name)
    if isinstance(X, list | tuple) and X and all(isinstance(each, str | os.PathLike) for each in X):
        with naming(name):
            return _of_files([file for each in X for file in _matching(each)], name)
    if is_chunked(X):
        return _of_chunks(X, name)
    if mapped(X) and X.ndim == 2 and X.size:
        return _stored([MappedPart(X)], name)
    return _stored([LentPart(X, host.dtype(X.dtype))], name) if _lent(X) else X


def _matching(path: str | os.PathLike[str]) -> list[Path]:
    """Return the files that a name or a pattern means, in the order of their names."""
    given = as_path(path)
    if given.is_dir():
        got = f"the folder {given}"
        raise ValueError(
            complaint(
                "path",
                "a file",
                got,
                f"Pass '{given / '*.npy'}' for the files in it, read_images('{given}') for pictures. {_STORES}",
            )
        )
    if given.exists() or not glob.has_magic(str(given)):
        return [existing_file(given)]
    if not (found := sorted(glob.glob(str(given), recursive=True))):  # noqa: PTH207 - patterns may be absolute
        raise FileNotFoundError(complaint("path", f"files named {given}", "none", "Check the spelling and the folder."))
    return [Path(each) for each in found]


def _of_files(files: Sequence[Path], name: str) -> Any:
    parts = [_part(file) for file in files]
    if len(files) == 1 and parts[0] is None:
        return read_rows(files[0]).rows
    for file, part in zip(files, parts, strict=True):
        if part is None:
            remedy = "Write it as .npy (numpy.save), or unpack it (gunzip for IDX)."
            raise ValueError(
                complaint("path", "files that can be read in parts", f"{file}, which has to be read at once", remedy)
            )
    return _stored([part for part in parts if part is not None], name, [str(file) for file in files])


def _part(file: Path) -> Part | None:
    """Return the rows of a .npy or IDX file, None for a file that has to be read at once."""
    stamp = stamp_of(file.stat())
    array = mapped_file(file)
    if array is None:
        return None
    if not array.flags.c_contiguous:
        return MappedPart(array)
    shape = array.shape[0], math.prod(array.shape[1:])
    return FilePart(file.resolve(), array.offset, shape, array.dtype, stamp)


def _stored(parts: list[Part], name: str, files: Sequence[str] = ("",)) -> Stored:
    first = parts[0]
    as_real(host.zeros((1, 1), dtype=first.dtype), name=name)
    for part, file in zip(parts, files, strict=True):
        for what, mine, others in (
            ("columns", part.shape[1], first.shape[1]),
            ("dtype", part.dtype.newbyteorder("="), first.dtype.newbyteorder("=")),
        ):
            if mine != others:
                expected = f"files of the same {what}, {others} as in {files[0]}"
                raise ValueError(complaint("path", expected, f"{mine} in {file}", "Convert or leave out that file."))
    return Stored.of(parts)


def _of_chunks(X: Any, name: str) -> Any:
    """Return a Dask array's rows: on the workers of the cluster that is in use, or else computed when they are read."""
    require_matrix(X.shape, name=name)
    if any(map(math.isnan, X.shape)):
        remedy = f"Run {name}.compute_chunk_sizes() first."
        raise ValueError(complaint(name, "chunks of known sizes", f"shape {X.shape}", remedy))
    if len(X.chunks[1]) > 1:
        got = f"columns in chunks of {X.chunks[1][0]}"
        raise ValueError(complaint(name, "chunks of whole rows", got, f"Pass {name}.rechunk({{1: -1}})."))
    library = library_name(array_namespace(as_real(X._meta, name=name)))
    if (client := _client()) is None:
        if library != "numpy":
            remedy = "Make a client first, distributed.Client() say, whose workers compute with them."
            raise TypeError(complaint(name, "chunks of NumPy's, without a client", f"chunks of {library}", remedy))
        return _stored([LentPart(X, X.dtype, lambda rows: rows.compute(scheduler="threads"))], name)
    return Shared(X, client, X._meta[:0, :0].ravel())


def _client() -> Any:
    """Return the client that was made last, None where there is none."""
    if (distributed := sys.modules.get("distributed")) is None:
        return None
    try:
        client = distributed.default_client()
    except ValueError:
        return None
    if client.asynchronous:
        remedy = "Make it without asynchronous=True, or call fit in a thread."
        raise ValueError(complaint("X", "data of a client that can be waited for", "an asynchronous client", remedy))
    return client


def require_matrix(shape: tuple[float, ...], *, name: str) -> None:
    """Raise the ValueError that says why data of a shape are not rows."""
    if len(shape) != 2:
        remedy = (
            f"Pass {name}.reshape(1, -1) for one sample, {name}.reshape(-1, 1) for one feature."
            if len(shape) < 2
            else f"Flatten each sample: {name}.reshape({name}.shape[0], -1)."
        )
        got = f"{len(shape)} dimension{'s' * (len(shape) != 1)}, shape {tuple(shape)}"
        raise ValueError(complaint(name, "a 2-D array, one row a sample", got, remedy))
    if 0 in shape:
        got = f"shape {tuple(shape)}"
        raise ValueError(complaint(name, "at least one row and one column", got, "Check how the data were selected."))


def _lent(X: Any) -> bool:
    """Return whether X is no array, but has shape, dtype and slices of rows as HDF5's and Zarr's arrays have."""
    if is_array(X) or isinstance(X, host.ndarray | type) or hasattr(X, "nnz"):
        return False
    shape, dtype = getattr(X, "shape", None), getattr(X, "dtype", None)
    if dtype is None or not (isinstance(shape, tuple) and len(shape) == 2 and hasattr(X, "__getitem__")):
        return False
    try:
        return host.dtype(dtype).kind in "biufc" and 0 not in shape
    except TypeError:
        return False
