"""PyTorch modules: equal outputs, gradients that flow, files that come back."""

import io
import pickle
import sys

import numpy as np
import pytest

import xpsae

torch = pytest.importorskip("torch")


def test_the_network_agrees_with_the_model(case, xp):
    model, X, data, close = case
    net = xpsae.to_torch(model)
    assert [name for name, _ in net.named_children()] == [
        "scaling",
        "encoder",
        "codes",
        "decoder",
        "outputs",
        "unscaling",
    ]
    with torch.no_grad():
        rows = torch.asarray(X)
        codes, back = net[:3](rows), net(rows)
        assert codes.dtype == back.dtype == rows.dtype
        np.testing.assert_allclose(codes.numpy(), xp.host(model.encode(data)), **close)
        np.testing.assert_allclose(back.numpy(), xp.host(model.reconstruct(data)), **close)
        np.testing.assert_allclose(net[3:](codes).numpy(), back.numpy(), **close)


def test_it_can_be_trained_further_without_touching_the_model(plain):
    model, X = plain
    before = model.theta.copy()
    net = xpsae.to_torch(model)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    ((net(torch.asarray(X)) - torch.asarray(X)) ** 2).mean().backward()
    optimizer.step()
    np.testing.assert_array_equal(model.theta, before)


def test_it_is_pickled_and_shown(plain):
    model, X = plain
    net = xpsae.to_torch(model)
    rows = torch.asarray(X)
    assert torch.equal(pickle.loads(pickle.dumps(net))(rows), net(rows))
    stream = io.BytesIO()
    torch.save(net.state_dict(), stream)
    assert sorted(net.state_dict()) == ["decoder.bias", "decoder.weight", "encoder.bias", "encoder.weight"]
    assert (model.scaling.kind == "identity") == ("width" not in repr(net))


def test_a_missing_package_is_named_with_the_command(plain, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "xpsae.arrays.torch_modules", raising=False)
    with pytest.raises(ImportError, match=r"to_torch needs PyTorch.*pip install torch"):
        xpsae.to_torch(plain[0])
