"""Activations and penalties of the user's own."""

import subprocess
import sys

import numpy as np
import pytest

import xpsae

X = np.random.default_rng(0).random((80, 5))
SOFTPLUS = xpsae.Activation("softplus", lambda z, xp: xp.log(1 + xp.exp(z)), lambda z, a, xp: 1 / (1 + xp.exp(-z)))
CAUCHY = xpsae.Penalty("cauchy", lambda a, xp: xp.log(1 + a * a), lambda a, xp: 2 * a / (1 + a * a))


@pytest.mark.parametrize("decoder", ["linear", "sigmoid"])
@pytest.mark.parametrize(("activation", "penalty"), [(xpsae.TANH, CAUCHY), (SOFTPLUS, CAUCHY), (SOFTPLUS, xpsae.L1)])
def test_the_gradient_is_right(xp, activation, penalty, decoder):
    options = {"activation": activation, "penalty": penalty, "decoder": decoder}
    objective = xpsae.ExtendedObjective(xp.array(X), 3, penalty_weight=0.3, weight_decay=0.02, **options)
    check = xpsae.check_gradient(objective, objective.initial(rng=0))
    assert check.passed, check


def test_libraries_agree(xp):
    here, there = (xpsae.ExtendedObjective(data, 3, penalty_weight=0.3) for data in (X, xp.array(X)))
    theta = here.initial(rng=0)
    cost, gradient = there(xp.array(theta))
    assert xp.owns(gradient)
    np.testing.assert_allclose(float(xp.host(cost)), float(here(theta)[0]), rtol=1e-13)
    np.testing.assert_allclose(xp.host(gradient), here(theta)[1], atol=1e-13)


def test_the_cost_is_the_formula_written_out(xp):
    objective = xpsae.ExtendedObjective(xp.array(X), 3, weight_decay=0.4, penalty_weight=0.7)
    theta = objective.initial(rng=1)
    W1, W2, b1, b2 = (xp.host(part) for part in objective.unpack(theta))
    A = np.maximum(X @ W1.T + b1, 0)
    expected = ((A @ W2.T + b2 - X) ** 2).sum() / 160 + 0.2 * ((W1**2).sum() + (W2**2).sum()) + 0.7 * A.sum() / 80
    np.testing.assert_allclose(float(xp.host(objective(theta)[0])), expected, rtol=1e-12)
    np.testing.assert_allclose(xp.host(objective.encode(theta, xp.array(X))), A)
    np.testing.assert_allclose(xp.host(objective.reconstruct(theta, xp.array(X))), A @ W2.T + b2)


def test_the_sigmoid_with_no_penalty_is_the_notes_cost(xp):
    sigmoid = xpsae.Activation("sigmoid", lambda z, xp: 1 / (1 + xp.exp(-z)), lambda z, a, xp: a * (1 - a))
    data = xp.array(X)
    mine = xpsae.ExtendedObjective(data, 3, activation=sigmoid, penalty_weight=0, decoder="sigmoid")
    notes = xpsae.Objective(data, 3, sparsity_weight=0)
    theta = notes.initial(rng=2)
    for one, other in zip(mine(theta), notes(theta), strict=True):
        np.testing.assert_allclose(xp.host(one), xp.host(other), rtol=1e-9, atol=1e-14)


def test_the_notes_own_path_does_not_even_load_the_extensions():
    code = """
import sys, xpsae
xpsae.fit([[0.0, 1.0], [1.0, 0.0]], 2, max_iter=2, rng=0)
before = {name for name in sys.modules if "exten" in name and name.startswith("xpsae")}
xpsae.ExtendedObjective
print(before, sorted({name for name in sys.modules if "exten" in name and name.startswith("xpsae")}))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set() ['xpsae.extending', 'xpsae.objective.extension']\n"


def test_it_trains_and_a_stronger_penalty_makes_sparser_codes():
    shares = []
    for weight in (0.0, 0.3):
        objective = xpsae.ExtendedObjective(X, 8, penalty_weight=weight, weight_decay=1e-5)
        found = xpsae.minimize(objective, objective.initial(rng=0), max_iter=200)
        shares.append((objective.encode(found.x, X) > 1e-6).mean())
    assert shares[1] < shares[0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            {"activation": xpsae.Activation("wrong", lambda z, xp: z * z, lambda z, a, xp: z)},
            r"^activation 'wrong': expected the right slope, got .* where differences say",
        ),
        (
            {"penalty": xpsae.Penalty("nan", lambda a, xp: a, lambda a, xp: a * np.nan)},
            r"^penalty 'nan': expected the right slope, got nan",
        ),
        ({"decoder": "relu"}, r"^decoder: "),
        ({"penalty_weight": -1}, r"^penalty_weight: "),
    ],
)
def test_wrong_slopes_and_options_are_refused(words, message):
    with pytest.raises(ValueError, match=message):
        xpsae.ExtendedObjective(X, 3, **words)


def test_other_things_are_refused():
    with pytest.raises(TypeError, match=r"^activation: expected an xpsae.Activation, got 'relu'"):
        xpsae.ExtendedObjective(X, 3, activation="relu")


def test_codes_are_of_the_dtype_of_the_training_data_and_files_do_as_well(xp, tmp_path):
    np.save(tmp_path / "X.npy", X)
    objective, here = xpsae.ExtendedObjective(xp.array(X), 3), xpsae.ExtendedObjective(X, 3)
    theta = objective.initial(rng=0)
    codes = objective.encode(theta, xp.array(X.astype("float32")))
    assert codes.dtype == theta.dtype
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    expected = here.encode(here.initial(rng=0), X)
    np.testing.assert_array_equal(here.encode(here.initial(rng=0), mapped), expected)
    np.testing.assert_allclose(xp.host(codes), expected, atol=1e-6)
