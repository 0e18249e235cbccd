"""Data that stay where they are: as many rows at a time as are worked on, and two blocks read ahead of them."""

from __future__ import annotations

import bisect
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from xpsae.arrays import host
from xpsae.arrays.devices import to_device
from xpsae.arrays.namespace import array_namespace, device_of, from_host, library_name, working_on
from xpsae.arrays.typing import AnyArray, Array, Device, DType, HostArray, Namespace
from xpsae.arrays.uploads import uploads_for
from xpsae.data.ahead import AHEAD, Blocks, ReadAhead, Reading, Sending
from xpsae.data.parts import HeldPart, LentPart, Part
from xpsae.data.schedule import fold

Found = TypeVar("Found")
Sums = TypeVar("Sums")

PIECE_BYTES = 2**24
"""Data are looked through, or moved, so many bytes at a time."""


@dataclass(frozen=True, eq=False)
class Stored:
    """Rows of files, maps and other stores, one after the other, in place of an array of them all.

    It has of an array what is asked of data here: shape, dtype, library, device, and slices of rows, which are read
    when they are asked for.
    """

    parts: tuple[Part, ...]
    like: Array
    """An empty array of the library, device and dtype that slices have."""
    extremes: tuple[float, float] | None = field(default=None, init=False)
    """The smallest and the largest value, once they were looked for."""

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Stored:
        """Return the rows of parts that fit together."""
        dtype = parts[0].dtype.newbyteorder("=")
        # Truth values are numbers here, as they are in memory.
        like: Any = host.zeros((0,), dtype="u1" if dtype.kind == "b" else dtype)
        return cls(tuple(parts), like)

    @functools.cached_property
    def ends(self) -> list[int]:
        """The number of rows up to the end of every part."""
        return list(itertools.accumulate(part.shape[0] for part in self.parts))

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and of columns."""
        return self.ends[-1], self.parts[0].shape[1]

    @property
    def ndim(self) -> int:
        """Two."""
        return 2

    @property
    def dtype(self) -> DType:
        """The dtype of slices."""
        return self.like.dtype

    @property
    def device(self) -> Device:
        """Where slices lie."""
        return device_of(self.like)

    def __array_namespace__(self, *, api_version: str | None = None) -> Namespace:
        """Return the namespace of slices."""
        return array_namespace(self.like)

    def __getitem__(self, key: Any) -> AnyArray:
        """Return rows, and of those some columns, as an array."""
        rows, *columns = key if isinstance(key, tuple) else (key,)
        first, last, _ = rows.indices(self.shape[0])
        found: Any = self.read(first, last)
        return found[:, columns[0]] if columns and columns[0] is not Ellipsis else found

    def read(self, first: int, last: int) -> Array:
        """Return consecutive rows."""
        pieces = list(self._pieces(first, last))
        rows = pieces[0] if len(pieces) == 1 else host.concatenate(pieces)
        xp = array_namespace(self.like)
        if library_name(xp) == "numpy":
            return cast("Array", rows.astype(self.dtype, copy=False))
        return from_host(
            rows.astype(rows.dtype.newbyteorder("="), copy=False), xp=xp, device=self.device, dtype=self.dtype
        )

    def _pieces(self, first: int, last: int) -> Iterator[HostArray]:
        for i in range(bisect.bisect_right(self.ends, first), len(self.parts)):
            start = self.ends[i] - self.parts[i].shape[0]
            if start >= last:
                break
            yield self.parts[i].read(max(first - start, 0), min(last, self.ends[i]) - start)

    def read_into(self, first: int, last: int, room: HostArray) -> None:
        """Write consecutive rows into memory of the host, in its dtype."""
        filled = 0
        for piece in self._pieces(first, last):
            room[filled : filled + piece.shape[0]] = piece
            filled += piece.shape[0]

    def first(self, n_rows: int) -> Stored:
        """Return the first rows, read into the memory of the host, as rows that are yet to be read."""
        return replace(self, parts=(HeldPart(host.concatenate(list(self._pieces(0, n_rows)))),))

    @property
    def shareable(self) -> bool:
        """Whether several threads may read at once."""
        return not any(isinstance(part, LentPart) for part in self.parts)

    @property
    def piece_rows(self) -> int:
        """How many rows are looked through, or moved, at a time."""
        return max(1, PIECE_BYTES // (8 * self.shape[1]))

    def astype(self, dtype: DType) -> Stored:
        """Return the same rows, whose slices have another dtype."""
        return replace(self, like=array_namespace(self.like).astype(self.like, dtype))

    def to_device(self, device: str | None) -> Stored:
        """Return the same rows, whose slices lie where ``device=`` asks for it."""
        there = replace(self, like=to_device(self.like, device))
        object.__setattr__(there, "extremes", self.extremes)
        return there

    def each(self, function: Callable[[Array], Found], rows: int | None = None) -> Iterator[Found]:
        """Yield a function of all rows, so many at a time, in their order."""
        n_rows, step = self.shape[0], rows or self.piece_rows
        for first in range(0, n_rows, step):
            with working_on(self.like):
                found = function(self.read(first, min(first + step, n_rows)))
            yield found

    def fold(
        self,
        visit: Callable[[int, Array], Sums],
        blocks: Blocks,
        add: Callable[[Sums, Sums], Sums],
        *,
        workers: int | None,
    ) -> Sums:
        """Return the sum of a function over blocks of these rows, which are read ahead."""
        rows = min(blocks.block_rows, self.shape[0])
        uploads = uploads_for(self.like, rows, self.shape[1], ahead=AHEAD)
        ahead = ReadAhead(Reading(blocks) if uploads is None else Sending(self, blocks, uploads), len(blocks))
        try:
            return fold(visit, ahead, add, workers=workers)
        finally:
            ahead.close()
