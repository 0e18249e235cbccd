"""``xpsae demo``: learn features from pictures, and look at them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import xpsae
from xpsae.arrays.convert import as_real, require_finite
from xpsae.checks import complaint
from xpsae.cli import lessons
from xpsae.cli.options import add_command, add_hyperparameters, command, exit_code, say, seeded, shows_progress
from xpsae.cli.outputs import add_output, prepared_folder
from xpsae.cli.report import results, settings
from xpsae.files import replacing

_TABLE = "".join(
    f"  {name:<14}{tuning['n_hidden']:>6}{tuning['sparsity_target']:>17g}{tuning['weight_decay']:>14g}"
    f"{tuning['sparsity_weight']:>17g}\n"
    for name, tuning in {
        "images": lessons.EDGES,
        "digits": lessons.SMALL_STROKES,
        "digits FILE": lessons.STROKES,
    }.items()
)
_FOLDERS = {"images": "xpsae-demo", "digits": "xpsae-demo-digits"}
_EXAMPLES = f"""\
  xpsae demo                                 edges from photographs, in half a minute
  xpsae demo digits                          strokes from scikit-learn's digits (pip install scikit-learn)
  xpsae demo digits train-images-idx3.gz     strokes from MNIST, or from any pictures in an IDX file
  xpsae demo --hidden 100 -o hundred

the exercises, unless options say otherwise:
                hidden  sparsity target  weight decay  sparsity weight
{_TABLE}"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(commands, "demo", does="learn features from pictures, and look at them", examples=_EXAMPLES)
    add = parser.add_argument
    add("what", nargs="?", choices=("images", "digits"), default="images", help="what to learn from (default: images)")
    add("file", nargs="?", metavar="FILE", type=Path, help="pictures of your own, for digits: IDX, .npy or .npz")
    folders = " or ".join(f"{folder} for {what}" for what, folder in _FOLDERS.items())
    add_output(parser, None, f"the folder to write to (default: {folders})")
    add_hyperparameters(parser, dict.fromkeys(lessons.EDGES, "default: see below") | {"max_iter": 400})
    parser.set_defaults(run=_demo)


def _demo(options: Any) -> int:
    if options.what == "images" and options.file is not None:
        raise ValueError(complaint("FILE", "none with 'images'", str(options.file), "Say 'xpsae demo digits FILE'."))
    rng = seeded(options)
    lesson = _lesson(options, rng)
    require_finite(as_real(lesson.data), name="X")
    folder = prepared_folder(options.output or Path(_FOLDERS[options.what]))
    chosen = {name: getattr(options, name) for name in lesson.tuning if getattr(options, name) is not None}
    say(f"learning from {lesson.source}, at most {options.max_iter} iterations")
    sys.stdout.flush()
    tuning = lesson.tuning | chosen
    model = xpsae.fit(lesson.data, **tuning, max_iter=options.max_iter, rng=rng, progress=shows_progress(options))
    written = _write(model, lesson, folder)
    say(f"{settings(model)}\n{results(model, model.score(lesson.data))}\n\nwritten to {folder}\n{written}")
    say(_next_steps(options.what, folder))
    return exit_code(model.result.message)


def _lesson(options: Any, rng: Any) -> lessons.Lesson:
    if options.what == "images":
        return lessons.images(rng)
    return lessons.digits() if options.file is None else lessons.pictures(options.file)


def _write(model: xpsae.SparseAutoencoder, lesson: lessons.Lesson, folder: Path) -> str:
    model.save(folder / "model.safetensors")
    xpsae.save_features(model, folder / "features.png", patch_shape=lesson.tile)
    return (
        f"  features.png        what excites each hidden unit most: look for {lesson.look_for}\n"
        f"  cost.png            {_write_curves(model, folder / 'cost.png')}\n"
        "  model.safetensors   the model"
    )


def _write_curves(model: xpsae.SparseAutoencoder, path: Path) -> str:
    try:
        figure: Any = xpsae.plot_training(model).figure
    except ImportError:
        return "not written, because matplotlib is not installed (pip install matplotlib)"
    with replacing(path) as stream:
        figure.savefig(stream, format="png", dpi=150)
    return "the cost and its three terms over the iterations"


def _next_steps(what: str, folder: Path) -> str:
    common = command("features", folder / "model.safetensors", "--contrast", "common", "-o", folder / "common.png")
    other = f"{command('demo', 'digits')}   (needs scikit-learn)" if what == "images" else command("demo", "images")
    return f"\nnext\n  {common}\n  {other}\n  {command('fit', '--help')}   (to learn from data of your own)"
