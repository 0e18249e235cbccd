"""The door: which dtype comes out of which, on every library."""

import numpy as np
import pytest

from xpsae.data.real import real_array


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("float32", "float32"), ("float64", "float64"), ("uint8", "float64"), ("int64", "float64"), ("bool", "float64")],
)
def test_dtypes(xp, dtype, expected):
    data = np.asarray([[0, 1], [1, 1]], dtype=dtype)
    array, found = real_array("x", xp.array(data), ["(n, features)"])
    assert found is xp.namespace
    assert xp.owns(array)
    assert xp.host(array).dtype == expected
    np.testing.assert_array_equal(xp.host(array), data)


def test_float16_becomes_float32():
    assert real_array("x", np.ones((1, 1), np.float16), ["(n, features)"])[0].dtype == np.float32


def test_data_that_are_not_numbers_are_refused():
    with pytest.raises(TypeError, match=r"x: expected an array of numbers, got dtype"):
        real_array("x", np.asarray([["a"]]), ["(n, features)"])
    with pytest.raises(TypeError, match=r"x: expected an array of numbers, got dtype"):
        real_array("x", np.asarray([[None]], dtype=object), ["(n, features)"])
