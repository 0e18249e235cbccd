"""Vectors of features as the page shows them: pictures as PNG in data URIs, or bars as small integers."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import one_of
from xpsae.pictures.grid import feature_grid, tile_shape
from xpsae.pictures.png import png_bytes

View: TypeAlias = Literal["auto", "pictures", "bars"]
"""What a vector of features is shown as."""
Shown: TypeAlias = str | list[int]
"""A picture as a data URI, or heights of bars from -100 to 100."""

FEWEST_PIXELS = 16
"""So many features at least are taken for a picture where nobody says what they are."""
MOST_BARS = 512
"""More features than these are shown by the tallest of each group of neighbors."""


@dataclass(frozen=True)
class Canvas:
    """How vectors of one length are shown.

    Attributes
    ----------
    tile : tuple of int or None
        The shape of a picture, (height, width) or (height, width, 3); None for bars.
    n_features : int
        The length of a vector.
    """

    tile: tuple[int, ...] | None
    n_features: int

    def feature(self, row: HostArray) -> Shown:
        """Return a vector whose sign matters, scaled by its own largest absolute value."""
        if self.tile is None:
            return self._bars(row, float(abs(row).max()))
        return data_uri(feature_grid(row.reshape(1, -1), patch_shape=self.tile, pad=0))

    def values(self, row: HostArray, low: float, high: float) -> Shown:
        """Return a vector of which `low` is black and `high` is white, or the larger of both the tallest bar."""
        if self.tile is None:
            return self._bars(row, max(abs(low), abs(high)))
        shades = (row - low) * (256.0 / (high - low) if high > low else 0.0) + (0.0 if high > low else 128.0)
        return data_uri(host.clip(shades, 0, 255).astype(host.uint8).reshape(self.tile))

    def _bars(self, row: HostArray, peak: float) -> list[int]:
        group = -(-len(row) // MOST_BARS)
        padded = host.concat([row, host.zeros(-len(row) % group)]).reshape(-1, group)
        tallest = host.take_along_axis(padded, abs(padded).argmax(axis=1)[:, None], axis=1)[:, 0]
        heights: list[int] = (
            host.clip(host.round(tallest * (100.0 / peak if peak else 0.0)), -100, 100).astype(int).tolist()
        )
        return heights


def canvas(n_features: int, patch_shape: tuple[int, ...] | None, view: Any) -> Canvas:
    """Return how vectors of `n_features` are shown, or raise the error that says why they cannot be.

    Parameters
    ----------
    n_features : int
        The length of a vector.
    patch_shape : tuple of int, optional
        The shape of a picture.
    view : {"auto", "pictures", "bars"}
        "auto" makes pictures where there is a shape, or where `FEWEST_PIXELS` features or more form a square.

    Returns
    -------
    Canvas
        What shows them.

    Examples
    --------
    >>> canvas(64, None, "auto").tile, canvas(10, None, "auto").tile, canvas(64, None, "bars").tile
    ((8, 8), None, None)
    """
    one_of("view", view, ("auto", "pictures", "bars"), remedy="Pass view='auto'.")
    if view == "pictures" or patch_shape is not None:
        shape = tile_shape(n_features, patch_shape)
        return Canvas(None if view == "bars" else shape, n_features)
    pixels = n_features if n_features % 3 or math.isqrt(n_features) ** 2 == n_features else n_features // 3
    square = math.isqrt(pixels) ** 2 == pixels and n_features >= FEWEST_PIXELS
    return Canvas(tile_shape(n_features, None) if square and view == "auto" else None, n_features)


def data_uri(image: HostArray) -> str:
    """Return a picture as an address that holds the picture itself."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(image)).decode("ascii")
