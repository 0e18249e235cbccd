"""TF32 is switched on where a library has it, only for as long as was asked, and refused elsewhere."""

import sys
import types

import numpy as np
import pytest

import xpsae
from xpsae.arrays import precision
from xpsae.arrays.devices import to_library
from xpsae.arrays.precision import products_in, require_precision


@pytest.fixture
def cupy(monkeypatch):
    """The part of CuPy that knows how products are computed."""
    kept = {"float32": 1}
    routines = types.ModuleType("cupy._core._routines_linalg")
    routines.COMPUTE_TYPE_TF32 = 7
    routines.get_compute_type = kept.__getitem__
    routines.set_compute_type = kept.__setitem__
    monkeypatch.setitem(sys.modules, routines.__name__, routines)
    monkeypatch.setattr(precision, "library_name", lambda _: "cupy")
    return kept


def test_cupy_computes_in_tf32_for_a_while(cupy):
    with products_in("tf32", np.zeros(0, "f4")):
        assert cupy == {"float32": 7}
    assert cupy == {"float32": 1}


def test_it_is_as_before_after_an_error_too(cupy):
    with pytest.raises(KeyError), products_in("tf32", np.zeros(0, "f4")):
        raise KeyError
    assert cupy == {"float32": 1}


def test_the_last_of_several_threads_to_leave_restores_what_the_first_found(cupy):
    first, second = (products_in("tf32", np.zeros(0, "f4")) for _ in range(2))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert cupy == {"float32": 7}
    second.__exit__(None, None, None)
    assert cupy == {"float32": 1}


def test_full_precision_touches_nothing(cupy):
    with products_in("full", np.zeros(0, "f4")):
        assert cupy == {"float32": 1}


def torch_setting():
    return pytest.importorskip("torch", reason="torch is not installed").backends.cuda.matmul.fp32_precision


def jax_setting():
    return pytest.importorskip("jax", reason="jax is not installed").config.jax_default_matmul_precision


@pytest.mark.parametrize(
    ("library", "setting", "on"), [("torch", torch_setting, "tf32"), ("jax", jax_setting, "tensorfloat32")]
)
def test_the_setting_of_a_library_holds_for_the_evaluation_alone(monkeypatch, library, setting, on):
    before = setting()
    monkeypatch.setattr(precision, "device_kind", lambda _: "cuda")
    X = to_library(np.full((6, 3), 0.5, "f4"), library)
    objective = xpsae.Objective(X, 2, precision="tf32")
    seen = []
    monkeypatch.setattr("xpsae.problem.evaluate", lambda *_, **__: seen.append(setting()))
    objective.evaluate(objective.initial(0))
    assert seen == [on]
    assert setting() == before


def test_where_there_is_no_tf32_the_error_says_what_has_it(xp):
    X = xp.array(np.full((4, 3), 0.5), "f4")
    if precision.device_kind(X) == "cuda":
        pytest.skip("this library has it here")
    with pytest.raises(
        ValueError, match=r"^precision: expected 'full' for .*, got 'tf32'\. CuPy, PyTorch and JAX have"
    ):
        xpsae.fit(X, 2, precision="tf32")


def test_double_precision_has_no_tf32(monkeypatch):
    monkeypatch.setattr(precision, "device_kind", lambda _: "cuda")
    monkeypatch.setattr(precision, "library_name", lambda _: "cupy")
    require_precision("tf32", np.zeros(0, "f4"))
    with pytest.raises(ValueError, match=r"^precision: expected 'full' for float64, got 'tf32'\. TF32 replaces"):
        require_precision("tf32", np.zeros(0))


@pytest.mark.parametrize("value", ["half", None, 32])
def test_other_precisions_are_refused(value):
    with pytest.raises(ValueError, match=r"^precision: expected 'full' or 'tf32', got"):
        xpsae.Objective(np.full((4, 3), 0.5), 2, precision=value)
