"""The parameters of MATLAB's trainAutoencoder in the words of `fit`."""

from __future__ import annotations

from typing import Any

from xpsae.checks import complaint, one_of, real_number, whole_number

_REMEDY = "Pass it as trainAutoencoder takes it."
_DECODERS = {"logsig": "sigmoid", "purelin": "linear"}
_WITHOUT_EFFECT = {"LossFunction", "ShowProgressWindow", "TrainingAlgorithm", "UseGPU"}


def trainautoencoder_parameters(hidden_size: int = 10, **parameters: Any) -> dict[str, Any]:
    r"""Return the arguments of `fit` that ask for what a call of MATLAB's trainAutoencoder asks for.

    Parameters
    ----------
    hidden_size : int
        MATLAB's second argument, hiddenSize.
    **parameters : object
        MATLAB's name-value arguments under MATLAB's names: L2WeightRegularization (0.001 by default),
        SparsityRegularization (1), SparsityProportion (0.05), MaxEpochs (1000), EncoderTransferFunction ("logsig", the
        only one there is here), DecoderTransferFunction ("logsig" or "purelin"), ScaleData (True). ShowProgressWindow,
        UseGPU, LossFunction ("msesparse") and TrainingAlgorithm ("trainscg") are taken and change nothing.

    Returns
    -------
    dict
        ``n_hidden``, ``weight_decay``, ``sparsity_target``, ``sparsity_weight``, ``decoder``, ``scaling`` and
        ``max_iter``.

    Raises
    ------
    TypeError, ValueError
        If an argument is unknown, out of its range, or asks for what there is not here ("satlin").

    Notes
    -----
    MATLAB's documentation [1]_ states the cost

    .. math:: E = \frac{1}{N} \sum_n \sum_k (x_{kn} - \hat x_{kn})^2
              + \lambda \cdot \tfrac12 \sum_l \sum_{ij} (w^{(l)}_{ij})^2
              + \beta \sum_j \mathrm{KL}(\rho \,\|\, \hat\rho_j),

    without the notes' ½ before the squared errors. Half of it is the cost of `fit` with half the λ and half the β,
    and has its minimum at the same weights. MATLAB stops by its own rules and minimizes by scaled conjugate gradients,
    so an iteration here is no epoch there. ScaleData brings data into the range of the decoder's transfer function:
    "range" here, which leaves a margin of 0.1 at both ends; a linear decoder has no range, and nothing is scaled.

    References
    ----------
    .. [1] The MathWorks, "trainAutoencoder", Deep Learning Toolbox, reference page.

    Examples
    --------
    >>> import xpsae
    >>> options = xpsae.trainautoencoder_parameters(
    ...     25, L2WeightRegularization=0.004, SparsityRegularization=4, SparsityProportion=0.15, MaxEpochs=400
    ... )
    >>> options["weight_decay"], options["sparsity_weight"], options["sparsity_target"]
    (0.002, 2.0, 0.15)
    """
    known = _DEFAULTS.keys() | _WITHOUT_EFFECT
    if unknown := sorted(parameters.keys() - known):
        raise TypeError(complaint(unknown[0], f"one of {', '.join(sorted(known))}", "another name", _REMEDY))
    given = _DEFAULTS | parameters
    one_of("EncoderTransferFunction", given["EncoderTransferFunction"], ("logsig",), remedy="Here it is the sigmoid.")
    decoder = given["DecoderTransferFunction"]
    one_of("DecoderTransferFunction", decoder, tuple(_DECODERS), remedy="There is no 'satlin' here.")
    one_of("ScaleData", given["ScaleData"], (True, False), remedy=_REMEDY)
    halves = {
        name: real_number(name, given[name], remedy=_REMEDY) / 2.0
        for name in ("L2WeightRegularization", "SparsityRegularization")
    }
    target = real_number("SparsityProportion", given["SparsityProportion"], high=1.0, open_ends=True, remedy=_REMEDY)
    return {
        "n_hidden": whole_number("hidden_size", hidden_size, at_least=1, remedy=_REMEDY),
        "weight_decay": halves["L2WeightRegularization"],
        "sparsity_target": target,
        "sparsity_weight": halves["SparsityRegularization"],
        "decoder": _DECODERS[decoder],
        "scaling": "range" if given["ScaleData"] and decoder == "logsig" else None,
        "max_iter": whole_number("MaxEpochs", given["MaxEpochs"], at_least=1, remedy=_REMEDY),
    }


_DEFAULTS: dict[str, Any] = {
    "L2WeightRegularization": 0.001,
    "SparsityRegularization": 1.0,
    "SparsityProportion": 0.05,
    "MaxEpochs": 1000,
    "EncoderTransferFunction": "logsig",
    "DecoderTransferFunction": "logsig",
    "ScaleData": True,
}
