"""Random draws: repeatable from what rng= takes, refused in words otherwise."""

import numpy as np
import pytest

from xpsae.arrays import random


@pytest.mark.parametrize("rng", [0, [1, 2], np.random.SeedSequence(3), np.int64(7)])
def test_equal_seeds_draw_equal_numbers(rng):
    one, two = (random.uniform(random.generator(rng), 2.0, (100,)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.dtype == np.float64
    assert np.all((one >= -2.0) & (one < 2.0))
    assert np.ptp(one) > 1.0


def test_a_generator_is_used_and_moves_on():
    rng = np.random.default_rng(0)
    assert random.generator(rng) is rng
    assert np.any(random.uniform(rng, 1.0, (5,)) != random.uniform(rng, 1.0, (5,)))


@pytest.mark.parametrize("rng", ["seed", -1, 1.5, object()])
def test_anything_else_is_refused(rng):
    with pytest.raises((TypeError, ValueError), match=r"^rng: expected a non-negative integer seed or a numpy"):
        random.generator(rng)


def test_directions_have_unit_length_and_differ():
    drawn = random.directions(random.generator(0), 3, 50)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1.0, rtol=1e-15)
    assert abs(drawn[0] @ drawn[1]) < 0.9
