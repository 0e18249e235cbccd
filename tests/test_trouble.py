"""Numerical trouble: data and functions at the edge of what numbers can do give a finite model or a clear outcome.

Warnings are errors in these tests, so none of them leaks a RuntimeWarning.
"""

import warnings

import numpy as np
import pytest

import xpsae
from xpsae.optimize.outcome import Outcome

rng = np.random.default_rng(0)
PLAIN = rng.random((40, 4))
SENTENCES = {outcome.value for outcome in Outcome}
DATA = {
    "huge": PLAIN * 1e30,
    "huge and of both signs": (PLAIN - 0.5) * 2e30,
    "one huge value": np.where(np.arange(160).reshape(40, 4) == 77, 1e30, PLAIN),
    "tiny": PLAIN * 1e-30,
    "denormal": np.full((40, 4), 1e-310) * rng.integers(0, 5, (40, 4)),
    "a constant column": np.where(np.arange(4) == 2, 0.5, PLAIN),
    "all zeros": np.zeros((40, 4)),
    "all ones": np.ones((40, 4)),
    "all rows equal": np.tile(PLAIN[:1], (40, 1)),
    "one row": PLAIN[:1],
    "duplicate rows": np.repeat(PLAIN[:5], 8, axis=0),
    "one feature": PLAIN[:, :1],
}
OPTIONS = {"n_hidden": 3, "sparsity_target": 0.2, "max_iter": 60, "rng": 0}
pytestmark = pytest.mark.filterwarnings("ignore:.*more columns than rows:UserWarning")


def trained(xp, name, dtype, **options):
    return xpsae.fit(xp.array(DATA[name], dtype), **{**OPTIONS, **options})


def assert_sound(xp, model):
    """The model is finite, its cost is that of its weights and no higher than at the start, its end a sentence."""
    for array in (model.theta, model.mean_activation, model.result.jac):
        assert np.isfinite(xp.host(array)).all()
    assert np.isfinite(model.result.fun)
    assert model.result.fun <= model.history.cost[0]
    assert model.result.message in SENTENCES


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scaling", ["auto", "range", "three-sigma"])
def test_scaled_data_of_any_kind_give_a_finite_model(xp, name, dtype, scaling):
    model = trained(xp, name, dtype, scaling=scaling)
    assert_sound(xp, model)
    X = xp.array(DATA[name], dtype)
    assert np.isfinite(xp.host(model.encode(X))).all()
    assert np.isfinite(xp.host(model.reconstruct(X))).all()


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_unscaled_data_give_a_finite_model_or_a_failure_that_says_so(xp, name, dtype):
    with warnings.catch_warnings(record=True, action="always") as told:
        model = trained(xp, name, dtype, scaling=None, decoder="linear")
    assert model.result.message in SENTENCES
    if np.isfinite(model.result.fun):
        assert_sound(xp, model)
        assert not told
    else:
        assert "Pass scaling='range', float64 data, or a start with smaller weights." in str(told[0].message)
        assert len(told) == 1
        assert issubclass(told[0].category, xpsae.DataWarning)
        assert not model.result.success
        assert model.result.message == Outcome.BAD_START.value


@pytest.mark.parametrize("when", [1, 2, 7, 30])
@pytest.mark.parametrize("what", ["value", "gradient", "both"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_function_that_turns_bad_ends_at_the_best_point_before(xp, when, what, bad):
    seen = []

    def fun(x):
        seen.append(1)
        value, gradient = xp.namespace.sum(x**4 + x * x), 4.0 * x**3 + 2.0 * x
        if len(seen) >= when:
            value = value if what == "gradient" else value + bad
            with np.errstate(invalid="ignore"):  # 0 · ∞, where the minimum has been reached
                gradient = gradient if what == "value" else gradient * bad
        return value, gradient

    result = xpsae.minimize(fun, xp.array([3.0, -2.0, 5.0]), gtol=0, ftol=0, max_iter=50)
    assert result.message in SENTENCES
    assert len(seen) < 200
    if when == 1:
        assert result.message == Outcome.BAD_START.value
        assert not result.success
    else:
        assert np.isfinite(xp.host(result.x)).all()
        assert np.isfinite(result.fun)
        assert result.fun <= 3.0**4 + 2.0**4 + 5.0**4 + 38


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_function_that_is_bad_beyond_a_wall_is_minimized_before_it(xp, bad):
    def fun(x):
        inside = bool(xp.namespace.all(x < 2.0))
        return (xp.namespace.sum((x - 1.5) ** 2) if inside else xp.namespace.sum(x * 0.0 + bad)), 2.0 * (x - 1.5)

    result = xpsae.minimize(fun, xp.array([-50.0, 1.0]))
    np.testing.assert_allclose(xp.host(result.x), 1.5, atol=1e-4)
    assert result.success


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_data_that_are_not_finite_are_refused_at_the_door(xp, bad):
    with pytest.raises(ValueError, match=r"^X: expected"):
        xpsae.fit(xp.array(np.where(np.arange(160).reshape(40, 4) == 7, bad, PLAIN)), 3)


def test_huge_weights_to_start_from_end_in_a_sentence(xp):
    start = xp.array(np.full(31, 1e300))
    with pytest.warns(xpsae.DataWarning, match="^training could not begin, because the cost is not finite"):
        model = xpsae.fit(xp.array(PLAIN), 3, start=start, max_iter=5)
    assert model.result.message == Outcome.BAD_START.value


def test_a_model_of_trouble_is_saved_loaded_and_gone_on_with(tmp_path):
    model = xpsae.fit(DATA["huge"], **OPTIONS, checkpoint=tmp_path / "run")
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(xpsae.load(tmp_path / "model").theta, model.theta)
    assert xpsae.resume(tmp_path / "run", DATA["huge"]).result.fun <= model.result.fun
