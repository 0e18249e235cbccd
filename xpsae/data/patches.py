"""Small patches cut out of pictures at random, and the notes' normalization of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xpsae.arrays import host
from xpsae.arrays.namespace import array_namespace, device_of, from_host, is_array, place, where
from xpsae.arrays.random import generator
from xpsae.arrays.typing import AnyArray, Array, HostArray, Namespace, RNGLike
from xpsae.checks import complaint, described, whole_number
from xpsae.data.real import real_array
from xpsae.data.scaling import three_sigma

_SHAPES = "(n, height, width) or (n, height, width, channels), or a sequence of such images"


def sample_patches(
    images: AnyArray | Sequence[AnyArray],
    n_patches: int = 10_000,
    patch_shape: tuple[int, int] = (8, 8),
    *,
    rng: RNGLike = None,
) -> AnyArray:
    """Return patches cut out of images at random, one per row.

    Parameters
    ----------
    images : array or sequence of arrays
        Images of shape (n, height, width) or (n, height, width, channels), or a sequence of images of shape
        (height, width) or (height, width, channels) that may differ in size; any library, any real dtype.
    n_patches : int
        How many patches to cut.
    patch_shape : tuple of int
        Height and width of a patch in pixels.
    rng : int, sequence of int, SeedSequence, BitGenerator, Generator or None
        Where the random numbers come from (SPEC 7); a seed gives the same patches every time, on every library.

    Returns
    -------
    array
        Shape (n_patches, height * width) or (n_patches, height * width * channels), of the library, dtype and device
        of the images; each row holds the pixels of a patch line by line, the channels of a pixel side by side.

    Raises
    ------
    TypeError
        If `images` are not arrays of one library, or a number is not an integer.
    ValueError
        If the images have another shape, differ in channels, dtype or device, or are smaller than a patch.

    Notes
    -----
    Each patch comes from an image drawn uniformly and a corner drawn uniformly in it, with replacement.

    Examples
    --------
    >>> import numpy as np
    >>> images = np.arange(2 * 30 * 40).reshape(2, 30, 40)
    >>> sample_patches(images, 5, (2, 3), rng=0).shape
    (5, 6)
    """
    count = whole_number("n_patches", n_patches, at_least=1, remedy="Pass n_patches=10_000.")
    height, width = _patch_shape(patch_shape)
    pixels, sizes, xp = _pixels(images)
    too_small = host.any(sizes < (height, width), axis=1)
    if host.any(too_small):
        first = int(host.argmax(too_small))
        got = f"({height}, {width}) where images[{first}] has {tuple(sizes[first].tolist())} pixels"
        raise ValueError(complaint("patch_shape", "no more than the smallest image", got, _remedy(images)))
    corners, strides = _corners(sizes, count, (height, width), rng)
    inside = strides[:, None, None] * host.arange(height)[:, None] + host.arange(width)
    index = (corners[:, None, None] + inside).reshape(-1)
    with where(pixels):
        taken = xp.take(pixels, from_host(index, xp=xp, device=device_of(pixels)), axis=0)
        return xp.reshape(taken, (count, height * width * pixels.shape[1]))


def normalize_patches(patches: AnyArray) -> AnyArray:
    r"""Return patches without their means, clipped at three standard deviations and mapped to [0.1, 0.9].

    Parameters
    ----------
    patches : array
        One patch per row, shape (n_patches, n_pixels), any real dtype. Integers become float64, float16 float32.

    Returns
    -------
    array
        Same shape, values from 0.1 to 0.9, of the library and device of `patches`; 0.5 everywhere if every patch is
        constant.

    Raises
    ------
    TypeError
        If `patches` is not an array of real numbers.
    ValueError
        If it is not 2-D, is empty, or holds NaN or infinities.

    Notes
    -----
    The preprocessing of the exercise [1]_: with :math:`d` the patches less their own means and :math:`\sigma` the
    standard deviation of all elements of :math:`d`, the result is
    :math:`0.5 + 0.4\,\min(1, \max(-1, d/(3\sigma)))`. The second half is `three_sigma`, whose mean is 0 here.

    References
    ----------
    .. [1] Ng, A., "Sparse autoencoder", CS294A lecture notes, Stanford University, 2011; the exercise's preprocessing.

    Examples
    --------
    >>> import numpy as np
    >>> patches = np.asarray([[0.0, 2.0, 4.0], [7.0, 7.0, 7.0]])
    >>> normalize_patches(patches).round(3)
    array([[0.289, 0.5  , 0.711],
           [0.5  , 0.5  , 0.5  ]])
    """
    values, xp = real_array("patches", patches, ["(n_patches, n_pixels)"])
    with where(values):
        centered = values - xp.mean(values, axis=1, keepdims=True)
        return three_sigma(centered, xp=xp, source=values).apply(centered, xp=xp)


def _remedy(images: Any) -> str:
    if is_array(images) and images.ndim == 3 and images.shape[-1] in {3, 4}:
        return "Pass smaller patches, or images[None] if it is one picture in color."
    return "Pass smaller patches."


def _patch_shape(patch_shape: Any) -> tuple[int, int]:
    remedy = "Pass patch_shape=(8, 8)."
    if not isinstance(patch_shape, (tuple, list)) or len(patch_shape) != 2:
        raise ValueError(complaint("patch_shape", "a height and a width", described(patch_shape), remedy))
    height, width = (whole_number("patch_shape", side, at_least=1, remedy=remedy) for side in patch_shape)
    return height, width


def _pixels(images: Any) -> tuple[Array, HostArray, Namespace]:
    """Return all pixels, shape (pixels, channels), the height and width of each image, and the namespace."""
    if is_array(images):
        _check_axes("images", images, (3, 4))
        n_images, *size = images.shape[:3]
        arrays, sizes = [images], host.broadcast_to(host.asarray(size), (n_images, 2))
    else:
        arrays = _alike(images)
        sizes = host.asarray([image.shape[:2] for image in arrays])
    xp = array_namespace(*arrays)
    channels = arrays[0].shape[-1] if arrays[0].ndim == (4 if is_array(images) else 3) else 1
    with where(arrays[0]):
        rows = [xp.reshape(array, (-1, channels)) for array in arrays]
        return rows[0] if len(rows) == 1 else xp.concat(rows, axis=0), sizes, xp


def _alike(images: Any) -> list[Array]:
    remedy = "Pass images of one kind, or call once per kind."
    if not isinstance(images, (list, tuple)) or not images or not all(is_array(image) for image in images):
        got = "an empty sequence" if isinstance(images, (list, tuple)) and not images else described(images)
        raise TypeError(complaint("images", f"an array of shape {_SHAPES}", got, "Pass numpy.asarray(...) of each."))
    first = images[0]
    for position, image in enumerate(images):
        _check_axes(f"images[{position}]", image, (2, 3))
        same_library = array_namespace(image) is array_namespace(first)
        if not same_library or device_of(image) != device_of(first) or image.dtype != first.dtype:
            expected, got = (f"{x.dtype} of {place(x)}" for x in (first, image))
            raise ValueError(complaint(f"images[{position}]", f"{expected}, as images[0]", got, remedy))
        if image.shape[2:] != first.shape[2:]:
            got = f"shape {tuple(image.shape)} after {tuple(first.shape)}"
            raise ValueError(complaint(f"images[{position}]", "as many channels as images[0]", got, remedy))
    return list(images)


def _check_axes(name: str, image: Array, axes: tuple[int, int]) -> None:
    if image.ndim not in axes or 0 in image.shape:
        got = f"shape {tuple(image.shape)}"
        raise ValueError(complaint(name, f"shape {_SHAPES}, nowhere 0", got, "Give one picture as images[None]."))


def _corners(sizes: HostArray, count: int, patch_shape: tuple[int, int], rng: RNGLike) -> tuple[HostArray, HostArray]:
    """Return the pixel number of each patch's first pixel and the width of the image it lies in."""
    draws = generator(rng)
    which = draws.integers(len(sizes), size=count)
    top, left = (draws.integers(sizes[which, axis] - patch_shape[axis] + 1) for axis in (0, 1))
    first = host.concatenate([[0], host.cumsum(sizes.prod(axis=1))])[which]
    widths = sizes[which, 1]
    return first + top * widths + left, widths
