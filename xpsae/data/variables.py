"""Named arrays in a file, as MATLAB keeps them: told by their headers, read when asked for, chosen by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint

EXPECTED = "a file of real numbers"
PLAIN = "Save matrices of real numbers."


@dataclass(frozen=True)
class Variable:
    """One variable of a file.

    Attributes
    ----------
    shape : tuple of int
        Its lengths as MATLAB has them.
    problem : str or None
        What it is, where it is no array of real numbers.
    read : callable
        What gives the array, of that shape and of the file's type in native byte order.
    """

    shape: tuple[int, ...]
    problem: str | None
    read: Callable[[], HostArray]


def chosen(variables: Mapping[str, Variable], key: str | None, file: Path) -> HostArray:
    """Return the one array in a file, or the one named `key`.

    Parameters
    ----------
    variables : mapping of str to Variable
        What is in the file.
    key : str or None
        Which is wanted; None for the only one of more than one number.
    file : Path
        The file.

    Returns
    -------
    numpy.ndarray
        The array.

    Raises
    ------
    ValueError
        If there is none of that name, if several could be meant, or if it is no array of real numbers.
    """
    arrays = [name for name, it in variables.items() if it.problem is None and math.prod(it.shape) > 1]
    name = arrays[0] if key is None and len(arrays) == 1 else key
    if name is None or name not in variables:
        expected = "one of " + (", ".join(map(repr, arrays or variables)) or "no variables at all")
        raise ValueError(complaint("key", expected, f"{key!r} for {file}", "Name the variable to be read."))
    if (problem := variables[name].problem) is not None:
        raise ValueError(complaint("path", EXPECTED, f"{file} whose variable {name!r} is {problem}", PLAIN))
    return variables[name].read()
