"""What units do on data, summed up in blocks: equal to what whole arrays give."""

import dataclasses
import tracemalloc

import numpy as np
import pytest

import xpsae
from xpsae.activity import BINS, observe

ROWS = np.random.default_rng(0).random((3000, 9))
MODEL = xpsae.fit(ROWS[:500], n_hidden=4, max_iter=30, rng=0)


def there(model, xp):
    """Return the model as arrays of the library under test."""
    names = ("W1", "b1", "W2", "b2", "mean_activation")
    return dataclasses.replace(model, **{name: xp.array(getattr(model, name)) for name in names})


def test_sums_over_blocks_are_those_of_the_whole(xp):
    seen, codes = observe(there(MODEL, xp), xp.array(ROWS), n_strongest=7), MODEL.encode(ROWS)
    np.testing.assert_allclose(seen.mean, codes.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(seen.deviation, codes.std(axis=0), rtol=1e-9)
    np.testing.assert_allclose(seen.error, MODEL.reconstruction_error(ROWS), rtol=1e-9)
    assert seen.explained == pytest.approx(MODEL.score(ROWS), rel=1e-12)
    np.testing.assert_allclose(seen.strength, -np.sort(-codes, axis=0)[:7].T, rtol=1e-12)
    np.testing.assert_allclose(np.take_along_axis(codes, seen.strongest.T, axis=0).T, seen.strength, rtol=1e-12)
    for unit in range(4):
        counts = np.histogram(codes[:, unit], bins=BINS, range=(0, 1))[0]
        np.testing.assert_array_equal(seen.histogram[unit], counts)


def test_of_many_rows_some_are_looked_at_evenly_spaced(xp):
    seen = observe(there(MODEL, xp), xp.array(ROWS), most_rows=1400)
    assert seen.rows == range(0, 3000, 3)
    np.testing.assert_allclose(seen.mean, MODEL.encode(ROWS[::3]).mean(axis=0), rtol=1e-12)
    assert set(seen.strongest.ravel()) <= set(seen.rows)


def test_the_sample_is_evenly_spaced_whatever_the_blocks(xp, monkeypatch):
    monkeypatch.setattr("xpsae.activity.SAMPLED_ROWS", 430)
    seen = observe(there(MODEL, xp), xp.array(ROWS))
    np.testing.assert_allclose(seen.sample, MODEL.encode(ROWS)[::7], rtol=1e-12)


def test_of_a_mapped_file_only_the_rows_looked_at_are_read(tmp_path):
    np.save(tmp_path / "rows.npy", np.where(np.arange(3000)[:, None] % 3, np.nan, ROWS))
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert observe(MODEL, mapped, most_rows=1000).rows.step == 3


def test_data_of_equal_rows_have_a_score(xp):
    assert observe(there(MODEL, xp), xp.array(np.full((5, 9), 0.5))).explained == 0.0


@pytest.mark.parametrize(
    ("rows", "words"),
    [(np.ones((4, 8)), "9 features"), (np.ones(9), "2-D"), (np.ones((0, 9)), "at least one row")],
)
def test_data_of_another_shape_are_refused(rows, words):
    with pytest.raises(ValueError, match=f"^X: expected .*{words}"):
        observe(MODEL, rows)


def test_memory_is_that_of_a_few_blocks_however_many_rows():
    rows = np.broadcast_to(ROWS[:1], (40_000, 9))
    observe(MODEL, rows[:2000])
    tracemalloc.start()
    observe(MODEL, rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Errors of all rows, the sample, and a dozen arrays of one block.
    assert peak < 8 * (2 * 40_000 + 2 * 2_000 * 4 + 12 * 1250 * 9)
