"""What a training needs, from the shapes alone, and how it fits into a given memory."""

# Longer than the ceiling because the public record and function carry their documentation.

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from xpsae.arrays.fusion import TILE_BYTES
from xpsae.checks import complaint, in_bytes
from xpsae.data.ahead import AHEAD
from xpsae.data.blocks import preferred_rows

HISTORIES = {10: 1.0, 7: 1.03, 5: 1.06, 4: 1.1, 3: 1.15}
"""How many curvature pairs are kept where the user leaves the choice, fewer only if memory forces it; and about how
many times the iterations of the first choice a run then takes."""
CONVERSION_FLOPS = 80
"""Converting a number costs about as much as so many operations inside a matrix product."""
FETCH_FLOPS = 80
"""So does a number whose memory the system has to provide anew."""
REUSED_BYTES = 2**26
"""Freed memory up to about this size is at hand in the next evaluation; see `xpsae.arrays.heap`."""
SMALL_BLOCK = 40
"""A block of this many rows is visited at half the speed of a large one."""
LEAST_ROWS = 16
"""Blocks are not made smaller than this."""
FILES_BYTES = 2**30
"""Data in files are read at once, and kept, if all fits into so much memory and the user sets no other limit. A fixed
number, and not a share of the memory that happens to be free, so that the same data give the same bits."""
MOST_ROWS = 2**18
"""Not more rows make a block where the library has its own threads: a product adds up float32 numbers one by one, and
loses digits with every factor of ten."""
SENT_BYTES = 2**26
"""A block that is sent to a GPU is of so many bytes: much longer under way than its computation takes to be started."""
TEMPORARIES = 5
"""The arrays of a tile's size that live at once in the longest elementwise formula."""


@dataclass(frozen=True)
class Plan:
    """How a training goes over its data, and the bytes it takes beyond them.

    Attributes
    ----------
    n_samples, n_features, n_hidden : int
        The shapes of the problem.
    itemsize : int
        Bytes of a number: 4 in float32, 8 in float64.
    history : int
        Curvature pairs of the minimizer; 0 for the objective alone.
    workers : int or None
        Threads that visit blocks; None where the library has its own.
    block_rows : int
        Rows of a block.
    one_pass : bool
        Whether the gradient is found in one pass that keeps nothing (six products), rather than in two (five).
    conversion : {"none", "kept", "repeated"}
        Whether data that have to be read, converted or scaled are kept so, as a copy, or are read and converted block
        by block in every evaluation.
    ahead : int
        Blocks that are read ahead of those worked on.
    moved_bytes : int
        The data's copy on the device that computes, where they were moved there as a whole before the plan was made.
    """

    n_samples: int
    n_features: int
    n_hidden: int
    itemsize: int
    history: int
    workers: int | None
    block_rows: int
    one_pass: bool = False
    conversion: str = "none"
    ahead: int = 0
    moved_bytes: int = 0

    @property
    def n_parameters(self) -> int:
        """The length of θ."""
        return 2 * self.n_features * self.n_hidden + self.n_hidden + self.n_features

    @property
    def copy_bytes(self) -> int:
        """A converted or scaled copy of the data."""
        return self.itemsize * self.n_samples * self.n_features if self.conversion == "kept" else 0

    @property
    def kept_bytes(self) -> int:
        """What the first pass keeps for the second: two numbers a row and unit, one of which is always on."""
        return 0 if self.one_pass else 2 * self.itemsize * self.n_samples * (self.n_hidden + 1)

    @property
    def pair_bytes(self) -> int:
        """The minimizer's points, gradients and curvature pairs: (2·history + 8) vectors as long as θ."""
        return self.itemsize * self.n_parameters * (2 * self.history + 8) if self.history else 0

    @property
    def sum_bytes(self) -> int:
        """The sums over rows that wait for others, and the gradient made of them."""
        half = self.itemsize * (self.n_parameters // 2 + self.n_features + 1)
        return half * ((3 if self.one_pass else 1) * ((self.workers or 1) + 1) + 6)

    @property
    def block_bytes(self) -> int:
        """What all workers have in hand: a block's activations, errors and gradients, and the formulas' temporaries."""
        rows, n, h = self.block_rows, self.n_features, self.n_hidden + 1
        numbers = rows * ((4 if self.one_pass else 3) * h + n + 1) + n * h
        if self.conversion == "repeated":
            numbers += 2 * rows * n
        # Where formulas are not visited by tiles, their temporaries are as large as the block.
        block = self.itemsize * rows * max(n, h)
        tiles = TEMPORARIES * (min(TILE_BYTES, block) if self.workers else block)
        return (self.workers or 1) * (self.itemsize * numbers + tiles) + self.ahead * self.itemsize * rows * n

    @property
    def relative_time(self) -> float:
        """The time of a run relative to other plans for the same problem, by a rule of thumb."""
        flops: float = (12 if self.one_pass else 10) * self.n_hidden
        if self.conversion == "repeated":
            flops += CONVERSION_FLOPS * (1 if self.one_pass else 2)
        if self.workers and self.kept_bytes > REUSED_BYTES:
            flops += FETCH_FLOPS * 2 * (self.n_hidden + 1) / self.n_features
        small = 1.0 + SMALL_BLOCK / self.block_rows
        return flops * small / (self.workers or 1) * HISTORIES.get(self.history, 1.0)

    @property
    def total_bytes(self) -> int:
        """Everything beyond the user's data, at its peak."""
        copies = self.moved_bytes + self.copy_bytes
        return copies + self.kept_bytes + self.pair_bytes + self.sum_bytes + self.block_bytes

    def smaller(self) -> Plan | None:
        """Return what to do when this plan ran out of memory, half the block in one pass; None if that is done."""
        if self.one_pass and self.block_rows <= LEAST_ROWS:
            return None
        return replace(self, one_pass=True, block_rows=min(self.block_rows, max(LEAST_ROWS, -(-self.block_rows // 2))))


def choose_plan(  # noqa: PLR0913 - the shapes, and all that a user may decide
    n_samples: int,
    n_features: int,
    n_hidden: int,
    *,
    itemsize: int,
    history: int | None = 0,
    workers: int | None = None,
    block_rows: int | None = None,
    converted: bool = False,
    where: str = "memory",
    memory_limit: int | None = None,
    spare: int | None = None,
    moved: int = 0,
) -> Plan:
    """Return the fastest plan that stays within a memory.

    Parameters
    ----------
    n_samples, n_features, n_hidden : int
        The shapes of the problem.
    itemsize : int
        Bytes of a number.
    history : int, optional
        Curvature pairs; None leaves the choice to the plan, 0 is the objective alone.
    workers : int, optional
        Threads to use; None for a library that has its own.
    block_rows : int, optional
        Rows of a block; None leaves the choice.
    converted : bool
        Whether the data have to be converted or scaled.
    where : {"memory", "files", "host", "cluster"}
        Where the data are. Those of files, or of the host of a GPU that computes, are read (moved) once and kept, or
        read (sent) once in every evaluation, in one pass. Those on a cluster are always gone over in one pass, which is
        one round trip.
    memory_limit : int, optional
        Bytes beyond the user's data; None for no limit, or for `FILES_BYTES`, if that is enough, for data in files.
    spare : int, optional
        Bytes that the card has free: the limit, if that is enough, for data of its host.
    moved : int
        Bytes that the data's copy on the device that computes has taken already.

    Returns
    -------
    Plan
        The plan.

    Raises
    ------
    ValueError
        If no plan fits; the message says what the least is.

    Examples
    --------
    >>> choose_plan(10_000, 784, 196, itemsize=8, history=10, workers=2).one_pass
    False
    >>> choose_plan(10_000, 784, 196, itemsize=8, history=10, workers=2, memory_limit=100_000_000).one_pass
    True
    """
    pairs = next(iter(HISTORIES)) if history is None else history
    first = Plan(n_samples, n_features, n_hidden, itemsize, pairs, workers, n_samples, moved_bytes=moved)
    free = {"free_history": history is None, "free_rows": block_rows is None, "converted": converted}
    plans = [
        plan
        for way, rows in _ways(first, where).items()
        for each in _candidates(replace(first, block_rows=block_rows or rows), **free)
        for plan in _there(each, way)
    ]
    limit = memory_limit or (FILES_BYTES if where == "files" else None)
    if where == "host" and spare is not None:
        limit = min(limit or spare, spare)
    fitting = [plan for plan in plans if limit is None or plan.total_bytes <= limit]
    if fitting:
        return min(fitting, key=lambda plan: plan.relative_time)
    smallest = min(plans, key=lambda plan: plan.total_bytes)
    if memory_limit is None or smallest.total_bytes <= memory_limit:
        return smallest
    expected = f"at least {smallest.total_bytes} bytes ({in_bytes(smallest.total_bytes)}) for this problem"
    remedy = "Raise it, use float32 data, or fewer hidden units."
    raise ValueError(complaint("memory_limit", expected, f"{memory_limit} bytes", remedy))


def _ways(plan: Plan, where: str) -> dict[str, int]:
    """Return what can be done with data that are somewhere, and the rows of a block at best."""
    row_bytes = plan.n_features * plan.itemsize
    shared = preferred_rows(plan.n_samples, row_bytes)
    there = min(plan.n_samples, MOST_ROWS) if plan.workers is None and where in {"memory", "host"} else shared
    if where == "host":
        return {"moved": there, "sent": min(plan.n_samples, max(shared, SENT_BYTES // row_bytes))}
    return {where: there}


def _candidates(first: Plan, *, free_history: bool, free_rows: bool, converted: bool) -> Iterator[Plan]:
    """Yield all plans, those that give up least first."""
    histories = tuple(HISTORIES) if free_history else (first.history,)
    conversions = ("kept", "repeated") if converted else ("none",)
    crews = range(first.workers, 0, -1) if first.workers else (None,)
    sizes = list(_halvings(first.block_rows)) if free_rows else [first.block_rows]
    forms = (False, True)
    for history, conversion, one_pass, workers, rows in itertools.product(histories, conversions, forms, crews, sizes):
        visit = replace(first, workers=workers, block_rows=rows)
        yield replace(visit, history=history, conversion=conversion, one_pass=one_pass)


def _there(plan: Plan, way: str) -> Iterator[Plan]:
    """Yield what becomes of a plan for an array where the data are something else."""
    if way == "memory" or (way == "cluster" and plan.one_pass and plan.conversion != "kept"):
        yield plan
    if way in {"files", "moved"} and plan.conversion != "repeated":
        yield replace(plan, conversion="kept")
    if way in {"files", "sent"} and plan.one_pass and plan.conversion != "kept":
        yield replace(plan, conversion="repeated", ahead=AHEAD)


def _halvings(rows: int) -> Iterator[int]:
    yield rows
    while rows > LEAST_ROWS:
        rows = max(LEAST_ROWS, -(-rows // 2))
        yield rows
