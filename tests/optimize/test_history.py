"""The direction from inner products: the plain two-loop recursion, dense BFGS, and exactness under powers of two."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.arrays.namespace import read
from xpsae.optimize.history import CurvatureHistory, power_of_two

N = 12


def plain_two_loop(pairs, g):
    """Nocedal and Wright's algorithm 7.4, on vectors."""
    q, alphas = g.copy(), []
    for s, y in reversed(pairs):
        alphas.append(s @ q / (s @ y))
        q -= alphas[-1] * y
    s, y = pairs[-1]
    r = s @ y / (y @ y) * q
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        r += s * (alpha - y @ r / (s @ y))
    return -r


def dense_bfgs(pairs, g, bends=None):
    """The inverse Hessian of BFGS, updated pair by pair as a matrix (Nocedal and Wright's equation 6.17).

    With bends, s sᵀ / (s·y) counts for 1/bend of it.
    """
    s, y = pairs[-1]
    H, identity = s @ y / (y @ y) * np.eye(len(g)), np.eye(len(g))
    for (s, y), bend in zip(pairs, bends or [1.0] * len(pairs), strict=True):
        left = identity - np.outer(s, y) / (s @ y)
        H = left @ H @ left.T + np.outer(s, s) / (s @ y * bend)
    return -H @ g


def convex_walk(seed, count, n=N):
    """Return steps and gradients of a random walk on a random convex quadratic: y·s > 0 for every pair."""
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    A = Q * rng.uniform(1.0, 10.0, n) @ Q.T
    steps, gradients = [], [rng.standard_normal(n)]
    for _ in range(count):
        steps.append((10 ** rng.uniform(-2, 1), rng.standard_normal(n)))
        gradients.append(gradients[-1] + A @ (steps[-1][0] * steps[-1][1]))
    return steps, gradients


def empty_history(size, xp, *, dtype="float64", curvature=1e-8, n=N):
    dtype = getattr(xp.namespace, dtype)
    return CurvatureHistory(size, n, curvature=curvature, dtype=dtype, device=xp.device, xp=xp.namespace)


def take(history, xp, step, d, before, after, dtype="float64", bend=1.0):
    """Walk one step along d; return whether the pair was kept, and the products."""
    history.set_direction(xp.array(d, dtype))
    g, g_before = xp.array(after, dtype), xp.array(before, dtype)
    history.observe(g, g_before, gradient_size=float(np.abs(before).max()))
    square = xp.namespace.sum(history.direction * history.direction)
    products = history.unscaled(read(history.products()))
    length = history.unscaled_along(read(xp.namespace.reshape(square, (1,))))[0]
    return history.add(step, products, length=length, bend=bend), products


def direction_after(walk, size, xp, **options):
    """Return the direction of a history of `size` that saw the whole walk, and its slope, on the host."""
    steps, gradients = walk
    history = empty_history(size, xp, **options)
    dtype = options.get("dtype", "float64")
    for (step, d), before, after in zip(steps, gradients[:-1], gradients[1:], strict=True):
        _, products = take(history, xp, step, d, before, after, dtype)
    coefficients, slope = history.next_direction(products)
    history.turn(coefficients, size=-slope / np.linalg.norm(gradients[-1]))
    return xp.host(history.moved(xp.array(np.zeros(len(gradients[0])), dtype), 1.0)), slope


def pairs_of(walk):
    steps, gradients = walk
    changes = (after - before for before, after in itertools.pairwise(gradients))
    return [(step * d, y) for (step, d), y in zip(steps, changes, strict=True)]


def assert_close(actual, expected, tolerance=1e-12):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * np.linalg.norm(expected))


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 9))
def test_direction_is_that_of_the_plain_two_loop(xp, seed, count):
    walk = convex_walk(seed, count)
    direction, slope = direction_after(walk, 4, xp)
    expected = plain_two_loop(pairs_of(walk)[-4:], walk[1][-1])
    assert_close(direction, expected)
    assert slope == pytest.approx(expected @ walk[1][-1], rel=1e-11)
    assert slope < 0


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 6))
def test_direction_is_that_of_dense_bfgs(xp, seed, count):
    walk = convex_walk(seed, count)
    assert_close(direction_after(walk, 6, xp)[0], dense_bfgs(pairs_of(walk), walk[1][-1]), 1e-11)


@given(seed=st.integers(0, 2**32 - 1), bends=st.lists(st.floats(0.2, 5.0), min_size=1, max_size=6))
def test_direction_with_bends_is_that_of_the_corrected_bfgs(xp, seed, bends):
    walk = convex_walk(seed, len(bends))
    history = empty_history(6, xp)
    for (step, d), before, after, bend in zip(walk[0], walk[1][:-1], walk[1][1:], bends, strict=True):
        _, products = take(history, xp, step, d, before, after, bend=bend)
    coefficients, slope = history.next_direction(products)
    history.turn(coefficients, size=-slope)
    direction = xp.host(history.moved(xp.array(np.zeros(N)), 1.0))
    assert_close(direction, dense_bfgs(pairs_of(walk), walk[1][-1], bends), 1e-11)
    assert slope == pytest.approx(direction @ walk[1][-1], rel=1e-11)


@given(seed=st.integers(0, 2**32 - 1))
def test_float32_direction_is_float64s_to_its_rounding(xp, seed):
    walk = convex_walk(seed, 7)
    single, _ = direction_after(walk, 4, xp, dtype="float32", curvature=1e-5)
    assert single.dtype == np.float32
    assert_close(single, direction_after(walk, 4, xp)[0], 1e-4)


@given(
    seed=st.integers(0, 2**32 - 1), power=st.sampled_from([-40, -3, 40]), dtype=st.sampled_from(["float32", "float64"])
)
def test_scaling_gradients_by_a_power_of_two_changes_no_bit_of_the_direction(xp, seed, power, dtype):
    steps, gradients = convex_walk(seed, 6)
    expected, slope = direction_after((steps, gradients), 4, xp, dtype=dtype)
    actual, scaled_slope = direction_after((steps, [g * 2.0**power for g in gradients]), 4, xp, dtype=dtype)
    np.testing.assert_array_equal(actual, expected)
    assert scaled_slope == slope * 2.0**power


@given(seed=st.integers(0, 2**32 - 1), power=st.sampled_from([-40, 40]), dtype=st.sampled_from(["float32", "float64"]))
def test_scaling_the_variables_by_a_power_of_two_scales_the_direction_and_nothing_else(xp, seed, power, dtype):
    steps, gradients = convex_walk(seed, 6)
    expected, slope = direction_after((steps, gradients), 4, xp, dtype=dtype)
    stretched = [(step, d * 2.0**power) for step, d in steps], [g / 2.0**power for g in gradients]
    actual, same_slope = direction_after(stretched, 4, xp, dtype=dtype)
    np.testing.assert_array_equal(actual, expected * 2.0**power)
    assert same_slope == slope


def test_slots_are_used_in_a_ring_oldest_first(xp):
    history = empty_history(3, xp)
    steps, gradients = convex_walk(0, 7)
    orders = []
    for (step, d), before, after in zip(steps, gradients[:-1], gradients[1:], strict=True):
        take(history, xp, step, d, before, after)
        orders.append(list(history.order))
    assert orders == [[0], [0, 1], [0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2], [1, 2, 0]]


@pytest.mark.parametrize("change", [(0.0, -1.0), (1.0, 0.0), (1.0, 1e-9)], ids=["negative", "none", "orthogonal"])
def test_pair_of_bad_curvature_is_not_kept(xp, change):
    history = empty_history(3, xp, n=2)
    g, d = np.array([0.0, -1.0]), np.array([0.0, 1.0])
    assert take(history, xp, 0.5, d, g, np.array([0.0, 1.0]))[0]
    kept, products = take(history, xp, 0.5, d, g, g + change)
    assert not kept
    assert history.order == [0]
    assert np.all(np.isfinite(history.next_direction(products)[0]))


def test_rejected_pair_leaves_no_trace_in_the_direction(xp):
    steps, gradients = convex_walk(3, 3)
    history = empty_history(5, xp)
    for (step, d), before, after in zip(steps, gradients[:-1], gradients[1:], strict=True):
        take(history, xp, step, d, before, after)
    kept, products = take(history, xp, 1.0, steps[0][1], gradients[-1] + steps[0][1], gradients[-1])
    assert not kept
    coefficients, slope = history.next_direction(products)
    history.turn(coefficients, size=-slope)
    direction = xp.host(history.moved(xp.array(np.zeros(N)), 1.0))
    assert_close(direction, plain_two_loop(pairs_of((steps, gradients)), gradients[-1]))


def test_clear_forgets_even_infinite_directions(xp):
    history = empty_history(2, xp)
    steps, gradients = convex_walk(1, 2)
    take(history, xp, *steps[0], *gradients[:2])
    history.set_direction(xp.array(np.full(N, np.inf)))
    history.clear()
    _, products = take(history, xp, *steps[1], *gradients[1:])
    history.turn(history.next_direction(products)[0], size=1.0)
    expected = plain_two_loop(pairs_of((steps[1:], gradients[1:])), gradients[2])
    assert_close(xp.host(history.moved(xp.array(np.zeros(N)), 1.0)), expected)


@given(size=st.floats(1e-300, 1e300))
def test_power_of_two_brings_sizes_near_one(size):
    factor = power_of_two(size)
    assert 0.5 <= size * factor < 1.0
    assert np.frexp(factor)[0] == 0.5


@pytest.mark.parametrize("size", [0.0, np.inf, np.nan])
def test_power_of_two_of_nothing_usable_is_one(size):
    assert power_of_two(size) == 1.0
