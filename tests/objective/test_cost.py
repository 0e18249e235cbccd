"""The cost from its sums: means that add up, hyper-parameters that are checked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.objective import cost


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.1, 3.0, 30.0]))
def test_means_and_complements_add_up_to_exactly_one(xp, dtype, seed, scale):
    z = scale * np.random.default_rng(seed).standard_normal((6, 4))
    on, off = ((1 / (1 + np.exp(side))).astype(dtype).sum(axis=0).astype("f8") for side in (-z, z))
    found = cost.means(xp.array(on), xp.array(off), n_rows=6, xp=xp.namespace)
    activation, complement = xp.host(found.activation), xp.host(found.complement)
    assert np.all(activation + complement == 1.0)
    np.testing.assert_allclose(activation, on / 6, rtol=1e-5)
    np.testing.assert_allclose(complement, off / 6, rtol=1e-5)


@pytest.mark.parametrize("number", [np.float32(0.25), np.float64(0.25), 0.25])
def test_penalties_are_python_numbers(number):
    assert type(cost.Penalties(sparsity_target=number).sparsity_target) is float
