"""``xpsae doctor``: what went wrong in a training, and what to change."""

from __future__ import annotations

import argparse
from typing import Any

import xpsae
from xpsae.cli.inputs import data_file, loaded
from xpsae.cli.options import add_command, add_model, patch_shape, say

_EXAMPLES = """\
  xpsae doctor model.safetensors --data data.npy
  xpsae doctor model.safetensors

tells a collapsed network, a run that was too short, features that are all alike, a network that is not sparse, and
features that are noise, with the option to change; and names dead, saturated, constant, duplicate and noisy units.
exit code 1 says that something is wrong with the network as a whole.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    does = "tell what went wrong in a training, and what to change"
    parser = add_command(commands, "doctor", does=does, examples=_EXAMPLES)
    add_model(parser)
    parser.add_argument("--data", metavar="DATA", help="the training data; without them fewer things can be told")
    parser.add_argument("--key", metavar="NAME", help="the array to read from a file of several")
    parser.add_argument(
        "--patch-shape",
        type=patch_shape,
        metavar="HxW[x3]",
        help="shape of a sample (default: that in DATA, or square)",
    )
    parser.set_defaults(run=_doctor)


def _doctor(options: Any) -> int:
    model, rows, tile = loaded(options), None, options.patch_shape
    if options.data is not None:
        read = data_file(options)
        rows, tile = read.rows, tile or read.tile
    found = xpsae.diagnose(model, rows, patch_shape=tile)
    say(str(found))
    return 0 if found.healthy else 1
