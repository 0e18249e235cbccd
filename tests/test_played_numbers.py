"""CuPy's functions on the card that the processor plays, beside NumPy's: ``tools/card/run python -m pytest``."""

import os

import numpy as np
import pytest

from xpsae.arrays.cuda import cuda_problem

pytestmark = pytest.mark.skipif(
    "CARD_CACHE" not in os.environ or cuda_problem() is not None, reason="the card is not played (tools/card/run)"
)
FUNCTIONS = ("exp", "expm1", "log", "log1p", "tanh", "sqrt", "sin", "cos", "floor", "sign", "isnan")
REDUCTIONS = ("sum", "prod", "max", "min", "mean", "var", "argmax", "all", "any")


@pytest.fixture
def cupy():
    """CuPy."""
    return pytest.importorskip("cupy")


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_elementary_functions_are_numpys_to_two_units(cupy, name, dtype):
    x = np.linspace(-80, 80, 10_001).astype(dtype)
    x = np.abs(x) if name in {"sqrt", "log", "log1p"} else x
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x.astype("f8")).astype("?" if name == "isnan" else dtype)
    found = getattr(cupy, name)(cupy.asarray(x)).get()
    np.testing.assert_allclose(found, expected, rtol=2 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_are_numpys(cupy, name, dtype):
    x = np.random.default_rng(0).normal(size=(300, 7, 41)).astype(dtype)
    for axis in (None, 0, 1, 2) + ((0, 2),) * (name != "argmax"):
        found, expected = getattr(cupy, name)(cupy.asarray(x), axis=axis).get(), getattr(np, name)(x, axis=axis)
        np.testing.assert_allclose(
            found, expected, rtol=1e-4 if dtype == "f4" else 1e-10, atol=np.finfo(dtype).eps * 100
        )


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_products_decompositions_and_transforms_are_numpys(cupy, dtype):
    a, b = np.random.default_rng(0).normal(size=(2, 20, 30)).astype(dtype)
    tolerance = {"rtol": 1e-4, "atol": 1e-4} if dtype == "f4" else {"rtol": 1e-10, "atol": 1e-10}
    A, B = cupy.asarray(a), cupy.asarray(b)
    np.testing.assert_allclose((A @ B.T).get(), a @ b.T, **tolerance)
    np.testing.assert_allclose((A.T @ B[:, 0]).get(), a.T @ b[:, 0], **tolerance)
    np.testing.assert_allclose(cupy.linalg.eigh(A @ A.T)[0].get(), np.linalg.eigh(a @ a.T)[0], **tolerance)
    np.testing.assert_allclose(cupy.fft.rfftn(A).get(), np.fft.rfftn(a), **tolerance)
