"""Pictures in files, for patches to be cut from: folders of image files, MATLAB's stacks, arrays."""

from __future__ import annotations

import importlib
import os
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.files import as_path

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}

_REMEDY = "Copy it again, convert it, or take it out of the folder."
_MODES = {"1": "L", "LA": "L", "La": "L", "L": "L", "I": "I", "F": "F"}  # any other mode becomes RGB


def folder_images(path: str | os.PathLike[str], *, gray: bool = False) -> list[HostArray]:
    """Return the pictures in a folder and the folders in it, in the order of their names.

    Parameters
    ----------
    path : str or path-like
        The folder; what is not named as a picture is passed over.
    gray : bool
        Whether pictures in color become gray.

    Returns
    -------
    list of numpy.ndarray
        Shape (height, width), or (height, width, 3) in color; uint8, or the file's own type where it has more bits.
        Palettes become colors, and transparency is left out.

    Raises
    ------
    ImportError
        If Pillow is not installed.
    ValueError
        If there is no picture in it, or one cannot be read.
    """
    folder = as_path(path)
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if not files:
        got = f"{folder} with no file named {', '.join(sorted(SUFFIXES))}"
        raise ValueError(complaint("path", "a folder of pictures", got, "Check the folder."))
    return [image_file(file, gray=gray) for file in files]


def image_file(file: Path, *, gray: bool) -> HostArray:
    """Return the picture in one file, as `folder_images` does."""
    pillow = _pillow()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pillow.DecompressionBombWarning)
            with pillow.open(file) as picture:
                return _pixels(picture, gray)
    except ImportError:
        raise
    except Exception as error:  # Pillow's readers raise whatever their formats need
        text = " ".join(str(error).split()).replace(repr(str(file)), "it")[:200]
        raise ValueError(complaint("path", "a picture", f"{file}, which cannot be read ({text})", _REMEDY)) from None


def rows_of_images(images: list[HostArray], folder: Path) -> HostArray:
    """Return pictures as one array, shape (n, height, width) or (n, height, width, 3), if they are alike."""
    for image in images:
        if image.shape != images[0].shape or image.dtype != images[0].dtype:
            got = f"{folder} with pictures of {images[0].dtype} {images[0].shape} and of {image.dtype} {image.shape}"
            remedy = "Cut patches from them: xpsae.sample_patches(xpsae.read_images(path))."
            raise ValueError(complaint("path", "pictures of one size and kind", got, remedy))
    return host.stack(images)


def _pixels(picture: Any, gray: bool) -> HostArray:
    if picture.mode.startswith("I;16"):
        return host.array(picture)
    mode = "L" if gray and picture.mode not in {"I", "F"} else _MODES.get(picture.mode, "RGB")
    return host.array(picture if picture.mode == mode else picture.convert(mode))


def _pillow() -> ModuleType:
    try:
        return importlib.import_module("PIL.Image")
    except ModuleNotFoundError as error:
        message = "reading pictures needs Pillow, which is not installed. Run: pip install 'xpsae[files]'"
        raise ImportError(message) from error
