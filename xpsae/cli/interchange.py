"""``xpsae export``: a model in the formats of others."""

from __future__ import annotations

import argparse
from typing import Any

import xpsae
from xpsae.checks import complaint
from xpsae.cli.inputs import loaded
from xpsae.cli.options import add_command, add_model, say
from xpsae.cli.outputs import add_output, prepared_file
from xpsae.files import naming

_WRITERS = {"onnx": "to_onnx", "python": "export_python", "npz": "save_npz", "mat": "save_mat"}
_ENDINGS = {".onnx": "onnx", ".py": "python", ".npz": "npz", ".mat": "mat"}
_ABOUT = """\
  onnx     a graph for ONNX runtimes, from samples to activations and reconstructions (needs pip install onnx)
  python   one file of Python that encodes and decodes with NumPy alone
  npz      the arrays W1, W2, b1, b2 and mean_activation, for NumPy
  mat      the same for MATLAB, and theta packed as UFLDL does, column by column (needs pip install scipy)
"""
_EXAMPLES = """\
  xpsae export model.safetensors -o model.onnx
  xpsae export model.safetensors -o edges.py
  xpsae export model.safetensors --format mat -o model.mat

the format is that of the file's name, unless --format says otherwise.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    does = "write a model for ONNX, plain Python, NumPy or MATLAB"
    parser = add_command(commands, "export", does=does, about=_ABOUT, examples=_EXAMPLES)
    add_model(parser)
    add_output(parser, "model.onnx", "the file to write")
    parser.add_argument("--format", choices=tuple(_WRITERS), help="the format (default: by the name of the file)")
    parser.set_defaults(run=_export)


def _export(options: Any) -> int:
    kind = options.format or _ENDINGS.get(options.output.suffix.lower())
    if kind is None:
        expected = f"a file name ending in {', '.join(_ENDINGS)}"
        remedy = "Pass such a name, or --format onnx."
        raise ValueError(complaint("--output", expected, str(options.output), remedy))
    model = loaded(options)
    path = prepared_file(options.output, read=[options.model])
    with naming("--output"):
        getattr(xpsae, _WRITERS[kind])(model, path)
    say(f"{model.n_hidden} hidden units as {kind}: {path}")
    return 0
