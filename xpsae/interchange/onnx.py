"""A model as an ONNX graph."""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.data.affine import Scaling
from xpsae.files import replacing
from xpsae.interchange.parts import checked, description, weights_of
from xpsae.model import SparseAutoencoder

OPSET = 17
IR_VERSION = 8


def to_onnx(model: SparseAutoencoder, path: str | os.PathLike[str] | None = None) -> Any:
    """Return the model as an ONNX graph: data in, codes and reconstruction out, scaling included.

    Parameters
    ----------
    model : SparseAutoencoder
        A model of any library.
    path : str or path, optional
        A file to write it to as well, whole or not at all.

    Returns
    -------
    onnx.ModelProto
        Input ``X`` of shape (n, n_features), outputs ``codes`` of shape (n, n_hidden) and ``reconstruction`` of shape
        (n, n_features), all of the model's dtype; operators of set 17.

    Raises
    ------
    ImportError
        If the package onnx is not installed.
    TypeError, ValueError
        If `model` is none, or `path` names no file.
    OSError
        If it cannot be written.

    Notes
    -----
    Hyper-parameters and scaling are told by the graph's metadata. Not held: mean activations, and the course of the
    training.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> model = xpsae.fit(np.random.default_rng(0).random((50, 3)), n_hidden=2, max_iter=3, rng=0)
    >>> graph = xpsae.to_onnx(model).graph  # doctest: +SKIP
    >>> [output.name for output in graph.output]  # doctest: +SKIP
    ['codes', 'reconstruction']
    """
    checked(model)
    onnx = _onnx()
    helper, weights = onnx.helper, weights_of(model)
    kind = helper.np_dtype_to_tensor_dtype(weights["W1"].dtype)
    graph = Graph(onnx, weights)
    codes = graph.layer(graph.scaled("X", model.scaling), "W1", "b1", sigmoid=True)
    graph.add("Identity", [codes], "codes")
    outputs = graph.layer("codes", "W2", "b2", sigmoid=model.penalties.decoder == "sigmoid")
    graph.add("Identity", [graph.unscaled(outputs, model.scaling)], "reconstruction")
    widths = {"X": model.n_features, "codes": model.n_hidden, "reconstruction": model.n_features}
    values = [helper.make_tensor_value_info(name, kind, ["n", width]) for name, width in widths.items()]
    content = helper.make_graph(graph.nodes, "sparse_autoencoder", values[:1], values[1:], graph.constants)
    proto = helper.make_model(
        content,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="xpsae",
    )
    helper.set_model_props(proto, {name: str(value) for name, value in description(model).items()})
    onnx.checker.check_model(proto)
    if path is not None:
        with replacing(path) as stream:
            stream.write(proto.SerializeToString())
    return proto


class Graph:
    """Nodes and constants as they come to be.

    Parameters
    ----------
    onnx : module
        The package.
    weights : dict of str to numpy.ndarray
        W1, b1, W2 and b2.
    """

    def __init__(self, onnx: ModuleType, weights: dict[str, HostArray]) -> None:
        self._onnx = onnx
        self._dtype = weights["W1"].dtype
        self.nodes: list[Any] = []
        self.constants = [onnx.numpy_helper.from_array(array, name) for name, array in weights.items()]

    def add(self, operator: str, inputs: list[str], output: str | None = None, **attributes: Any) -> str:
        """Return the name of what a new node gives."""
        output = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(self._onnx.helper.make_node(operator, inputs, [output], **attributes))
        return output

    def number(self, value: float) -> str:
        """Return the name of a new constant."""
        name = f"constant_{len(self.constants)}"
        array = host.asarray(value, dtype=self._dtype)
        self.constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def layer(self, inputs: str, weights: str, biases: str, *, sigmoid: bool) -> str:
        """Return the name of what a layer gives."""
        sums = self.add("Gemm", [inputs, weights, biases], transB=1)
        return self.add("Sigmoid", [sums]) if sigmoid else sums

    def scaled(self, inputs: str, scaling: Scaling) -> str:
        """Return the name of the data in the decoder's range."""
        if scaling.kind == "identity":
            return inputs
        quotient = self.add("Sub", [inputs, self.number(scaling.shift)])
        quotient = self.add("Div", [quotient, self.number(scaling.width)])
        if scaling.clipped:
            quotient = self.add("Clip", [quotient, self.number(-1.0), self.number(1.0)])
        gained = self.add("Mul", [quotient, self.number(scaling.gain)])
        return self.add("Add", [gained, self.number(scaling.offset)])

    def unscaled(self, outputs: str, scaling: Scaling) -> str:
        """Return the name of the outputs in the user's units."""
        if scaling.kind == "identity":
            return outputs
        steps = (("Sub", scaling.offset), ("Div", scaling.gain), ("Mul", scaling.width), ("Add", scaling.shift))
        for operator, value in steps:
            outputs = self.add(operator, [outputs, self.number(value)])
        return outputs


def _onnx() -> ModuleType:
    try:
        onnx = importlib.import_module("onnx")
    except ModuleNotFoundError as error:
        message = "to_onnx needs the package onnx, which is not installed. Run: pip install 'xpsae[onnx]'"
        raise ImportError(message) from error
    for part in ("helper", "checker", "numpy_helper"):
        importlib.import_module(f"onnx.{part}")
    return onnx
