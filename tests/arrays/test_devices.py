"""Moves between libraries and devices, and what is said where CUDA cannot be used."""

import numpy as np
import pytest

from xpsae.arrays import namespace
from xpsae.arrays.cuda import cuda_problem
from xpsae.arrays.devices import to_device, to_library
from xpsae.arrays.namespace import place, working_on

no_cuda = pytest.mark.skipif(cuda_problem() is None, reason="a CUDA device is usable here")


def test_arrays_move_to_another_library_and_back(xp):
    x = xp.array(np.arange(6.0).reshape(2, 3))
    there = to_library(x, "numpy")
    assert isinstance(there, np.ndarray)
    name = namespace.library_name(xp.namespace)
    np.testing.assert_array_equal(xp.host(to_library(there, name)), there)
    assert to_library(x, name) is x


def test_none_leaves_an_array_where_it_is(xp):
    x = xp.array(np.ones(2))
    assert to_device(x, None) is x


@pytest.mark.parametrize("device", ["gpu", "cuda:0", 0, "CPU"])
def test_other_devices_are_refused_with_the_choices(xp, device):
    with pytest.raises(ValueError, match=r"^device: expected None or 'cpu' or 'cuda' or 'auto', got"):
        to_device(xp.array(np.ones(2)), device)


@no_cuda
def test_auto_stays_on_the_cpu_where_nothing_better_is_to_be_had(xp, caplog):
    x = xp.array(np.ones(2))
    if place(x).endswith("cpu"):
        assert to_device(x, "auto") is x
        assert "device='auto': computing on the CPU, for want of a usable CUDA device: " in caplog.text
        assert "Pass" not in caplog.text


def test_auto_stays_with_a_cpu_library_that_finds_no_cuda_though_cupy_does(monkeypatch, caplog):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if torch.cuda.is_available():
        pytest.skip("PyTorch finds CUDA here")
    monkeypatch.setattr("xpsae.arrays.devices.cuda_problem", lambda: None)
    x = torch.ones(2)
    assert to_device(x, "auto") is x
    assert "torch finds none" in caplog.text


@pytest.mark.parametrize(("x", "where"), [(np.ones(1), "numpy on cpu"), (np.float32(1), "numpy on cpu")])
def test_places_are_told_readably(x, where):
    assert place(np.asarray(x)) == where


def test_devices_are_told_readably(xp):
    expected = {"numpy": "numpy on cpu", "torch": "torch on cpu", "jax": "jax on cpu", "cupy": "cupy on cuda:0"}
    expected |= {
        "array_api_strict": "array_api_strict on cpu",
        "array_api_strict:device1": "array_api_strict on device1",
    }
    assert place(xp.array(np.ones(1))) == expected[xp.name]


def test_overflow_is_quiet_where_xpsae_computes(xp):
    x = xp.array(np.asarray([1e308]))
    with working_on(x):
        assert xp.host(x * 10.0)[0] == np.inf
