"""``xpsae encode``, ``decode``, ``reconstruct``, ``features`` and ``info``: what to do with a saved model."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import xpsae
from xpsae.arrays import host
from xpsae.arrays.namespace import to_host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.cli.inputs import data_rows, loaded
from xpsae.cli.options import add_command, add_data, add_json, add_model, number, patch_shape, say
from xpsae.cli.outputs import add_output, prepared_file
from xpsae.cli.report import as_json, facts, results, settings
from xpsae.files import naming, replacing

_ENCODE = """\
  xpsae encode model.safetensors data.npy -o codes.npy
  xpsae encode model.safetensors data.npz --key images -o codes.npy
"""
_DECODE = """\
  xpsae encode model.safetensors data.npy -o codes.npy
  xpsae decode model.safetensors codes.npy -o rows.npy
"""
_RECONSTRUCT = """\
  xpsae reconstruct model.safetensors data.npy -o rows.npy
"""
_FEATURES = """\
  xpsae features model.safetensors -o features.png
  xpsae features model.safetensors --patch-shape 8x8x3 --contrast common -o features.png

negative weights are black, zero is mid-gray, positive weights are white.
"""
_INFO = """\
  xpsae info model.safetensors
  xpsae info model.safetensors --json
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    encode = add_command(commands, "encode", does="write the hidden activations of every sample", examples=_ENCODE)
    _add_rows(encode, "codes.npy", "the .npy file to write, one row of activations per sample")
    encode.set_defaults(run=_encode)

    decode = add_command(commands, "decode", does="write the samples that activations stand for", examples=_DECODE)
    _add_rows(decode, "rows.npy", "the .npy file to write, one row per sample, in the units of the training data")
    decode.set_defaults(run=_decode)

    does = "write what the model makes of every sample"
    reconstruct = add_command(commands, "reconstruct", does=does, examples=_RECONSTRUCT)
    _add_rows(reconstruct, "rows.npy", "the .npy file to write, one row per sample, in the units of DATA")
    reconstruct.set_defaults(run=_reconstruct)

    features = add_command(commands, "features", does="draw what excites each hidden unit most", examples=_FEATURES)
    add_model(features)
    add_output(features, "features.png", "the picture to write, PNG")
    add = features.add_argument
    add("--patch-shape", type=patch_shape, metavar="HxW[x3]", help="shape of a sample (default: square, gray or color)")
    contrast = "scale each tile by its own largest weight, or all by the largest of all (default: tile)"
    add("--contrast", choices=("tile", "common"), default="tile", help=contrast)
    add("--columns", type=number(int, 1), metavar="N", help="tiles in a row (default: nearly square)")
    add("--zoom", type=number(int, 1), metavar="N", help="pixels per weight (default: about 600 pixels in all)")
    features.set_defaults(run=_features)

    info = add_command(commands, "info", does="tell what a model file holds", examples=_INFO)
    add_model(info)
    add_json(info)
    info.set_defaults(run=_info)


def _add_rows(parser: argparse.ArgumentParser, default: str, text: str) -> None:
    add_model(parser)
    add_data(parser)
    add_output(parser, default, text)


def _encode(options: Any) -> int:
    model = loaded(options)
    codes = _written(options, model.encode, data_rows(options))
    say(f"{codes.shape[0]} samples, {codes.shape[1]} activations each ({codes.dtype}): {options.output}")
    return 0


def _decode(options: Any) -> int:
    model = loaded(options)
    rows = _written(options, model.decode, data_rows(options))
    say(f"{rows.shape[0]} samples of {rows.shape[1]} features ({rows.dtype}): {options.output}")
    return 0


def _reconstruct(options: Any) -> int:
    model = loaded(options)
    data = data_rows(options)
    rows = _written(options, model.reconstruct, data)
    error = float(model.reconstruction_error(data).mean())
    say(f"{rows.shape[0]} samples of {rows.shape[1]} features ({rows.dtype}): {options.output}")
    say(f"mean squared error {error:.6g}")
    return 0


def _written(options: Any, function: Callable[[HostArray], Any], rows: HostArray) -> HostArray:
    """Return what a function of the samples gives, after writing it."""
    path = prepared_file(options.output, read=[options.model, options.data])
    found = to_host(function(rows))
    with replacing(path) as stream:
        host.save(stream, found)
    return found


def _features(options: Any) -> int:
    if options.output.suffix.lower() not in {"", ".png"}:
        remedy = "Pass a name ending in .png; xpsae.plot_features draws other formats, from Python."
        raise ValueError(complaint("--output", "a .png file", str(options.output), remedy))
    model = loaded(options)
    path = prepared_file(options.output, read=[options.model])
    chosen = {name: getattr(options, name) for name in ("patch_shape", "contrast", "columns", "zoom")}
    with naming("--output"):
        xpsae.save_features(model, path, **chosen)
    say(f"{model.n_hidden} features: {path}")
    return 0


def _info(options: Any) -> int:
    model = loaded(options)
    say(as_json(facts(model)) if options.json else f"{settings(model)}\n{results(model)}")
    return 0
