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
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from threadpoolctl import ThreadpoolController

from xpsae.arrays.heap import keep_freed_memory

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

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
    ordered = _OrderedSum(visit, items, add, window=(workers or 1) + 1)
    try:
        return _folded(ordered, workers)
    finally:
        # What was raised refers to this call, and this call to what was raised: memory would outlive both.
        ordered.forget()


def _folded(ordered: _OrderedSum[Item, Sums], workers: int | None) -> Sums:
    if workers is None:
        ordered.work()
        return ordered.total()
    keep_freed_memory()
    with single_threaded_products():
        futures = _helpers(ordered.help, min(workers, ordered.size) - 1)
        try:
            ordered.work()
        finally:
            ordered.stop()
            _settle(futures)
    return ordered.total()


class _OrderedSum(Generic[Item, Sums]):
    """Items taken one after the other, results added in the items' order as soon as all before them are there.

    Nobody takes an item that is `window` ahead of the first one missing, so that few results wait.
    """

    def __init__(
        self,
        visit: Callable[[int, Item], Sums],
        items: Sequence[Item],
        add: Callable[[Sums, Sums], Sums],
        *,
        window: int,
    ) -> None:
        self._visit, self._items, self._add, self._window = visit, items, add, window
        self.size = len(items)
        self._changed = threading.Condition()
        self._taken = self._added = 0
        self._stopped = False
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

    def help(self) -> None:
        """Work as well; what goes wrong is told by `total`."""
        with contextlib.suppress(BaseException):
            self.work()

    def stop(self) -> None:
        """Have no further item visited."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def total(self) -> Sums:
        """Return the sum."""
        if self._error is not None:
            raise self._error
        return self._sum[0]

    def forget(self) -> None:
        """Let go of everything."""
        self._error = None
        self._waiting, self._sum = {}, []

    def _take(self) -> int | None:
        with self._changed:
            while not self._stopped and self._taken < self.size and self._taken - self._added >= self._window:
                self._changed.wait()
            if self._stopped or self._taken >= self.size:
                return None
            self._taken += 1
            return self._taken - 1

    def _give(self, i: int, result: Sums) -> None:
        with self._changed:
            self._waiting[i] = result
            while self._added in self._waiting:
                part = self._waiting.pop(self._added)
                self._sum = [self._add(self._sum[0], part) if self._sum else part]
                self._added += 1
            self._changed.notify_all()


def _helpers(help_out: Callable[[], None], count: int) -> list[Future[None]]:
    """Return helpers at work; none while the interpreter ends, when the caller works alone."""
    try:
        return [_pool(count).submit(help_out) for _ in range(count)]
    except RuntimeError:
        return []


def _settle(futures: list[Future[None]]) -> None:
    """Wait for the helpers."""
    for future in futures:
        if not future.cancel():
            future.exception()


@functools.cache
def _pool(helpers: int) -> ThreadPoolExecutor:
    """Return the threads that help; they are idle, and cost nothing, while nobody evaluates."""
    # Imported here, because that fails in a thread that outlives the main one.
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(helpers, thread_name_prefix="xpsae")


_controller = functools.cache(ThreadpoolController)
_products_lock = threading.Lock()
_products: list[Any] = []
_users = 0


@contextlib.contextmanager
def single_threaded_products() -> Iterator[None]:
    """Have every matrix product of the process run on one thread, until the last who wanted that has left."""
    global _users
    with _products_lock:
        if not _users:
            _products.append(_controller().limit(limits=1, user_api="blas"))
        _users += 1
    try:
        yield
    finally:
        with _products_lock:
            _users -= 1
            if not _users:
                _let_go()
                _products.pop().restore_original_limits()
                _let_go()


def _let_go() -> None:
    """Have any thread set limits: threadpoolctl lets one, from 3.8 on, which need not be the last to leave."""
    for library in _controller().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


def _forget_threads() -> None:
    """Begin anew in a forked process, which has none of its parent's threads."""
    global _products_lock, _users
    _pool.cache_clear()
    _products_lock, _users = threading.Lock(), 0
    _products.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
