"""``xpsae export``: what the writers of other formats write, under the name asked for."""

import importlib.util
import runpy

import numpy as np
import pytest

import xpsae


@pytest.mark.parametrize(("name", "words"), [("m.npz", []), ("m", ["--format", "npz"])])
def test_arrays_are_those_of_the_model(run, files, model, name, words):
    ending = run("export", files / "model.safetensors", "-o", files / "new" / name, *words)
    assert (ending.code, ending.out) == (0, f"3 hidden units as npz: {files / 'new' / name}\n")
    np.testing.assert_array_equal(xpsae.load_npz(files / "new" / name).W1, model.W1)


def test_matlab_files_hold_the_model(run, files, model):
    pytest.importorskip("scipy")
    assert run("export", files / "model.safetensors", "-o", files / "m.mat").code == 0
    np.testing.assert_array_equal(xpsae.load_mat(files / "m.mat").W2, model.W2)


def test_python_files_encode(run, files, rows, model):
    assert run("export", files / "model.safetensors", "-o", files / "m.py").code == 0
    np.testing.assert_allclose(runpy.run_path(str(files / "m.py"))["encode"](rows), model.encode(rows), rtol=1e-12)


def test_graphs_are_checked(run, files):
    onnx = pytest.importorskip("onnx")
    assert run("export", files / "model.safetensors", "-o", files / "m.onnx").code == 0
    onnx.checker.check_model(onnx.load(files / "m.onnx"))


@pytest.mark.skipif(importlib.util.find_spec("onnx") is not None, reason="onnx is installed")
def test_a_package_that_is_missing_is_told(run, files):
    ending = run("export", files / "model.safetensors", "-o", files / "m.onnx")
    assert ending.code == 1
    assert "pip install" in ending.err


def test_names_of_no_format_and_files_that_are_read_are_refused(run, files):
    ending = run("export", files / "model.safetensors", "-o", files / "m.pt")
    assert ending.code == 1
    assert "--output: expected a file name ending in .onnx, .py, .npz, .mat, got" in ending.err
    ending = run("export", files / "model.safetensors", "-o", files / "model.safetensors", "--format", "npz")
    assert "--output: expected another file than is read" in ending.err
