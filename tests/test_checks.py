"""The wording of refusals: which parameter, what was expected, what came, what to do; and which values pass."""

import fractions
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.checks import complaint, described, one_of, real_number, whole_number


def test_a_complaint_is_one_sentence_and_a_remedy():
    assert complaint("x", "a", "b", "Do c.") == "x: expected a, got b. Do c."


@given(st.integers() | st.text() | st.lists(st.integers()))
def test_descriptions_are_short(value):
    found = described(value)
    assert len(found) <= 40
    assert found in {repr(value), f"a {type(value).__name__}"}


def test_long_values_are_described_by_their_type():
    assert described(list(range(100))) == "a list"
    assert described("x" * 38) == repr("x" * 38)
    assert described("x" * 39) == "a str"


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3)])
def test_whole_numbers_become_ints(value):
    found = whole_number("n", value, at_least=3, remedy="")
    assert (type(found), found) == (int, 3)


@pytest.mark.parametrize(
    ("value", "error", "got"),
    [
        (2, ValueError, "2"),
        (-(10**30), ValueError, "-1000000000000000000000000000000"),
        (3.0, TypeError, "3.0"),
        (True, TypeError, "True"),
        (np.True_, TypeError, "np.True_"),
        ("3", TypeError, "'3'"),
        (None, TypeError, "None"),
        (math.nan, TypeError, "nan"),
        (fractions.Fraction(3), TypeError, "Fraction(3, 1)"),
        (np.asarray([3, 4]), TypeError, "array([3, 4])"),
    ],
)
def test_what_is_no_whole_number_is_refused(value, error, got):
    with pytest.raises(error) as caught:
        whole_number("n", value, at_least=3, remedy="Pass 4.")
    assert str(caught.value) == f"n: expected an integer of at least 3, got {got}. Pass 4."


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), fractions.Fraction(1, 2)])
def test_real_numbers_become_floats(value):
    found = real_number("x", value, remedy="")
    assert (type(found), found) == (float, 0.5)


@given(st.floats(allow_nan=True, allow_infinity=True), st.booleans())
def test_exactly_the_interval_passes(value, open_ends):
    passes = -1.0 < value < 2.0 if open_ends else -1.0 <= value <= 2.0
    try:
        found = real_number("x", value, low=-1.0, high=2.0, open_ends=open_ends, remedy="")
    except ValueError:
        assert not passes
    else:
        assert passes
        assert found == value


@pytest.mark.parametrize(
    ("bounds", "value", "expected"),
    [
        ({}, -1, "a finite number of at least 0"),
        ({}, math.inf, "a finite number of at least 0"),
        ({"open_ends": True}, 0, "a finite number above 0"),
        ({"low": -math.inf}, math.nan, "a finite number of at least -inf"),
        ({"low": -math.inf}, -math.inf, "a finite number of at least -inf"),
        ({"high": 1.0}, 1.5, "a number from 0 to 1"),
        ({"high": 1.0, "open_ends": True}, 1.0, "a number strictly between 0 and 1"),
    ],
)
def test_numbers_outside_are_refused_with_the_interval(bounds, value, expected):
    with pytest.raises(ValueError, match=r"^x: ") as caught:
        real_number("x", value, remedy="Pass 0.5.", **bounds)
    assert str(caught.value) == f"x: expected {expected}, got {value!r}. Pass 0.5."


@pytest.mark.parametrize("value", ["1", None, True, 1j, [1.0], np.asarray([1.0])])
def test_what_is_no_real_number_is_refused(value):
    with pytest.raises(TypeError, match=r"^x: expected a finite number of at least 0, got .*\. Pass 0\.5\.$"):
        real_number("x", value, remedy="Pass 0.5.")


@pytest.mark.parametrize("value", [None, "a", 1, False])
def test_choices_pass_as_they_are(value):
    assert one_of("x", value, (None, "a", 1, False), remedy="") is value


@pytest.mark.parametrize("value", ["b", True, 1.0, 0, [], {}, np.asarray(["a", "a"])])
def test_what_is_no_choice_is_refused_with_all_of_them(value):
    with pytest.raises(ValueError, match=r"^x: expected None or 'a' or 1 or False, got .*\. Pass one\.$"):
        one_of("x", value, (None, "a", 1, False), remedy="Pass one.")
