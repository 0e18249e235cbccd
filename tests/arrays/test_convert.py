"""What users pass becomes real floating-point arrays, or the error that says why not."""

import numpy as np
import pytest

from xpsae.arrays.convert import as_floating, largest_byte, matching, require_finite


@pytest.mark.parametrize("dtype", [">f8", ">f4", "<f8", ">i4"])
def test_bytes_of_either_order_become_native_ones(dtype):
    X = np.arange(6.0).reshape(2, 3).astype(dtype)
    converted = as_floating(X)
    assert converted.dtype.isnative
    assert converted.dtype.itemsize == (8 if dtype == ">i4" else X.dtype.itemsize)
    np.testing.assert_array_equal(converted, X)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda torch: torch.eye(3).to_sparse(), r"a sparse tensor \(torch\.sparse_coo\)"),
        (lambda torch: torch.ones(3, 3, device="meta"), r"a tensor without numbers \(device meta\)"),
    ],
)
def test_tensors_that_cannot_be_computed_with_are_refused(make, what):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(TypeError, match=rf"^X: expected a dense array, got {what}"):
        as_floating(make(torch))


def test_a_tape_is_left_behind():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    assert not as_floating(torch.ones(2, requires_grad=True)).requires_grad


class Table:
    """Something that becomes an array when asked, as a data frame does."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype=dtype)


@pytest.mark.parametrize(("dtype", "largest"), [("u1", 255), ("i1", None), ("u2", None), ("f8", None)])
def test_bytes_are_known_for_bytes(xp, dtype, largest):
    if dtype != "u2" or xp.name != "torch":
        assert largest_byte(xp.array(np.ones((2, 2), dtype))) == largest
    assert largest_byte(Table(np.ones((2, 2), dtype))) == largest


def test_values_that_are_not_finite_are_counted_and_placed(xp):
    bad = np.zeros((4, 3))
    bad[1, 2], bad[3, 0] = np.nan, -np.inf
    with pytest.raises(ValueError, match=r"^Z: expected finite numbers, got 2 NaN .* the first at row 1, column 2"):
        require_finite(xp.array(bad), name="Z")


def test_large_values_whose_sum_overflows_are_finite(xp):
    require_finite(xp.array(np.full((4, 3), 3e38), "float32"), name="X")


def fitted(xp, x, shape=(3,)):
    return matching(x, xp.array(np.ones(2)), name="x", shape=shape, remedy="Do better.")


def test_an_array_that_matches_is_passed_on(xp):
    x = xp.array(np.arange(3.0))
    assert fitted(xp, x) is x
    assert fitted(xp, xp.array(np.arange(3), "float32")).dtype == xp.namespace.float64


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([1.0, 2.0, 3.0], TypeError, r"^x: expected a vector of 3 numbers, .* got \[1\.0, 2\.0, 3\.0\]\. Do better\."),
        (np.zeros(4), ValueError, r"got shape \(4,\)"),
        (np.zeros((3, 1)), ValueError, r"got shape \(3, 1\)"),
        (np.zeros(3, int), TypeError, r"^x: expected real floating-point numbers, got dtype .*int64"),
    ],
)
def test_an_array_that_does_not_match_is_refused(xp, x, error, message):
    with pytest.raises(error, match=message):
        fitted(xp, x if isinstance(x, list) else xp.array(x))


def test_an_array_of_another_library_or_device_is_refused():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    here, there = strict.ones(3), strict.ones(3, device=strict.Device("device1"))
    with pytest.raises(TypeError, match=r"numpy on cpu, got array_api_strict on cpu"):
        matching(here, np.ones(3), name="x", shape=(3,), remedy="")
    with pytest.raises(ValueError, match=r"array_api_strict on cpu, got array_api_strict on device1\. Move it"):
        matching(there, here, name="x", shape=(3,), remedy="")


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ({"a": [1.0]}, r"got a dict of columns\. Pass numpy\.column_stack\(list\(X\.values\(\)\)\)"),
        ({1.0, 2.0}, r"got a set, which is no sequence\. Pass list\(X\)"),
        ((row for row in [[1.0]]), r"got a generator, which is no sequence\. Pass list\(X\)"),
        (np.asarray([["a"]]), r"got dtype <U1\. Read the text as numbers first"),
        ([["a"]], r"got dtype <U1 \(from a list\)\. Read the text"),
        (np.zeros(2, "f8,f8"), r"got dtype \[.*structured_to_unstructured"),
        (np.asarray([{}]), r"got dtype object\. Pass numbers only"),
    ],
)
def test_hints_for_what_is_no_array_of_numbers_can_be_followed(X, message):
    with pytest.raises(TypeError, match=rf"X: expected an array of numbers, {message}"):
        as_floating(X)
