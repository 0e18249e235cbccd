"""Rows are sent to a GPU by copies that run by themselves: no buffer is written to before it is done with.

A card is played here by streams whose work is done as late as it may be, or in the least convenient order.
"""

import dataclasses
import threading
import types

import numpy as np
import pytest

from xpsae.arrays import uploads
from xpsae.arrays.uploads import Uploads
from xpsae.data import ahead, stored
from xpsae.data.ahead import AHEAD
from xpsae.data.blocks import RowBlocks
from xpsae.data.parts import HeldPart
from xpsae.data.stored import Stored
from xpsae.plans import SENT_BYTES, choose_plan
from xpsae.problem import Objective

X = np.random.default_rng(0).random((43, 3))
ROWS = 4


class Stream:
    """Work in order; nothing is done before somebody waits for it."""

    def __init__(self, **_):
        self.work, self.done = [], 0

    def put(self, job):
        with CARD.lock:
            self.work.append(job)

    def run(self, upto=None):
        with CARD.lock:
            while self.done < (len(self.work) if upto is None else upto):
                self.done += 1
                self.work[self.done - 1]()

    def wait_event(self, event):
        self.put(event.synchronize)

    synchronize = run


class Event:
    def __init__(self, **_):
        self.stream = None

    def record(self, stream):
        with CARD.lock:
            self.stream, self.place = stream, len(stream.work)

    def synchronize(self):
        self.stream.run(self.place)


class Buffer:
    """Memory of the card: what is written and read is what lies there when its turn comes."""

    def __init__(self, values):
        self.values = values

    def __getitem__(self, key):
        return Buffer(self.values[key])

    @property
    def shape(self):
        return self.values.shape

    def set(self, pinned, stream):
        stream.put(lambda: np.copyto(self.values, pinned))


class Device:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


CARD = types.SimpleNamespace(lock=threading.RLock(), current=None)


@pytest.fixture
def sent(monkeypatch):
    """Uploads to the played card, and the stream that computes."""
    CARD.current = Stream()
    cuda = types.SimpleNamespace(Stream=Stream, Event=Event, get_current_stream=lambda: CARD.current)
    cupy = types.SimpleNamespace(cuda=cuda, empty=lambda shape, dtype: Buffer(np.full(shape, np.nan, dtype)))
    cupyx = types.SimpleNamespace(empty_pinned=lambda shape, dtype: np.full(shape, np.nan, dtype))
    made = []

    def uploads_for(like, rows, columns, *, ahead):
        made.append(Uploads(cupy, cupyx, (rows, columns), like.dtype, Device(), ahead))
        return made[-1]

    monkeypatch.setattr(stored, "uploads_for", uploads_for)
    return made


def blocks_computed_with(order):
    """What the blocks were when it was their turn; `order` says which stream is waited for first at the end."""
    seen = {}

    def visit(i, block):
        CARD.current.put(lambda: seen.__setitem__(i, block.values.copy()))
        return (1,)

    RowBlocks(Stored.of([HeldPart(X)]), ROWS).fold(visit, lambda one, other: (one[0] + other[0],), workers=None)
    order()
    CARD.current.run()
    return np.concatenate([seen[i] for i in range(len(seen))])


@pytest.mark.parametrize("first", ["computing", "copying"])
def test_every_block_is_computed_with_as_it_was_sent(sent, first):
    def order():
        if first == "copying":
            sent[0]._stream.run()

    np.testing.assert_array_equal(blocks_computed_with(order), X)
    assert len(sent[0]._pinned) == 2
    assert len(sent[0]._buffers) == AHEAD + 1


@pytest.mark.parametrize("forgotten", ["the copy", "the computation", "the pinned buffer"])
def test_without_any_one_of_the_waits_blocks_would_be_spoiled(sent, monkeypatch, forgotten):
    if forgotten == "the copy":
        monkeypatch.setattr(Uploads, "receive", lambda self, sent: sent[0])
        monkeypatch.setattr(Uploads, "close", lambda self: None)
    if forgotten == "the computation":
        monkeypatch.setattr(Uploads, "release", lambda self, i: None)
    if forgotten == "the pinned buffer":
        monkeypatch.setattr(uploads, "PINNED", 1)
        monkeypatch.setattr(Event, "synchronize", lambda self: None)
    assert not np.array_equal(blocks_computed_with(lambda: None), X)


def test_trouble_with_reading_ends_the_visit_and_all_threads(sent):
    class Broken(HeldPart):
        def read(self, first, last):
            if last > 20:
                raise OSError(5, "the disk is gone")
            return super().read(first, last)

    blocks = RowBlocks(Stored.of([Broken(X)]), ROWS)
    with pytest.raises(OSError, match="the disk is gone"):
        blocks.fold(lambda *_: (1,), lambda one, other: one, workers=None)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("xpsae-")]


class Eager(np.ndarray):
    """Memory of a card that does everything at once."""

    def set(self, pinned, **_):
        self[...] = pinned


@pytest.fixture
def eager(monkeypatch):
    event = types.SimpleNamespace(record=lambda _: None, synchronize=lambda: None)
    stream = types.SimpleNamespace(wait_event=lambda _: None, synchronize=lambda: None)
    cuda = types.SimpleNamespace(Stream=lambda **_: stream, Event=lambda **_: event, get_current_stream=lambda: stream)
    cupy = types.SimpleNamespace(cuda=cuda, empty=lambda shape, dtype: np.empty(shape, dtype).view(Eager))
    cupyx = types.SimpleNamespace(empty_pinned=np.empty)

    def uploads_for(like, rows, columns, *, ahead):
        return Uploads(cupy, cupyx, (rows, columns), like.dtype, Device(), ahead)

    monkeypatch.setattr(stored, "uploads_for", uploads_for)


@pytest.mark.parametrize("shared_bytes", [1, 2**23])
def test_cost_and_gradient_are_those_of_data_in_memory(eager, monkeypatch, shared_bytes):
    monkeypatch.setattr(ahead, "SHARED_BYTES", shared_bytes)
    there = Objective.of(RowBlocks(Stored.of([HeldPart(X)]), ROWS), plan_for(one_pass=True), Objective(X, 2).penalties)
    same, free = (
        Objective.of(RowBlocks(X, rows), plan_for(one_pass=one_pass), there.penalties)
        for rows, one_pass in ((ROWS, True), (len(X), False))
    )
    theta = same.initial(0)
    (cost, gradient), (expected, slopes) = there(theta), same(theta)
    assert cost == expected
    np.testing.assert_array_equal(gradient, slopes)
    assert float(cost) == pytest.approx(float(free(theta)[0]), rel=1e-13)
    np.testing.assert_allclose(gradient, free(theta)[1], rtol=1e-9, atol=1e-14)


def plan_for(*, one_pass):
    plan = choose_plan(len(X), 3, 2, itemsize=8, workers=1, block_rows=ROWS)
    return dataclasses.replace(plan, one_pass=one_pass)


def test_blocks_that_are_sent_are_large_and_read_in_one_pass():
    numbers = {"n_samples": 10**7, "n_features": 784, "n_hidden": 196, "itemsize": 4, "where": "host"}
    plan = choose_plan(**numbers, memory_limit=4 * 10**9)
    assert (plan.one_pass, plan.conversion, plan.ahead) == (True, "repeated", AHEAD)
    assert plan.block_rows == SENT_BYTES // (784 * 4)
    assert plan.total_bytes <= 4 * 10**9
    assert choose_plan(**numbers, memory_limit=10**11).conversion == "kept"
    assert choose_plan(**numbers, spare=10**11).conversion == "kept"
    assert choose_plan(**numbers, spare=10**6).block_rows == 16


def test_blocks_of_data_that_are_moved_once_are_as_large_as_memory_allows():
    numbers = {"n_samples": 2 * 10**5, "n_features": 784, "n_hidden": 196, "itemsize": 4, "where": "host"}
    free, tight = choose_plan(**numbers), choose_plan(**numbers, memory_limit=2 * 10**9)
    assert (free.conversion, free.one_pass, free.block_rows) == ("kept", False, 2 * 10**5)
    assert (tight.conversion, tight.one_pass, tight.block_rows) == ("kept", False, 25_000)
