"""What tools/gpu_check makes of what it counted, without a card."""

import importlib
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[1] / "tools"


@pytest.fixture
def cards(monkeypatch):
    """The checks of a card."""
    monkeypatch.syspath_prepend(str(TOOLS))
    return importlib.import_module("cards")


def evaluation(**more):
    """An evaluation's requests: five products, three sums by products, eight kernels."""
    kernels = {"sm90_sgemm": 8, "xpsae_activations": 7, "cupy_multiply__float32_float32_float32": 1, **more}
    return {"kernels": sum(kernels.values()), **{f"kernel {name}": count for name, count in kernels.items()}}


def test_what_a_product_takes_beside_itself_is_not_counted(cards):
    assert cards.beside(evaluation()) == 11
    assert cards.beside(evaluation(splitKreduce_kernel=2, reduce_1Block_kernel=1)) == 11
    assert cards.beside(evaluation(sm90_sgemm_splitK_kernel=1)) == 12
    assert cards.beside(evaluation(cupy_sum_reduce=1, xpsae_reduced=1)) == 13


def test_switches_of_the_environment_are_taken_out_and_told(cards, monkeypatch):
    monkeypatch.setenv("CUPY_TF32", "1")
    assert cards.forget_switches() == ["CUPY_TF32=1"]
    assert cards.forget_switches() == []
