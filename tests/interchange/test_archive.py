"""Models as .npz archives: what goes in comes out, and what does not belong together is refused."""

import numpy as np
import pytest

import xpsae


def trained(**options):
    return xpsae.fit(np.random.default_rng(0).random((20, 4)), 3, max_iter=3, rng=0, **options)


def test_a_model_comes_back_equal(case, xp, tmp_path):
    model, X, data, _ = case
    xpsae.save_npz(model, tmp_path / "model.npz")
    again = xpsae.load_npz(tmp_path / "model.npz")
    for name in ("W1", "b1", "W2", "b2", "mean_activation"):
        np.testing.assert_array_equal(getattr(again, name), xp.host(getattr(model, name)))
    assert (again.penalties, again.scaling) == (model.penalties, model.scaling)
    np.testing.assert_allclose(again.encode(X), xp.host(model.encode(data)), rtol=0, atol=1e-6)
    assert again.result.message.startswith("Imported")
    assert not again.result.success


def test_there_is_nothing_to_unpickle(tmp_path):
    xpsae.save_npz(trained(), tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
        assert sorted(archive) == ["W1", "W2", "b1", "b2", "description", "mean_activation"]
        assert all(not archive[name].dtype.hasobject for name in archive)


def test_bare_weights_are_a_model_that_can_be_used_and_saved(tmp_path):
    W = np.random.default_rng(0).normal(size=(2, 3))
    np.savez(tmp_path / "bare.npz", W1=W, b1=np.zeros(2), W2=W.T, b2=np.zeros(3))
    model = xpsae.load_npz(tmp_path / "bare.npz")
    assert model.penalties == xpsae.Penalties()
    assert np.isnan(model.mean_activation).all()
    model.save(tmp_path / "model.safetensors")
    again = xpsae.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(again.theta, model.theta)
    np.testing.assert_array_equal(again.mean_activation, model.mean_activation)
    assert xpsae.fit(np.random.default_rng(1).random((9, 3)), 2, start=model, max_iter=1).W1.shape == W.shape


WRONG = {
    "a missing array": ({"W1": None}, "without W1"),
    "a shape": ({"b1": np.zeros(4)}, r"b1: expected of shapes that belong together.*\(4,\)"),
    "NaN": ({"W2": np.full((4, 3), np.nan)}, "W2: expected finite numbers"),
    "text": ({"W2": np.full((4, 3), "a")}, "W2: expected real numbers"),
    "a vector of weights": ({"W1": np.zeros(12)}, "W1: expected of shapes"),
    "a penalty out of range": ({"description": np.asarray('{"penalties": {"sparsity_target": 2}}')}, "sparsity_target"),
    "an unknown penalty": ({"description": np.asarray('{"penalties": {"color": 2}}')}, "color"),
    "no JSON": ({"description": np.asarray("hello")}, "does not fit together"),
    "JSON of another kind": ({"description": np.asarray("[1]")}, "does not fit together"),
    "endless brackets": ({"description": np.asarray("[" * 9_000)}, "does not fit together"),
    "numbers for a text": ({"description": np.zeros(3)}, "description: expected a text"),
    "means of integers": ({"mean_activation": np.zeros(3, int)}, "mean_activation: expected float32 or float64"),
    "means of another shape": ({"mean_activation": np.zeros(5)}, r"mean_activation: expected shape \(3,\)"),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_what_does_not_belong_together_is_refused(tmp_path, change, said):
    xpsae.save_npz(trained(), tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as archive:
        arrays = {name: archive[name] for name in archive} | change
    np.savez(tmp_path / "other.npz", **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(ValueError, match=rf"path: expected a \.npz file of a model, got .*other\.npz.*{said}"):
        xpsae.load_npz(tmp_path / "other.npz")
