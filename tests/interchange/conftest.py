"""Models of every decoder and scaling, to be taken to other programs and back."""

import numpy as np
import pytest

import xpsae

KINDS = {
    "sigmoid": {"decoder": "sigmoid", "scaling": None},
    "sigmoid, range": {"decoder": "sigmoid", "scaling": "range"},
    "sigmoid, clipped": {"decoder": "sigmoid", "scaling": "three-sigma"},
    "linear": {"decoder": "linear", "scaling": None},
}


def data(dtype="float64"):
    rng = np.random.default_rng(3)
    X = rng.random((30, 5))
    X[0] = [-0.0, 1.0, 0.5, 0.5, 0.99]
    return X.astype(dtype)


def trained(kind, dtype, *, array=np.asarray):
    """Return a model and its data on the host."""
    X = data(dtype)
    if "," in kind:
        X = X * 7 - 2
        X[1, 1] = 40.0
    return xpsae.fit(array(X), 3, max_iter=6, rng=0, workers=1, **KINDS[kind]), X


@pytest.fixture(params=[(kind, "float64") for kind in KINDS] + [("sigmoid, clipped", "float32")], ids="-".join)
def case(request, xp):
    """A model, its data on the host and in the model's library, and how equal results are to be."""
    if request.param[1] == "float32" and xp.name not in {"numpy", "torch"}:
        pytest.skip("what is exported is the same from every library: one of float32 will do")
    model, X = trained(*request.param, array=xp.array)
    return model, X, xp.array(X), {"rtol": 0, "atol": 1e-12 if X.dtype == np.float64 else 2e-5}


@pytest.fixture(params=["sigmoid", "sigmoid, clipped"])
def plain(request):
    """A model of NumPy's, and its data."""
    return trained(request.param, "float64")
