"""Stored rows: read ahead, in any library and dtype, and no more of them at a time than asked for."""

import threading
import time

import numpy as np
import pytest

from xpsae.data.affine import Conversion, Scaling
from xpsae.data.ahead import AHEAD
from xpsae.data.blocks import RowBlocks
from xpsae.data.parts import LentPart
from xpsae.data.stored import Stored

X = np.random.default_rng(0).random((40, 3))


def stored(values=X):
    return Stored.of([LentPart(part, part.dtype) for part in np.split(values, [7, 8, 30])])


def test_slices_are_of_the_library_device_and_dtype_asked_for(xp):
    rows = Stored(stored().parts, xp.array(np.zeros(0, np.float32)))
    assert xp.owns(rows[0:9, :])
    assert rows[0:9, ...].dtype == rows.dtype == xp.namespace.float32
    np.testing.assert_array_equal(xp.host(rows[5:31, :]), X[5:31].astype("f4"))
    assert RowBlocks(rows, 10).device == rows.device == rows.like.device


def test_other_dtypes_are_read_not_kept(xp):
    rows = Stored(stored((X * 100).astype(">i2")).parts, xp.array(np.zeros(0)))
    np.testing.assert_array_equal(xp.host(rows[0:40, :]), (X * 100).astype("i2"))
    single = rows.astype(xp.namespace.float32)
    assert single[0:2, :].dtype == xp.namespace.float32
    assert single.parts is rows.parts


@pytest.mark.parametrize("workers", [None, 1, 2, 3])
def test_blocks_are_added_in_order_by_any_number_of_workers(workers):
    blocks = RowBlocks(stored(), 6, Conversion("float32", Scaling("unit", width=2.0)))
    found = blocks.fold(lambda i, rows: ((i, rows),), lambda one, other: one + other, workers=workers)
    assert [i for i, _ in found] == list(range(7))
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in found]), X.astype("f4") / 2)


def test_reading_goes_on_while_blocks_are_worked_on_but_not_far(monkeypatch):
    blocks, read, worked = RowBlocks(stored(), 2), [], []
    raw = RowBlocks.raw
    monkeypatch.setattr(RowBlocks, "raw", lambda self, i: (read.append((i, len(worked))), raw(self, i))[1])

    def visit(i, rows):
        end = time.monotonic() + 5
        while (len(read) < min(i + 1 + AHEAD, len(blocks))) and time.monotonic() < end:
            time.sleep(0.001)
        worked.append(i)
        return (rows.sum(),)

    blocks.fold(visit, lambda one, other: (one[0] + other[0],), workers=1)
    assert [i for i, _ in read] == list(range(20))
    assert all(i - done <= AHEAD for i, done in read)
    assert max(i - done for i, done in read) == AHEAD


@pytest.mark.parametrize("workers", [1, 2])
def test_trouble_with_reading_ends_the_visit_and_its_thread(workers):
    class Broken(LentPart):
        def read(self, first, last):
            if last > 12:
                raise OSError(5, "the disk is gone")
            return super().read(first, last)

    blocks = RowBlocks(Stored.of([Broken(X, X.dtype)]), 4)
    with pytest.raises(OSError, match="the disk is gone"):
        blocks.fold(lambda _, rows: (rows.sum(),), lambda one, other: (one[0] + other[0],), workers=workers)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("xpsae-reader")]


def test_a_copy_is_an_array():
    copied = RowBlocks(stored(), 6).copied()
    assert type(copied.X) is np.ndarray
    np.testing.assert_array_equal(copied.X, X)
    np.testing.assert_array_equal(RowBlocks(stored(), 40).copied().X, X)
