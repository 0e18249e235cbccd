"""The flat vector: its order, its size, its start."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xpsae.objective.parameters import Layout


def test_order_is_the_two_weights_then_the_two_biases_each_by_rows(xp):
    W1, W2, b1, b2 = Layout(n_features=3, n_hidden=2).unpack(xp.array(np.arange(17.0)), xp=xp.namespace)
    np.testing.assert_array_equal(xp.host(W1), [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(xp.host(W2), [[6, 7], [8, 9], [10, 11]])
    np.testing.assert_array_equal(xp.host(b1), [12, 13])
    np.testing.assert_array_equal(xp.host(b2), [14, 15, 16])


@given(n=st.integers(1, 40), h=st.integers(1, 40), seed=st.integers(0, 99))
def test_start_is_uniform_in_the_exercise_range_with_zero_biases(n, h, seed):
    layout = Layout(n, h)
    theta = layout.initial(seed)
    weights, biases = theta[: 2 * n * h], theta[2 * n * h :]
    assert theta.shape == (layout.size,)
    assert np.all(np.abs(weights) <= math.sqrt(6 / (n + h + 1)))
    assert np.all(biases == 0)
    np.testing.assert_array_equal(theta, layout.initial(seed))


def test_the_exercises_have_the_sizes_of_the_notes():
    assert Layout(64, 25).size == 3289
    assert Layout(784, 196).size == 308308
