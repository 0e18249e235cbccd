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
        wide = xp.namespace.float64
        weights = network.weights(theta, xp=xp.namespace)
        return network.forward(xp.array(rows), weights, decoder=decoder, wide=wide, xp=xp.namespace)

    (whole, kept), (first, kept_first), (last, kept_last) = passes(X), passes(X[:2]), passes(X[2:])
    for one, other, both in zip(first, last, whole, strict=True):
        np.testing.assert_allclose(xp.host(one) + xp.host(other), xp.host(both), rtol=1e-12, atol=1e-15)
    for one, other, both in zip(kept_first, kept_last, kept, strict=True):
        parts = np.concatenate([xp.host(one), xp.host(other)])
        np.testing.assert_allclose(parts, xp.host(both), rtol=1e-12, atol=1e-15)


def test_the_backward_pass_is_linear_in_the_sparsity_slope(xp):
    rng = np.random.default_rng(3)
    rows, carried, slope, s = (rng.standard_normal(shape) for shape in ((7, 4), (7, 3), (7, 3), (3,)))

    def kept():
        return network.Kept(xp.array(carried), xp.array(slope))

    G, S = network.backward_by_parts(xp.array(rows), kept(), xp=xp.namespace)
    whole = network.backward(xp.array(rows), kept(), xp.array(s), xp=xp.namespace)
    np.testing.assert_allclose(xp.host(G.W1) + s[:, None] * xp.host(S.W1), xp.host(whole.W1), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(xp.host(G.b1) + s * xp.host(S.b1), xp.host(whole.b1), rtol=1e-12, atol=1e-14)


def test_the_unit_that_is_always_on_is_on_and_costs_nothing(xp):
    weights = network.weights(parameters(xp), xp=xp.namespace)
    sums, kept = network.forward(xp.array(X), weights, decoder="sigmoid", wide=xp.namespace.float64, xp=xp.namespace)
    assert xp.host(sums.activation)[-1] == len(X)
    assert xp.host(sums.complement)[-1] == 0.0
    np.testing.assert_array_equal(xp.host(kept.slope)[:, -1], 0.0)


def test_column_sums_are_those_of_numpy(xp):
    np.testing.assert_allclose(xp.host(network.column_sums(xp.array(X), xp=xp.namespace)[0]), X.sum(axis=0), rtol=1e-15)
