"""Files in, rows or pictures out: each format is recognized by its content, CSV by its name, folders as such."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.hdf import MAGIC as HDF_MAGIC
from xpsae.data.hdf import hdf_variables
from xpsae.data.idx import GZIP_MAGIC, IDX_DTYPES, mapped_idx, read_idx
from xpsae.data.images import folder_images, rows_of_images
from xpsae.data.mat import MAGIC as MAT_MAGIC
from xpsae.data.mat import mat_variables
from xpsae.data.numpy_files import NPY_MAGIC, NPZ_MAGICS, read_npy, read_npz
from xpsae.data.rows import Rows, as_samples, require_samples
from xpsae.data.tables import PARQUET_MAGIC, SEPARATORS, read_csv, read_parquet
from xpsae.data.variables import EXPECTED, Variable, chosen
from xpsae.files import as_path, existing_file

READABLE = ".npy, .npz, IDX and IDX in gzip, .mat, .csv, .tsv, Parquet, and folders of pictures"

_REMEDY = "Copy or write it again."


def read_rows(path: str | os.PathLike[str], key: str | None = None) -> Rows:
    """Return the samples in a file, one per row, and the shape of one sample where the file tells it.

    Parameters
    ----------
    path : str or path-like
        A .npy, .npz, IDX or MATLAB file, IDX in gzip, a table in CSV or Parquet, or a folder of pictures of one size.
        The array in it has the shape (n, features), (n, height, width) or (n, height, width, channels); in a MATLAB
        file, (n, features), (height, width, n) or (height, width, channels, n).
    key : str, optional
        The name of the array in a .npz or MATLAB file of several.

    Returns
    -------
    Rows
        `rows`, a host array of shape (n_samples, n_features), and `tile`, the shape of one sample or None. A .npy
        file is mapped into memory and read only where its rows are used.

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`.
    ImportError
        If the format needs a package that is not installed; the message has the command that installs it.
    ValueError
        If the file is of another format, truncated or damaged, holds anything but real numbers, has another number of
        axes, or if `key` does not name one of its arrays.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "pictures.npz"
    ...     np.savez(file, pictures=np.zeros((5, 4, 3)))
    ...     data = read_rows(file)
    >>> data.rows.shape, data.tile
    ((5, 12), (4, 3))
    """
    place = as_path(path)
    if place.is_dir():
        return as_samples(rows_of_images(folder_images(place), place), place)
    file = existing_file(path)
    array, _ = _read_array(file, key)
    return as_samples(array, file)


def read_images(path: str | os.PathLike[str], key: str | None = None, *, gray: bool = False) -> list[HostArray]:
    """Return the pictures in a folder or a file, for `sample_patches`.

    Parameters
    ----------
    path : str or path-like
        A folder of image files; or a file of one array of pictures, which any format that `xpsae fit` reads can hold:
        (height, width, n) or (height, width, channels, n) in a MATLAB file such as the exercises' ``IMAGES.mat``,
        (n, height, width) or (n, height, width, channels) in any other.
    key : str, optional
        The name of the array in a .npz or MATLAB file of several.
    gray : bool
        Whether image files in color become gray.

    Returns
    -------
    list of numpy.ndarray
        Host arrays of shape (height, width) or (height, width, channels), of the file's type: uint8 for most image
        files, whose patches `fit` divides by 255.

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`.
    ImportError
        If the format needs a package that is not installed; the message has the command that installs it.
    ValueError
        If a file is of another format, truncated or damaged, or holds no pictures.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import xpsae
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "pictures.npy"
    >>> np.save(file, np.zeros((3, 20, 30), dtype=np.uint8))
    >>> images = xpsae.read_images(file)
    >>> xpsae.sample_patches(images, 5, (8, 8), rng=0).shape
    (5, 64)
    """
    place = as_path(path)
    if place.is_dir():
        return folder_images(place, gray=gray)
    array, matlab = _read_array(existing_file(path), key)
    if array.dtype.kind not in "biuf" or array.ndim not in (2 if matlab else 3, 3, 4) or 0 in array.shape:
        expected = "pictures, shape " + ("(height, width, n)" if matlab else "(n, height, width)")
        raise ValueError(complaint("path", expected, f"{place} with {array.dtype} of shape {array.shape}", _REMEDY))
    return list(_stacked(array))


def variables_in(file: Path) -> dict[str, Variable] | None:
    """Return the variables in a MATLAB file, or None where it is of another format."""
    with file.open("rb") as stream:
        magic = stream.read(len(HDF_MAGIC))
    if not magic.startswith(MAT_MAGIC):
        return None
    return hdf_variables(file) if magic == HDF_MAGIC else mat_variables(file)


def _read_array(file: Path, key: str | None) -> tuple[HostArray, bool]:
    """Return the array in a file, samples first, and whether it is MATLAB's."""
    with file.open("rb") as stream:
        magic = stream.read(6)
    if not magic:
        raise ValueError(complaint("path", EXPECTED, f"{file}, which is empty", _REMEDY))
    if magic.startswith(NPZ_MAGICS):
        return read_npz(file, key), False
    if magic == MAT_MAGIC:
        array = chosen(variables_in(file) or {}, key, file)
        return (array if array.ndim == 2 else host.moveaxis(array, -1, 0)), True
    if key is not None:
        got = f"{key!r} for {file}, which holds one array"
        raise ValueError(complaint("key", "None for a file of one array", got, "Leave it out."))
    return _read_single(file, magic), False


def _read_single(file: Path, magic: bytes) -> HostArray:
    """Return the array in a file of one."""
    if magic == NPY_MAGIC:
        return read_npy(file)
    if magic.startswith(GZIP_MAGIC) or (magic[:2] == b"\x00\x00" and magic[2:3] and magic[2] in IDX_DTYPES):
        return read_idx(file)
    if magic.startswith(PARQUET_MAGIC):
        return read_parquet(file)
    if file.suffix.lower() in SEPARATORS:
        return read_csv(file)
    got = f"{file} that starts with the bytes {magic.hex(' ')}"
    remedy = f"The formats read are {READABLE}; numpy.save writes the first."
    raise ValueError(complaint("path", "a file of a known format", got, remedy))


def _stacked(array: HostArray) -> HostArray:
    """Return pictures with one more axis in front where there is one alone."""
    return array[None] if array.ndim == 2 else array


def mapped_file(file: Path) -> Any:
    """Return the array of a .npy or IDX file, checked and mapped, none of it read; None for one that is compressed."""
    with file.open("rb") as stream:
        magic = stream.read(6)
    if magic == NPY_MAGIC:
        array = read_npy(file)
    elif magic[:2] == b"\x00\x00" and magic[2:3] and magic[2] in IDX_DTYPES:
        array = mapped_idx(file)
    else:
        return None
    require_samples(array, file)
    return array
