"""PNG files, read back by a decoder of their own and by matplotlib's."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.pictures.png import write_png


def chunks(blob):
    """Check every length and checksum, and return the chunks by name."""
    assert blob[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = {}, 8
    while at < len(blob):
        (length,), name = struct.unpack(">I", blob[at : at + 4]), blob[at + 4 : at + 8]
        body = blob[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", blob[at + 8 + length : at + 12 + length])
        assert checksum == zlib.crc32(name + body)
        found[name] = body
        at += 12 + length
    assert at == len(blob)
    return found


def decoded(blob):
    """Return the picture in an 8-bit PNG without filters."""
    parts = chunks(blob)
    width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert (depth, rest) == (8, [0, 0, 0])
    channels = {0: 1, 2: 3}[kind]
    lines = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, 1 + width * channels)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape((height, width) if kind == 0 else (height, width, 3))


SHAPES = st.one_of(
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3)),
)


@given(SHAPES, st.integers(0, 2**32 - 1))
def test_what_is_written_is_read_back(tmp_path_factory, shape, seed):
    image = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    path = tmp_path_factory.mktemp("png") / "a.png"
    write_png(path, image)
    np.testing.assert_array_equal(decoded(path.read_bytes()), image)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3)])
def test_another_decoder_agrees(tmp_path, shape):
    reader = pytest.importorskip("matplotlib.image")
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    write_png(tmp_path / "a.png", image)
    np.testing.assert_array_equal(np.round(255 * reader.imread(tmp_path / "a.png")), image)


def test_a_picture_in_any_memory_order_is_written_in_reading_order(tmp_path):
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    write_png(tmp_path / "a.png", image.T)
    np.testing.assert_array_equal(decoded((tmp_path / "a.png").read_bytes()), image.T)


@pytest.mark.parametrize("shape", [(4,), (0, 4), (4, 4, 4), (4, 4, 1), (1, 1, 1, 3)])
def test_other_shapes_are_refused_and_nothing_is_written(tmp_path, shape):
    with pytest.raises(ValueError, match="image: expected uint8 of shape"):
        write_png(tmp_path / "a.png", np.zeros(shape, np.uint8))
    assert not list(tmp_path.iterdir())


def test_other_dtypes_are_refused(tmp_path):
    with pytest.raises(TypeError, match=r"image: expected uint8.*got float64"):
        write_png(tmp_path / "a.png", np.zeros((2, 2)))
