"""A run as it stands between two evaluations: arrays and numbers, to save, to move, and to go on from exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.namespace import from_host, is_array, to_host
from xpsae.arrays.typing import AnyArray, Device, HostArray, Namespace
from xpsae.checks import complaint, described

VERSION = 1
WHOLE = {"evaluation", "low_at", "max_trials", "nfev", "nit", "slot", "stage", "trials"}
"""The numbers that are integers; all others are floats."""
REMEDY = "Pass the state of a result as it is."


@dataclass(frozen=True, eq=False)
class OptimizerState:
    """Everything the minimizer knows between two evaluations.

    It is a record to hand around, not to look into: `LBFGS.state` makes it, `LBFGS.from_state` goes on from it, and
    `minimize` takes it in place of a start. Arrays may be shared with the result it came with; nothing writes to them.
    """

    vectors: Mapping[str, AnyArray] = field(repr=False)
    """What has the length of the problem, in the run's library, dtype and device: the point ``x`` and its gradient
    ``g``, the ``rows`` of pairs and direction, shape (2·history + 1, n), and where they are other points, the lowest
    one (``best.x``, ``best.g``) and the gradient of the lowest trial of an unfinished search (``lowest.g``)."""
    tables: Mapping[str, HostArray] = field(repr=False)
    """The inner products, float64 NumPy arrays whatever the library."""
    numbers: Mapping[str, Any]
    """Counts, values and options, as plain as JSON; NaN and infinities are the strings "nan", "inf" and "-inf"."""

    @property
    def history(self) -> int:
        """The number of curvature pairs the run keeps."""
        try:
            return int(self.numbers["options"]["history"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(complaint("state", "the options of a run", f"none ({error!r})", REMEDY)) from None

    def packed(self) -> tuple[dict[str, HostArray], dict[str, Any]]:
        """Return all arrays, as NumPy's, and the numbers: what a file without pickle can hold."""
        vectors = {name: to_host(vector) for name, vector in self.vectors.items()}
        return vectors | dict(self.tables), dict(self.numbers)

    @classmethod
    def unpacked(
        cls, arrays: Mapping[str, HostArray], numbers: Mapping[str, Any], *, xp: Namespace, device: Device = None
    ) -> OptimizerState:
        """Return the state that `packed` gave, on a device of any library.

        Parameters
        ----------
        arrays : mapping of str to numpy.ndarray
            The arrays.
        numbers : mapping
            The numbers.
        xp : namespace
            The library to go on in.
        device : device
            Where; the library's default if None.

        Returns
        -------
        OptimizerState
            A state whose vectors lie there.
        """
        tables = {name: array for name, array in arrays.items() if name in TABLES}
        vectors = {name: array for name, array in arrays.items() if name not in TABLES}
        moved = {
            name: from_host(array, xp=xp, device=device, dtype=_dtype(array, xp)) for name, array in vectors.items()
        }
        return cls(moved, tables, numbers)


TABLES = {"row_scale", "SY", "YY", "bend", "lowest.products"}


def _dtype(array: HostArray, xp: Namespace) -> Any:
    return getattr(xp, str(array.dtype), None)


def plain(value: Any) -> Any:
    """Return a value made of numbers, None and tuples of them in a form that JSON has."""
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def plain_fields(record: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the named fields of a record as JSON can hold them."""
    return {name: plain(getattr(record, name)) for name in names}


def fields_of(numbers: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the numbers of a record as `plain_fields` gave them, each of its type again."""
    return {name: int(numbers[name]) if name in WHOLE else float(numbers[name]) for name in names}


def require(arrays: Mapping[str, Any], name: str, shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Return one array of a state, or raise a ValueError where it is missing or does not fit."""
    expected, array = f"an array {name!r} of shape {shape}", arrays.get(name)
    if array is None or not is_array(array):
        raise ValueError(complaint("state", expected, "none" if array is None else described(array), REMEDY))
    if tuple(array.shape) != shape:
        raise ValueError(complaint("state", expected, f"shape {tuple(array.shape)}", REMEDY))
    if dtype is not None and array.dtype != dtype:
        raise ValueError(complaint("state", f"{expected} and dtype {dtype}", f"dtype {array.dtype}", REMEDY))
    return array


def require_table(state: OptimizerState, name: str, shape: tuple[int, ...]) -> HostArray:
    """Return a copy of one of the tables."""
    return host.array(require(state.tables, name, shape, host.dtype("float64")))
