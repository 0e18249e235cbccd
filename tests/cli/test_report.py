"""What a model is and what it has learned, in words and as values."""

import dataclasses
import json

import numpy as np

from xpsae.cli.report import as_json, facts, results, settings


def test_dead_units_are_those_below_a_tenth_of_the_target(model):
    means = model.penalties.sparsity_target * np.array([0.099, 0.101, 1.0])
    quiet = dataclasses.replace(model, mean_activation=means)
    assert facts(quiet)["dead_units"] == [0]
    assert "dead units          1 of 3" in results(quiet)


def test_explained_variance_is_told_where_it_is_known(model):
    assert "explained variance  12.3% of the data's" in results(model, 0.1234)
    assert "explained variance" not in results(model)


def test_arrays_of_every_library_are_described(xp, model):
    there = dataclasses.replace(model, W1=xp.array(model.W1), mean_activation=xp.array(model.mean_activation))
    assert facts(there) == facts(model)
    assert settings(there) == settings(model)


def test_json_has_no_nan_and_no_infinity(model):
    history = dataclasses.replace(model.history, cost=(np.inf,), error=(np.nan,))
    values = json.loads(as_json(facts(dataclasses.replace(model, history=history))))
    assert values["cost"] is None
    assert values["error"] is None
