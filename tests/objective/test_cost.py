"""The reduction over blocks: means that add up, hyper-parameters that are checked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.objective import cost


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.1, 3.0, 30.0]))
def test_means_and_complements_add_up_to_exactly_one(xp, dtype, seed, scale):
    z = scale * np.random.default_rng(seed).standard_normal((6, 4))
    A = (1 / (1 + np.exp(-z))).astype(dtype)
    C = (1 / (1 + np.exp(z))).astype(dtype)
    blocks = [(xp.array(A[:2]), xp.array(C[:2])), (xp.array(A[2:]), xp.array(C[2:]))]
    found = cost.means(blocks, n_rows=6, xp=xp.namespace)
    activation, complement = xp.host(found.activation), xp.host(found.complement)
    assert np.all(activation + complement == 1.0)
    np.testing.assert_allclose(activation, A.mean(axis=0, dtype="f8"), rtol=1e-5)
    np.testing.assert_allclose(complement, C.mean(axis=0, dtype="f8"), rtol=1e-5)


def test_the_forward_pass_alone_finds_the_same_terms_and_means(xp):
    rng = np.random.default_rng(0)
    blocks = [xp.array(rng.random((rows, 3))) for rows in (4, 2)]
    parts = [xp.array(rng.standard_normal(shape)) for shape in ((2, 3), (3, 2), (2,), (3,))]
    parameters, penalties = cost.Parameters(*parts), cost.Penalties()
    whole = cost.evaluate(blocks, parameters, penalties, xp=xp.namespace)
    terms = cost.evaluate_terms(blocks, parameters, penalties, xp=xp.namespace)
    np.testing.assert_allclose([float(t) for t in terms], [float(t) for t in whole.terms], rtol=1e-14)
    averages = cost.mean_activations(blocks, parameters, xp=xp.namespace)
    np.testing.assert_array_equal(xp.host(averages.activation), xp.host(whole.mean_activation))


@pytest.mark.parametrize("number", [np.float32(0.25), np.float64(0.25), 0.25])
def test_penalties_are_python_numbers(number):
    assert type(cost.Penalties(sparsity_target=number).sparsity_target) is float
