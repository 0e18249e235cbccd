"""What is asked of data is the same in an array and elsewhere, to the last bit."""

import numpy as np
import pytest

from xpsae.data.blocks import real_rows
from xpsae.data.elsewhere import each, extremes, placed
from xpsae.data.fingerprint import fingerprint
from xpsae.data.parts import LentPart
from xpsae.data.scaling import choose_scaling
from xpsae.data.stored import Stored

X = 3 * np.random.default_rng(0).standard_normal((4000, 70))


def stored(values):
    return Stored.of([LentPart(part, part.dtype) for part in np.array_split(values, 3)])


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int32", "uint8"])
@pytest.mark.parametrize("scaling", ["auto", "range", "three-sigma"])
def test_statistics_do_not_depend_on_where_data_are(dtype, scaling):
    values = (X - X.min()).astype(dtype)
    kinds = [
        choose_scaling(data, scaling, "sigmoid", xp=np, integer_max=255 if dtype == "uint8" else None)
        for data in (values, stored(values))
    ]
    assert kinds[0] == kinds[1]
    assert extremes(stored(values)) == extremes(values) == (values.min(), values.max())


@pytest.mark.parametrize("dtype", ["float64", "float32", "uint8", "bool"])
def test_fingerprints_do_not_depend_on_where_data_are(dtype):
    values = X.astype(dtype)
    assert fingerprint(real_rows(stored(values))) == fingerprint(real_rows(values))


def test_data_are_looked_through_once_for_their_extremes():
    class Counted(LentPart):
        reads = 0

        def read(self, first, last):
            type(self).reads += last - first
            return super().read(first, last)

    rows = Stored.of([Counted(X, X.dtype)])
    assert extremes(rows) == extremes(rows)
    assert Counted.reads == 4000


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_counted_and_placed_as_in_memory(value):
    values = np.tile(X, (9, 1))
    values[35_010, 3] = values[35_500, 2] = value
    messages = []
    for data in (values, stored(values)):
        with pytest.raises(ValueError, match="2 NaN or infinite values, the first at row 35010, column 3") as caught:
            real_rows(data)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_rows_are_visited_in_order_and_moved_when_they_are_read(xp):
    data = xp.array(X)
    assert [part.shape for part in each(lambda part: part, data, 1500)] == [(1500, 70), (1500, 70), (1000, 70)]
    rows = stored(X)
    sums = list(each(lambda part: float(part.sum()), rows, 1500))
    assert sums == [X[:1500].sum(), X[1500:3000].sum(), X[3000:].sum()]
    assert placed(rows, None).parts is placed(rows, "cpu").parts is rows.parts
