"""The doctor names each way to fail, and finds nothing where nothing failed."""

import functools

import numpy as np
import pytest

import xpsae

GOOD = {"weight_decay": 1e-4, "sparsity_target": 0.01, "sparsity_weight": 3.0}
CASES = {
    "collapsed": GOOD | {"weight_decay": 3e-2},
    "too short": GOOD | {"max_iter": 30},
    "too short, on the plateau": GOOD | {"max_iter": 12},
    "not sparse": GOOD | {"sparsity_weight": 0.0},
    "noise, decay": GOOD | {"weight_decay": 0.0, "max_iter": 400},
    "noise, target": GOOD | {"sparsity_target": 0.3, "max_iter": 400},
}


@functools.cache
def patches():
    raw = xpsae.sample_patches(xpsae.load_photographs(), 2500, (8, 8), rng=0)
    cut = xpsae.sample_patches(xpsae.whiten_images(xpsae.load_photographs()), 2500, (8, 8), rng=0)
    return raw, xpsae.normalize_patches(cut)


def trained(X, seed=0, **options):
    return xpsae.fit(X, 25, **({"max_iter": 150, "rng": seed} | options))


@pytest.mark.parametrize("case", CASES)
def test_each_way_to_fail_is_named(case):
    X = patches()[1]
    found = xpsae.diagnose(trained(X, **CASES[case]), X)
    assert [finding.case for finding in found.findings] == [case.removesuffix(", on the plateau")], found


def test_data_that_were_not_normalized_are_named():
    X = patches()[0]
    found = xpsae.diagnose(trained(X, weight_decay=3e-3, sparsity_target=0.1, max_iter=300), X)
    assert [finding.case for finding in found.findings] == ["alike"], found


@pytest.mark.parametrize("seed", range(10))
def test_good_runs_raise_no_alarm(seed):
    X = patches()[1]
    model = trained(X, seed, **GOOD)
    for found in (model.diagnose(X), model.diagnose()):
        assert found.healthy, found
        assert not found.noisy


def test_small_digits_raise_no_alarm():
    pytest.importorskip("sklearn")
    X = xpsae.load_digits()
    found = xpsae.diagnose(xpsae.fit(X, 25, weight_decay=3e-3, sparsity_target=0.1, rng=0, max_iter=200), X)
    assert found.healthy, found


def test_every_library_hears_the_same(xp):
    X = np.random.default_rng(0).random((200, 3)) @ np.eye(3).repeat(3, axis=1)
    model = xpsae.fit(xp.array(X), 3, weight_decay=10.0, sparsity_target=0.3, rng=0)
    found = model.diagnose(xp.array(X))
    assert [finding.case for finding in found.findings] == ["collapsed"]
    assert "smaller weight_decay (it was 10)" in str(found)
    assert "constant units: 0, 1, 2" in str(found)
    assert [finding.case for finding in model.diagnose().findings] == ["collapsed"]


def test_rows_that_are_no_pictures_have_no_noise():
    X = np.random.default_rng(0).random((300, 16))
    assert xpsae.diagnose(xpsae.fit(X, 4, weight_decay=0, sparsity_target=0.3, rng=0, max_iter=80), X).noisy == ()


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"^model: expected a SparseAutoencoder"):
        xpsae.diagnose(np.zeros((3, 3)))


def test_a_shape_that_does_not_fit_is_refused():
    X = np.random.default_rng(0).random((30, 12))
    with pytest.raises(ValueError, match=r"^patch_shape: expected the shape of 12 numbers, got \(3, 3\)"):
        xpsae.diagnose(xpsae.fit(X, 2, max_iter=1, rng=0), X, patch_shape=(3, 3))


def test_what_is_not_known_of_imported_weights_is_no_finding(tmp_path):
    W = np.random.default_rng(0).normal(size=(2, 6))
    np.savez(tmp_path / "bare.npz", W1=W, b1=np.zeros(2), W2=W.T, b2=np.zeros(6))
    found = xpsae.diagnose(xpsae.load_npz(tmp_path / "bare.npz"))
    assert "not sparse" not in [finding.case for finding in found.findings]
