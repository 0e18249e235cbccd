"""What X may be besides an array: the same rows from every source, and what is said of sources that cannot be used."""

import gzip

import dask.array as da
import h5py
import numpy as np
import pytest
import zarr
from dask import delayed

import xpsae
from xpsae.data.blocks import real_rows
from xpsae.data.sources import opened
from xpsae.data.stored import Stored

X = np.random.default_rng(0).random((157, 6))


def idx(values):
    codes = {"uint8": 0x08, "float32": 0x0D, "float64": 0x0E}
    header = bytes([0, 0, codes[values.dtype.name], values.ndim])
    lengths = b"".join(length.to_bytes(4, "big") for length in values.shape)
    return header + lengths + values.astype(values.dtype.newbyteorder(">")).tobytes()


def shards(folder, suffix):
    for i, rows in enumerate(np.split(X, [50, 51, 120])):
        file = folder / f"part-{i}{suffix}"
        file.write_bytes(idx(rows)) if suffix == "-ubyte" else np.save(file, rows)
    return folder / f"part-*{suffix}"


def npy(folder, values=X):
    np.save(folder / "x.npy", values)
    return folder / "x.npy"


def hdf5(folder):
    file = h5py.File(folder / "x.h5", "w")
    return file.create_dataset("rows", data=X, chunks=(40, 6), compression="gzip")


def store(folder):
    array = zarr.create_array(folder / "x.zarr", shape=X.shape, chunks=(33, 6), dtype="f8")
    array[:] = X
    return array


class Anything:
    """As little as there has to be."""

    shape, dtype = X.shape, "float64"

    def __getitem__(self, rows):
        return X[rows].tolist()


SOURCES = {
    "path": npy,
    "name": lambda folder: str(npy(folder)),
    "Fortran order": lambda folder: npy(folder, np.asfortranarray(X)),
    "big-endian": lambda folder: npy(folder, X.astype(">f8")),
    "pattern": lambda folder: str(shards(folder, ".npy")),
    "list": lambda folder: sorted(folder.glob(shards(folder, ".npy").name)),
    "IDX": lambda folder: shards(folder, "-ubyte"),
    "map": lambda folder: np.load(npy(folder), mmap_mode="r"),
    "part of a map": lambda folder: np.load(npy(folder, np.vstack([X, X])), mmap_mode="r")[157:, :],
    "HDF5": hdf5,
    "Zarr": store,
    "anything": lambda folder: Anything(),
}


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_every_source_has_the_same_rows(make, tmp_path):
    rows = real_rows(make(tmp_path))
    assert isinstance(rows, Stored)
    assert (rows.shape, rows.ndim, rows.dtype) == ((157, 6), 2, np.float64)
    for first, last in [(0, 157), (0, 1), (49, 52), (30, 130), (156, 157)]:
        read = rows[first:last, :]
        np.testing.assert_array_equal(read, X[first:last])
        assert read.dtype.isnative
        assert not isinstance(read, np.memmap)
    np.testing.assert_array_equal(rows[3:9, :2], X[3:9, :2])


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_training_on_a_source_is_training_on_its_rows(make, tmp_path):
    options = {"n_hidden": 3, "max_iter": 5, "rng": 0}
    np.testing.assert_array_equal(xpsae.fit(make(tmp_path), **options).theta, xpsae.fit(X, **options).theta)


def test_a_map_that_holds_changes_of_its_own_is_an_array(tmp_path):
    private = np.load(npy(tmp_path), mmap_mode="c")
    private[0, 0] = 0.25
    assert opened(private) is private
    assert real_rows(private)[0, 0] == 0.25


def test_pictures_in_files_are_rows_and_truth_values_are_numbers(tmp_path):
    masks = np.random.default_rng(0).random((9, 4, 3, 2)) > 0.5
    rows = real_rows(npy(tmp_path, masks))
    assert (rows.shape, rows.dtype) == ((9, 24), np.uint8)
    np.testing.assert_array_equal(rows[:9, :], masks.reshape(9, 24))


def test_compressed_files_are_read_at_once(tmp_path):
    file = tmp_path / "x.gz"
    file.write_bytes(gzip.compress(idx(X)))
    np.testing.assert_array_equal(real_rows(file), X)
    np.savez(tmp_path / "x.npz", rows=X)
    np.testing.assert_array_equal(real_rows(str(tmp_path / "x.npz")), X)
    message = r"^X: expected files that can be read in parts, got .*x\.gz, which has to be read at once\. Write it"
    with pytest.raises(ValueError, match=message):
        real_rows([npy(tmp_path), file])


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (X[:, :5], r"^X: expected files of the same columns, 6 as in .*x\.npy, got 5 in .*y\.npy\. Convert or leave"),
        (X.astype("f4"), r"^X: expected files of the same dtype, float64 as in .*x\.npy, got float32 in .*y\.npy\."),
    ],
)
def test_files_that_do_not_fit_together_are_named(other, message, tmp_path):
    np.save(tmp_path / "y.npy", other)
    with pytest.raises(ValueError, match=message):
        real_rows([npy(tmp_path), tmp_path / "y.npy"])


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("none.npy", FileNotFoundError, r"^X: expected a file, got .*none\.npy, which is not there\."),
        ("none-*.npy", FileNotFoundError, r"^X: expected files named .*none-\*\.npy, got none\. Check"),
        ("", ValueError, r"^X: expected a file, got the folder .*\. Pass '.*\*\.npy' .* zarr\.open\(path\)"),
        ("text.npy", ValueError, r"^X: expected a file of a known format, got .*text\.npy that starts with"),
        ("complex.npy", ValueError, r"^X: expected a file of real numbers, got .*with data of type complex128"),
        ("cut", ValueError, r"^X: expected an IDX file, got .*cut whose header says \(157, 6\), 7536 bytes .* only 75"),
    ],
)
def test_files_that_cannot_be_used_are_refused_by_their_names(name, error, message, tmp_path):
    (tmp_path / "text.npy").write_text("1 2 3 4 5 6")
    np.save(tmp_path / "complex.npy", X * 1j)
    (tmp_path / "cut").write_bytes(idx(X)[:-10])
    with pytest.raises(error, match=message):
        real_rows(tmp_path / name)


def test_stores_of_something_else_than_real_rows_are_refused(tmp_path):
    file = h5py.File(tmp_path / "x.h5", "w")
    with pytest.raises(TypeError, match=r"^X: expected real numbers, got dtype complex128"):
        real_rows(file.create_dataset("complex", data=X * 1j))
    with pytest.raises(ValueError, match=r"^X: expected a 2-D array, one row a sample, got 1 dimension"):
        real_rows(file.create_dataset("line", data=X[0]))


def test_slices_that_are_not_rows_are_refused():
    class Columns(Anything):
        def __getitem__(self, rows):
            return X.T[rows]

    with pytest.raises(ValueError, match=r"^X: expected rows of shape \(157, 6\), got \(6, 157\) for \[0:157\]"):
        real_rows(Columns())


def test_without_a_cluster_a_dask_array_is_read_as_a_file_is():
    data, options = np.tile(X, (9, 1)), {"n_hidden": 3, "rng": 0, "max_iter": 3}
    chunked = da.from_array(data, chunks=(500, -1))
    assert isinstance(real_rows(chunked), Stored)
    whole = xpsae.fit(data, **options)
    np.testing.assert_array_equal(xpsae.fit(chunked, **options).theta, whole.theta)
    objective = xpsae.Objective(chunked, 3, memory_limit="30kB", workers=1)
    assert objective.plan.conversion == "repeated"
    np.testing.assert_allclose(objective(whole.theta)[0], xpsae.Objective(data, 3)(whole.theta)[0], rtol=1e-14)


def test_without_a_cluster_chunks_that_are_not_what_the_array_tells_are_named():
    odd = da.from_delayed(delayed(X[:, :5]), X.shape, X.dtype)
    with pytest.raises(ValueError, match=r"^X: expected rows of shape \(157, 6\), got \(157, 5\) for \[0:157\]"):
        real_rows(odd)


def test_chunks_of_other_libraries_need_a_client():
    torch = pytest.importorskip("torch")
    X = da.zeros((6, 2), chunks=(3, 2)).map_blocks(torch.asarray, meta=torch.zeros((0, 0)))
    with pytest.raises(TypeError, match=r"^X: expected chunks of NumPy's, without a client, got chunks of torch"):
        opened(X)
