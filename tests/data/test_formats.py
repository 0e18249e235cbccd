"""Files in, rows out: every format and shape that is read, and what is said of the others."""

import gzip

import numpy as np
import pytest

from xpsae.data.formats import read_rows

IDX = bytes([0, 0, 0x08, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2]) + bytes(range(12))


@pytest.mark.parametrize("shape", [(5, 12), (5, 4, 3), (5, 2, 2, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64, ">f8", ">i4", bool])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_and_npz_give_rows_in_native_order(tmp_path, shape, dtype, order):
    array = np.asarray(np.random.default_rng(0).integers(0, 2, shape), dtype=dtype, order=order)
    np.save(tmp_path / "array.npy", array)
    np.savez(tmp_path / "array.npz", array)
    for name in ("array.npy", "array.npz"):
        data = read_rows(tmp_path / name)
        assert data.tile == (shape[1:] if len(shape) > 2 else None)
        assert data.rows.dtype == np.dtype(dtype).newbyteorder("=")
        assert data.rows.dtype.isnative
        np.testing.assert_array_equal(data.rows, array.reshape(5, 12))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_idx_is_recognized_by_content_not_by_name(tmp_path, pack):
    file = tmp_path / "pictures.npy"
    file.write_bytes(pack(IDX))
    data = read_rows(str(file))
    assert data.tile == (3, 2)
    np.testing.assert_array_equal(data.rows, np.arange(12, dtype=np.uint8).reshape(2, 6))


def test_a_key_chooses_the_array(tmp_path):
    file = tmp_path / "two.npz"
    np.savez(file, x=np.zeros((2, 3)), y=np.ones((4, 5)))
    assert read_rows(file, "y").rows.shape == (4, 5)
    for key in (None, "z"):
        with pytest.raises(ValueError, match=rf"key: expected one of 'x', 'y', got {key!r} for .*two\.npz"):
            read_rows(file, key)


def test_a_key_for_a_file_of_one_array_is_refused(tmp_path):
    np.save(tmp_path / "one.npy", np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"key: expected None for a file of one array, got 'x'"):
        read_rows(tmp_path / "one.npy", "x")


def test_an_empty_archive_is_refused(tmp_path):
    np.savez(tmp_path / "none.npz")
    with pytest.raises(ValueError, match=r"key: expected one of no arrays at all, got None"):
        read_rows(tmp_path / "none.npz")


@pytest.mark.parametrize("name", ["objects.npy", "objects.npz"])
def test_python_objects_are_never_unpickled(tmp_path, name):
    objects = np.asarray([[{}, []]], dtype=object)
    (np.save if name.endswith("y") else np.savez)(tmp_path / name, objects)
    with pytest.raises(
        ValueError, match=r"(?i)path: expected a file of real numbers, got .*holds Python objects.*numpy\.save"
    ):
        read_rows(tmp_path / name)


@pytest.mark.parametrize("array", [np.zeros((2, 2), complex), np.asarray([["a", "b"]]), np.zeros((2, 2), "f8,f8")])
def test_data_that_are_not_real_numbers_are_refused(tmp_path, array):
    np.save(tmp_path / "other.npy", array)
    with pytest.raises(ValueError, match=r"expected a file of real numbers, got .*other\.npy with data of type"):
        read_rows(tmp_path / "other.npy")


@pytest.mark.parametrize("shape", [(6,), (1, 2, 3, 1, 1), ()])
def test_other_numbers_of_axes_are_refused(tmp_path, shape):
    np.save(tmp_path / "axes.npy", np.zeros(shape))
    with pytest.raises(ValueError, match=r"expected an array of shape \(n, features\).*axes\.npy with shape \("):
        read_rows(tmp_path / "axes.npy")


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "none.npy").write_bytes(b"")
    with pytest.raises(ValueError, match=r"path: expected a file of real numbers, got .*none\.npy, which is empty"):
        read_rows(tmp_path / "none.npy")


@pytest.mark.parametrize("order", ["C", "F"])
def test_anything_after_the_array_of_a_file_is_refused(tmp_path, order):
    file = tmp_path / "more.npy"
    np.save(file, np.asarray(np.ones((4, 3)), order=order))
    assert read_rows(file).rows.shape == (4, 3)
    file.write_bytes(file.read_bytes() + b"junk")
    with pytest.raises(ValueError, match=r"more\.npy with 4 bytes after its array\. Copy or write it again"):
        read_rows(file)


@pytest.mark.parametrize("name", ["cut.npy", "cut.npz"])
@pytest.mark.parametrize("keep", [8, 60, 140, -10])
def test_truncated_files_are_refused(tmp_path, name, keep):
    file = tmp_path / name
    (np.save if name.endswith("y") else np.savez_compressed)(file, np.random.default_rng(0).random((9, 9)))
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"path: expected a file of real numbers, got .*cut.*, which is truncated"):
        read_rows(file)


def test_a_damaged_archive_is_refused(tmp_path):
    file = tmp_path / "damaged.npz"
    np.savez_compressed(file, np.random.default_rng(0).random((40, 40)))
    content = bytearray(file.read_bytes())
    content[300:360] = b"\xff" * 60
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"path: expected a file of real numbers, got .*damaged"):
        read_rows(file)


def test_a_zip_that_holds_no_arrays_is_refused(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "letter.docx", "w") as archive:
        archive.writestr("letter.xml", "<letter/>")
    with pytest.raises(ValueError, match=r"letter\.docx whose part 'letter\.xml' is not an array"):
        read_rows(tmp_path / "letter.docx")


@pytest.mark.parametrize("content", [b"\x89PNG\r\n", b"1,2,3\n4,5,6\n", b"\0\0\0\0\0\0", b"\0\0"])
def test_an_unknown_format_gets_the_list_of_known_ones(tmp_path, content):
    file = tmp_path / "unknown"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"known format, got .*unknown that starts.*\.npy, \.npz, IDX and IDX in gzip"):
        read_rows(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"path: expected a file, got .*nowhere\.npy, which is not there"):
        read_rows(tmp_path / "nowhere.npy")
