"""Scaling: the round trip, the choice, the words, and the refusals."""

import dataclasses
import json

import numpy as np
import pytest
import spy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import xpsae
from xpsae.data.scaling import Scaling, choose_scaling, three_sigma

VALUES = st.floats(-1e6, 1e6, allow_subnormal=False, width=32)
DATA = hnp.arrays(np.float64, (4, 3), elements=VALUES)
KINDS = {
    "range": lambda X, xp: choose_scaling(X, "range", "sigmoid", xp=xp),
    "auto": lambda X, xp: choose_scaling(X, "auto", "sigmoid", xp=xp),
    "eight bits": lambda X, xp: choose_scaling(X, "auto", "sigmoid", xp=xp, integer_max=255),
    "three-sigma": lambda X, xp: choose_scaling(X, "three-sigma", "sigmoid", xp=xp),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
@given(data=DATA)
def test_what_is_scaled_comes_back_inside_the_range(xp, kind, dtype, data):
    data = data.astype(dtype)
    scaling = KINDS[kind](xp.array(data), xp.namespace)
    scaled = scaling.apply(xp.array(data), xp=xp.namespace)
    back = scaling.invert(scaled)
    assert xp.owns(back)
    assert xp.host(scaled).dtype == xp.host(back).dtype == dtype
    if scaling.kind != "constant":
        assert xp.host(scaled).min() >= -1e-6
        assert xp.host(scaled).max() <= 1 + 1e-6
    limit = scaling.width if scaling.clipped else np.inf
    expected = np.clip(data.astype(float), scaling.shift - limit, scaling.shift + limit)
    rounding = 16 * np.finfo(dtype).eps * (np.abs(data).max() + scaling.width)
    np.testing.assert_allclose(xp.host(back), expected, rtol=0, atol=rounding)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(data=DATA)
def test_range_takes_the_extremes_to_the_ends(xp, dtype, data):
    data = data.astype(dtype)
    scaling = choose_scaling(xp.array(data), "range", "linear", xp=xp.namespace)
    scaled = xp.host(scaling.apply(xp.array(data), xp=xp.namespace))
    ends = (0.1, 0.9) if data.min() < data.max() else (0.5, 0.5)
    np.testing.assert_allclose((scaled.min(), scaled.max()), ends, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_neighboring_numbers_are_still_told_apart(xp, dtype):
    data = np.asarray([1, np.nextafter(np.asarray(1, dtype), 2)], dtype=dtype)
    scaling = choose_scaling(xp.array(data), "range", "sigmoid", xp=xp.namespace)
    np.testing.assert_allclose(xp.host(scaling.apply(xp.array(data), xp=xp.namespace)), [0.1, 0.9], atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_three_sigma_is_the_notes_formula(xp, dtype):
    data = np.random.default_rng(0).standard_t(3, (100, 7)).astype(dtype) + 3
    scaling = three_sigma(xp.array(data), xp=xp.namespace)
    limit = 3 * data.astype(float).std(ddof=1)
    expected = np.clip((data - data.astype(float).mean()) / limit, -1, 1) * 0.4 + 0.5
    np.testing.assert_allclose(xp.host(scaling.apply(xp.array(data), xp=xp.namespace)), expected, atol=1e-5)
    assert scaling.width == pytest.approx(limit, rel=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e15])
@pytest.mark.parametrize("choice", ["range", "three-sigma"])
@pytest.mark.parametrize("shape", [(1, 1), (5, 3)])
def test_constant_data_become_one_half_and_come_back(xp, value, choice, shape):
    data = xp.array(np.full(shape, value, dtype=np.float32))
    scaling = choose_scaling(data, choice, "sigmoid", xp=xp.namespace)
    assert scaling.kind == "constant"
    scaled = scaling.apply(data, xp=xp.namespace)
    np.testing.assert_allclose(xp.host(scaled), 0.5, atol=1e-6)
    np.testing.assert_allclose(xp.host(scaling.invert(scaled)), np.float32(value), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("data", "decoder", "integer_max", "kind"),
    [
        ([0.0, 1.0], "sigmoid", None, "identity"),
        ([0.0, 1.0], "sigmoid", 255, "identity"),
        ([0.1, 0.9], "sigmoid", None, "identity"),
        ([0.25, 0.375], "sigmoid", None, "identity"),
        ([0.25, 0.3125], "sigmoid", None, "range"),
        ([0.5, 0.501], "sigmoid", None, "range"),
        ([0.0, 1e-30], "sigmoid", None, "range"),
        ([0.5, 0.5], "sigmoid", None, "constant"),
        ([0.5, 0.501], "linear", None, "identity"),
        ([0.0, 1.5], "sigmoid", None, "range"),
        ([0.0, 2.0], "sigmoid", 255, "range"),
        ([0.0, 16.0], "sigmoid", 255, "range"),
        ([0.0, 26.0], "sigmoid", 255, "unit"),
        ([100.0, 110.0], "sigmoid", 255, "range"),
        ([7.0, 7.0], "sigmoid", 255, "constant"),
        ([-0.1, 0.5], "sigmoid", None, "range"),
        ([0.0, 255.0], "sigmoid", 255, "unit"),
        ([0.0, 256.0], "sigmoid", 255, "range"),
        ([-1.0, 200.0], "sigmoid", 255, "range"),
        ([-9.0, 9.0], "linear", None, "identity"),
        ([0.0, 9.0], "linear", 255, "identity"),
    ],
)
def test_what_auto_chooses(xp, data, decoder, integer_max, kind):
    X = xp.array([data])
    assert choose_scaling(X, "auto", decoder, xp=xp.namespace, integer_max=integer_max).kind == kind


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_narrow_data_are_learned_as_well_as_wide_ones(xp, dtype):
    wide = np.random.default_rng(0).random((60, 2)) @ np.asarray([[1, 0, 0.5, 0], [0, 1, 0, 0.5]])
    options = {"sparsity_weight": 0.0, "weight_decay": 0.0, "max_iter": 150, "rng": 0}
    small_bytes = xp.array(np.round(16 * wide), "uint8")
    for X in (xp.array(wide, dtype), xp.array(0.5 + 0.001 * wide, dtype), small_bytes):
        assert xpsae.fit(X, 4, **options).score(X) > 0.95


def test_none_leaves_alone_what_the_decoder_can_give(xp):
    assert choose_scaling(xp.array([[0.0, 1.0]]), None, "sigmoid", xp=xp.namespace) == Scaling()
    assert choose_scaling(xp.array([[-5.0, 7.0]]), None, "linear", xp=xp.namespace) == Scaling()


def test_identity_returns_the_same_array(xp):
    X = xp.array([[0.5]])
    assert Scaling().apply(X, xp=xp.namespace) is X
    assert Scaling().invert(X) is X


def test_a_scaling_is_used_as_it_is(xp):
    given_one = Scaling("range", shift=-10.0, width=20.0, gain=0.8, offset=0.1)
    X = xp.array([[-3.2, 4.1]])
    for decoder in ("sigmoid", "linear"):
        assert choose_scaling(X, given_one, decoder, xp=xp.namespace) is given_one
    clipping = dataclasses.replace(given_one, kind="three-sigma", gain=0.4, offset=0.5, width=1.0, clipped=True)
    assert choose_scaling(X, clipping, "sigmoid", xp=xp.namespace) is clipping


@pytest.mark.parametrize("choice", [None, "auto", "range", "three-sigma", Scaling("unit", width=9.0)])
@pytest.mark.parametrize("decoder", ["sigmoid", "linear"])
def test_the_device_is_read_once_at_most(choice, decoder):
    X = spy.NAMESPACE.asarray(np.asarray([[0.0, 0.4]]))
    with spy.counting() as count:
        choose_scaling(X, choice, decoder, xp=spy.NAMESPACE, integer_max=255)
    needed = decoder == "sigmoid" or choice in ("range", "three-sigma")
    assert count.reads.total() == int(needed)


def test_values_outside_a_sigmoid_decoder_are_refused_with_range_and_remedies(xp):
    message = (
        r"X: expected values in \[0, 1\], the range of a sigmoid decoder, got values from -3\.2 to 4\.1\. "
        r"Pass scaling='auto', 'range' or 'three-sigma', .* or use decoder='linear'\."
    )
    with pytest.raises(ValueError, match=message):
        choose_scaling(xp.array([[-3.2, 0.0, 4.1]]), None, "sigmoid", xp=xp.namespace)


def test_a_scaling_that_does_not_bring_them_inside_is_refused():
    with pytest.raises(ValueError, match=r"got values from 0 to 20, which become 0 to 2 \(values divided by 10\)"):
        choose_scaling(np.asarray([[0.0, 20.0]]), Scaling("unit", width=10.0), "sigmoid", xp=np)


@pytest.mark.parametrize("choice", ["Range", 3, True])
def test_an_unknown_choice_is_refused(choice):
    with pytest.raises(ValueError, match=r"scaling: expected None or 'auto' or 'range' or 'three-sigma', got"):
        choose_scaling(np.zeros((1, 1)), choice, "sigmoid", xp=np)


def test_a_spread_that_does_not_fit_the_type_is_refused():
    with pytest.raises(ValueError, match=r"X: expected values whose spread fits their type, got values from -3e\+38"):
        choose_scaling(np.asarray([[-3e38, 3e38]], dtype=np.float32), "range", "sigmoid", xp=np)
    with pytest.raises(ValueError, match=r"X: expected values whose spread fits their type"), np.errstate(all="ignore"):
        three_sigma(np.asarray([[-3e38, 3e38]], dtype=np.float32), xp=np)


@pytest.mark.parametrize(
    ("scaling", "words"),
    [
        (Scaling(), "values unchanged"),
        (Scaling("unit", width=255.0), "values divided by 255"),
        (Scaling("range", -3.2, 7.3, 0.8, 0.1), "values from -3.2 to 4.1 mapped to [0.1, 0.9]"),
        (
            Scaling("three-sigma", 0.2, 1.5, 0.4, 0.5, clipped=True),
            "values centered at 0.2, clipped at ±1.5 (three standard deviations) and mapped to [0.1, 0.9]",
        ),
        (Scaling("constant", 3.0, offset=0.5), "values, all close to 3, moved to 0.5"),
    ],
)
def test_words_and_json(scaling, words):
    assert scaling.description == str(scaling) == words
    assert Scaling(**json.loads(json.dumps(dataclasses.asdict(scaling)))) == scaling


def test_numbers_of_any_type_are_kept_as_plain_floats():
    scaling = Scaling("range", np.float32(1), 4, np.float64(0.5), np.int64(0))
    numbers = [scaling.shift, scaling.width, scaling.gain, scaling.offset]
    assert [type(number) for number in numbers] == [float] * 4
    assert scaling.apply(np.ones((1, 1), "float32"), xp=np).dtype == np.float32
    assert Scaling(**json.loads(json.dumps(dataclasses.asdict(scaling)))) == scaling


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"kind": "log"}, ValueError, r"kind: expected 'identity' or"),
        ({"width": 0.0}, ValueError, r"width: expected a finite number above 0"),
        ({"gain": -1.0}, ValueError, r"gain: expected a finite number above 0"),
        ({"shift": float("nan")}, ValueError, r"shift: expected a finite number"),
        ({"offset": "0"}, TypeError, r"offset: expected a finite number"),
        ({"clipped": 1}, ValueError, r"clipped: expected False or True, got 1"),
    ],
)
def test_a_record_of_nonsense_is_refused(fields, error, message):
    with pytest.raises(error, match=message):
        Scaling(**{"kind": "range", **fields})
