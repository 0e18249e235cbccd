"""The strict container of model files."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from xpsae.data.container import read_container, write_container


@given(
    shape=st.sampled_from([(3,), (2, 3), (4, 1)]), dtype=st.sampled_from(["f4", "f8", "i8"]), transposed=st.booleans()
)
def test_round_trip_keeps_every_bit_also_of_transposed_arrays(tmp_path_factory, shape, dtype, transposed):
    path = tmp_path_factory.mktemp("container") / "file.safetensors"
    array = np.arange(np.prod(shape), dtype=dtype).reshape(shape)
    array = array.T if transposed else array
    write_container(path, {"a": array}, {"x": [1, 2.5, None, "ρ"]})
    arrays, header = read_container(path)
    assert header == {"x": [1, 2.5, None, "ρ"]}
    assert arrays["a"].dtype == array.dtype
    np.testing.assert_array_equal(arrays["a"], array)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"path: expected a file, got .*absent, which is not there"):
        read_container(tmp_path / "absent")


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x93NUMPY\x01\x00", bytes(1000), b"\xff" * 64])
def test_a_file_of_another_format(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"path: expected a model file, got .*other"):
        read_container(path)


@pytest.mark.parametrize("cut", [1, 8, 100, 200])
def test_a_truncated_file(tmp_path, cut):
    path = tmp_path / "file"
    write_container(path, {"a": np.zeros(50)}, {})
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(ValueError, match=r"path: expected a model file, got .*file, which is truncated"):
        read_container(path)


def test_a_safetensors_file_of_somebody_else(tmp_path):
    save_file({"a": np.zeros(3)}, tmp_path / "file")
    with pytest.raises(ValueError, match=r"a safetensors file of another kind"):
        read_container(tmp_path / "file")


@pytest.mark.parametrize("version", ["2", "99", "one", "-1", "", "1.0", "9" * 5000])
def test_a_file_of_a_newer_version(tmp_path, version):
    save_file({"a": np.zeros(3)}, tmp_path / "file", metadata={"format": "xpsae", "version": version, "header": "{}"})
    with pytest.raises(ValueError, match=r"expected a model file of version 1 or older, got .* Update xpsae"):
        read_container(tmp_path / "file")


@pytest.mark.parametrize("header", ["", "{", "[1]", json.dumps("x"), "null", "[" * 100_000, "9" * 5000, '{"a": 1} 2'])
def test_a_damaged_header(tmp_path, header):
    save_file({"a": np.zeros(3)}, tmp_path / "file", metadata={"format": "xpsae", "version": "1", "header": header})
    with pytest.raises(ValueError, match=r"with a damaged header"):
        read_container(tmp_path / "file")


def test_numbers_of_a_type_that_does_not_exist(tmp_path):
    tensors = {"a": {"dtype": "F65", "shape": [2], "data_offsets": [0, 2]}}
    metadata = {"__metadata__": {"format": "xpsae", "version": "1", "header": "{}"}}
    head = json.dumps(tensors | metadata).encode()
    path = tmp_path / "file"
    path.write_bytes(len(head).to_bytes(8, "little") + head + bytes(2))
    with pytest.raises(ValueError, match=r"path: expected a model file, got .*file, which cannot be read \("):
        read_container(path)


def test_bytes_changed_anywhere_are_read_or_refused(tmp_path):
    path = tmp_path / "file"
    write_container(path, {"a": np.zeros(5), "b": np.ones(2, "f4")}, {"x": 1})
    whole, rng, refused = path.read_bytes(), np.random.default_rng(0), 0
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            read_container(path)
        except ValueError as error:
            assert str(error).startswith("path: expected a model file")  # noqa: PT017 - most changes are refused
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: content[:0], "which is empty"),
        (lambda content: content[:5], "which is truncated"),
        (lambda content: content[:8], "which is truncated"),
        (lambda content: content[:60], "which is truncated"),
        (lambda content: content[:-1], "which is truncated"),
        (lambda content: content + b"more", "which has something after its end"),
        (lambda content: b"\x89PNG" + content, "which cannot be read"),
    ],
)
def test_damage_is_told_in_words(tmp_path, change, told):
    file = tmp_path / "file"
    write_container(file, {"x": np.ones(9)}, {})
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(ValueError, match=rf"path: expected a model file, got .*file, {told}"):
        read_container(file)
