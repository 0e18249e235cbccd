"""``xpsae doctor``."""

import numpy as np

import xpsae


def test_it_says_what_is_wrong_and_exits_with_one(run, tmp_path):
    X = np.random.default_rng(0).random((200, 6))
    np.save(tmp_path / "data.npy", X)
    xpsae.fit(X, 3, weight_decay=10.0, rng=0).save(tmp_path / "bad")
    ending = run("doctor", tmp_path / "bad", "--data", tmp_path / "data.npy")
    assert ending.code == 1
    assert ending.out.startswith("collapsed: 3 of 3 units")
    assert run("doctor", tmp_path / "bad").code == 1


def test_it_says_that_nothing_is_wrong(run, tmp_path):
    X = np.random.default_rng(0).random((300, 3)) @ np.eye(3).repeat(2, axis=1)
    np.save(tmp_path / "data.npy", X)
    xpsae.fit(X, 3, sparsity_target=0.3, sparsity_weight=0.1, rng=0).save(tmp_path / "good")
    ending = run("doctor", tmp_path / "good", "--data", tmp_path / "data.npy")
    assert (ending.code, ending.out) == (0, "Nothing is wrong with the network as a whole.\n")
