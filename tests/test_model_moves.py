"""A model that moves: what is told, how often, and what is lost on the way."""

import numpy as np
import pytest

import xpsae


@pytest.fixture(scope="module")
def model():
    return xpsae.fit(np.random.default_rng(0).random((40, 6)), n_hidden=3, max_iter=5, rng=0)


def test_auto_is_decided_once(model, caplog):
    moved = model.to(device="auto")
    assert len(caplog.records) == 1
    assert type(moved.result.x) is type(moved.W1)


@pytest.mark.parametrize("x64", [False, True])
def test_losing_float64_is_told_with_the_remedy(model, tmp_path, x64):
    jax = pytest.importorskip("jax", reason="jax is not installed")
    model.save(tmp_path / "model")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", x64)
    try:
        if x64:
            assert str(model.to("jax").W1.dtype) == "float64"
            return
        with pytest.warns(UserWarning, match=r"is float32 now, and was float64.*jax_enable_x64\", True\) before"):
            assert str(model.to("jax").W1.dtype) == "float32"
        with pytest.warns(UserWarning, match="float32"):
            xpsae.load(tmp_path / "model", library="jax")
    finally:
        jax.config.update("jax_enable_x64", before)


@pytest.mark.parametrize("where", ["mps", "gpu"])
def test_a_place_that_is_none_is_refused_with_libraries_and_devices(model, where):
    with pytest.raises(
        ValueError, match=rf"^library: expected 'numpy' or .* or 'cpu' or 'cuda' or 'auto', got '{where}'"
    ):
        model.to(where)
