"""MATLAB's files of version 7.3, which are HDF5: the numeric arrays in them, by h5py."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from types import ModuleType
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.variables import EXPECTED, Variable

MAGIC = b"MATLAB 7.3"

_REMEDY = "Save or copy it again."
_NUMBERS = {b"double", b"single", b"logical"} | {
    f"{sign}int{n}".encode() for sign in ("", "u") for n in (8, 16, 32, 64)
}
_LARGEST_RATIO = 1032  # of what zlib can make of a byte
# What h5py raises for damaged files.
_DAMAGE = (ValueError, OSError, RuntimeError, LookupError, TypeError, MemoryError, OverflowError, AttributeError)


def hdf_variables(file: Path) -> dict[str, Variable]:
    """Return the variables in a MATLAB file of version 7.3.

    Parameters
    ----------
    file : Path
        The file.

    Returns
    -------
    dict of str to Variable
        By name.

    Raises
    ------
    ImportError
        If h5py is not installed.
    ValueError
        If the file is truncated or damaged.

    Notes
    -----
    Links to other files are not followed, and a data set that claims more numbers than its bytes in the file can stand
    for is refused before anything is allocated for it.
    """
    h5py = _h5py(file)
    try:
        with h5py.File(file, "r") as content:
            names = [name for name in content if not name.startswith("#")]
            return {name: _variable(h5py, content, name, file) for name in names}
    except _DAMAGE as error:
        raise ValueError(_told(file, error)) from None


def _variable(h5py: ModuleType, content: Any, name: str, file: Path) -> Variable:
    problem, shape = _problem(h5py, content, name)

    def read() -> HostArray:
        """Return the array, with the axes in MATLAB's order."""
        try:
            with h5py.File(file, "r") as again:
                numbers: HostArray = again[name][()]
                logical = again[name].attrs.get("MATLAB_class") == b"logical"
        except _DAMAGE as error:
            raise ValueError(_told(file, error)) from None
        return host.asarray(numbers.T, dtype="?" if logical else numbers.dtype.newbyteorder("="))

    return Variable(shape, problem, read)


def _problem(h5py: ModuleType, content: Any, name: str) -> tuple[str | None, tuple[int, ...]]:
    """Return why a member is no array of real numbers, or None, and its shape in MATLAB."""
    if not isinstance(content.get(name, getlink=True), h5py.HardLink):
        return "a link to another place", ()
    member = content[name]
    if not isinstance(member, h5py.Dataset):
        return "a struct or an object", ()
    kind = member.attrs.get("MATLAB_class")
    if kind not in _NUMBERS:
        # A number would become as many zeros.
        name = kind[:30].decode("latin1") if isinstance(kind, bytes) else "unknown"
        return f"of MATLAB's class {name}", ()
    if member.is_virtual or member.external:
        return "kept in other files", ()
    return _problem_of_numbers(member)


def _problem_of_numbers(member: Any) -> tuple[str | None, tuple[int, ...]]:
    if member.dtype.kind not in "biuf":
        return "complex", ()
    shape = tuple(reversed(member.shape or ()))
    if member.attrs.get("MATLAB_empty") or len(shape) < 2 or 0 in shape:
        return "empty", ()
    if math.prod(shape) * member.dtype.itemsize > _LARGEST_RATIO * member.id.get_storage_size():
        return f"damaged: it claims {shape} numbers that are not there", shape
    return None, shape


def _told(file: Path, error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return complaint("path", EXPECTED, f"{file}, which is truncated or damaged ({text})", _REMEDY)


def _h5py(file: Path) -> ModuleType:
    try:
        return importlib.import_module("h5py")
    except ModuleNotFoundError as error:
        message = f"{file} is a MATLAB file of version 7.3, which needs h5py. Run: pip install 'xpsae[files]'"
        raise ImportError(message) from error
