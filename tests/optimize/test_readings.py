"""What a user's function may answer, and what is refused."""

import re

import numpy as np
import pytest
from functions import VALLEY

from xpsae.optimize.driver import minimize
from xpsae.optimize.gradient_check import check_gradient

START = np.array([-1.2, 1.0, -0.5, 0.3])


def test_value_may_be_a_float_a_scalar_or_a_small_array():
    results = [
        minimize(lambda x, kind=kind: (kind(VALLEY(x)[0]), VALLEY(x)[1]), START).fun
        for kind in (float, np.float64, np.asarray, lambda f: np.reshape(f, (1,)))
    ]
    assert len(set(results)) == 1


def test_gradient_of_another_precision_is_converted():
    result = minimize(lambda x: VALLEY(x.astype("float64")), START.astype("float32"))
    assert result.jac.dtype == result.x.dtype == np.float32
    assert result.fun < 1e-6


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (lambda x: (0.0, x[:-1]), ValueError, r"fun: expected a gradient of shape \(4,\), .*, got shape \(3,\)"),
        (lambda x: (0.0, list(x)), TypeError, r"fun: expected a gradient of shape \(4,\), numpy on cpu, got a list"),
        (lambda x: (0.0, x.astype(int)), TypeError, "fun: expected a gradient of dtype float64, got dtype int64"),
        (lambda x: (x, x), ValueError, r"fun: expected one real number, got shape \(4,\)"),
        (lambda x: ("low", x), TypeError, "fun: expected one real number, got 'low'"),
        (lambda x: ("1.5", x), TypeError, "fun: expected one real number, got '1.5'"),
        (lambda x: (1j, x), TypeError, "fun: expected one real number, got 1j"),
        (lambda x: (np.complex64(1j), x), TypeError, "fun: expected one real number, got "),
        (lambda x: (np.asarray(1j), x), TypeError, "fun: expected one real number, got dtype complex128"),
        (lambda x: (None, x), TypeError, "fun: expected one real number, got None"),
        (lambda x: x, TypeError, r"fun: expected a function that returns \(value, gradient\), got "),
        (lambda _: 3.0, TypeError, r"fun: expected a function that returns \(value, gradient\), got 3.0"),
        (lambda x: (0.0, x, x), TypeError, r"fun: expected a function that returns \(value, gradient\), got 3 values"),
    ],
)
def test_answers_of_the_wrong_kind_are_refused(answer, error, message):
    with pytest.raises(error, match=message):
        minimize(answer, START)
    with pytest.raises(error, match=message):
        check_gradient(answer, START)


def test_gradient_of_another_library_is_refused():
    strict = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
    expected = re.escape("fun: expected a gradient of shape (4,), numpy on cpu, got array_api_strict on")
    with pytest.raises(TypeError, match=expected):
        minimize(lambda x: (0.0, strict.asarray(x)), START)


def test_gradient_on_another_device_is_refused():
    strict = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
    x0 = strict.asarray(START)
    with pytest.raises(ValueError, match=r"fun: expected a gradient of shape .* Compute it where x is"):
        minimize(lambda x: (0.0, x.to_device(strict.Device("device1"))), x0)
