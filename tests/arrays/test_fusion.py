"""Elementwise formulas give the same values however they are executed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpsae.arrays import fusion
from xpsae.objective import formulas

FORMULAS = {
    "activations": (formulas.activations, ["rows", "columns"], {}),
    "outputs": (formulas.outputs, ["rows", "columns"], {"decoder": "sigmoid"}),
    "linear outputs": (formulas.outputs, ["rows", "columns"], {"decoder": "linear"}),
    "output errors": (formulas.output_errors, ["rows", "rows"], {"decoder": "sigmoid"}),
    "linear output errors": (formulas.output_errors, ["rows", "rows"], {"decoder": "linear"}),
    "hidden errors": (formulas.hidden_errors, ["rows", "rows", "columns"], None),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FORMULAS)
@given(n_rows=st.integers(1, 40), n_columns=st.integers(1, 9), seed=st.integers(0, 99), tile=st.integers(1, 500))
def test_tiles_do_not_change_a_bit(name, dtype, n_rows, n_columns, seed, tile):
    formula, kinds, keywords = FORMULAS[name]
    rng = np.random.default_rng(seed)
    shapes = {"rows": (n_rows, n_columns), "columns": (n_columns,)}
    arrays = [(9 * rng.standard_normal(shapes[kind])).astype(dtype) for kind in kinds]
    keywords = {} if keywords is None else keywords | {"xp": np}
    pure = formula.__wrapped__(*(x.copy() for x in arrays), **keywords)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fusion, "TILE_BYTES", tile)
        tiled = formula(*(x.copy() for x in arrays), **keywords)
    assert len(tiled) == len(pure)
    for one, other in zip(tiled, pure, strict=True):
        assert one.dtype == other.dtype == dtype
        np.testing.assert_array_equal(one, other)


def test_only_the_first_argument_is_given_up(monkeypatch):
    monkeypatch.setattr(fusion, "TILE_BYTES", 8)
    z, x = np.ones((5, 3)), np.ones((5, 3))
    delta, _ = formulas.output_errors(z, x, decoder="sigmoid", xp=np)
    assert delta is z
    np.testing.assert_array_equal(x, 1.0)


def test_the_formula_itself_stays_at_hand():
    assert formulas.outputs.__wrapped__.__name__ == formulas.outputs.__name__ == "outputs"
