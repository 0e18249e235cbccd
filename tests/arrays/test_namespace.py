"""Libraries and devices: round trips, names, accumulators."""

import numpy as np
import pytest

from xpsae.arrays import namespace


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_host_round_trip_keeps_values_and_dtype(xp, dtype):
    x = np.linspace(-1, 1, 12, dtype=dtype).reshape(3, 4).T
    there = xp.array(x)
    assert xp.owns(there)
    back = xp.host(there)
    assert back.dtype == x.dtype
    np.testing.assert_array_equal(back, x)


def test_set_rows_replaces_only_those_rows(xp):
    buffer, rows = xp.array(np.zeros((4, 3))), xp.array(np.arange(6.0).reshape(2, 3))
    result = xp.host(namespace.set_rows(buffer, 1, rows))
    np.testing.assert_array_equal(
        result, np.concatenate([np.zeros((1, 3)), np.arange(6.0).reshape(2, 3), np.zeros((1, 3))])
    )


def test_library_name_and_load_are_inverse(xp):
    name = namespace.library_name(xp.namespace)
    assert name == xp.name.partition(":")[0]
    assert namespace.load_namespace(name) is xp.namespace


def test_accumulator_is_float64_where_the_device_has_it(xp):
    assert namespace.accumulator(xp=xp.namespace, device=xp.device) == xp.namespace.float64


def test_read_returns_floats(xp):
    assert namespace.read(xp.array([1.5, -2.0])) == [1.5, -2.0]


def test_unknown_library_is_refused_by_name():
    with pytest.raises(ValueError, match=r"library: expected 'numpy' or .*, got 'nunpy'"):
        namespace.load_namespace("nunpy")
