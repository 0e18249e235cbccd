"""Training: defaults that work on anything, options that do what they say, errors before any work."""

import logging
import warnings

import numpy as np
import pytest

import xpsae
from xpsae.arrays.cuda import cuda_problem

RNG = np.random.default_rng(0)
X = RNG.random((60, 4))
SIGNED = RNG.standard_normal((60, 4)) * 3 - 1
BYTES = RNG.integers(0, 256, (60, 4)).astype("u1")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fit_keeps_library_dtype_and_device(xp, dtype):
    model = xpsae.fit(xp.array(X, dtype), n_hidden=3, max_iter=5, rng=0)
    for part in (model.W1, model.b1, model.W2, model.b2, model.encode(xp.array(X, dtype)), model.features):
        assert xp.owns(part)
        assert part.dtype == getattr(xp.namespace, dtype)


@pytest.mark.parametrize("data", [X, X[:1], X[:, :1], np.zeros((5, 2)), np.full((5, 2), 7.0), SIGNED, BYTES])
def test_fit_works_unconfigured_on_any_real_data(xp, data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model = xpsae.fit(xp.array(data), rng=0, max_iter=3)
    assert np.isfinite(model.score(xp.array(data)))
    assert model.n_hidden == 25


def test_fit_takes_lists():
    assert xpsae.fit(X.tolist(), n_hidden=2, max_iter=2, rng=0).n_features == 4


def test_bytes_are_divided_by_255_and_pictures_come_back_in_bytes(xp):
    model = xpsae.fit(xp.array(BYTES), n_hidden=3, max_iter=50, rng=0)
    assert str(model.scaling) == "values divided by 255"
    assert xp.host(model.reconstruct(xp.array(BYTES))).max() > 1


def test_data_outside_the_range_are_scaled_visibly_and_reconstructed_in_the_users_units(xp):
    model = xpsae.fit(xp.array(SIGNED), n_hidden=4, max_iter=200, sparsity_weight=0.0, weight_decay=0.0, rng=0)
    assert model.scaling.kind == "range"
    assert model.score(xp.array(SIGNED)) > 0.9


def test_scaling_none_refuses_data_outside_the_range(xp):
    with pytest.raises(ValueError, match=r"^X: expected values in \[0, 1\].*got values from -.*scaling='auto'"):
        xpsae.fit(xp.array(SIGNED), scaling=None)


def test_linear_decoder_takes_any_values_as_they_are(xp):
    assert xpsae.fit(xp.array(SIGNED), 2, decoder="linear", max_iter=3, rng=0).scaling.kind == "identity"


def test_equal_seeds_give_equal_models_to_the_last_bit(xp):
    one, two = (xpsae.fit(xp.array(X), 3, max_iter=10, rng=7) for _ in range(2))
    np.testing.assert_array_equal(xp.host(one.theta), xp.host(two.theta))


def test_training_goes_down_and_history_has_every_iteration(xp):
    model = xpsae.fit(xp.array(X), 3, max_iter=12, rng=0, ftol=0)
    history = model.history
    assert len(history) == model.result.nit + 1 == 13
    assert history.cost[-1] == model.result.fun < history.cost[0]
    assert history.nfev[-1] == model.result.nfev
    assert all(second >= 0 for second in history.seconds)
    for cost, *terms in zip(history.cost, history.error, history.decay, history.sparsity, strict=True):
        assert sum(terms) == pytest.approx(cost, rel=1e-12)


def test_callback_sees_every_iteration_and_stops_the_run(xp):
    seen = []

    def callback(reached):
        seen.append(reached.nit)
        if reached.nit == 4:
            raise StopIteration

    model = xpsae.fit(xp.array(X), 3, max_iter=50, rng=0, callback=callback)
    assert seen == [1, 2, 3, 4]
    assert model.result.message == "Stopped by the callback."


def test_start_may_be_a_model_a_result_or_a_vector(xp):
    first = xpsae.fit(xp.array(X), 3, max_iter=5, rng=0)
    for start in (first, first.result, first.theta):
        again = xpsae.fit(xp.array(X), 3, max_iter=0, start=start)
        assert again.result.fun == pytest.approx(first.result.fun, rel=1e-14)


def test_max_iter_zero_returns_the_start(xp):
    model = xpsae.fit(xp.array(X), 3, max_iter=0, rng=0)
    assert (model.result.nit, model.result.nfev) == (0, 1)


def test_progress_is_shown_on_standard_error(xp, capsys):
    xpsae.fit(xp.array(X), 3, max_iter=5, rng=0, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    for word in ("5/5 ", "00:00<00:00", "cost=", "error=", "decay=", "sparsity=", "gradient=", "evals="):
        assert word in shown.err


@pytest.mark.skipif(cuda_problem() is None, reason="a CUDA device is usable here")
def test_auto_device_falls_back_to_the_cpu_and_says_so(caplog):
    with caplog.at_level(logging.INFO, logger="xpsae"):
        assert isinstance(xpsae.fit(X, 2, max_iter=1, rng=0, device="auto").W1, np.ndarray)
    assert "computing on the CPU" in caplog.text


@pytest.mark.skipif(cuda_problem() is None, reason="a CUDA device is usable here")
def test_cuda_asked_for_where_none_is_usable_says_what_is_missing():
    with pytest.raises(ValueError, match=r"^device: expected a usable CUDA device, got .*(CuPy|driver|device)"):
        xpsae.fit(X, device="cuda")


def test_cpu_device_keeps_arrays_of_cpu_libraries(xp):
    model = xpsae.fit(xp.array(X), 2, max_iter=1, rng=0, device="cpu")
    if xp.name in {"numpy", "torch", "jax"}:
        assert xp.owns(model.W1)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_hidden": 0}, ValueError, r"n_hidden: expected an integer of at least 1, got 0"),
        ({"n_hidden": 2.5}, TypeError, r"n_hidden: expected an integer of at least 1, got 2\.5"),
        ({"n_hidden": True}, TypeError, r"n_hidden: expected an integer"),
        ({"n_hidden": "25"}, TypeError, r"n_hidden: expected an integer .* got '25'"),
        ({"weight_decay": -1e-9}, ValueError, r"weight_decay: expected a finite number of at least 0, got -1e-09"),
        ({"weight_decay": float("nan")}, ValueError, r"weight_decay: expected .* got nan"),
        (
            {"sparsity_target": 0.0},
            ValueError,
            r"sparsity_target: expected a number strictly between 0 and 1, got 0",
        ),
        ({"sparsity_target": 1}, ValueError, r"sparsity_target: expected a number strictly between 0 and 1, got 1"),
        ({"sparsity_target": float("nan")}, ValueError, r"sparsity_target: .* got nan"),
        ({"sparsity_weight": -3}, ValueError, r"sparsity_weight: expected .* got -3"),
        ({"sparsity_weight": float("inf")}, ValueError, r"sparsity_weight: expected .* got inf"),
        ({"sparsity_weight": "3"}, TypeError, r"sparsity_weight: expected .* got '3'"),
        ({"decoder": "tanh"}, ValueError, r"decoder: expected 'sigmoid' or 'linear', got 'tanh'"),
        (
            {"scaling": "minmax"},
            ValueError,
            r"scaling: expected None or 'auto' or 'range' or .* got 'minmax'",
        ),
        ({"max_iter": -1}, ValueError, r"max_iter: expected an integer of at least 0, got -1"),
        ({"max_iter": 1.5}, TypeError, r"max_iter: expected an integer"),
        ({"max_eval": 0}, ValueError, r"max_eval: expected an integer of at least 1, got 0"),
        ({"history": 0}, ValueError, r"history: expected an integer of at least 1, got 0"),
        ({"gtol": -1.0}, ValueError, r"gtol: expected .* got -1\.0"),
        ({"ftol": float("nan")}, ValueError, r"ftol: expected .* got nan"),
        ({"rng": -1}, ValueError, r"rng: expected a non-negative integer seed"),
        ({"rng": "seed"}, TypeError, r"rng: expected a non-negative integer seed"),
        ({"device": "tpu"}, ValueError, r"device: expected None or 'cpu' or 'cuda' or 'auto', got 'tpu'"),
        ({"block_rows": 0}, ValueError, r"block_rows: expected an integer of at least 1, got 0"),
        (
            {"start": np.zeros(3)},
            ValueError,
            r"start: expected a vector of 229 numbers, .* got shape \(3,\)",
        ),
        ({"start": "weights"}, TypeError, r"start: expected an array of numbers, got 'weights'"),
    ],
)
def test_options_out_of_range_are_refused_in_words(options, error, message):
    with pytest.raises(error, match="^" + message):
        xpsae.fit(X, **options)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_numpy_scalars_as_options_do_not_change_the_dtype(dtype):
    model = xpsae.fit(
        X.astype("f4"), np.int64(3), weight_decay=dtype(1e-4), sparsity_weight=dtype(3), max_iter=2, rng=0
    )
    assert model.W1.dtype == np.float32


def test_start_of_another_library_is_refused():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    with pytest.raises(TypeError, match=r"^start: expected a vector of 31 numbers, numpy on cpu, got array_api_"):
        xpsae.fit(X, 3, start=strict.zeros(31))


def test_transposed_looking_data_warn(xp):
    with pytest.warns(UserWarning, match=r"X has more columns \(60\) than rows \(4\)"):
        xpsae.fit(xp.array(X.T), 2, max_iter=1, rng=0)


def test_a_start_that_does_not_fit_says_what_would():
    small = xpsae.fit(X, 3, max_iter=1, rng=0)
    with pytest.raises(ValueError, match=r"^start: expected a model of 4 features and 25 hidden .* n_hidden=3"):
        xpsae.fit(X, start=small)
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    with pytest.raises(TypeError, match=r"^start: .* got numpy on cpu\. Pass start=model\.to\('array_api_strict'\)\."):
        xpsae.fit(strict.asarray(X), 3, start=small)


def test_a_start_that_is_not_finite_is_refused(xp):
    with pytest.raises(ValueError, match=r"^start: expected finite numbers, got 31 NaN"):
        xpsae.fit(xp.array(X), 3, start=xp.array(np.full(31, np.nan)))


def test_a_callback_that_cannot_be_called_is_refused_before_any_work():
    with pytest.raises(TypeError, match=r"^callback: expected something that can be called"):
        xpsae.fit(X, 3, callback="log")
