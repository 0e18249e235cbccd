"""Rows that lie in files, and how a few of them at a time are brought into memory, and nothing is left there."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint

CHUNK_BYTES = 2**26
"""A chunk of a store is kept until the next is asked for, if it is not larger than this."""


class Part(Protocol):
    """Rows that can be read in any order, by one thread at a time."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The numbers of rows and of columns."""
        ...

    @property
    def dtype(self) -> Any:
        """The dtype that the rows are stored in, of any byte order."""
        ...

    def read(self, first: int, last: int) -> HostArray:
        """Return rows as an array in memory, shape (last - first, n_features)."""
        ...


Stamp = tuple[int, int, int]


def stamp_of(status: os.stat_result) -> Stamp:
    """Return what tells a file from the same file changed: its number, its length and when it was written."""
    return status.st_ino, status.st_size, status.st_mtime_ns


@dataclass(frozen=True)
class FilePart:
    """One array that lies in a file in C order.

    It is read, not mapped: mapped pages count as memory of this process for as long as they are mapped. And it is
    opened for every read, so that there may be any number of files, and one that was changed is noticed.
    """

    path: Path
    offset: int
    shape: tuple[int, ...]
    dtype: Any
    stamp: Stamp

    def read(self, first: int, last: int) -> HostArray:
        """Return rows as an array in memory."""
        rows = host.empty((last - first, self.shape[1]), dtype=self.dtype)
        octets: Any = rows.reshape(-1).view("u1")
        room, filled = memoryview(octets), 0
        try:
            with self.path.open("rb", buffering=0) as stream:
                self._require(stamp_of(os.fstat(stream.fileno())) == self.stamp, "was changed")
                stream.seek(self.offset + first * self.shape[1] * rows.itemsize)
                while filled < len(room):
                    count = stream.readinto(room[filled:])
                    self._require(bool(count), "has become shorter")
                    filled += count or 0
        except FileNotFoundError:
            self._require(False, "is no longer there")
        return rows

    def _require(self, same: bool, how: str) -> None:
        if not same:
            remedy = (
                "Begin anew with the files as they are now, or go on from a checkpoint with the files as they were."
            )
            raise ValueError(complaint("X", "files that stay as they are", f"{self.path}, which {how}", remedy))


@dataclass(frozen=True)
class MappedPart:
    """A part of a memory map; its pages are given back as soon as they were copied."""

    rows: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The numbers of rows and of columns."""
        return tuple(self.rows.shape)

    @property
    def dtype(self) -> Any:
        """The dtype of the map."""
        return self.rows.dtype

    def read(self, first: int, last: int) -> HostArray:
        """Return rows as an array in memory."""
        rows: HostArray = host.array(self.rows[first:last, :], order="C", subok=False)
        if hasattr(mmap, "MADV_DONTNEED"):
            # The map is shared with its file (`mapped` sees to that), so nothing is lost: the pages stay in the
            # system's cache, but no longer count as this process's memory.
            self.rows._mmap.madvise(mmap.MADV_DONTNEED)
        return rows


@dataclass(frozen=True)
class HeldPart:
    """Rows of an array that is in memory already."""

    rows: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The numbers of rows and of columns."""
        return tuple(self.rows.shape)

    @property
    def dtype(self) -> Any:
        """The dtype of the array."""
        return self.rows.dtype

    def read(self, first: int, last: int) -> HostArray:
        """Return rows, a view of the array."""
        rows: HostArray = self.rows[first:last, :]
        return rows


def mapped(X: Any) -> bool:
    """Return whether X is a map whose pages can be given back: not one that holds changes no file will ever have."""
    return isinstance(X, host.memmap) and X.mode != "c" and getattr(X, "_mmap", None) is not None


@dataclass
class LentPart:
    """Rows of an object that is not ours: anything with shape, dtype and slices of rows."""

    source: Any
    dtype: Any
    take: Callable[[Any], Any] = host.asarray
    """What makes an array in memory of a slice."""
    _chunk: tuple[int, HostArray] | None = field(default=None, repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """The numbers of rows and of columns."""
        return tuple(int(length) for length in self.source.shape)

    def read(self, first: int, last: int) -> HostArray:
        """Return rows as an array in memory, no chunk of the store being read twice in a row."""
        step = self._chunk_rows()
        if not step:
            return self._taken(first, last)
        pieces = []
        for chunk in range(first // step, -(-last // step)):
            begin = chunk * step
            if self._chunk is None or self._chunk[0] != chunk:
                self._chunk = None  # two chunks never live at once
                self._chunk = chunk, self._taken(begin, min(begin + step, self.shape[0]))
            pieces.append(self._chunk[1][max(first - begin, 0) : last - begin])
        return host.concatenate(pieces)

    def _chunk_rows(self) -> int:
        """Return the rows of the store's chunks, 0 where rows are better read as they are asked for."""
        chunks = getattr(self.source, "chunks", None) or (0,)
        step = chunks[0] if isinstance(chunks[0], int) else max(chunks[0])
        return int(step) if 1 < step * self.shape[1] * self.dtype.itemsize <= CHUNK_BYTES else 0

    def _taken(self, first: int, last: int) -> HostArray:
        rows: HostArray = host.asarray(self.take(self.source[first:last]))
        if rows.shape != (last - first, self.shape[1]):
            got = f"{rows.shape} for [{first}:{last}] of a {type(self.source).__name__}"
            remedy = "Pass something whose slices are its rows, such as an HDF5 or Zarr array."
            raise ValueError(complaint("X", f"rows of shape {(last - first, self.shape[1])}", got, remedy))
        return rows
