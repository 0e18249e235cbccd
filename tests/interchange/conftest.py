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


@pytest.fixture(params=["float64", "float32"])
def dtype(request):
    return request.param


@pytest.fixture(params=KINDS)
def case(request, xp, dtype):
    """A model, its data on the host and in the model's library, and how equal results are to be."""
    X = data(dtype)
    if "," in request.param:
        X = X * 7 - 2
        X[1, 1] = 40.0
    model = xpsae.fit(xp.array(X), 3, max_iter=6, rng=0, workers=1, **KINDS[request.param])
    return model, X, xp.array(X), {"rtol": 0, "atol": 1e-12 if dtype == "float64" else 2e-5}
