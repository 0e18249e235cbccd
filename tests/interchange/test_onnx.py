"""ONNX graphs: judged by ONNX's own checker and reference evaluator."""

import sys

import numpy as np
import pytest

import xpsae

onnx = pytest.importorskip("onnx")
reference = pytest.importorskip("onnx.reference")


def test_the_reference_evaluator_agrees(case, xp, tmp_path):
    model, X, data, close = case
    proto = xpsae.to_onnx(model, tmp_path / "model.onnx")
    onnx.checker.check_model(proto, full_check=True)
    stored = onnx.load(tmp_path / "model.onnx")
    assert stored == proto
    codes, back = reference.ReferenceEvaluator(stored).run(["codes", "reconstruction"], {"X": X})
    assert codes.dtype == back.dtype == X.dtype
    np.testing.assert_allclose(codes, xp.host(model.encode(data)), **close)
    np.testing.assert_allclose(back, xp.host(model.reconstruct(data)), **close)


def test_any_number_of_rows_and_the_names(plain):
    model, X = plain
    proto = xpsae.to_onnx(model)
    shape = [axis.dim_param or axis.dim_value for axis in proto.graph.output[0].type.tensor_type.shape.dim]
    assert shape == ["n", 3]
    assert [value.name for value in (*proto.graph.input, *proto.graph.output)] == ["X", "codes", "reconstruction"]
    assert reference.ReferenceEvaluator(proto).run(["codes"], {"X": X[:1]})[0].shape == (1, 3)
    assert {entry.key for entry in proto.metadata_props} == {"penalties", "scaling"}


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"model: expected a SparseAutoencoder, got 3\. Pass what xpsae\.fit"):
        xpsae.to_onnx(3)


def test_a_missing_package_is_named_with_the_command(plain, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"to_onnx needs the package onnx.*pip install 'xpsae\[onnx\]'"):
        xpsae.to_onnx(plain[0])
