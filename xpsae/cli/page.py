"""``xpsae report``: one page for a browser that shows a model."""

from __future__ import annotations

import argparse
from typing import Any

import xpsae
from xpsae.checks import complaint
from xpsae.cli.inputs import data_file, loaded
from xpsae.cli.options import add_command, add_model, patch_shape, say
from xpsae.cli.outputs import add_output, prepared_file
from xpsae.files import naming

_ABOUT = """\
the page holds the features at any zoom, a panel for every hidden unit, the course of the training, mean activations
beside their target, units that do no work, and the configuration. with --data it also holds, for every unit, the ten
rows that excite it most and a histogram of its activations, and reconstructions with their errors.

the page is one file that needs no network: open it with a double-click, or send it to someone.
"""
_EXAMPLES = """\
  xpsae report model.safetensors -o report.html
  xpsae report model.safetensors --data data.npy -o report.html
  xpsae report model.safetensors --data table.npy --as bars --title "Sensors" -o report.html

of more than 100 000 rows, so many are looked at, evenly spaced.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    does = "write one page for a browser that shows a model"
    parser = add_command(commands, "report", does=does, about=_ABOUT, examples=_EXAMPLES)
    add_model(parser)
    add_output(parser, "report.html", "the page to write")
    add = parser.add_argument
    add("--data", metavar="DATA", help="samples to show the model on, as 'xpsae fit' reads them")
    add("--key", metavar="NAME", help="the array to read from a file of several")
    add(
        "--patch-shape",
        type=patch_shape,
        metavar="HxW[x3]",
        help="shape of a sample (default: that in DATA, or square)",
    )
    view = "what a sample is shown as (default: pictures where samples have such a shape)"
    add("--as", dest="view", choices=("auto", "pictures", "bars"), default="auto", help=view)
    add("--title", metavar="TEXT", help="the heading of the page (default: the name of the model file)")
    parser.set_defaults(run=_report)


def _report(options: Any) -> int:
    if options.output.suffix.lower() not in {"", ".html", ".htm"}:
        got = str(options.output)
        raise ValueError(complaint("--output", "an .html file", got, "Pass a name ending in .html."))
    model = loaded(options)
    rows, tile = None, options.patch_shape
    if options.data is not None:
        read = data_file(options)
        rows, tile = read.rows, options.patch_shape or (read.tile if options.view != "bars" else None)
    path = prepared_file(options.output, read=[options.model, *([options.data] if options.data else [])])
    title = options.model.name if options.title is None else options.title
    with naming("--output"):
        xpsae.save_report(model, path, rows, patch_shape=tile, view=options.view, title=title)
    shown = "" if rows is None else f", shown on {len(rows)} samples"
    say(f"{model.n_hidden} hidden units{shown}: {path}")
    return 0
