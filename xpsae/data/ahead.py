"""Blocks brought from where they are while those before them are worked on."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from xpsae.arrays.typing import Array, HostArray
from xpsae.data.schedule import available_workers

if TYPE_CHECKING:
    from concurrent.futures import Future

    from xpsae.arrays.uploads import Uploads

AHEAD = 2
"""Blocks that are read ahead of those worked on."""
FILLERS = 8
"""At most so many threads fill one buffer: a single one copies less than a card can take."""
SHARED_BYTES = 2**23
"""Smaller blocks are filled by one thread."""


class Blocks(Protocol):
    """Blocks of rows as they are read: `raw` waits for a file, `converted` computes."""

    @property
    def block_rows(self) -> int:
        """The rows of a block, but for the last."""
        ...

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def raw(self, i: int) -> Array:
        """Return block `i` in the dtype it is stored in."""
        ...

    def converted(self, rows: Array) -> Array:
        """Return it in the dtype it is computed in."""
        ...


class Rows(Protocol):
    """Rows of a store, as they are written into a buffer."""

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and of columns."""
        ...

    @property
    def shareable(self) -> bool:
        """Whether several threads may read at once."""
        ...

    def read_into(self, first: int, last: int, room: HostArray) -> None:
        """Write consecutive rows into memory of the host."""
        ...


class Way(Protocol):
    """How a block comes: `bring` is called by the reading thread, the others by the one that computes."""

    def ask(self, i: int) -> None:
        """Be told that block `i` is wanted now, and so the one before it is done with."""
        ...

    def bring(self, i: int) -> Any:
        """Return block `i`, or what `arrive` needs to know of it."""
        ...

    def arrive(self, brought: Any) -> Array:
        """Return the block as it is computed with."""
        ...

    def close(self) -> None:
        """Be told that no further block is wanted."""
        ...


class Reading:
    """Blocks are read, and that is all."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks

    def ask(self, i: int) -> None:
        """Do nothing."""

    def bring(self, i: int) -> Any:
        """Return the block as it is stored."""
        return self._blocks.raw(i)

    def arrive(self, brought: Any) -> Array:
        """Return the block, converted."""
        return self._blocks.converted(brought)

    def close(self) -> None:
        """Do nothing."""


class Sending:
    """Blocks are read into the buffers of a GPU's uploads."""

    def __init__(self, rows: Rows, blocks: Blocks, uploads: Uploads) -> None:
        # Imported here, because that fails in a thread that outlives the main one.
        from concurrent.futures import ThreadPoolExecutor

        self._rows, self._blocks, self._uploads = rows, blocks, uploads
        self._fillers = min(FILLERS, available_workers()) if rows.shareable else 1
        self._pool = ThreadPoolExecutor(self._fillers, thread_name_prefix="xpsae-filler")

    def ask(self, i: int) -> None:
        """Let the buffer of the block before be used again."""
        if i:
            self._uploads.release(i - 1)

    def bring(self, i: int) -> Any:
        """Start the copy of a block."""
        first = i * self._blocks.block_rows
        last = min(first + self._blocks.block_rows, self._rows.shape[0])

        def fill(room: HostArray) -> None:
            """Read the rows, by several threads where that is worth it."""
            if room.nbytes < SHARED_BYTES or self._fillers == 1:
                self._rows.read_into(first, last, room)
                return
            step = -(-(last - first) // self._fillers)
            cuts = [(start, min(start + step, last)) for start in range(first, last, step)]
            for share in [self._pool.submit(self._rows.read_into, a, b, room[a - first : b - first]) for a, b in cuts]:
                share.result()

        return self._uploads.send(i, last - first, fill)

    def arrive(self, brought: Any) -> Array:
        """Return the block on the GPU, converted there."""
        return self._blocks.converted(self._uploads.receive(brought))

    def close(self) -> None:
        """Wait for the copies that are under way."""
        try:
            self._pool.shutdown(wait=True)
        finally:
            self._uploads.close()


class ReadAhead(Sequence[Array]):
    """Blocks, each asked for once and about in their order, and brought by one thread before they are.

    One thread: files are read from their beginning to their end, and a store need not understand threads.
    """

    def __init__(self, way: Way, size: int) -> None:
        # Imported here, because that fails in a thread that outlives the main one.
        from concurrent.futures import ThreadPoolExecutor

        self._way, self._size = way, size
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="xpsae-reader")
        self._changed = threading.Lock()
        self._coming: dict[int, Future[Any]] = {}
        self._next = 0

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, i: Any) -> Any:
        """Return block `i`."""
        self._way.ask(i)
        with self._changed:
            while self._next <= min(i + AHEAD, self._size - 1):
                self._start(self._next)
                self._next += 1
            coming = self._coming.pop(i, None)
        brought = self._way.bring(i) if coming is None else coming.result()
        del coming  # it would hold the rows for as long as they are computed with
        return self._way.arrive(brought)

    def close(self) -> None:
        """Have nothing further read."""
        try:
            self._pool.shutdown(wait=True, cancel_futures=True)
        finally:  # a second Ctrl-C does not leave a copy under way
            self._way.close()

    def _start(self, i: int) -> None:
        try:
            self._coming[i] = self._pool.submit(self._way.bring, i)
        except RuntimeError:
            return  # the interpreter ends, and nobody reads ahead any more
