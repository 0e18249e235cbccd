"""Rows on a Dask cluster: they lie on its workers, and what is computed of them there comes back as sums.

The rows are cut into shares, consecutive chunks of the Dask array, as many as there are workers at the beginning; a
share lies on one worker. An evaluation sends its point to every share and gets one sum from each, and these are added
in the order of the shares. So the result depends on the cuts only: a share that has moved, because its worker died,
gives the same bits elsewhere. Moving and repeating is Dask's business; here is only the patience that has an end.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import copy
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast
from uuid import uuid4

from xpsae.arrays.namespace import array_namespace, device_kind, device_of, library_name, working_on
from xpsae.arrays.typing import AnyArray, Array, Device, DType, Namespace
from xpsae.checks import complaint
from xpsae.data.schedule import fold

Found = TypeVar("Found")
Sums = TypeVar("Sums")

PATIENCE = 60.0
"""Seconds that a cluster may be without any worker."""
_LOOK = 0.5  # seconds between two looks at how the cluster is
_BROADCAST_BYTES = 5e6  # what is larger is sent beside the tasks, as Dask wants it


class Shared:
    """Rows on the workers of a cluster, in place of an array of them all; of an array it has what is asked of data.

    Parameters
    ----------
    array : Dask array
        The rows, in chunks of whole rows.
    client : distributed.Client
        The cluster.
    like : array
        An empty array of the library, device and dtype of the chunks.
    """

    ndim = 2

    def __init__(self, array: Any, client: Any, like: Array) -> None:
        self.array, self._client, self.like = array, client, like
        self.shape = int(array.shape[0]), int(array.shape[1])
        self.extremes: tuple[float, float] | None = None
        self.workers = 0
        self._shares: list[Any] = []
        self._places: list[dict[str, Any]] = []
        self.in_shares(max(1, len(client.nthreads())))

    def in_shares(self, count: int) -> Shared:
        """Return these rows, in so many shares, or as many as there are chunks; what lies there is laid out anew."""
        if count == self.workers:
            return self
        addresses, chunks = sorted(self._client.nthreads()), list(self.array.to_delayed().ravel())
        ends = list(itertools.accumulate(self.array.chunks[0]))
        owners = [int(min(count - 1, (end - 1) * count // ends[-1])) for end in ends]
        self.workers, self._shares, self._places = count, [], []
        filled = [i for i, length in enumerate(self.array.chunks[0]) if length]
        for place, group in itertools.groupby(filled, key=owners.__getitem__):
            owned = list(group)
            where: dict[str, Any] = {}
            if addresses:
                where = {"workers": [addresses[place % len(addresses)]], "allow_other_workers": True}
            lying = self._client.compute([chunks[i] for i in owned], **where)
            told = [(self.array.chunks[0][i], self.shape[1], str(self.dtype)) for i in owned]
            self._shares.append(self._client.submit(_listed, told, *lying, key=_key("rows"), **where))
            self._places.append(where)
        return self

    @property
    def dtype(self) -> DType:
        """The dtype of the rows."""
        return self.like.dtype

    @property
    def device(self) -> Device:
        """Where they lie."""
        return device_of(self.like)

    def __array_namespace__(self, *, api_version: str | None = None) -> Namespace:
        """Return the namespace of the chunks."""
        return array_namespace(self.like)

    def __getitem__(self, key: Any) -> AnyArray:
        """Return rows, brought here."""
        return self.array[key].compute()

    def to_device(self, device: str | None) -> Shared:
        """Return these rows, which stay where they are."""
        if device not in (None, "auto", device_kind(self.like)):
            remedy = "Pass X.map_blocks(cupy.asarray), and device=None."
            raise ValueError(complaint("device", "None for data on a cluster", repr(device), remedy))
        return self

    def each(self, function: Callable[[Array], Found], rows: int | None = None) -> Iterator[Found]:  # noqa: ARG002
        """Yield a function of all rows in their order, chunk by chunk."""
        yield from itertools.chain.from_iterable(self._asked(_each, function))

    def fold(
        self,
        visit: Callable[[int, Array], Sums],
        blocks: Any,
        add: Callable[[Sums, Sums], Sums],
        *,
        workers: int | None,  # noqa: ARG002
    ) -> Sums:
        """Return the sum of a function over blocks: of those of a share by its worker, of the shares here."""
        first, *others = self._asked(_folded, (visit, blocks.convert, add, blocks.block_rows))
        total: Sums = copy.deepcopy(first)  # what came over the network may be read-only, and is added to
        for part in others:
            total = add(total, part)
        return total

    def _asked(self, function: Callable[[bytes, list[Array]], Any], job: Any) -> list[Any]:
        """Return what a function finds in every share, in their order; one round trip."""
        import cloudpickle
        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

        sent: Any = cloudpickle.dumps(job)
        try:
            if len(sent) > _BROADCAST_BYTES:
                sent = self._client.scatter(sent, broadcast=True, hash=False)
            futures = [
                self._client.submit(function, sent, share, key=_key("sums"), **where)
                for share, where in zip(self._shares, self._places, strict=True)
            ]
            return self._waited(_gathered(self._client, futures))
        except KilledWorker as error:
            message = f"workers died of this share again and again, as they do for want of memory ({error})"
            raise MemoryError(message) from error
        except _NobodyError:
            raise ConnectionError(_lost(f"one without any for {PATIENCE:g} s")) from None
        except (Exception, asyncio.CancelledError) as error:
            ends = concurrent.futures.CancelledError, asyncio.CancelledError, CommClosedError
            if isinstance(error, ends) or self._client.status in {"closing", "closed"}:
                raise ConnectionError(_lost(f"one that is gone ({type(error).__name__})")) from error
            raise

    def _waited(self, asked: Any) -> list[Any]:
        coming = asyncio.run_coroutine_threadsafe(asked, self._client.loop.asyncio_loop)
        try:
            self._watch(coming)
            return cast("list[Any]", coming.result())
        finally:
            coming.cancel()

    def _watch(self, coming: concurrent.futures.Future[Any]) -> None:
        """Wait for an answer, as long as there is somebody to give it."""
        last_seen = time.monotonic()
        while not concurrent.futures.wait([coming], timeout=_LOOK).done:
            if self._client.status == "running" and self._client.scheduler_info()["workers"]:
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen > PATIENCE:
                raise _NobodyError


class _NobodyError(Exception):
    """No worker has been there for longer than one waits."""


def _lost(how: str) -> str:
    remedy = "Start workers, and go on from the checkpoint: xpsae.resume(checkpoint, X)."
    return complaint("X", "a cluster with workers", how, remedy)


async def _gathered(client: Any, futures: list[Any]) -> Any:
    return await client.gather(futures, asynchronous=True)


def _key(what: str) -> str:
    return f"xpsae-{what}-{uuid4().hex}"


def _listed(told: list[tuple[int, int, str]], *chunks: Array) -> list[Array]:
    """Return the chunks of a share, on its worker, each of the shape and dtype that the Dask array tells of it."""
    for (n_rows, n_columns, dtype), chunk in zip(told, chunks, strict=True):
        if (tuple(chunk.shape), str(chunk.dtype)) != ((n_rows, n_columns), dtype):
            expected = f"chunks as the Dask array tells of them, ({n_rows}, {n_columns}) of {dtype}"
            remedy = "Make it with the shape, dtype and meta of what its tasks return."
            raise ValueError(complaint("X", expected, f"{tuple(chunk.shape)} of {chunk.dtype}", remedy))
    return list(chunks)


def _each(sent: bytes, chunks: list[Array]) -> list[Any]:
    """Return a function of every chunk, on its worker."""
    import cloudpickle

    function, found = cloudpickle.loads(sent), []
    for chunk in chunks:
        with working_on(chunk):
            found.append(function(chunk))
    return found


def _folded(sent: bytes, chunks: list[Array]) -> Any:
    """Return the sum over the blocks of a share, on its worker and by its threads."""
    import cloudpickle
    from distributed import get_worker

    visit, convert, add, rows = cloudpickle.loads(sent)
    xp = array_namespace(chunks[0])
    blocks = [chunk[i : i + rows, :] for chunk in chunks for i in range(0, chunk.shape[0], rows)]
    threads = get_worker().state.nthreads if library_name(xp) == "numpy" else None
    return fold(lambda i, block: visit(i, convert(block, xp=xp) if convert else block), blocks, add, workers=threads)
