"""The sums over blocks: in whichever form and however the rows are cut, they are the same to rounding."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import problems

from xpsae.objective import evaluation
from xpsae.objective.cost import Penalties
from xpsae.objective.parameters import Layout


@dataclass(frozen=True)
class Blocks:
    """The simplest visitor: blocks in a list, visited one after the other."""

    blocks: list[Any]

    @property
    def n_rows(self):
        return sum(block.shape[0] for block in self.blocks)

    def __call__(self, of_block):
        first, *others = (of_block(i, block) for i, block in enumerate(self.blocks))
        for other in others:
            first = evaluation.add(first, other)
        return first


def arguments(problem, xp, cuts=()):
    blocks = Blocks([xp.array(rows) for rows in np.split(problem.X, sorted(cuts)) if len(rows)])
    theta = xp.array(problem.theta)
    layout = Layout(problem.X.shape[1], problem.n_hidden)
    return blocks, layout.unpack(theta, xp=xp.namespace), Penalties(**problem.penalties)


def numbers(xp, found):
    flat = [xp.host(part).ravel() for part in (*found.terms, found.mean_activation, found.gradient)]
    return np.concatenate([np.atleast_1d(part) for part in flat])


def assert_equal_to_rounding(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-13 * max(1.0, np.abs(other).max()))


@given(problem=problems(), cuts=st.lists(st.integers(0, 30), max_size=4), one_pass=st.booleans())
def test_neither_cuts_nor_form_change_more_than_rounding(xp, problem, cuts, one_pass):
    whole = evaluation.evaluate(*arguments(problem, xp), xp=xp.namespace)
    parts = evaluation.evaluate(*arguments(problem, xp, cuts), one_pass=one_pass, xp=xp.namespace)
    assert_equal_to_rounding(numbers(xp, parts), numbers(xp, whole))


@pytest.mark.parametrize("one_pass", [False, True])
@pytest.mark.parametrize("size", [60.0, 2000.0])
def test_both_forms_are_finite_where_all_units_are_saturated(xp, one_pass, size):
    layout = Layout(3, 2)
    for sign in (-1.0, 1.0):
        theta = xp.array(np.full(layout.size, sign * size))
        blocks = Blocks([xp.array(np.full((4, 3), 0.5))])
        parameters = layout.unpack(theta, xp=xp.namespace)
        with np.errstate(all="ignore"):
            found = evaluation.evaluate(blocks, parameters, Penalties(), one_pass=one_pass, xp=xp.namespace)
        assert np.all(np.isfinite(numbers(xp, found)))


@given(problem=problems())
def test_the_forward_pass_alone_finds_the_same_terms_and_means(xp, problem):
    blocks, parameters, penalties = arguments(problem, xp, [5])
    whole = evaluation.evaluate(blocks, parameters, penalties, xp=xp.namespace)
    terms = evaluation.evaluate_terms(blocks, parameters, penalties, xp=xp.namespace)
    np.testing.assert_allclose([float(t) for t in terms], [float(t) for t in whole.terms], rtol=1e-12, atol=1e-15)
    averages = evaluation.mean_activations(blocks, parameters, xp=xp.namespace)
    np.testing.assert_allclose(xp.host(averages.activation), xp.host(whole.mean_activation), rtol=1e-14)


def test_results_of_blocks_are_added_part_by_part(xp):
    one, other = (([xp.array(np.full(2, v)), xp.array(np.full(1, v))]) for v in (1.0, 2.0))
    added = evaluation.add((one[0], (one[1],)), (other[0], (other[1],)))
    np.testing.assert_array_equal(xp.host(added[0]), [3.0, 3.0])
    np.testing.assert_array_equal(xp.host(added[1][0]), [3.0])
