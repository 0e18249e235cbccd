"""``xpsae encode``, ``features`` and ``info``: what to do with a saved model."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import xpsae
from xpsae.arrays import host
from xpsae.arrays.namespace import to_host
from xpsae.checks import complaint
from xpsae.cli.inputs import data_rows, loaded
from xpsae.cli.options import add_command, add_data, add_output, number, patch_shape, prepared_file, say
from xpsae.cli.report import facts, results, settings
from xpsae.files import naming, replacing

_ENCODE = """\
  xpsae encode model.safetensors data.npy -o codes.npy
  xpsae encode model.safetensors data.npz --key images -o codes.npy
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
    """Add the three commands to the command line."""
    encode = add_command(commands, "encode", does="write the hidden activations of every sample", examples=_ENCODE)
    _add_model(encode)
    add_data(encode)
    add_output(encode, "codes.npy", "the .npy file to write, one row of activations per sample")
    encode.set_defaults(run=_encode)

    features = add_command(commands, "features", does="draw what excites each hidden unit most", examples=_FEATURES)
    _add_model(features)
    add_output(features, "features.png", "the picture to write, PNG")
    add = features.add_argument
    add("--patch-shape", type=patch_shape, metavar="HxW[x3]", help="shape of a sample (default: square, gray or color)")
    contrast = "scale each tile by its own largest weight, or all by the largest of all (default: tile)"
    add("--contrast", choices=("tile", "common"), default="tile", help=contrast)
    add("--columns", type=number(int, 1), metavar="N", help="tiles in a row (default: nearly square)")
    add("--zoom", type=number(int, 1), metavar="N", help="pixels per weight (default: about 600 pixels in all)")
    features.set_defaults(run=_features)

    info = add_command(commands, "info", does="tell what a model file holds", examples=_INFO)
    _add_model(info)
    info.add_argument("--json", action="store_true", help="for programs: one JSON object")
    info.set_defaults(run=_info)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", type=Path, help="a model file, as 'xpsae fit' writes it")


def _encode(options: Any) -> int:
    model = loaded(options)
    rows = data_rows(options)
    path = prepared_file(options.output, read=[options.model, options.data])
    codes = to_host(model.encode(rows))
    with replacing(path) as stream:
        host.save(stream, codes)
    say(f"{codes.shape[0]} samples, {codes.shape[1]} activations each ({codes.dtype}): {path}")
    return 0


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
    say(_as_json(facts(model)) if options.json else f"{settings(model)}\n{results(model)}")
    return 0


def _as_json(values: dict[str, Any]) -> str:
    # JSON has no NaN and no infinity, which a failed run may leave behind.
    return json.dumps(json.loads(json.dumps(values), parse_constant=lambda _: None), indent=2)
