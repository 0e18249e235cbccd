"""Headers that lie: they are told before anything is allocated."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from xpsae.data.formats import read_rows
from xpsae.data.npy import require_npy


def npy(header, body=bytes(48), version=1):
    text = header.encode()
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2 if version == 1 else 4, "little") + text + body


def described(shape, descr="'<f8'", order="False"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"


HOSTILE = {
    "2^60 bytes": npy(described((2**30, 2**27))),
    "a terabyte": npy(described((2**20, 2**17))),
    "eight gigabytes": npy(described((2**15, 2**15))),
    "more than there are": npy(described((10**400, 2))),
    "a negative length": npy(described((-3, -2))),
    "a length that is no integer": npy(described((3.0, 2))),
    "a length that is true": npy(described("(True, 6)")),
    "a list for a shape": npy(described([3, 2])),
    "a header of four gigabytes": b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + bytes(100),
    "a header cut short": b"\x93NUMPY\x01\x00\xff",
    "an unknown version": npy(described((3, 2)), version=9),
    "objects": npy(described((3, 2), "'|O'")),
    "objects in a record": npy(described((3, 2), "[('a', '|O')]")),
    "a dtype of another world": npy(described((3, 2), "'<f77'")),
    "a dtype that is a number": npy(described((3, 2), "3")),
    "deep parentheses": npy("(" * 9000),
    "deep signs": npy("-" * 9000 + "1"),
    "a program": npy("__import__('os').abort()"),
    "a list": npy("[1, 2]"),
    "a key too many": npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), 'more': 1}"),
    "a key too few": npy("{'descr': '<f8', 'shape': (3, 2)}"),
    "bytes after the data": npy(described((3, 2)), bytes(49)),
    "a byte too few": npy(described((3, 2)), bytes(47)),
    "escapes of old": npy(r"'\d'"),
}


@pytest.mark.parametrize("packed", [False, True], ids=["npy", "npz"])
@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_header_that_lies_is_refused_and_costs_no_memory(tmp_path, content, packed):
    file = tmp_path / "lie"
    if packed:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.npy", content)
    else:
        file.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"^path: expected a file of real numbers, got .*lie"):
            read_rows(file)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("version", [None, (1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("array", [np.zeros((3, 2)), np.zeros((0, 2), "f4"), np.asfortranarray(np.ones((3, 2), ">i2"))])
def test_what_numpy_writes_is_accepted(array, version):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version)
    size = stream.tell()
    stream.seek(0)
    require_npy(stream, size)


def test_a_part_that_is_there_twice_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "twice", "w") as archive:
        archive.writestr("x.npy", npy(described((3, 2))))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("x.npy", npy(described((2**15, 2**15))))
    with pytest.raises(ValueError, match=r"^(path|key): expected .*twice"):
        read_rows(tmp_path / "twice", "x")
