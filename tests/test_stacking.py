"""Stacked encoders under a softmax: the cost and its gradient, the greedy training, what is refused."""

import functools
import signal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpsae
from xpsae import stacking

RNG = np.random.default_rng(0)
X = RNG.random((90, 7))
SUMS = X @ RNG.standard_normal(7)
Y = np.digitize(SUMS, np.quantile(SUMS, [1 / 3, 2 / 3]))


@pytest.mark.parametrize("n_hidden", [(), (4, 3)])
def test_the_gradient_is_right(xp, n_hidden):
    objective = xpsae.ClassifierObjective(xp.array(X), Y, n_hidden, weight_decay=0.01)
    check = xpsae.check_gradient(objective, objective.initial(rng=1))
    assert check.passed, check


@pytest.mark.parametrize("n_hidden", [(), (4, 3)])
def test_libraries_agree(xp, n_hidden):
    here, there = (xpsae.ClassifierObjective(data, Y, n_hidden) for data in (X, xp.array(X)))
    theta = here.initial(rng=2)
    cost, gradient = here(theta)
    cost_there, gradient_there = there(xp.array(theta))
    assert xp.owns(gradient_there)
    np.testing.assert_allclose(float(xp.host(cost_there)), float(cost), rtol=1e-13)
    np.testing.assert_allclose(xp.host(gradient_there), gradient, rtol=1e-10, atol=1e-14)


def test_the_cost_is_the_formula_written_out(xp):
    objective = xpsae.ClassifierObjective(xp.array(X), Y, (4,), weight_decay=0.3)
    theta = objective.initial(rng=3)
    (W1, b1), (W2, b2) = ([xp.host(part) for part in layer] for layer in objective.unpack(theta))
    A = 1 / (1 + np.exp(-(X @ W1.T + b1)))
    p = np.exp(A @ W2.T + b2)
    p /= p.sum(axis=1, keepdims=True)
    expected = -np.log(p[np.arange(90), Y]).mean() + 0.15 * ((W1**2).sum() + (W2**2).sum())
    np.testing.assert_allclose(float(xp.host(objective(theta)[0])), expected, rtol=1e-12)


@given(permutation=st.permutations(range(90)))
def test_the_order_of_the_rows_does_not_matter(permutation):
    one, other = (xpsae.ClassifierObjective(X[order], Y[order], (3,)) for order in (np.arange(90), permutation))
    theta = one.initial(rng=4)
    np.testing.assert_allclose(other(theta)[1], one(theta)[1], rtol=1e-9, atol=1e-13)


def test_workers_do_not_change_a_bit():
    rows = np.random.default_rng(5).random((4000, 6))
    labels = rows[:, 0] > 0.5
    objectives = [xpsae.ClassifierObjective(rows, labels, (4,), workers=workers) for workers in (1, 2, 3)]
    theta = objectives[0].initial(rng=0)
    first, *others = (objective(theta) for objective in objectives)
    for cost, gradient in others:
        assert cost == first[0]
        np.testing.assert_array_equal(gradient, first[1])


def test_large_inputs_do_not_overflow(xp):
    objective = xpsae.ClassifierObjective(xp.array(X), Y, (4,), weight_decay=0)
    cost, gradient = objective(xp.array(np.asarray(xp.host(objective.initial(rng=0))) * 1e4))
    assert np.isfinite(float(xp.host(cost)))
    assert np.isfinite(xp.host(gradient)).all()


def test_softmax_regression_is_scikit_learns():
    linear = pytest.importorskip("sklearn.linear_model")
    decay = 0.01
    objective = xpsae.ClassifierObjective(X, Y, weight_decay=decay)
    found = xpsae.minimize(objective, objective.initial(rng=0), gtol=1e-10, ftol=0, max_iter=2000)
    other = linear.LogisticRegression(C=1 / (decay * len(X)), tol=1e-10, max_iter=2000).fit(X, Y)
    (layer,) = objective.unpack(found.x)
    np.testing.assert_allclose(layer.W, other.coef_, atol=1e-5)


@pytest.mark.parametrize(
    "labels",
    [Y, Y.astype("uint8"), np.asarray(["a", "b", "c"])[Y], Y > 1, np.asarray(["a", "b", "c"], dtype=object)[Y]],
)
def test_a_stack_learns_labels_of_any_kind(labels):
    model = xpsae.stack(X, labels, (6, 5), weight_decay=1e-4, sparsity_weight=0.1, max_iter=60, rng=0)
    assert model.predict(X).dtype.kind == ("U" if labels.dtype.kind == "O" else labels.dtype.kind)
    assert model.score(X, labels) > 0.85


def test_probabilities_and_codes_are_of_the_library_of_the_data(xp):
    data = xp.array(X)
    model = xpsae.stack(data, Y, (6, 5), max_iter=3, rng=0)
    proba = model.predict_proba(data)
    assert xp.owns(proba)
    np.testing.assert_allclose(xp.host(proba).sum(axis=1), 1)
    assert model.encode(data).shape == (90, 5)


def test_tuning_starts_where_pretraining_ended_and_lowers_the_cost(xp):
    data = xp.array(X)
    model = xpsae.stack(data, Y, (6,), weight_decay=1e-4, sparsity_weight=0.1, max_iter=10, rng=0, scaling=None)
    objective = xpsae.ClassifierObjective(data, Y, (6,))
    pack = objective.layout.pack
    before, after = (objective(pack(each.layers, xp=xp.namespace))[0] for each in (model.untuned, model))
    assert float(xp.host(after)) < float(xp.host(before))
    assert float(xp.host(after)) == model.result.fun
    untuned = xpsae.stack(
        data, Y, (6,), weight_decay=1e-4, sparsity_weight=0.1, max_iter=10, rng=0, scaling=None, tuning_iter=0
    )
    for one, other in zip(untuned.layers, model.untuned.layers, strict=True):
        np.testing.assert_array_equal(xp.host(one.W), xp.host(other.W))


def test_pictures_are_scaled_in_training_and_prediction():
    pictures = (X * 255).astype("uint8")
    model = xpsae.stack(pictures, Y, (5,), weight_decay=1e-4, sparsity_weight=0.1, max_iter=40, rng=0)
    assert model.scaling.width == 255.0
    assert model.score(pictures, Y) > 0.8


def test_more_rows_without_labels_pretrain(xp):
    more = xp.array(np.random.default_rng(6).random((50, 7)))
    model = xpsae.stack(xp.array(X), Y, (4,), unlabeled=more, max_iter=10, tuning_iter=0, rng=0)
    alone = xpsae.fit(more, 4, weight_decay=3e-3, sparsity_target=0.1, max_iter=10, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(xp.host(model.layers[0].W), xp.host(alone.W1))


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (Y[:-1], ValueError, r"^y: expected shape \(90,\), got shape \(89,\)"),
        (Y * 0, ValueError, r"^y: expected labels of at least two kinds"),
        (Y * 0.5, TypeError, r"^y: expected labels: integers, strings or booleans, got dtype float64"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, error, message):
    with pytest.raises(error, match=message):
        xpsae.stack(X, labels, (3,))


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ({"n_hidden": 5}, TypeError, r"^n_hidden: expected a sequence"),
        ({"n_hidden": ()}, ValueError, r"^n_hidden: expected at least one layer"),
        ({"n_hidden": (0,)}, ValueError, r"^n_hidden: "),
        ({"classifier_decay": -1}, ValueError, r"^classifier_decay: "),
        ({"tuning_iter": -1}, ValueError, r"^tuning_iter: "),
    ],
)
def test_options_out_of_range_are_refused(words, error, message):
    with pytest.raises(error, match=message):
        xpsae.stack(X, Y, **words)


def test_data_of_other_columns_or_libraries_are_refused(xp):
    model = xpsae.stack(xp.array(X), Y, (3,), max_iter=3, rng=0)
    with pytest.raises(ValueError, match=r"^X: expected .*7"):
        model.predict(xp.array(X[:, :5]))
    with pytest.raises(ValueError, match=r"^y: expected shape"):
        model.score(xp.array(X), Y[:4])


def test_data_in_files_do_as_well_as_arrays(tmp_path):
    np.save(tmp_path / "X.npy", 5 * X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    one, other = (xpsae.stack(data, Y, (4,), max_iter=5, rng=0) for data in (5 * X, mapped))
    np.testing.assert_array_equal(other.result.x, one.result.x)
    for data in (mapped, tmp_path / "X.npy"):
        np.testing.assert_array_equal(one.predict_proba(data), one.predict_proba(5 * X))


def test_an_interruption_ends_it_all(monkeypatch):
    def interrupt(_):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(stacking, "fit", functools.partial(xpsae.fit, callback=interrupt))
    with pytest.raises(KeyboardInterrupt):
        xpsae.stack(X, Y, (4, 3), max_iter=5, rng=0)
