"""MATLAB's files: the exercises' packing, written and read, and judged by SciPy's reader and writer."""

import sys

import numpy as np
import pytest
from mutations import matlab73

import xpsae

sio = pytest.importorskip("scipy.io")


def model_of(**options):
    return xpsae.fit(np.random.default_rng(0).random((20, 5)), 3, max_iter=3, rng=0, **options)


def exercise_theta(model):
    """Return [W1(:); W2(:); b1(:); b2(:)], element by element, as MATLAB counts: the row index runs first."""
    theta = []
    for W in (model.W1, model.W2):
        theta += [W[i, j] for j in range(W.shape[1]) for i in range(W.shape[0])]
    return np.asarray([*theta, *model.b1, *model.b2])


def test_a_model_comes_back_equal(case, xp, tmp_path):
    model, X, data, _ = case
    xpsae.save_mat(model, tmp_path / "model.mat")
    again = xpsae.load_mat(tmp_path / "model.mat")
    for name in ("W1", "b1", "W2", "b2", "mean_activation"):
        np.testing.assert_array_equal(getattr(again, name), xp.host(getattr(model, name)))
    assert (again.penalties, again.scaling) == (model.penalties, model.scaling)
    for method in ("encode", "reconstruct"):
        same = xp.host(getattr(model, method)(data))
        exact = 1e-12 if X.dtype == np.float64 else 1e-5
        np.testing.assert_allclose(getattr(again, method)(X), same, rtol=0, atol=exact)


def test_the_packing_is_that_of_the_exercises(tmp_path):
    model = model_of(weight_decay=2e-3, sparsity_target=0.2)
    xpsae.save_mat(model, tmp_path / "model.mat")
    there = sio.loadmat(tmp_path / "model.mat")
    np.testing.assert_array_equal(there["theta"], exercise_theta(model)[:, None])
    assert there["W1"].shape == (3, 5)
    assert there["W2"].shape == (5, 3)
    assert there["b1"].shape == (3, 1)
    assert there["b2"].shape == (5, 1)
    assert [float(there[name].item()) for name in ("visibleSize", "hiddenSize", "lambda", "sparsityParam", "beta")] == [
        5.0,
        3.0,
        2e-3,
        0.2,
        3.0,
    ]


@pytest.mark.parametrize("name", ["theta", "opttheta"])
@pytest.mark.parametrize("turned", [False, True], ids=["column", "row"])
def test_a_theta_of_the_exercises_is_read(tmp_path, name, turned):
    model = model_of()
    theta = exercise_theta(model)[:, None]
    sio.savemat(tmp_path / "opt.mat", {name: theta.T if turned else theta})
    again = xpsae.load_mat(tmp_path / "opt.mat", visible_size=5, hidden_size=3)
    np.testing.assert_array_equal(again.theta, model.theta)
    assert again.penalties == xpsae.Penalties()


def test_four_arrays_are_read_from_version_7_3(tmp_path):
    model = model_of()
    columns = {name: getattr(model, name) for name in ("W1", "W2")}
    columns |= {name: getattr(model, name)[:, None] for name in ("b1", "b2")}
    (tmp_path / "new.mat").write_bytes(matlab73(np.zeros((2, 2)), **columns))
    np.testing.assert_array_equal(xpsae.load_mat(tmp_path / "new.mat").theta, model.theta)


WRONG = {
    "no weights": ({"x": np.zeros((2, 2))}, {}, r"path: expected a MATLAB file of a model, got .* with 'x'\. Save W1"),
    "no sizes": ({"theta": np.zeros((38, 1))}, {}, r"visible_size: expected the number of units, got None"),
    "other sizes": ({"theta": np.zeros((38, 1))}, {"visible_size": 4, "hidden_size": 3}, r"theta: expected 31 numbers"),
    "half a size": ({"theta": np.zeros((38, 1)), "visibleSize": 4.5}, {"hidden_size": 3}, r"visible_size: expected an"),
    "a cut file": ({"scaling": np.zeros((1, 6)), "W1": np.zeros((2, 2))}, {}, r"truncated: it ends before theta"),
    "a vector for a number": (
        {"theta": np.zeros((38, 1)), "visibleSize": np.ones((2, 2))},
        {},
        r"visibleSize: expected one number",
    ),
    "text for weights": ({"theta": "weights"}, {}, r"variable 'theta' is text"),
    "rho out of range": (
        {"theta": np.zeros((38, 1)), "sparsityParam": 2.0},
        {"visible_size": 5, "hidden_size": 3},
        r"does not fit together \(sparsity_target",
    ),
    "a scaling of five numbers": (
        {"theta": np.zeros((38, 1)), "scaling": np.ones((1, 5))},
        {"visible_size": 5, "hidden_size": 3},
        r"scaling: expected six numbers",
    ),
    "NaN": ({"theta": np.full((38, 1), np.nan)}, {"visible_size": 5, "hidden_size": 3}, r"W1: expected finite numbers"),
}


@pytest.mark.parametrize(("content", "sizes", "said"), WRONG.values(), ids=WRONG)
def test_what_is_no_model_is_refused(tmp_path, content, sizes, said):
    sio.savemat(tmp_path / "wrong.mat", content)
    with pytest.raises(ValueError, match=said):
        xpsae.load_mat(tmp_path / "wrong.mat", **sizes)


def test_a_file_of_another_kind_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros(3))
    with pytest.raises(ValueError, match=r"x\.npy, which is no MATLAB file"):
        xpsae.load_mat(tmp_path / "x.npy")


def test_a_missing_package_is_named_with_the_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    with pytest.raises(ImportError, match=r"save_mat needs SciPy.*pip install 'xpsae\[files\]'"):
        xpsae.save_mat(model_of(), tmp_path / "model.mat")
