"""Samples through a pipe."""

import gzip
import io

import numpy as np
import pytest

from xpsae.data.rows import read_stream

X = np.random.default_rng(0).random((5, 4, 3))


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_a_whole_file_is_read():
    data = read_stream(io.BytesIO(npy(X)))
    assert data.tile == (4, 3)
    np.testing.assert_array_equal(data.rows, X.reshape(5, 12))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", r"a \.npy file on standard input, got nothing at all"),
        (gzip.compress(npy(X)), r"a \.npy file on standard input, got \d+ bytes of something else"),
        (npy(X)[:-1], r"got -, which is truncated"),
        (npy(X) + b"1", r"got - with 1 byte after its array"),
        (npy(np.asarray([[{}]], dtype=object)), r"got -, which holds Python objects"),
        (npy(np.zeros(3)), r"got - with shape \(3,\)"),
    ],
    ids=["nothing", "compressed", "truncated", "longer", "objects", "one axis"],
)
def test_anything_else_is_refused(content, told):
    with pytest.raises(ValueError, match=told):
        read_stream(io.BytesIO(content))
