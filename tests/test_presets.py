"""Hyper-parameters by the name of an exercise."""

import dataclasses
import inspect

import numpy as np
import pytest

import xpsae
from xpsae.presets import PRESETS

X = np.random.default_rng(0).random((30, 6))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_what_is_not_given(name):
    model = xpsae.fit(X, preset=name, max_iter=1, rng=0, scaling=None)
    found = {"n_hidden": model.n_hidden} | dataclasses.asdict(model.penalties)
    assert found == dict(PRESETS[name])


def test_what_is_given_counts_even_where_it_equals_the_default():
    model = xpsae.fit(X, 25, weight_decay=1e-4, decoder="sigmoid", preset="ufldl-stl10", max_iter=1, rng=0)
    assert model.n_hidden == 25
    assert model.penalties == xpsae.Penalties(1e-4, 0.035, 5.0, "sigmoid")


def test_defaults_read_like_plain_numbers():
    shown = str(inspect.signature(xpsae.fit))
    assert "n_hidden: 'int' = 25" in shown
    assert "weight_decay: 'float' = 0.0001" in shown
    assert "decoder: 'str' = 'sigmoid'" in shown
    model = xpsae.fit(X, max_iter=1, rng=0)
    assert {type(value) for value in dataclasses.astuple(model.penalties)} == {float, str}


def test_other_names_are_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"^preset: expected 'ufldl-patches' or 'ufldl-mnist'.*got 'mnist'"):
        xpsae.fit(X, preset="mnist")
