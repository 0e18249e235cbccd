"""Feature vectors as one picture: each row a tile, negative black, zero mid-gray, positive white."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint, described, one_of, whole_number

Contrast: TypeAlias = Literal["tile", "common"]
"""What a tile is scaled by: its own largest absolute value, or the largest of all tiles."""


def feature_grid(
    W: HostArray,
    *,
    patch_shape: tuple[int, ...] | None = None,
    contrast: Contrast = "tile",
    columns: int | None = None,
    pad: int = 1,
    zoom: int = 1,
) -> HostArray:
    """Return all rows of `W` as one picture of tiles, in reading order.

    Parameters
    ----------
    W : array, shape (n_tiles, n_features), real
        One feature vector per row, such as ``model.features``.
    patch_shape : (height, width) or (height, width, 3), optional
        The shape of a tile; the last of three is red, green, blue. By default a square for a square number of
        features, and a square of three channels for three times a square number.
    contrast : {"tile", "common"}
        Whether each tile is scaled by its own largest absolute value or by the largest of all tiles.
    columns : int, optional
        The tiles in a row of the picture; by default as many as make it nearly square.
    pad : int
        The width of the black lines around the tiles, in pixels of the picture.
    zoom : int
        The pixels of the picture per pixel of a tile, in each direction.

    Returns
    -------
    array of uint8, shape (height, width) or (height, width, 3)
        Black (0) is the most negative value, 128 is zero, white (255) is the most positive. A row of zeros is a
        uniform gray tile; places without a tile are black.

    Raises
    ------
    TypeError
        If `W` does not hold real numbers, or a size is not an integer.
    ValueError
        If `W` is not a non-empty matrix of finite values, or the tiles' shape is unknown or does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from xpsae.pictures.grid import feature_grid
    >>> feature_grid(np.array([[0.0, 0.0, 0.0, 0.0], [-2.0, -1.0, 1.0, 2.0]]))
    array([[  0,   0,   0,   0,   0,   0,   0],
           [  0, 128, 128,   0,   0,  64,   0],
           [  0, 128, 128,   0, 191, 255,   0],
           [  0,   0,   0,   0,   0,   0,   0]], dtype=uint8)
    """
    rows = _real_matrix(W)
    shape = tile_shape(rows.shape[1], patch_shape)
    one_of("contrast", contrast, ("tile", "common"), remedy="Pass contrast='tile'.")
    pad = whole_number("pad", pad, at_least=0, remedy="Pass pad=1.")
    zoom = whole_number("zoom", zoom, at_least=1, remedy="Pass zoom=1.")
    if columns is None:
        columns = math.ceil(math.sqrt(len(rows) * shape[0] / shape[1]))
    columns = min(whole_number("columns", columns, at_least=1, remedy="Pass columns=None."), len(rows))
    tiles = _shades(rows, contrast).reshape(-1, *shape)
    return _laid_out(tiles.repeat(zoom, axis=1).repeat(zoom, axis=2), columns, pad)


def tile_shape(n_features: int, patch_shape: tuple[int, ...] | None) -> tuple[int, ...]:
    """Return the shape of one tile, (height, width) or (height, width, 3): the given one checked, or an inferred one.

    A number is never both a square and three times a square, so that what is inferred is never ambiguous.

    Examples
    --------
    >>> from xpsae.pictures.grid import tile_shape
    >>> tile_shape(64, None), tile_shape(192, None), tile_shape(6, (2, 3))
    ((8, 8), (8, 8, 3), (2, 3))
    """
    if patch_shape is None:
        return _inferred_shape(n_features)
    expected = f"(height, width) or (height, width, 3) with product {n_features}"
    remedy = _shape_hint(n_features)
    if not isinstance(patch_shape, tuple | list):
        raise TypeError(complaint("patch_shape", expected, described(patch_shape), remedy))
    shape = tuple(whole_number("patch_shape", side, at_least=1, remedy=remedy) for side in patch_shape)
    if math.prod(shape) != n_features or len(shape) not in {2, 3} or shape[2:] not in {(), (3,)}:
        raise ValueError(complaint("patch_shape", expected, described(shape), remedy))
    return shape


def _inferred_shape(n_features: int) -> tuple[int, ...]:
    side = math.isqrt(n_features)
    if side * side == n_features:
        return (side, side)
    side = math.isqrt(n_features // 3)
    if 3 * side * side == n_features:
        return (side, side, 3)
    got = f"None, and {n_features} features are neither a square number nor three times one"
    raise ValueError(complaint("patch_shape", "the shape of a tile", got, _shape_hint(n_features)))


def _shape_hint(n_features: int) -> str:
    heights = [h for h in range(1, math.isqrt(n_features) + 1) if n_features % h == 0]
    return "Pass " + " or ".join(f"patch_shape=({h}, {n_features // h})" for h in heights[:-4:-1]) + "."


def _real_matrix(W: Any) -> HostArray:
    matrix: HostArray = host.asarray(W)
    if matrix.dtype.kind not in "biuf":
        raise TypeError(complaint("W", "real numbers", f"dtype {matrix.dtype}", "Pass one feature per row."))
    if matrix.ndim != 2 or matrix.size == 0:
        got = f"shape {matrix.shape}"
        raise ValueError(complaint("W", "a non-empty matrix", got, "Pass one feature per row."))
    rows: HostArray = matrix.astype(host.float64)
    bad = rows.size - host.count_nonzero(host.isfinite(rows))
    if bad:
        raise ValueError(complaint("W", "finite values", f"{bad} NaN or infinite", "Train the model again."))
    return rows


def _shades(rows: HostArray, contrast: Contrast) -> HostArray:
    peak = abs(rows).max(axis=1 if contrast == "tile" else None, keepdims=True)
    values = rows / host.where(peak > 0, peak, 1.0)
    return host.floor(127.5 * values + 128).astype(host.uint8)


def _laid_out(tiles: HostArray, columns: int, pad: int) -> HostArray:
    count, height, width, *channels = tiles.shape
    lines = math.ceil(count / columns)
    picture = host.zeros((lines * (height + pad) + pad, columns * (width + pad) + pad, *channels), host.uint8)
    for index, tile in enumerate(tiles):
        line, column = divmod(index, columns)
        top, left = pad + line * (height + pad), pad + column * (width + pad)
        picture[top : top + height, left : left + width] = tile
    return picture
