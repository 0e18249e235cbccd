"""What the demonstrations learn from: the notes' exercises, on data that are at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import xpsae
from xpsae.arrays.typing import Generator
from xpsae.checks import complaint
from xpsae.data.formats import read_rows
from xpsae.files import naming
from xpsae.presets import PRESETS

Tuning: TypeAlias = dict[str, Any]
"""Hyper-parameters of `xpsae.fit`, by name."""

EDGES: Tuning = {name: value for name, value in PRESETS["ufldl-patches"].items() if name != "decoder"}
"""Of the sparse autoencoder exercise."""
STROKES: Tuning = {name: value for name, value in PRESETS["ufldl-mnist"].items() if name != "decoder"}
"""Of the vectorization exercise."""
SMALL_STROKES = STROKES | {"n_hidden": 25}
"""The same for pictures of 8x8 pixels, where more units than these come out alike."""

N_PATCHES, PATCH_SHAPE = 10_000, (8, 8)
MOST_PICTURES = 10_000
"""As many as the vectorization exercise takes."""


@dataclass(frozen=True)
class Lesson:
    """What is learned from, and how."""

    data: Any
    tile: tuple[int, ...]
    source: str
    look_for: str
    tuning: Tuning


def images(rng: Generator) -> Lesson:
    """Return the sparse autoencoder exercise: patches of whitened photographs."""
    photographs: Any = xpsae.load_photographs()
    patches = xpsae.sample_patches(xpsae.whiten_images(photographs), N_PATCHES, PATCH_SHAPE, rng=rng)
    source = f"{N_PATCHES} patches of {_size(PATCH_SHAPE)} pixels from whitened photographs, normalized"
    return Lesson(xpsae.normalize_patches(patches), PATCH_SHAPE, source, "oriented edges", EDGES)


def digits() -> Lesson:
    """Return the vectorization exercise on scikit-learn's small digits."""
    data = xpsae.load_digits()
    source = f"{len(data)} digits of 8x8 pixels from scikit-learn"
    return Lesson(data, (8, 8), source, "strokes and loops of digits", SMALL_STROKES)


def pictures(file: Path) -> Lesson:
    """Return the vectorization exercise on the pictures in a file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it does not say what shape its samples have.
    """
    with naming("FILE"):
        read = read_rows(file)
    if read.tile is None:
        got = f"{file} with rows of {read.rows.shape[1]} numbers"
        raise ValueError(complaint("FILE", "a file of pictures", got, "Use 'xpsae fit', which takes any rows."))
    rows = read.rows[:MOST_PICTURES]
    source = f"the first {len(rows)} pictures of {_size(read.tile)} pixels in {file}"
    return Lesson(rows, read.tile, source, "pen strokes", STROKES)


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(str(side) for side in shape)
