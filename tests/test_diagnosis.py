"""Units that do no work, found in models made so that some do not."""

import dataclasses

import numpy as np
import pytest

import xpsae
from xpsae.activity import observe
from xpsae.diagnosis import constant_units, dead_units, duplicate_pairs, idle_units, saturated_units

ROWS = np.random.default_rng(0).random((400, 9))
MODEL = xpsae.fit(ROWS, n_hidden=6, max_iter=60, rng=0)


def broken(xp):
    """Return a model whose units 0, 1, 2 and 4 are dead, saturated, constant and a copy of unit 3."""
    W1, b1 = MODEL.W1.copy(), MODEL.b1.copy()
    W1[:3] *= 1e-3
    b1[:3] = -12.0, 6.0, -3.0
    W1[4], b1[4] = W1[3], b1[3]
    model = dataclasses.replace(MODEL, W1=W1, b1=b1, mean_activation=1 / (1 + np.exp(-(ROWS @ W1.T + b1))).mean(axis=0))
    model = dataclasses.replace(model, mean_activation=model.encode(ROWS).mean(axis=0))
    names = ("W1", "b1", "W2", "b2", "mean_activation")
    return dataclasses.replace(model, **{name: xp.array(getattr(model, name)) for name in names})


def test_every_kind_is_found_on_data(xp):
    model = broken(xp)
    found = idle_units(model, observe(model, xp.array(ROWS)))
    assert (found.dead, found.saturated, found.constant) == ((0,), (1,), (0, 1, 2))
    assert [pair[:2] for pair in found.duplicates] == [(3, 4)]
    assert found.duplicates[0][2] == pytest.approx(1.0)
    assert (found.likeness, found.idle) == ("correlation", {0, 1, 2, 4})


def test_without_data_the_training_and_the_weights_tell_what_they_can(xp):
    found = idle_units(broken(xp))
    assert (found.dead, found.saturated, found.constant, found.likeness) == ((0,), (1,), None, "cosine")
    assert [pair[:2] for pair in found.duplicates] == [(3, 4)]


def test_a_model_at_work_has_none(xp):
    names = ("W1", "b1", "W2", "b2", "mean_activation")
    model = dataclasses.replace(MODEL, **{name: xp.array(getattr(MODEL, name)) for name in names})
    found = idle_units(model, observe(model, xp.array(ROWS)))
    assert found.idle == frozenset()


def test_limits():
    assert dead_units(np.array([0.0, 0.0049, 0.0051, 1.0]), 0.05) == (0, 1)
    assert saturated_units(np.array([0.1, 0.89, 0.91])) == (2,)
    mean, deviation = np.array([0.1, 0.1, 0.99, 0.99, 0.0]), np.array([0.004, 0.006, 0.0004, 0.0006, 0.0])
    assert constant_units(mean, deviation) == (0, 2, 4)


def test_alike_units_stand_beside_the_first_of_them_in_every_strip(monkeypatch):
    monkeypatch.setattr("xpsae.diagnosis._STRIP", 2)
    rows = np.eye(3)[[0, 1, 0, 2, 1, 0]]
    assert [pair[:2] for pair in duplicate_pairs(rows, leave_out=set())] == [(0, 2), (0, 5), (1, 4)]
    assert [pair[:2] for pair in duplicate_pairs(rows, leave_out={0})] == [(1, 4), (2, 5)]
    assert duplicate_pairs(np.zeros((3, 2)), leave_out=set()) == ()
