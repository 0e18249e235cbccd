"""``xpsae plan``: memory and time of a training, before it begins."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

import xpsae
from xpsae.cli.inputs import data_rows
from xpsae.cli.options import add_command, add_data, add_json, say
from xpsae.cli.report import as_json

_EXAMPLES = """\
  xpsae plan data.npy --hidden 196
  xpsae plan train-images-idx3-ubyte.gz --hidden 196 --memory 150MB
  xpsae plan data.npy --hidden 196 --device cuda --memory 10GiB

the time is measured for two seconds on the data themselves; the memory is what is taken beyond them.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(commands, "plan", does="tell the memory and the time of a training", examples=_EXAMPLES)
    add_data(parser)
    add = parser.add_argument
    add("--hidden", "--n-hidden", dest="n_hidden", type=int, metavar="N", default=25, help="hidden units (25)")
    add("--decoder", choices=("sigmoid", "linear"), default="sigmoid", help="output units (sigmoid)")
    add("--iterations", "--max-iter", dest="max_iter", type=int, metavar="N", default=400, help="iterations (400)")
    add("--memory", dest="memory_limit", metavar="BYTES", help='memory to stay within, such as "2GiB" or "150MB"')
    add("--workers", type=int, metavar="N", help="threads to use (all processors)")
    device = "where to compute; auto takes an NVIDIA GPU if one is usable (cpu)"
    add("--device", choices=("cpu", "cuda", "auto"), default="cpu", help=device)
    add_json(parser)
    parser.set_defaults(run=_plan)


def _plan(options: Any) -> int:
    rows = data_rows(options)
    names = ("n_hidden", "decoder", "max_iter", "memory_limit", "workers", "device")
    forecast = xpsae.plan(rows, **{name: getattr(options, name) for name in names})
    sums = {"total_seconds": forecast.total_seconds, "total_bytes": forecast.plan.total_bytes}
    say(as_json(asdict(forecast) | sums) if options.json else str(forecast))
    return 0
