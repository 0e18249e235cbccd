"""Features learned on small patches, looked for all over large pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpsae.arrays.namespace import array_namespace, working_on
from xpsae.arrays.typing import AnyArray, Array
from xpsae.checks import complaint, one_of, whole_number
from xpsae.data.real import real_array

if TYPE_CHECKING:
    from xpsae.data.whitener import Whitener
    from xpsae.model import SparseAutoencoder

NUMBERS = 2**22
"""About so many numbers of patches are in hand at a time."""


def convolve(
    model: SparseAutoencoder,
    images: AnyArray,
    patch_shape: tuple[int, int] | None = None,
    *,
    whitener: Whitener | None = None,
) -> AnyArray:
    r"""Return what every hidden unit says of every patch of every picture.

    Parameters
    ----------
    model : SparseAutoencoder
        Trained on patches.
    images : array, shape (n, height, width) or (n, height, width, channels)
        The pictures, in the units of the training data, of the model's library and device.
    patch_shape : tuple of int, optional
        Height and width of the patches; by default square ones.
    whitener : Whitener, optional
        What was done to the patches before the model was trained on them.

    Returns
    -------
    array, shape (n, height - patch height + 1, width - patch width + 1, n_hidden)
        Activations, from 0 to 1: those that ``model.encode`` gives for the patch whose first pixel is there.

    Raises
    ------
    TypeError, ValueError
        For pictures or patches that do not fit the model.

    See Also
    --------
    pool : Makes the maps small again.

    Notes
    -----
    The UFLDL tutorial's "Feature extraction using convolution" [1]_. The patches of some pictures, or of some lines
    of a large one, are laid out as rows and encoded, so that whatever the model does to its data, clipping included, is
    done here too, and what is in between stays small however large the pictures are.

    References
    ----------
    .. [1] Ng, A. et al., "UFLDL Tutorial", Stanford University, 2011.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> images = np.random.default_rng(0).random((3, 12, 10))
    >>> model = xpsae.fit(xpsae.sample_patches(images, 100, (4, 4), rng=0), n_hidden=5, max_iter=5, rng=0)
    >>> maps = xpsae.convolve(model, images)
    >>> maps.shape, xpsae.pool(maps, 3).shape
    ((3, 9, 7, 5), (3, 3, 2, 5))
    """
    pixels, xp = real_array("images", images, ["(n, height, width)", "(n, height, width, channels)"])
    pixels = pixels if pixels.ndim == 4 else xp.reshape(pixels, (*pixels.shape, 1))
    n_inputs = model.n_features if whitener is None or whitener.components is None else whitener.components.shape[1]
    height, width = _patch_shape(patch_shape, int(n_inputs), pixels)
    rows, columns = pixels.shape[1] - height + 1, pixels.shape[2] - width + 1
    lines = max(1, min(rows, NUMBERS // (columns * int(n_inputs))))
    at_once = max(1, NUMBERS // (lines * columns * int(n_inputs)))

    def coded(part: Array) -> Array:
        """Return the codes of all patches of some strips."""
        patches = _patches(part, height, width)
        codes = model.encode(patches if whitener is None else whitener.transform(patches))
        return xp.reshape(codes, (part.shape[0], -1, columns, model.n_hidden))

    maps = []
    with working_on(pixels):
        for first in range(0, pixels.shape[0], at_once):
            some = pixels[first : min(first + at_once, pixels.shape[0]), ...]
            tops = range(0, rows, lines)
            strips = [coded(some[:, top : min(top + lines, rows) + height - 1, ...]) for top in tops]
            maps.append(xp.concat(strips, axis=1))
        return xp.concat(maps)


def pool(maps: AnyArray, size: int, *, how: str = "mean") -> AnyArray:
    """Return one number for every square of so many positions of a map.

    Parameters
    ----------
    maps : array, shape (n, rows, columns, n_hidden)
        As `convolve` returns them.
    size : int
        Positions a side, at least 1; what is left over at the end of a row or column is left out.
    how : {"mean", "max"}
        Which number.

    Returns
    -------
    array, shape (n, rows // size, columns // size, n_hidden)
        Of the library, dtype and device of `maps`.

    Raises
    ------
    TypeError, ValueError
        If the maps have another shape, or no square fits into them.

    Examples
    --------
    >>> import numpy as np
    >>> pool(np.arange(16.0).reshape(1, 4, 4, 1), 2)[0, ..., 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    values, xp = real_array("maps", maps, ["(n, rows, columns, n_hidden)"])
    side = whole_number("size", size, at_least=1, remedy="Pass 19, say.")
    one_of("how", how, ("mean", "max"), remedy="Pass one of these.")
    n, rows, columns, n_hidden = values.shape
    if side > min(rows, columns):
        got = f"{side} for maps of {rows} x {columns}"
        raise ValueError(complaint("size", "no more than the maps have", got, "Pass a smaller one."))
    whole = values[:, : rows // side * side, : columns // side * side, :]
    squares = xp.reshape(whole, (n, rows // side, side, columns // side, side, n_hidden))
    with working_on(values):
        return xp.mean(squares, axis=(2, 4)) if how == "mean" else xp.max(squares, axis=(2, 4))


def _patch_shape(patch_shape: Any, n_inputs: int, pixels: Array) -> tuple[int, int]:
    """Return the height and width of the patches a model was trained on, checked against the pictures."""
    channels = pixels.shape[3]
    side = round((n_inputs / channels) ** 0.5)
    remedy = "Pass patch_shape=(height, width) of the patches it was trained on."
    given = (side, side) if patch_shape is None else tuple(patch_shape)
    if len(given) != 2:
        raise ValueError(complaint("patch_shape", "(height, width)", str(given), remedy))
    height, width = (whole_number("patch_shape", length, at_least=1, remedy=remedy) for length in given)
    if height * width * channels != n_inputs:
        got = f"{height} x {width} pixels of {channels} channels" if patch_shape else f"pictures of {channels} channels"
        raise ValueError(complaint("patch_shape", f"patches of {n_inputs} numbers, as the model's", got, remedy))
    if height > pixels.shape[1] or width > pixels.shape[2]:
        got = f"{pixels.shape[1]} x {pixels.shape[2]} pixels"
        raise ValueError(complaint("images", f"at least {height} x {width} pixels", got, "Pass larger pictures."))
    return height, width


def _patches(pixels: Array, height: int, width: int) -> Array:
    """Return all patches of some pictures as rows, laid out as by `sample_patches`: line by line, channels together."""
    xp = array_namespace(pixels)
    n, rows, columns, channels = pixels.shape
    rows, columns = rows - height + 1, columns - width + 1
    shifted = [pixels[:, y : y + rows, x : x + columns, :] for y in range(height) for x in range(width)]
    return xp.reshape(xp.concat(shifted, axis=3), (n * rows * columns, height * width * channels))
