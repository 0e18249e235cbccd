"""A model as one Python file that needs NumPy alone."""

from __future__ import annotations

import base64
import os
import textwrap
from string import Template

from xpsae.arrays.typing import HostArray
from xpsae.files import replacing
from xpsae.interchange.parts import WEIGHTS, checked, weights_of
from xpsae.model import SparseAutoencoder

_FILE = Template('''\
"""A sparse autoencoder, $shape, that needs NumPy alone. Written by xpsae.

encode(X) gives the activations of the hidden units, decode(codes) the data they stand for, reconstruct(X) both in a
row; X has one sample a row, $n_features columns, in the units of the training data ($scaling).
As a program, it encodes a file: python THIS_FILE data.npy codes.npy
"""

import base64
import sys

import numpy as np

N_FEATURES, N_HIDDEN, DTYPE = $n_features, $n_hidden, np.dtype("$dtype")
SHIFT, WIDTH, GAIN, OFFSET, CLIPPED = $scale


def encode(X):
    """Return the activations of the hidden units, shape (n, N_HIDDEN)."""
    return sigmoid(scaled(checked(X, N_FEATURES)) @ W1.T + b1)


def decode(codes):
    """Return the data that activations stand for, shape (n, N_FEATURES)."""
    outputs = checked(codes, N_HIDDEN) @ W2.T + b2
    return unscaled($outputs)


def reconstruct(X):
    """Return what the model makes of data, shape (n, N_FEATURES)."""
    return decode(encode(X))


def sigmoid(z):
    """Return 1 / (1 + exp(-z)) without an overflow."""
    return 1 / (1 + np.exp(np.minimum(-z, -np.log(np.finfo(z.dtype).smallest_normal))))


def scaled(X):
    """Return data in the range of the decoder."""
    quotient = (X - SHIFT) / WIDTH
    return (np.clip(quotient, -1, 1) if CLIPPED else quotient) * GAIN + OFFSET


def unscaled(H):
    """Return outputs in the units of the training data."""
    return (H - OFFSET) / GAIN * WIDTH + SHIFT


def checked(X, columns):
    """Return X as an array of the model's type, or say what is wrong with its shape."""
    X = np.asarray(X, dtype=DTYPE)
    if X.ndim != 2 or X.shape[1] != columns:
        raise ValueError(f"expected an array of shape (n, {columns}), got shape {X.shape}")
    return X


def array(text, *shape):
    """Return the numbers in a text: base64 of little-endian bytes, row after row."""
    stored = np.frombuffer(base64.b64decode(text), dtype=DTYPE.newbyteorder("<"))
    return stored.astype(DTYPE).reshape(shape)


$arrays

if __name__ == "__main__":
    np.save(sys.argv[2], encode(np.load(sys.argv[1], allow_pickle=False)))
''')


def export_python(model: SparseAutoencoder, path: str | os.PathLike[str]) -> None:
    """Write the model as one readable Python file that encodes and decodes with NumPy alone.

    Parameters
    ----------
    model : SparseAutoencoder
        A model of any library.
    path : str or path
        The file, ``features.py``, say; one that exists is replaced.

    Raises
    ------
    TypeError, ValueError
        If `model` is none, or `path` names no file.
    OSError
        If it cannot be written.

    Notes
    -----
    The weights stand in it as base64. Not held: hyper-parameters, mean activations, and the course of the training.

    Examples
    --------
    >>> import pathlib, runpy, tempfile
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((50, 3))
    >>> model = xpsae.fit(X, n_hidden=2, max_iter=3, rng=0)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "features.py"
    >>> xpsae.export_python(model, path)
    >>> bool(np.allclose(runpy.run_path(str(path))["encode"](X), model.encode(X)))
    True
    """
    scaling, weights = checked(model).scaling, weights_of(model)
    text = _FILE.substitute(
        shape=f"{model.n_features} to {model.n_hidden} to {model.n_features}",
        n_features=model.n_features,
        n_hidden=model.n_hidden,
        scaling=scaling.description,
        dtype=weights["W1"].dtype.name,
        scale=f"{scaling.shift!r}, {scaling.width!r}, {scaling.gain!r}, {scaling.offset!r}, {scaling.clipped!r}",
        outputs="sigmoid(outputs)" if model.penalties.decoder == "sigmoid" else "outputs",
        arrays="\n".join(_literal(name, weights[name]) for name in WEIGHTS),
    )
    with replacing(path) as stream:
        stream.write(text.encode())


def _literal(name: str, array: HostArray) -> str:
    """Return an assignment of an array."""
    stored = base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()
    lines = "\n".join(textwrap.wrap(stored, 116))
    return f'{name} = array(\n    """\n{lines}\n""",\n    {", ".join(map(str, array.shape))},\n)'
