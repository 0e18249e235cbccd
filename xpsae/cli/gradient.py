"""``xpsae check-gradient``: the computed gradient against finite differences, before trusting either."""

from __future__ import annotations

import argparse
from typing import Any

import xpsae
from xpsae.arrays import host
from xpsae.arrays.convert import require_finite
from xpsae.arrays.namespace import array_namespace
from xpsae.arrays.typing import Generator
from xpsae.cli.inputs import data_file
from xpsae.cli.lessons import images
from xpsae.cli.options import add_command, add_data, add_hyperparameters, add_json, defaults_of, say, seeded
from xpsae.cli.report import as_json
from xpsae.data.scaling import choose_scaling

_TUNED = ("n_hidden", "sparsity_target", "weight_decay", "sparsity_weight")
_EXAMPLES = """\
  xpsae check-gradient
  xpsae check-gradient data.npy --hidden 10 --decoder linear

without DATA: 10 000 patches of the bundled photographs. the check is made in float64, at a random start, on data
scaled to values from 0 to 1. exit code 1 says that the gradient is wrong.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    does = "compare the gradient with finite differences"
    parser = add_command(commands, "check-gradient", does=does, examples=_EXAMPLES)
    add_data(parser, needed=False)
    add_hyperparameters(parser, {"n_hidden": 25} | defaults_of(xpsae.Objective, *_TUNED[1:]), quiet=False)
    parser.add_argument(
        "--decoder", choices=("sigmoid", "linear"), default="sigmoid", help="output units (default: sigmoid)"
    )
    add_json(parser)
    parser.set_defaults(run=_check)


def _check(options: Any) -> int:
    rng = seeded(options)
    tuned = {name: getattr(options, name) for name in _TUNED}
    objective = xpsae.Objective(_rows(options, rng), decoder=options.decoder, **tuned)
    check = xpsae.check_gradient(objective, objective.initial(rng), rng=rng)
    if options.json:
        say(as_json(_facts(objective, check)))
        return 0 if check.passed else 1
    samples, features = objective.data.X.shape
    say(f"{samples} samples, network {features}-{options.n_hidden}-{features}, {objective.size} parameters")
    say(str(check))
    return 0 if check.passed else 1


def _facts(objective: xpsae.Objective, check: xpsae.GradientCheck) -> dict[str, Any]:
    names = ("passed", "relative_difference", "tolerance", "directions", "every_coordinate", "worst", "value", "step")
    samples, features = objective.data.X.shape
    return {"samples": samples, "features": features, "parameters": objective.size} | {
        name: getattr(check, name) for name in names
    }


def _rows(options: Any, rng: Generator) -> Any:
    """Return the data in float64 and in the range 0 to 1, without which finite differences tell little."""
    if options.data is None:
        return images(rng).data
    rows = data_file(options).rows
    data: Any = rows.astype(host.float64)
    require_finite(data, name="X")
    xp = array_namespace(data)
    largest = 255 if rows.dtype == host.uint8 else None
    return choose_scaling(data, "auto", "sigmoid", xp=xp, integer_max=largest).apply(data, xp=xp)
