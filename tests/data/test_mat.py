"""MATLAB's files as data: what SciPy writes is read, and lies about sizes cost nothing."""

import struct
import sys
import tracemalloc
import zlib

import numpy as np
import pytest
from mutations import matlab73

from xpsae.data.formats import read_images, read_rows

sio = pytest.importorskip("scipy.io")
DTYPES = ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "?"]
IMAGES = np.random.default_rng(0).random((12, 9, 4))


@pytest.fixture(params=["plain", "compressed", "7.3"])
def write(request, tmp_path):
    """A function that writes named arrays to a file and returns it."""

    def written(**arrays):
        file = tmp_path / "data.mat"
        if request.param == "7.3":
            file.write_bytes(matlab73(arrays.pop("X"), **arrays))
        else:
            sio.savemat(file, arrays, do_compression=request.param == "compressed")
        return file

    return written


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_of_numbers_is_read(write, dtype):
    X = np.random.default_rng(0).integers(0, 2, (7, 3)).astype(dtype)
    data = read_rows(write(X=X), "X")
    assert data.rows.dtype == X.dtype
    np.testing.assert_array_equal(data.rows, X)


@pytest.mark.parametrize("numbers", [np.arange(12.0), np.arange(12) * 30000.0 - 1e5, np.full(12, 1e-300)])
def test_numbers_stored_in_a_shorter_type_come_back_as_doubles(write, numbers):
    X = numbers.reshape(4, 3)
    np.testing.assert_array_equal(read_rows(write(X=X)).rows, X)


def test_stacks_of_pictures_have_the_last_axis_first(write):
    file = write(X=IMAGES)
    images = read_images(file)
    assert len(images) == 4
    np.testing.assert_array_equal(images[2], IMAGES[:, :, 2])
    data = read_rows(file)
    assert data.tile == (12, 9)
    np.testing.assert_array_equal(data.rows[3], IMAGES[:, :, 3].reshape(-1))


def test_pictures_in_color_and_a_single_one(write):
    color = np.random.default_rng(0).random((5, 6, 3, 2))
    images = read_images(write(X=color))
    assert [image.shape for image in images] == [(5, 6, 3)] * 2
    np.testing.assert_array_equal(images[1], color[..., 1])
    assert [image.shape for image in read_images(write(X=IMAGES[:, :, 0]))] == [(12, 9)]


def test_a_big_endian_file_is_read(tmp_path):
    def element(kind, body):
        return struct.pack(">2I", kind, len(body)) + body + bytes(-len(body) % 8)

    X = np.arange(6.0).reshape(2, 3)
    array = element(6, struct.pack(">2I", 6, 0)) + element(5, struct.pack(">2i", 2, 3)) + element(1, b"X")
    array += element(9, X.astype(">f8").tobytes(order="F"))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x01\x00MI"
    (tmp_path / "big.mat").write_bytes(head + struct.pack(">2I", 14, len(array)) + array)
    rows = read_rows(tmp_path / "big.mat").rows
    assert rows.dtype.isnative
    np.testing.assert_array_equal(rows, X)


def test_a_key_chooses_among_several(write):
    file = write(A=np.zeros((2, 3)), X=np.ones((4, 5)))
    assert read_rows(file, "A").rows.shape == (2, 3)
    for key in (None, "Z"):
        with pytest.raises(ValueError, match=rf"key: expected one of 'A', 'X', got {key!r} for .*data\.mat"):
            read_rows(file, key)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.asarray([[1, "two"]], dtype=object), "a cell array"),
        ({"field": 1.0}, "a struct"),
        ("some text", "text"),
        (np.ones((2, 2)) * 1j, "complex"),
        (np.zeros((0, 3)), "empty"),
        ("sparse", "a sparse matrix"),
    ],
    ids=["cells", "struct", "text", "complex", "empty", "sparse"],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_what_is_no_array_of_real_numbers_is_named(tmp_path, value, told, compressed):
    from scipy import sparse

    value = sparse.eye_array(3).tocsc() if isinstance(value, str) and value == "sparse" else value
    sio.savemat(tmp_path / "other.mat", {"x": value, "y": np.ones((2, 2))}, do_compression=compressed)
    assert read_rows(tmp_path / "other.mat").rows.shape == (2, 2)
    with pytest.raises(ValueError, match=rf"path: expected a file of real numbers, got .*variable 'x' is {told}"):
        read_rows(tmp_path / "other.mat", "x")


def level5(*, shape=(2, 3), claimed=48, body=bytes(48), kind=9):
    """Return an element of an array that may lie about itself."""
    tags = struct.pack("<4I", 6, 8, 6, 0) + struct.pack("<2I", 5, 4 * len(shape))
    tags += struct.pack(f"<{len(shape)}i", *shape) + bytes(4 * len(shape) % 8) + struct.pack("<HH4s", 1, 1, b"X")
    return tags + struct.pack("<2I", kind, claimed) + body


def mat(element, *, length=None, kind=14):
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    return head + struct.pack("<2I", kind, len(element) if length is None else length) + element


def packed(element, *, length=None, junk=b""):
    content = struct.pack("<2I", 14, len(element) if length is None else length) + element
    return mat(zlib.compress(content) + junk, kind=15)


HOSTILE = {
    "more bytes than there are": mat(level5(), length=2**31),
    "a negative length": mat(level5(shape=(-2, -3))),
    "2^60 numbers": mat(level5(shape=(2**30, 2**30))),
    "numbers and bytes that differ": mat(level5(claimed=40)),
    "numbers beyond the array": mat(level5(shape=(2, 300), claimed=4800)),
    "an unknown type": mat(level5(kind=77)),
    "one axis": mat(level5(shape=(6,))),
    "forty axes": mat(level5(shape=(1,) * 40)),
    "an element of another type": mat(level5(), kind=9),
    "a tag cut short": mat(level5()) + b"\x0e\0\0",
    "nothing after the header": mat(b"")[:128],
    "a header cut short": mat(b"")[:100],
    "another level": mat(level5()).replace(b"\x00\x01IM", b"\x00\x09IM"),
    "compressed: more than it can be": packed(level5(shape=(2**14, 2**13), claimed=2**30), length=2**30),
    "compressed: less than it says": packed(level5(), length=400),
    "compressed: more than it says": packed(level5() + bytes(80), length=len(level5())),
    "compressed: bytes after the end": packed(level5(), junk=b"junk"),
    "compressed: no zlib": mat(b"\x01\x02\x03\x04\x05\x06\x07\x08", kind=15),
    "compressed twice": mat(zlib.compress(struct.pack("<2I", 15, 8) + bytes(8)), kind=15),
}


def test_the_model_of_these_files_is_read(tmp_path):
    for content in (mat(level5()), packed(level5())):
        (tmp_path / "fine.mat").write_bytes(content)
        assert read_rows(tmp_path / "fine.mat").rows.shape == (2, 3)


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_lies_is_refused_and_costs_no_memory(tmp_path, content):
    (tmp_path / "lie.mat").write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"^(path|key): expected .*lie\.mat"):
            read_rows(tmp_path / "lie.mat")
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_links_and_claims_in_version_7_3_are_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    file = tmp_path / "odd.mat"
    file.write_bytes(matlab73(np.ones((3, 3))))
    with h5py.File(file, "r+") as content:
        content["elsewhere"] = h5py.ExternalLink("other.h5", "/X")
        content.create_dataset("huge", shape=(2**20, 2**20), dtype="f8", chunks=(1024, 1024))
        content.create_group("struct")
        for name, kind in (("cells", b"cell"), ("text", b"char"), ("empty", b"double")):
            content[name] = np.zeros((2, 2), dtype="u8")
            content[name].attrs["MATLAB_class"] = np.bytes_(kind)
        content["empty"].attrs["MATLAB_empty"] = np.uint8(1)
        content["huge"].attrs["MATLAB_class"] = np.bytes_("double")
    told = {
        "elsewhere": "a link to another place",
        "huge": "damaged: it claims",
        "struct": "a struct or an object",
        "cells": "of MATLAB's class cell",
        "text": "of MATLAB's class char",
        "empty": "empty",
    }
    assert read_rows(file).rows.shape == (3, 3)
    for name, problem in told.items():
        with pytest.raises(ValueError, match=rf"variable '{name}' is {problem}"):
            read_rows(file, name)


def test_h5py_is_named_where_it_is_missing(tmp_path, monkeypatch):
    (tmp_path / "new.mat").write_bytes(matlab73(np.ones((3, 3))))
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"new\.mat is a MATLAB file of version 7\.3.*pip install 'xpsae\[files\]'"):
        read_rows(tmp_path / "new.mat")


def test_a_class_that_is_a_number_costs_no_memory(tmp_path):
    h5py = pytest.importorskip("h5py")
    file = tmp_path / "odd.mat"
    file.write_bytes(matlab73(np.ones((3, 3))))
    with h5py.File(file, "r+") as content:
        content["X"].attrs["MATLAB_class"] = np.int64(10**9)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="'X' is of MATLAB's class unknown"):
            read_rows(file, "X")
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
