"""A model as a network of PyTorch's modules."""

from __future__ import annotations

import importlib
from typing import Any

from xpsae.arrays.namespace import array_namespace, device_of, library_name
from xpsae.interchange.parts import checked, weights_of
from xpsae.model import SparseAutoencoder


def to_torch(model: SparseAutoencoder) -> Any:
    """Return the model as a ``torch.nn.Sequential``: from data to reconstructions, scaling included.

    Parameters
    ----------
    model : SparseAutoencoder
        A model of any library.

    Returns
    -------
    torch.nn.Sequential
        Six modules, `scaling`, `encoder`, `codes`, `decoder`, `outputs` and `unscaling`, of the model's dtype: called
        with data it gives their reconstructions, ``net[:3]`` gives codes, and ``net[3:]`` decodes them. It lies on the
        model's device if that is PyTorch's, else on the CPU. The weights are copies that can be trained further.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    TypeError
        If `model` is none.

    Notes
    -----
    Not held: hyper-parameters, mean activations, and the course of the training. The class of the two scaling modules
    is xpsae's; where xpsae shall not be needed, keep ``net[1:5]``, which has PyTorch's own modules alone.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> model = xpsae.fit(np.random.default_rng(0).random((50, 3)), n_hidden=2, max_iter=3, rng=0)
    >>> net = xpsae.to_torch(model)  # doctest: +SKIP
    >>> net[:3](torch.rand(5, 3, dtype=torch.float64)).shape  # doctest: +SKIP
    torch.Size([5, 2])
    """
    checked(model)
    try:
        modules = importlib.import_module("xpsae.arrays.torch_modules")
    except ModuleNotFoundError as error:
        message = "to_torch needs PyTorch, which is not installed. Run: pip install torch"
        raise ImportError(message) from error
    scaling = model.scaling
    numbers = (scaling.shift, scaling.width, scaling.gain, scaling.offset, scaling.clipped)
    of_torch = library_name(array_namespace(model.W1)) == "torch"
    return modules.sequential(
        weights_of(model),
        None if scaling.kind == "identity" else numbers,
        linear=model.penalties.decoder == "linear",
        device=device_of(model.W1) if of_torch else None,
    )
