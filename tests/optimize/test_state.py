"""The record of a run is compact, plain, and refused where it is damaged."""

import json
from dataclasses import replace

import numpy as np
import pytest
from functions import VALLEY, half_space

from xpsae.optimize.driver import minimize
from xpsae.optimize.lbfgs import LBFGS

FOREVER = {"gtol": 0.0, "ftol": 0.0}
START = np.array([-1.2, 1.0, -0.5, 0.3])
WALLED = half_space(VALLEY, 1.0 + 1e-3, np.nan)


def test_state_is_compact_and_its_numbers_are_plain_json():
    result = minimize(WALLED, START, history=3, **FOREVER, max_eval=11)
    arrays, numbers = result.state.packed()
    rows = sum(array.size for name, array in arrays.items() if name in result.state.vectors) / len(START)
    assert rows <= 2 * 3 + 1 + 5
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers
    assert "rows" not in repr(result)
    assert "state" not in repr(result)


def damaged(part, name, change):
    state = minimize(WALLED, START, history=3, **FOREVER, max_eval=11).state
    changed = dict(getattr(state, part))
    if change is None:
        del changed[name]
    else:
        changed[name] = change(changed[name])
    return replace(state, **{part: changed})


@pytest.mark.parametrize(
    ("part", "name", "change", "message"),
    [
        ("vectors", "x", None, r"state: expected an array 'x' of shape \(4,\), got none"),
        ("vectors", "g", lambda g: g[:2], r"state: expected an array 'g' of shape \(4,\), got shape \(2,\)"),
        ("vectors", "g", lambda g: g.astype("float32"), "state: expected .* and dtype float64, got dtype float32"),
        ("vectors", "rows", lambda rows: rows[:-1], r"state: expected an array 'rows' of shape \(7, 4\)"),
        ("tables", "SY", lambda table: table.tolist(), r"state: expected an array 'SY' of shape \(3, 3\), got a list"),
        ("tables", "YY", None, r"state: expected an array 'YY' of shape \(3, 3\), got none"),
        ("numbers", "version", lambda _: 99, "state: expected a state of version 1 or older, got version 99"),
        ("numbers", "current", None, "state: expected the numbers of a state, got KeyError"),
        ("numbers", "order", lambda _: [0, 0], "state: expected the numbers of a state, got ValueError"),
        ("numbers", "order", lambda _: [7], "state: expected the numbers of a state, got ValueError"),
        ("numbers", "outcome", lambda _: "BORED", "state: expected the numbers of a state, got KeyError"),
        ("numbers", "options", lambda _: {"gtol": -1}, "state: expected the numbers of a state, got ValueError"),
        ("numbers", "search", lambda _: [1, 2], "state: expected the numbers of a state, got TypeError"),
        ("numbers", "n", lambda _: "four", "state: expected the numbers of a state, got ValueError"),
    ],
)
def test_damaged_state_is_refused(part, name, change, message):
    with pytest.raises(ValueError, match=message):
        LBFGS.from_state(damaged(part, name, change))


def test_what_is_no_state_is_refused():
    with pytest.raises(TypeError, match="state: expected an OptimizerState, got 3"):
        LBFGS.from_state(3)
    result = minimize(VALLEY, START, max_iter=2)
    with pytest.raises(ValueError, match="history: expected the 10 pairs of the state, got 5"):
        minimize(VALLEY, result, history=5)
    with pytest.raises(ValueError, match="x0: expected a result with its state, got a result without"):
        minimize(VALLEY, replace(result, state=None))
    with pytest.raises(ValueError, match="max_eval: expected an integer of at least 1, got 0"):
        LBFGS.from_state(result.state, max_eval=0)
