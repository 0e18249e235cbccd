"""The two layers on one block of rows."""

import numpy as np
import pytest

from xpsae.objective import network
from xpsae.objective.parameters import Layout

X = np.random.default_rng(0).random((7, 4))


def parameters(xp):
    layout = Layout(4, 3)
    return layout.unpack(xp.array(3 * np.random.default_rng(1).standard_normal(layout.size)), xp=xp.namespace)


def test_activations_and_complements_add_up_to_one(xp):
    W1, _, b1, _ = parameters(xp)
    A, C = network.encode(xp.array(X), W1, b1, xp=xp.namespace)
    np.testing.assert_allclose(xp.host(A) + xp.host(C), 1.0, rtol=4e-16)


def test_a_linear_decoder_is_linear(xp):
    _, W2, _, b2 = parameters(xp)
    A = np.random.default_rng(2).random((5, 3))
    linear = network.decode(xp.array(A), W2, b2, decoder="linear", xp=xp.namespace)
    np.testing.assert_allclose(xp.host(linear), A @ xp.host(W2).T + xp.host(b2), rtol=1e-13, atol=1e-14)
    sigmoid = network.decode(xp.array(A), W2, b2, decoder="sigmoid", xp=xp.namespace)
    np.testing.assert_allclose(xp.host(sigmoid), 1 / (1 + np.exp(-xp.host(linear))), rtol=1e-13)


@pytest.mark.parametrize("decoder", network.DECODERS)
def test_the_parts_of_two_blocks_add_up_to_those_of_both(xp, decoder):
    theta = parameters(xp)

    def passes(rows):
        return network.forward(xp.array(rows), theta, decoder=decoder, xp=xp.namespace)

    whole, first, last = passes(X), passes(X[:2]), passes(X[2:])
    for name in ("W2", "b2"):
        parts = [xp.host(getattr(each, name)) for each in (first, last)]
        np.testing.assert_allclose(sum(parts), xp.host(getattr(whole, name)), rtol=1e-12, atol=1e-15)
    for name in ("squared_error", "activations", "complements", "backpropagated"):
        parts = [xp.host(getattr(each, name)) for each in (first, last)]
        np.testing.assert_allclose(np.concatenate(parts), xp.host(getattr(whole, name)), rtol=1e-12, atol=1e-15)


def test_column_sums_are_those_of_numpy(xp):
    np.testing.assert_allclose(xp.host(network.column_sums(xp.array(X), xp=xp.namespace)), X.sum(axis=0), rtol=1e-15)
