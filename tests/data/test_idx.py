"""IDX: what is written comes back; whatever is damaged is refused in one line."""

import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xpsae.data.idx import IDX_DTYPES, read_idx

CODES = {dtype: code for code, dtype in IDX_DTYPES.items()}


def idx_bytes(array):
    big = array.astype(array.dtype.newbyteorder(">"))
    code = next(code for code, dtype in IDX_DTYPES.items() if np.dtype(dtype) == big.dtype)
    return bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + big.tobytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("idx")


@given(
    array=st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]).flatmap(
        lambda dtype: hnp.arrays(np.dtype(dtype), hnp.array_shapes(max_dims=5, max_side=4))
    ),
    compressed=st.booleans(),
)
def test_what_is_written_comes_back_in_native_order(folder, array, compressed):
    file = folder / "any"
    file.write_bytes(gzip.compress(idx_bytes(array)) if compressed else idx_bytes(array))
    back = read_idx(file)
    assert back.dtype == array.dtype
    assert back.dtype.isnative
    assert back.shape == array.shape
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("cut", [0, 3, 4, 9, 12, 17])
def test_each_truncation_is_refused(tmp_path, pack, cut):
    file = tmp_path / "cut"
    file.write_bytes(pack(idx_bytes(np.ones((2, 3), np.uint8))[:cut]))
    with pytest.raises(
        ValueError, match=r"path: expected an IDX file.*, got .*cut (that starts|that ends|whose header)"
    ):
        read_idx(file)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_bytes_after_the_data_are_refused(tmp_path, pack):
    file = tmp_path / "long"
    file.write_bytes(pack(idx_bytes(np.ones((2, 3), np.int16)) + b"\0"))
    with pytest.raises(ValueError, match=r"whose header says \(2, 3\), 12 bytes of data, with more"):
        read_idx(file)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("lengths", [(2**32 - 1,) * 3, (2**27, 2**20, 2**10), (2**10, 2**10, 2**10)])
def test_a_header_that_lies_costs_no_memory(tmp_path, lengths, pack):
    file = tmp_path / "lie"
    content = bytes([0, 0, 0x0E, 3]) + struct.pack(">3I", *lengths) + b"\0" * 8
    file.write_bytes(pack(content))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"with only 8"):
            read_idx(file)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "start", [b"\x93NUMPY", b"\0\0\x08\0", b"\0\0\x0a\1", b"\0\1\x08\1", b"\0\0\x08\xff"], ids=lambda start: start.hex()
)
def test_another_format_is_refused_by_its_first_bytes(tmp_path, start):
    file = tmp_path / "other"
    file.write_bytes(start + bytes(100))
    with pytest.raises(ValueError, match=f"starts with the bytes {start[:4].hex(' ')}"):
        read_idx(file)


def test_an_axis_of_length_zero_is_refused(tmp_path):
    file = tmp_path / "none"
    file.write_bytes(idx_bytes(np.ones((0, 3), np.uint8)))
    with pytest.raises(ValueError, match=r"header says \(0, 3\), no data at all"):
        read_idx(file)


@pytest.mark.parametrize("damage", ["truncated", "checksum", "middle", "tail"])
def test_damaged_gzip_is_refused(tmp_path, damage):
    content = bytearray(gzip.compress(idx_bytes(np.random.default_rng(0).integers(0, 255, (40, 50)).astype(np.uint8))))
    match damage:
        case "truncated":
            del content[-20:]
        case "checksum":
            content[-6] ^= 0xFF
        case "middle":
            content[200:260] = b"\xff" * 60
        case "tail":
            content += b"more"
    file = tmp_path / "damaged.gz"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"path: expected an IDX file, got .*damaged\.gz"):
        read_idx(file)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"path: expected a file, got .*nowhere, which is not there"):
        read_idx(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="which is a folder"):
        read_idx(str(tmp_path))
