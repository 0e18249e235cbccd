"""Parts of data: what is read is what is there, and a file that changes while it is used is noticed."""

import os
from dataclasses import replace

import numpy as np
import pytest

from xpsae.data.parts import FilePart, LentPart, MappedPart, mapped, stamp_of

X = np.random.default_rng(0).random((40, 3))


@pytest.fixture
def part(tmp_path):
    file = tmp_path / "rows"
    file.write_bytes(b"head" + X.tobytes())
    return FilePart(file, 4, X.shape, X.dtype, stamp_of(file.stat()))


def test_a_file_is_read_where_it_is_asked_for(part):
    for first, last in [(0, 40), (7, 8), (39, 40)]:
        np.testing.assert_array_equal(part.read(first, last), X[first:last])


def exchange(part):
    other = part.path.with_name("other")
    other.write_bytes(part.path.read_bytes())
    other.replace(part.path)


CHANGES = {
    "was changed": [
        lambda part: os.utime(part.path, (1, 1)),
        exchange,
        lambda part: part.path.write_bytes(b"head"),
    ],
    "is no longer there": [lambda part: part.path.unlink()],
}


@pytest.mark.parametrize(("told", "change"), [(told, change) for told in CHANGES for change in CHANGES[told]])
def test_a_file_that_changes_is_noticed(part, told, change):
    part.read(0, 1)
    change(part)
    with pytest.raises(ValueError, match=rf"^X: expected files that stay as they are, got .*rows, which {told}\."):
        part.read(0, 1)


def test_a_file_too_short_is_noticed(part):
    with pytest.raises(ValueError, match="which has become shorter"):
        replace(part, shape=(41, 3)).read(40, 41)


def test_pages_of_a_map_are_given_back_and_changes_stay(tmp_path):
    np.save(tmp_path / "x.npy", X)
    rows = np.load(tmp_path / "x.npy", mmap_mode="r+")
    rows[2, 1] = -5.0
    part = MappedPart(rows)
    assert part.read(2, 4)[0, 1] == part.read(2, 4)[0, 1] == -5.0
    assert mapped(rows)
    assert not mapped(X)
    assert not mapped(np.load(tmp_path / "x.npy", mmap_mode="c"))


def test_no_chunk_of_a_store_is_read_twice_in_a_row():
    class Store:
        shape, chunks, asked = X.shape, (7, 3), []

        def __getitem__(self, rows):
            self.asked.append((rows.start, rows.stop))
            return X[rows]

    part = LentPart(Store(), X.dtype)
    for first in range(0, 40, 4):
        np.testing.assert_array_equal(part.read(first, first + 4), X[first : first + 4])
    assert Store.asked == [(first, min(first + 7, 40)) for first in range(0, 40, 7)]
