"""A model as a .npz archive that any NumPy reads."""

from __future__ import annotations

import json
import os
from io import BytesIO
from typing import Any, cast

from xpsae.arrays import host
from xpsae.arrays.namespace import to_host
from xpsae.checks import complaint, described
from xpsae.data.affine import Scaling
from xpsae.data.numpy_files import read_members
from xpsae.files import existing_file, replacing
from xpsae.interchange.parts import WEIGHTS, assembled, checked, description, weights_of
from xpsae.model import SparseAutoencoder
from xpsae.objective.cost import Penalties

_EXPECTED = "a .npz file of a model"
_REMEDY = "Pass a file that xpsae.save_npz wrote, or one with W1, b1, W2 and b2."
_LONGEST_DESCRIPTION = 10_000


def save_npz(model: SparseAutoencoder, path: str | os.PathLike[str]) -> None:
    """Write the model to a .npz archive: W1, b1, W2, b2, mean_activation, and a description in JSON.

    Parameters
    ----------
    model : SparseAutoencoder
        A model of any library.
    path : str or path
        The file; one that exists is replaced.

    Raises
    ------
    TypeError, ValueError
        If `model` is none, or `path` names no file.
    OSError
        If it cannot be written.

    See Also
    --------
    SparseAutoencoder.save : The format that holds everything, with a digest.

    Notes
    -----
    Not held: the course of the training and the minimizer's result. There is nothing to unpickle in it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import xpsae
    >>> model = xpsae.fit(np.random.default_rng(0).random((50, 3)), n_hidden=2, max_iter=3, rng=0)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.npz"
    >>> xpsae.save_npz(model, path)
    >>> np.load(path)["W1"].shape
    (2, 3)
    """
    arrays = weights_of(checked(model))
    text = host.asarray(json.dumps(description(model)))
    content = BytesIO()
    arrays |= {"mean_activation": to_host(model.mean_activation), "description": text}
    cast("Any", host.savez)(content, **arrays)
    with replacing(path) as stream:
        stream.write(content.getvalue())


def load_npz(path: str | os.PathLike[str]) -> SparseAutoencoder:
    """Return the model in a .npz archive.

    Parameters
    ----------
    path : str or path
        A file that `save_npz` wrote, or any with the arrays W1, b1, W2 and b2; what it does not tell has the values
        `fit` has by default, data that are not scaled, and mean activations of NaN.

    Returns
    -------
    SparseAutoencoder
        A model of NumPy's, with equal weights, scaling and hyper-parameters, but no course of a training: its history
        has one entry of NaN.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is truncated, damaged, of another format, or its parts do not belong together.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((50, 3))
    >>> model = xpsae.fit(X, n_hidden=2, max_iter=3, rng=0)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.npz"
    >>> xpsae.save_npz(model, path)
    >>> bool(np.all(xpsae.load_npz(path).encode(X) == model.encode(X)))
    True
    """
    file = existing_file(path)
    arrays = read_members(file)
    missing = [name for name in WEIGHTS if name not in arrays]
    if missing:
        raise ValueError(complaint("path", _EXPECTED, f"{file} without {', '.join(missing)}", _REMEDY))
    try:
        told = _described(arrays.get("description"))
        penalties, scaling = Penalties(**told.get("penalties", {})), Scaling(**told.get("scaling", {}))
        mean_activation = _means(arrays.get("mean_activation"))
        return assembled(arrays, penalties, scaling, mean_activation=mean_activation)
    except (TypeError, ValueError, AttributeError) as error:
        text = str(error).rstrip(". ")[:300]
        got = f"{file}, whose content does not fit together ({' '.join(text.split())})"
        raise ValueError(complaint("path", _EXPECTED, got, _REMEDY)) from None


def _described(text: Any) -> dict[str, Any]:
    if text is None:
        return {}
    if text.ndim or text.dtype.kind != "U" or text.dtype.itemsize > 4 * _LONGEST_DESCRIPTION:
        raise ValueError(complaint("description", "a text", described(text), ""))
    try:
        told: dict[str, Any] = json.loads(str(text))
    except RecursionError:
        raise ValueError(complaint("description", "JSON", "brackets inside brackets without end", "")) from None
    return told


def _means(array: Any) -> Any:
    if array is None or array.dtype.name in {"float32", "float64"}:
        return array
    raise ValueError(complaint("mean_activation", "float32 or float64", str(array.dtype), ""))
