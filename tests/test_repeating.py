"""Features that come again from other starts."""

import dataclasses
import signal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpsae
from xpsae.repeating import compared

X = np.random.default_rng(0).random((300, 3)) @ np.eye(3).repeat(2, axis=1)
TUNING = {"sparsity_target": 0.3, "sparsity_weight": 0.1, "max_iter": 40}


def shuffled(model, order, noise=0.0, seed=0):
    order = np.asarray(order)
    W1 = model.W1[order] + noise * np.random.default_rng(seed).standard_normal(model.W1.shape)
    return dataclasses.replace(model, W1=W1, b1=model.b1[order], W2=model.W2[:, order])


@given(order=st.permutations(range(4)))
def test_a_permutation_of_units_is_found_and_certain(order):
    model = xpsae.fit(np.random.default_rng(1).random((50, 6)), 4, max_iter=5, rng=0)
    found = compared([model, shuffled(model, order)])
    np.testing.assert_allclose(found.confidence, 1)
    np.testing.assert_array_equal(
        np.asarray(order)[found.partners[1 - found.reference]], found.partners[found.reference]
    )
    np.testing.assert_array_equal(found.found_again, 1)


def test_the_reference_is_the_run_the_others_know_best():
    model = xpsae.fit(np.random.default_rng(1).random((50, 6)), 4, max_iter=5, rng=0)
    noisy = [shuffled(model, range(4), noise=0.3, seed=seed) for seed in (1, 2, 3)]
    assert compared([noisy[0], model, *noisy[1:]]).reference == 1


def test_runs_of_any_library_are_compared(xp):
    found = xpsae.stability(xp.array(X), 3, seeds=[0, 1, 2], **TUNING)
    here = xpsae.stability(X, 3, seeds=3, **TUNING)
    np.testing.assert_allclose(found.confidence, here.confidence, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(found.consensus, axis=1), 1)
    assert "3 runs of 3 hidden units" in str(found)


def test_what_cannot_be_compared_is_refused():
    models = [xpsae.fit(X, n_hidden, max_iter=1, rng=0) for n_hidden in (2, 3)]
    with pytest.raises(ValueError, match=r"^models: expected two or more of one shape, got \(2, 6\), \(3, 6\)"):
        compared(models)
    with pytest.raises(ValueError, match=r"^models: "):
        compared(models[:1])


@pytest.mark.parametrize("seeds", [1, [3], [1, 1]])
def test_fewer_than_two_seeds_are_refused(seeds):
    with pytest.raises(ValueError, match=r"^seeds: "):
        xpsae.stability(X, 2, seeds=seeds)


def test_every_run_has_its_own_start():
    with pytest.raises(TypeError, match=r"^rng: expected none"):
        xpsae.stability(X, 2, rng=0)


def test_an_interruption_ends_it_all():
    with pytest.raises(KeyboardInterrupt):
        xpsae.stability(X, 2, seeds=2, callback=lambda _: signal.raise_signal(signal.SIGINT), **TUNING)


def test_presets_say_how_many_hidden_units_there_are():
    assert xpsae.stability(X, seeds=2, preset="ufldl-patches", max_iter=1).models[0].n_hidden == 25
    assert xpsae.stability(X, seeds=2, preset="ufldl-mnist", max_iter=1).models[0].n_hidden == 196
