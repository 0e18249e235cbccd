"""Grids of hyper-parameters, trained one after the other."""

import itertools
import signal

import numpy as np
import pytest

import xpsae

X = np.random.default_rng(0).random((120, 6))
TUNING = {"sparsity_target": 0.2, "max_iter": 15, "rng": 0}
DECAYS = [1e-4, 1e-2, 1e-3]


def test_neighbors_differ_in_one_value_and_all_combinations_are_there():
    found = xpsae.path(X, 2, weight_decay=DECAYS, sparsity_target=[0.1, 0.2], sparsity_weight=[1, 2], max_iter=1, rng=0)
    points = [(row["weight_decay"], row["sparsity_target"], row["sparsity_weight"]) for row in found.table]
    assert set(points) == set(itertools.product(DECAYS, [0.1, 0.2], [1, 2]))
    assert all(sum(a != b for a, b in zip(*pair, strict=True)) == 1 for pair in itertools.pairwise(points))


def test_a_point_is_what_fit_finds_from_its_neighbor(xp):
    data = xp.array(X)
    found = xpsae.path(data, 3, weight_decay=DECAYS, **TUNING)
    start = found.points[0].model
    alone = xpsae.fit(data, 3, weight_decay=1e-3, sparsity_target=0.2, max_iter=15, start=start)
    np.testing.assert_array_equal(xp.host(found.points[1].model.W1), xp.host(alone.W1))


def test_cold_points_all_begin_at_the_same_weights():
    found = xpsae.path(X, 3, weight_decay=[1e-3, 1e-2], warm=False, sparsity_target=0.2, max_iter=1, rng=0)
    errors = [point.model.history.error[0] for point in found.points]
    assert errors[0] == errors[1]


def test_the_table_tells_what_the_models_are():
    found = xpsae.path(X, 3, weight_decay=DECAYS, **TUNING)
    for row, point in zip(found.table, found.points, strict=True):
        assert row["explained_variance"] == point.model.score(X)
        assert row["dead"] == len(point.model.diagnose().units.dead)
        assert row["cost"] == pytest.approx(row["error"] + row["decay"] + row["sparsity"])
    assert found.best.explained_variance == max(row["explained_variance"] for row in found.table)


def test_the_knee_is_where_the_curve_bends():
    data = np.random.default_rng(0).random((300, 3)) @ np.eye(3).repeat(2, axis=1)
    decays = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1]
    found = xpsae.path(data, 3, weight_decay=decays, sparsity_target=0.3, sparsity_weight=0.1, max_iter=150, rng=0)
    assert found.varied == ["weight_decay"]
    kept = [point.explained_variance for point in found.points]
    assert found.knee.penalties.weight_decay in decays[1:4]
    assert kept[found.points.index(found.knee)] - kept[-1] > 0.5 * (kept[0] - kept[-1])
    assert xpsae.path(X, 2, weight_decay=[1e-2], max_iter=1, rng=0).knee is None


def test_an_interrupted_path_goes_on(xp, tmp_path, monkeypatch):
    data = xp.array(X)
    whole = xpsae.path(data, 3, weight_decay=DECAYS, **TUNING)
    xpsae.path(data, 3, weight_decay=DECAYS, folder=tmp_path, **TUNING)
    (tmp_path / "0002.safetensors").unlink()
    trained = []
    module = __import__("xpsae.warm_path", fromlist=["fit"])
    usual = module.fit
    monkeypatch.setattr(module, "fit", lambda *words, **more: trained.append(1) or usual(*words, **more))
    again = xpsae.path(data, 3, weight_decay=DECAYS, folder=tmp_path, **TUNING)
    assert len(trained) == 1
    for one, other in zip(whole.points, again.points, strict=True):
        np.testing.assert_array_equal(xp.host(one.model.W1), xp.host(other.model.W1))


def test_a_folder_of_another_path_is_refused(tmp_path):
    xpsae.path(X, 2, weight_decay=[1e-2], folder=tmp_path, max_iter=1, rng=0)
    with pytest.raises(ValueError, match=r"^folder: expected one of the same path"):
        xpsae.path(X[:50], 2, weight_decay=[1e-2], folder=tmp_path, max_iter=1, rng=0)


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ({"weight_decay": []}, ValueError, r"^weight_decay: expected at least one value"),
        ({"weight_decay": [1e-3, -1]}, ValueError, r"^weight_decay: "),
        ({"sparsity_target": [0.1, 1.5]}, ValueError, r"^sparsity_target: "),
        ({"start": X}, TypeError, r"^start: expected none"),
    ],
)
def test_options_that_cannot_be_used_are_refused(words, error, message):
    with pytest.raises(error, match=message):
        xpsae.path(X, 2, **words)


def test_what_was_interrupted_is_not_kept(tmp_path):
    def interrupt(result):
        if result.nit == 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        xpsae.path(X, 2, weight_decay=DECAYS, folder=tmp_path, callback=interrupt, **TUNING)
    assert not list(tmp_path.glob("*.safetensors"))


def test_models_are_judged_where_they_were_trained(tmp_path):
    strict = pytest.importorskip("array_api_strict")
    there = strict.asarray(X, device=strict.Device("device1"))  # data and training on two devices
    for folder in (None, tmp_path, tmp_path):
        found = xpsae.path(there, 2, weight_decay=[1e-3], device="cpu", folder=folder, **TUNING)
        assert isinstance(found.points[0].model.W1, np.ndarray)


def test_presets_say_what_is_not_given():
    found = xpsae.path(X, sparsity_target=0.2, preset="ufldl-stl10", max_iter=1, rng=0)
    assert found.points[0].model.n_hidden == 400
    assert found.points[0].penalties == xpsae.Penalties(3e-3, 0.2, 5.0, "linear")
