"""``xpsae fit``: train on a file of samples."""

from __future__ import annotations

import argparse
from typing import Any

import xpsae
from xpsae.cli.inputs import data_rows
from xpsae.cli.options import (
    add_command,
    add_data,
    add_hyperparameters,
    add_output,
    command,
    defaults_of,
    exit_code,
    prepared_file,
    say,
    seeded,
)
from xpsae.cli.report import results, settings

_TUNED = ("n_hidden", "sparsity_target", "weight_decay", "sparsity_weight", "max_iter", "history", "gtol", "ftol")
_EXAMPLES = """\
  xpsae fit data.npy -o model.safetensors
  xpsae fit train-images-idx3-ubyte.gz --hidden 196 --sparsity-target 0.1 --weight-decay 3e-3
  xpsae fit measurements.npz --key samples --decoder linear --seed 7

a sigmoid decoder can only give values from 0 to 1. other data are scaled into that range; the model remembers
how, and reconstructions are in the data's own units. the same data, options and seed give the same model.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(commands, "fit", does="train a sparse autoencoder on a file of samples", examples=_EXAMPLES)
    add_data(parser)
    add_output(parser, "model.safetensors", "the model file to write")
    add_hyperparameters(parser, defaults_of(xpsae.fit, *_TUNED) | defaults_of(xpsae.minimize, "history"))
    add = parser.add_argument
    decoder = "output units: sigmoid for data from 0 to 1, linear for any (default: sigmoid)"
    add("--decoder", choices=("sigmoid", "linear"), default="sigmoid", help=decoder)
    scaling = "how data are brought into the decoder's range; none takes them as they are (default: auto)"
    add("--scaling", choices=("auto", "none", "range", "three-sigma"), default="auto", help=scaling)
    device = "where to compute; auto takes an NVIDIA GPU if one is usable (default: cpu)"
    add("--device", choices=("cpu", "cuda", "auto"), default="cpu", help=device)
    memory = 'memory to take beyond the data, such as "2GiB" or "150MB" (default: no limit)'
    add("--memory", dest="memory_limit", metavar="BYTES", help=memory)
    add("--time-limit", type=float, metavar="SECONDS", help="end with the best point after this time")
    add("--workers", type=int, metavar="N", help="threads to use (default: all processors)")
    parser.set_defaults(run=_fit)


def _fit(options: Any) -> int:
    rows = data_rows(options)
    path = prepared_file(options.output, read=[options.data])
    model = xpsae.fit(
        rows,
        **{name: getattr(options, name) for name in _TUNED},
        decoder=options.decoder,
        scaling=None if options.scaling == "none" else options.scaling,
        rng=seeded(options),
        device=options.device,
        memory_limit=options.memory_limit,
        time_limit=options.time_limit,
        workers=options.workers,
        progress=not options.quiet,
    ).to("numpy")
    model.save(path)
    say(f"{settings(model)}\n{results(model, model.score(rows))}\n\nwritten to {path}")
    key = [] if options.key is None else ["--key", options.key]
    say(f"\nnext\n  {command('info', path)}\n  {command('encode', path, options.data, *key, '-o', 'codes.npy')}")
    return exit_code(model.result.message)
