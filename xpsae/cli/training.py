"""``xpsae fit``: train on a file of samples."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

import xpsae
from xpsae.arrays.precision import PRECISIONS
from xpsae.checkpoints import read_checkpoint
from xpsae.checks import complaint
from xpsae.cli.inputs import data_rows
from xpsae.cli.options import (
    add_command,
    add_data,
    add_hyperparameters,
    add_json,
    command,
    defaults_of,
    exit_code,
    say,
    seeded,
    shows_progress,
)
from xpsae.cli.outputs import add_output, prepared_file
from xpsae.cli.report import as_json, facts, results, settings
from xpsae.presets import PRESETS

_TUNED = ("n_hidden", "sparsity_target", "weight_decay", "sparsity_weight", "max_iter", "history", "gtol", "ftol")
_ABOUT = """\
reads DATA, minimizes the cost by L-BFGS on all samples at once, writes the model, and tells what came of it.
Ctrl-C ends the run with the best point so far, which is written too. Pressed again, it ends the run at once, and no
model is written.
"""
_EXAMPLES = """\
  xpsae fit data.npy -o model.safetensors
  xpsae fit train-images-idx3-ubyte.gz --hidden 196 --sparsity-target 0.1 --weight-decay 3e-3
  xpsae fit train-images-idx3-ubyte.gz --preset ufldl-mnist
  xpsae fit measurements.npz --key samples --decoder linear --seed 7
  xpsae fit data.npy -o model.safetensors --checkpoint run.ckpt
  xpsae fit data.npy -o model.safetensors --resume run.ckpt
  xpsae fit data.npy --config run.toml --hidden 50

run.toml holds options, named as the long flags are, such as the line: hidden = 100
a sigmoid decoder can only give values from 0 to 1. other data are scaled into that range; the model remembers
how, and reconstructions are in the data's own units. the same data, options and seed give the same model.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(
        commands, "fit", does="train a sparse autoencoder on a file of samples", about=_ABOUT, examples=_EXAMPLES
    )
    add_data(parser)
    add_output(parser, "model.safetensors", "the model file to write")
    usual = defaults_of(xpsae.fit, *_TUNED, "decoder")
    network = parser.add_argument_group("network and training")
    preset = "an exercise whose values stand for those of the network that are not given"
    network.add_argument("--preset", choices=tuple(PRESETS), help=preset)
    add_hyperparameters(network, {name: usual[name] for name in _TUNED})
    add_json(parser)
    add = parser.add_argument_group("data and decoder").add_argument
    decoder = "output units: sigmoid for data from 0 to 1, linear for any (default: sigmoid)"
    add("--decoder", choices=("sigmoid", "linear"), default=usual["decoder"], help=decoder)
    scaling = "how data are brought into the decoder's range; none takes them as they are (default: auto)"
    add("--scaling", choices=("auto", "none", "range", "three-sigma"), default="auto", help=scaling)
    add = parser.add_argument_group("computing").add_argument
    device = "where to compute; auto takes an NVIDIA GPU if one is usable (default: cpu)"
    add("--device", choices=("cpu", "cuda", "auto"), default="cpu", help=device)
    precision = "float32 products; tf32 is faster and rougher, on an NVIDIA GPU that has it (default: full)"
    add("--precision", choices=PRECISIONS, default="full", help=precision)
    memory = 'memory to take beyond the data, such as "2GiB" or "150MB" (default: no limit)'
    add("--memory", dest="memory_limit", metavar="BYTES", help=memory)
    add("--time-limit", type=float, metavar="SECONDS", help="end with the best point after this time")
    add("--workers", type=int, metavar="N", help="threads to use (default: all processors)")
    add = parser.add_argument_group("long runs").add_argument
    add("--checkpoint", metavar="PATH", help="a new file to write the run to while it goes on")
    add("--checkpoint-every", metavar="TIME", default="60s", help="how often: 60s, 5min, 1h or iterations (60s)")
    add("--resume", metavar="CHECKPOINT", help="go on with the run in this file, with its own options")
    parser.set_defaults(run=_fit)


def _fit(options: Any) -> int:
    rows = data_rows(options)
    path = prepared_file(options.output, read=[options.data])
    model = (_resumed if options.resume else _trained)(options, rows).to("numpy")
    model.save(path)
    if options.json:
        told = facts(model) | {"explained_variance": model.score(rows), "path": str(path)}
        say(as_json(told))
        return exit_code(model.result.message)
    say(f"{settings(model)}\n{results(model, model.score(rows))}\n\nwritten to {path}")
    key = [] if options.key is None else ["--key", options.key]
    say(f"\nnext\n  {command('info', path)}\n  {command('encode', path, options.data, *key, '-o', 'codes.npy')}")
    return exit_code(model.result.message)


def _every(options: Any) -> str | int:
    text: str = options.checkpoint_every
    return int(text) if text.isdecimal() else text


def _trained(options: Any, rows: Any) -> xpsae.SparseAutoencoder:
    return xpsae.fit(
        rows,
        **{name: getattr(options, name) for name in _TUNED},
        decoder=options.decoder,
        preset=options.preset,
        scaling=None if options.scaling == "none" else options.scaling,
        rng=seeded(options),
        device=options.device,
        precision=options.precision,
        memory_limit=options.memory_limit,
        time_limit=options.time_limit,
        workers=options.workers,
        progress=shows_progress(options),
        checkpoint=options.checkpoint,
        checkpoint_every=_every(options),
    )


def _resumed(options: Any, rows: Any) -> xpsae.SparseAutoencoder:
    """Return the model of a run that goes on; a typed option that differs from the run's own is refused."""
    if options.preset is not None:
        raise ValueError(
            complaint("preset", "none with --resume", options.preset, "A run goes on with its own options.")
        )
    saved = read_checkpoint(options.resume)
    own = {**asdict(saved.penalties), **saved.numbers["options"], "n_hidden": saved.plan.n_hidden}
    for name in (*_TUNED, "decoder"):
        typed = getattr(options, name)
        if name != "max_iter" and typed not in (options.parser.get_default(name), own[name]):
            raise ValueError(complaint(name, f"that of the run, {own[name]}", str(typed), "Leave it out."))
    longer = options.max_iter != options.parser.get_default("max_iter")
    return xpsae.resume(
        options.resume,
        rows,
        max_iter=options.max_iter if longer else None,
        time_limit=options.time_limit,
        device=options.device,
        precision=options.precision,
        workers=options.workers,
        progress=shows_progress(options),
        checkpoint_every=_every(options),
    )
