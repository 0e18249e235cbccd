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
    monkeypatch.setattr(precision, "capability_of", lambda _: (8, 0))
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


def device_saying(capability):
    return types.SimpleNamespace(compute_capability=capability, id=1, device_kind="JAX's card", platform="gpu")


@pytest.fixture
def torch(monkeypatch):
    """The part of PyTorch that knows cards."""
    module, seen = types.ModuleType("torch"), []
    module.cuda = types.SimpleNamespace(
        get_device_capability=lambda device: seen.append(device) or device.compute_capability,
        get_device_name=lambda _: "PyTorch's card",
    )
    return module


@pytest.fixture
def on_card(monkeypatch, torch):
    """Have an array lie on a card of a library, which says its compute capability as that library does."""
    runtime = types.SimpleNamespace(getDeviceProperties=lambda number: {"name": f"CuPy's card {number}".encode()})
    modules = {"torch": torch, "cupy": types.SimpleNamespace(cuda=types.SimpleNamespace(runtime=runtime))}

    def put(library, capability):
        monkeypatch.setattr(precision, "library_name", lambda _: library)
        monkeypatch.setattr(precision, "device_kind", lambda _: "cuda")
        monkeypatch.setattr(precision, "device_of", lambda _: device_saying(capability))
        monkeypatch.setattr(precision, "place", lambda _: f"{library} on cuda:1")
        monkeypatch.setattr(precision, "importlib", types.SimpleNamespace(import_module=modules.__getitem__))

    return put


OLD = [("cupy", "75", "CuPy's card 1"), ("torch", (7, 5), "PyTorch's card"), ("jax", "7.5", "JAX's card")]


@pytest.mark.parametrize(("library", "capability", "name"), OLD)
def test_a_card_without_tf32_is_named(on_card, library, capability, name):
    on_card(library, capability)
    expected = (
        rf"^precision: expected 'full' for {name} \({library} on cuda:1\), of compute capability 7\.5, got 'tf32'\. "
        r"TF32 needs 8\.0 or more, .*: use such a card, or pass precision='full'\.$"
    )
    with pytest.raises(ValueError, match=expected):
        require_precision("tf32", np.zeros(0, "f4"))
    require_precision("full", np.zeros(0, "f4"))


@pytest.mark.parametrize(
    ("library", "capability"),
    [
        *(("cupy", text) for text in ("80", "86", "90", "100", "121")),
        *(("torch", pair) for pair in ((8, 0), (9, 0), (10, 0))),
        *(("jax", text) for text in ("8.0", "9.0", "10.0", "12.1", "gfx90a")),
        ("jax", None),
    ],
)
def test_a_card_with_tf32_and_one_that_does_not_tell_are_taken(on_card, library, capability):
    on_card(library, capability)
    require_precision("tf32", np.zeros(0, "f4"))


@pytest.mark.parametrize("function", ["fit", "Objective", "resume"])
def test_a_precision_is_refused_before_any_work(function, monkeypatch, tmp_path):
    X = (255 * np.random.default_rng(0).random((30, 4))).astype("u1")
    xpsae.fit(X, 2, max_iter=1, checkpoint=tmp_path / "run")

    def work(*_, **__):
        pytest.fail("worked before looking at the precision")

    # The last to import is the first to be patched.
    for name in ("resuming.blocks_for", "training.choose_scaling", "planning.choose_plan", "planning.blocks_for"):
        monkeypatch.setattr(f"xpsae.{name}", work)
    calls = {
        "fit": lambda: xpsae.fit(X, 2, precision="tf32"),
        "Objective": lambda: xpsae.Objective(X, 2, precision="tf32"),
        "resume": lambda: xpsae.resume(tmp_path / "run", X, precision="tf32"),
    }
    with pytest.raises(ValueError, match=r"^precision: expected 'full' for numpy on cpu, got 'tf32'\."):
        calls[function]()
