"""Blocks of rows on their way from the host to a GPU, copied while the block before is computed with.

A block is first brought into pinned memory, of which there are two buffers, because only from there a copy runs by
itself; then it is copied on a stream of its own into one of a few buffers on the device. Nobody waits who need not:

- a pinned buffer is filled again when its last copy has ended (the reading thread waits),
- a buffer on the device is written again when what was computed from it has ended (the copying stream waits),
- computing begins when the copy has ended (the computing stream waits).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from xpsae.arrays.namespace import array_namespace, device_of, library_name
from xpsae.arrays.typing import Array, HostArray

PINNED = 2
"""Buffers of the host: one is filled while the other is copied."""


def uploads_for(like: Array, rows: int, columns: int, *, ahead: int) -> Uploads | None:
    """Return how blocks get to where `like` is: by copies that run by themselves on CuPy's devices, else None.

    Parameters
    ----------
    like : array
        An array of the library, device and dtype of the blocks.
    rows, columns : int
        The largest block.
    ahead : int
        How many blocks are sent before they are computed with.
    """
    if library_name(array_namespace(like)) != "cupy":
        return None
    modules = importlib.import_module("cupy"), importlib.import_module("cupyx")
    return Uploads(*modules, (rows, columns), like.dtype, device_of(like), ahead)


class Uploads:
    """The buffers, and what has to end before each is used again.

    Parameters
    ----------
    cupy, cupyx : module
        CuPy.
    shape : tuple of int
        The largest block.
    dtype : dtype
        As the blocks are stored.
    device : device
        Where they go.
    ahead : int
        How many blocks are sent before they are computed with.
    """

    def __init__(self, cupy: Any, cupyx: Any, shape: tuple[int, int], dtype: Any, device: Any, ahead: int) -> None:
        self._cuda, self._device = cupy.cuda, device
        with device:
            self._stream = cupy.cuda.Stream(non_blocking=True)
            self._pinned = [cupyx.empty_pinned(shape, dtype=dtype) for _ in range(PINNED)]
            self._buffers = [cupy.empty(shape, dtype=dtype) for _ in range(ahead + 1)]
            # Memory that others have just given back may still be computed with.
            self._used = [self._mark(self._cuda.get_current_stream())] * len(self._buffers)
        self._copied: list[Any] = [None] * PINNED

    def send(self, i: int, rows: int, fill: Callable[[HostArray], None]) -> tuple[Any, Any]:
        """Start the copy of block `i`, which `fill` writes into pinned memory; return it, and what tells its end."""
        pinned, target = self._pinned[i % PINNED][:rows], self._buffers[i % len(self._buffers)][:rows]
        if self._copied[i % PINNED] is not None:
            self._copied[i % PINNED].synchronize()
        fill(pinned)
        with self._device:
            self._stream.wait_event(self._used[i % len(self._buffers)])
            target.set(pinned, stream=self._stream)
            self._copied[i % PINNED] = copied = self._mark(self._stream)
        return target, copied

    def receive(self, sent: tuple[Any, Any]) -> Any:
        """Return a block that was sent; what is computed with it on the current stream begins when it is there."""
        block, copied = sent
        self._cuda.get_current_stream().wait_event(copied)
        return block

    def release(self, i: int) -> None:
        """Say that all that is computed from block `i` has been started, on the current stream."""
        self._used[i % len(self._buffers)] = self._mark(self._cuda.get_current_stream())

    def close(self) -> None:
        """Wait until no copy runs any more."""
        self._stream.synchronize()

    def _mark(self, stream: Any) -> Any:
        event = self._cuda.Event(disable_timing=True)
        event.record(stream)
        return event
