"""The parameters of MATLAB's trainAutoencoder: translated so that the cost is half of MATLAB's."""

import numpy as np
import pytest

import xpsae
from xpsae import trainautoencoder_parameters


def test_the_cost_is_half_of_the_documented_one(xp):
    rng = np.random.default_rng(0)
    X = 0.1 + 0.8 * rng.random((30, 5))
    theirs = {"L2WeightRegularization": 0.02, "SparsityRegularization": 4, "SparsityProportion": 0.15}
    options = trainautoencoder_parameters(3, **theirs, MaxEpochs=5, ScaleData=False)
    model = xpsae.fit(xp.array(X), **options, rng=0)
    A, H = (xp.host(x) for x in (model.encode(xp.array(X)), model.reconstruct(xp.array(X))))
    mean = A.mean(axis=0)
    divergence = 0.15 * np.log(0.15 / mean) + 0.85 * np.log(0.85 / (1 - mean))
    weights = 0.5 * sum((xp.host(W) ** 2).sum() for W in (model.W1, model.W2))
    documented = ((X - H) ** 2).sum() / len(X) + 0.02 * weights + 4 * divergence.sum()
    assert model.result.fun == pytest.approx(documented / 2, rel=1e-10)


def test_the_defaults_are_those_of_matlab():
    assert trainautoencoder_parameters() == {
        "n_hidden": 10,
        "weight_decay": 0.0005,
        "sparsity_target": 0.05,
        "sparsity_weight": 0.5,
        "decoder": "sigmoid",
        "scaling": "range",
        "max_iter": 1000,
    }


def test_a_linear_decoder_has_no_range():
    options = trainautoencoder_parameters(DecoderTransferFunction="purelin", UseGPU=True, ShowProgressWindow=False)
    assert (options["decoder"], options["scaling"]) == ("linear", None)


@pytest.mark.parametrize(
    ("wrong", "kind", "said"),
    [
        (
            {"EncoderTransferFunction": "satlin"},
            ValueError,
            r"EncoderTransferFunction: expected 'logsig', got 'satlin'",
        ),
        ({"DecoderTransferFunction": "satlin"}, ValueError, r"DecoderTransferFunction: expected 'logsig' or 'purelin'"),
        ({"SparsityProportion": 1.5}, ValueError, r"SparsityProportion: expected a number strictly between 0 and 1"),
        ({"L2WeightRegularization": -1}, ValueError, r"L2WeightRegularization: expected a finite number of at least 0"),
        ({"MaxEpochs": 1.5}, TypeError, r"MaxEpochs: expected an integer of at least 1"),
        ({"ScaleData": "yes"}, ValueError, r"ScaleData: expected True or False"),
        ({"Sparsity": 1}, TypeError, r"Sparsity: expected one of .*SparsityProportion"),
        ({"hidden_size": 0}, ValueError, r"hidden_size: expected an integer of at least 1, got 0"),
    ],
)
def test_what_cannot_be_translated_is_refused(wrong, kind, said):
    with pytest.raises(kind, match=said):
        trainautoencoder_parameters(**wrong)
