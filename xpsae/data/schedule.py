"""The second door for speed: who visits the blocks of rows, and in which order the results are added.

Whoever comes first takes the next block, but results are added in the order of the blocks, so that the sum does not
depend on how many workers there are. NumPy's own threads rest meanwhile: a block is one worker's, product and all.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from threadpoolctl import ThreadpoolController

from xpsae.arrays.heap import keep_freed_memory

Item = TypeVar("Item")
Sums = TypeVar("Sums")


def available_workers() -> int:
    """Return how many threads can run at once: the processors this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def fold(
    visit: Callable[[int, Item], Sums],
    items: Sequence[Item],
    add: Callable[[Sums, Sums], Sums],
    *,
    workers: int | None,
) -> Sums:
    """Return the sum of ``visit(i, items[i])`` over all items, added from the first to the last.

    Parameters
    ----------
    visit : callable
        Called once for every item, by any of the workers; the calling thread is one of them.
    items : sequence
        At least one.
    add : callable
        Returns the sum of two results; it may reuse the memory of the first.
    workers : int or None
        How many threads work, at least 1; None is for libraries that have threads of their own.

    Returns
    -------
    Sums
        The sum: the same to the last bit for any number of workers.
    """
    ordered = _OrderedSum(visit, items, add)
    if workers is None:
        ordered.work()
        return ordered.total()
    keep_freed_memory()
    with single_threaded_products():
        helpers = min(workers, len(items)) - 1
        futures = [_pool(helpers).submit(ordered.work) for _ in range(helpers)]
        try:
            ordered.work()
        finally:
            ordered.stop()
            _settle(futures)
    return ordered.total()


class _OrderedSum(Generic[Item, Sums]):
    """Items taken one after the other, results added in the items' order as soon as all before them are there."""

    def __init__(
        self, visit: Callable[[int, Item], Sums], items: Sequence[Item], add: Callable[[Sums, Sums], Sums]
    ) -> None:
        self._visit, self._items, self._add = visit, items, add
        self._lock = threading.Lock()
        self._taken = self._added = 0
        self._waiting: dict[int, Sums] = {}
        self._sum: list[Sums] = []
        self._error: BaseException | None = None

    def work(self) -> None:
        """Visit items until none is left."""
        while (i := self._take()) is not None:
            try:
                self._give(i, self._visit(i, self._items[i]))
            except BaseException as error:
                self._error = self._error or error
                self.stop()
                raise

    def stop(self) -> None:
        """Have no further item visited."""
        with self._lock:
            self._taken = len(self._items)

    def total(self) -> Sums:
        """Return the sum."""
        if self._error is not None:
            raise self._error
        return self._sum[0]

    def _take(self) -> int | None:
        with self._lock:
            i = self._taken
            self._taken += 1
        return i if i < len(self._items) else None

    def _give(self, i: int, result: Sums) -> None:
        with self._lock:
            self._waiting[i] = result
            while self._added in self._waiting:
                part = self._waiting.pop(self._added)
                self._sum = [self._add(self._sum[0], part) if self._sum else part]
                self._added += 1


def _settle(futures: list[Future[None]]) -> None:
    """Wait for the helpers; what went wrong in them is told by the sum."""
    for future in futures:
        if not future.cancel():
            future.exception()


@functools.cache
def _pool(helpers: int) -> ThreadPoolExecutor:
    """Return the threads that help; they are idle, and cost nothing, while nobody evaluates."""
    return ThreadPoolExecutor(helpers, thread_name_prefix="xpsae")


_controller = functools.cache(ThreadpoolController)
_products_lock = threading.Lock()
_products: list[contextlib.ExitStack] = []
_users = 0


@contextlib.contextmanager
def single_threaded_products() -> Iterator[None]:
    """Have every matrix product run on one thread; the last one to leave restores what was before the first came.

    The limit is the process's, so it is counted: two runs in two threads neither lift each other's nor leave it behind.
    """
    global _users
    with _products_lock:
        if not _users:
            stack = contextlib.ExitStack()
            stack.enter_context(_controller().limit(limits=1, user_api="blas"))
            _products.append(stack)
        _users += 1
    try:
        yield
    finally:
        with _products_lock:
            _users -= 1
            if not _users:
                _products.pop().close()
