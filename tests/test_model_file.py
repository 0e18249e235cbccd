"""Model files: what is saved is loaded to the last bit, and what was changed is refused in one sentence."""

import copy
import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpsae
from xpsae.data.container import read_container, write_container

X = np.random.default_rng(0).random((80, 4)) * 6 - 2
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just(10**400) | st.just(-1),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def model(xp):
    return xpsae.fit(xp.array(X), 3, sparsity_target=0.2, max_iter=40, rng=0)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The arrays and the header of a model file, and a path to write changed ones to."""
    path = tmp_path_factory.mktemp("models") / "model"
    xpsae.fit(X, 3, max_iter=2, rng=0).save(path)
    return (*read_container(path), path)


def load_changed(saved, change):
    """Load the file after `change` was made to its arrays and header."""
    arrays, header = dict(saved[0]), copy.deepcopy(saved[1])
    change(arrays, header)
    write_container(saved[2], arrays, header)
    return xpsae.load(saved[2])


def test_save_and_load_keep_every_bit(xp, model, tmp_path):
    model.save(tmp_path / "model.safetensors")
    loaded = xpsae.load(tmp_path / "model.safetensors")
    for name in ("W1", "b1", "W2", "b2", "mean_activation", "theta"):
        np.testing.assert_array_equal(getattr(loaded, name), xp.host(getattr(model, name)))
    for name in ("penalties", "scaling", "history"):
        assert getattr(loaded, name) == getattr(model, name)
    for name in ("fun", "nit", "nfev", "success", "status", "message"):
        assert getattr(loaded.result, name) == getattr(model.result, name)
    np.testing.assert_array_equal(loaded.result.jac, xp.host(model.result.jac))


def test_load_into_a_library(xp, model, tmp_path):
    model.save(tmp_path / "m")
    loaded = xpsae.load(tmp_path / "m", library=xp.name.partition(":")[0])
    np.testing.assert_array_equal(xp.host(loaded.W1), xp.host(model.W1))


def test_weights_in_float32_stay_in_float32(xp, tmp_path):
    model = xpsae.fit(xp.array(X, "float32"), 3, max_iter=3, rng=0)
    model.save(tmp_path / "m")
    loaded = xpsae.load(tmp_path / "m")
    assert loaded.W1.dtype == loaded.result.jac.dtype == np.float32
    np.testing.assert_array_equal(loaded.theta, xp.host(model.theta))
    assert repr(loaded.mean_activation.tolist()) == repr(xp.host(model.mean_activation).tolist())


def test_a_loaded_model_owns_its_weights(saved):
    loaded = load_changed(saved, lambda *_: None)
    theta = loaded.theta
    loaded.result.x[:] = 7.0
    np.testing.assert_array_equal(loaded.theta, theta)


@pytest.mark.parametrize("max_iter", [0, 1])
def test_the_shortest_runs_are_saved_too(tmp_path, max_iter):
    xpsae.fit(X, 1, max_iter=max_iter, rng=0).save(tmp_path / "m")
    assert len(xpsae.load(tmp_path / "m").history) == max_iter + 1


def test_a_cost_that_is_not_finite_is_kept(tmp_path):
    model = xpsae.fit(X, 2, max_iter=0, rng=0)
    failed = dataclasses.replace(
        model,
        history=dataclasses.replace(model.history, cost=(np.inf,), error=(np.nan,)),
        result=dataclasses.replace(model.result, fun=float("inf"), success=False),
    )
    failed.save(tmp_path / "m")
    loaded = xpsae.load(tmp_path / "m")
    assert (loaded.result.fun, loaded.history.cost, loaded.result.success) == (np.inf, (np.inf,), False)


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    model = xpsae.fit(X, 2, max_iter=0, rng=0)
    with pytest.raises(ValueError, match=r"^model: expected finite weights, got NaN or infinite ones\. Train again"):
        dataclasses.replace(model, b1=np.full(2, np.nan)).save(tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_a_path_that_cannot_be_written_is_named(tmp_path):
    model = xpsae.fit(X, 2, max_iter=0, rng=0)
    with pytest.raises(FileNotFoundError, match=r"^path: .* got .*none/m in a folder that is not there"):
        model.save(tmp_path / "none" / "m")
    with pytest.raises(IsADirectoryError, match=r"^path: expected a file, got the folder"):
        model.save(tmp_path)
    with pytest.raises(ValueError, match=r"^path: expected a file name, str or path, got ''"):
        model.save("")
    with pytest.raises(TypeError, match=r"^path: expected a file name, str or path, got the bytes"):
        xpsae.load(b"m")


def put(where, **values):
    """Return a change that sets values in one record of the header, or in the arrays."""

    def change(arrays, header):
        ({"arrays": arrays, "header": header}.get(where) or header[where]).update(values)

    return change


def drop(where, name):
    """Return a change that takes one name out."""

    def change(arrays, header):
        del ({"arrays": arrays, "header": header}.get(where) or header[where])[name]

    return change


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (drop("arrays", "theta"), "arrays: .* theta missing and nothing unknown"),
        (drop("arrays", "history.cost"), r"arrays: .* history\.cost missing"),
        (put("arrays", more=np.zeros(1)), "arrays: .* nothing missing and more unknown"),
        (put("arrays", theta=np.zeros(30)), r"theta: expected .* of shape \(31,\), got float64 of shape \(30,\)"),
        (put("arrays", theta=np.full(31, np.nan)), "theta: expected finite numbers"),
        (put("arrays", theta=np.zeros(31, "f2")), "theta: expected float32 or float64 .* got float16"),
        (put("arrays", theta=np.zeros(31, int)), "theta: expected float32 or float64 .* got int64"),
        (put("arrays", theta=np.zeros(31, "f4")), "jac: expected float32 of shape .* got float64"),
        (put("arrays", jac=np.zeros((1, 31))), r"jac: expected .* got float64 of shape \(1, 31\)"),
        (put("arrays", mean_activation=np.zeros((3, 1))), "mean_activation: expected"),
        (put("arrays", mean_activation=np.full(3, np.inf)), "mean_activation: expected finite numbers"),
        (put("arrays", mean_activation=np.zeros(3, "f4")), "mean_activation: expected float64"),
        (put("arrays", **{"history.step": np.zeros(2)}), r"history\.step: expected float64 of shape \(3,\)"),
        (put("arrays", **{"history.nfev": np.zeros(3)}), r"history\.nfev: expected int64"),
        (put("result", nit=1), "history.cost: expected 1 to 2 entries, got 3"),
        (drop("header", "scaling"), "header: .* scaling missing"),
        (put("header", state={}), "header: .* nothing missing and state unknown"),
        (put("header", n_hidden=-3), "n_hidden: expected an integer of at least 1"),
        (put("header", n_hidden=True), "n_hidden: expected an integer of at least 1, got True"),
        (put("header", n_features=4.0), "n_features: expected an integer"),
        (put("header", n_features=10**30), "theta: expected"),
        (put("header", penalties=None), "penalties: expected names and values, got None"),
        (put("header", penalties={}), "penalties: .* weight_decay missing"),
        (put("penalties", sparsity_target=2.0), "sparsity_target: expected a number"),
        (put("penalties", weight_decay="1"), "weight_decay: expected a finite number"),
        (put("penalties", weight_decay=10**400), "expected a finite number"),
        (put("penalties", decoder=["sigmoid"]), "decoder: expected 'sigmoid' or 'linear'"),
        (put("penalties", unknown=1), "penalties: .* unknown unknown"),
        (drop("scaling", "width"), "scaling: .* width missing"),
        (put("scaling", width=0), "width: expected"),
        (put("scaling", clipped=0), "clipped: expected"),
        (put("header", result=[1]), r"result: expected names and values, got \[1\]"),
        (drop("result", "message"), "result: .* message missing"),
        (put("result", fun=1), r"result\.fun: expected of type float, got 1"),
        (put("result", fun=None), r"result\.fun: expected of type float, got None"),
        (put("result", nit=2.0), r"result\.nit: expected an integer of at least 0, got 2\.0"),
        (put("result", nit=-1), r"result\.nit: expected an integer of at least 0, got -1"),
        (put("result", nfev=True), r"result\.nfev: expected an integer of at least 0, got True"),
        (put("result", success=1), r"result\.success: expected of type bool, got 1"),
        (put("result", status="0"), r"result\.status: expected an integer"),
        (put("result", message=0), r"result\.message: expected of type str, got 0"),
    ],
)
def test_a_changed_file_is_refused_in_one_sentence(saved, change, what):
    message = rf"^path: expected a model file, got .*model, whose content does not fit together \(.*{what}"
    with pytest.raises(ValueError, match=message) as caught:
        load_changed(saved, change)
    assert "\n" not in str(caught.value)


@given(data=st.data(), value=JSON)
def test_any_value_anywhere_in_the_header_is_loaded_or_refused(saved, data, value):
    def change(arrays, header):
        records = [header, *(header[name] for name in ("penalties", "scaling", "result"))]
        record = data.draw(st.sampled_from(records))
        record[data.draw(st.sampled_from([*record, "another"]))] = value

    try:
        loaded = load_changed(saved, change)
    except ValueError as error:
        assert str(error).startswith("path: expected a model file")  # noqa: PT017 - or it is loaded
    else:
        np.testing.assert_array_equal(loaded.theta, saved[0]["theta"])


def test_the_header_is_json_that_names_no_library(model, tmp_path):
    model.save(tmp_path / "m")
    arrays, header = read_container(tmp_path / "m")
    assert {array.dtype.name for array in arrays.values()} <= {"float64", "int64"}
    assert not {"numpy", "cupy", "torch", "jax", "array_api_strict"} & set(json.dumps(header).split('"'))
