"""Whitening of pictures in the frequency domain, as natural image statistics ask for."""

from __future__ import annotations

from xpsae.arrays import host
from xpsae.arrays.namespace import device_of, from_host, where
from xpsae.arrays.typing import AnyArray, HostArray
from xpsae.checks import complaint, real_number
from xpsae.data.real import real_array

_SMALLEST = 4


def whiten_images(images: AnyArray, *, cutoff: float = 0.4) -> AnyArray:
    r"""Return gray images whose amplitude spectrum is flattened up to a cutoff frequency.

    Parameters
    ----------
    images : array
        Gray images of shape (height, width) or (n, height, width), not in color, at least 4 x 4 pixels, any real
        dtype. float32 and float64 are kept, integers become float64, float16 becomes float32.
    cutoff : float
        Where the low-pass filter has fallen to 1/e, in cycles per pixel, above 0; 0.5 is the highest frequency there
        is along an axis.

    Returns
    -------
    array
        Same shape, of the library and device of `images`; every image has mean 0 and standard deviation 1. A constant
        image becomes 0.

    Raises
    ------
    TypeError
        If `images` is not an array of real numbers, or `cutoff` not a number.
    ValueError
        If the shape is another or too small, a value is NaN or infinite, or `cutoff` is not above 0.

    Notes
    -----
    The amplitudes of natural images fall with frequency about as :math:`1/f`. Each image's Fourier transform is
    multiplied by

    .. math:: R(f) = f\, e^{-(f/f_0)^4}

    of [1]_: the rising half flattens the spectrum, the falling half spares the noise of the highest frequencies and
    the corners of the frequency plane. For a picture of :math:`N \times N` pixels a cutoff of 0.4 is the paper's
    :math:`f_0 = 0.4 N` cycles per picture (200 for 512 pixels). The transform takes opposite borders as neighbors.

    References
    ----------
    .. [1] Olshausen, B. A. and Field, D. J., "Sparse coding with an overcomplete basis set: a strategy employed by
       V1?", Vision Research 37 (23), 3311-3325, 1997.

    Examples
    --------
    >>> import numpy as np
    >>> whitened = whiten_images(np.random.default_rng(0).random((2, 32, 48)))
    >>> whitened.shape, np.allclose(whitened.std(axis=(1, 2)), 1)
    ((2, 32, 48), True)
    """
    f0 = real_number("cutoff", cutoff, open_ends=True, remedy="Pass cutoff=0.4.")
    values, xp = real_array("images", images, ["(height, width)", "(n, height, width)"])
    height, width = values.shape[-2:]
    if min(height, width) < _SMALLEST:
        expected, got = f"at least {_SMALLEST} x {_SMALLEST} pixels", f"{height} x {width}"
        remedy = "Whiten whole pictures, before cutting patches."
        if values.ndim == 3 and width == 3:
            remedy = "Whiten a picture in color one channel at a time, images[..., 0] first, or its gray mean."
        raise ValueError(complaint("images", expected, got, remedy))
    with where(values):
        axes = (-2, -1)
        response = from_host(_response(height, width, f0), xp=xp, device=device_of(values), dtype=values.dtype)
        centered = values - xp.mean(values, axis=axes, keepdims=True)
        filtered = xp.fft.irfftn(xp.fft.rfftn(centered, axes=axes) * response, s=(height, width), axes=axes)
        deviation = xp.std(filtered, axis=axes, keepdims=True)
        # What rounding leaves of a constant image must not be blown up to a standard deviation of 1.
        noise = 16 * float(xp.finfo(values.dtype).eps) * xp.max(xp.abs(values), axis=axes, keepdims=True)
        varies = xp.astype(deviation > noise, values.dtype)
        return filtered * (varies / (deviation + (1.0 - varies)))


def _response(height: int, width: int, cutoff: float) -> HostArray:
    """Return the filter at the frequencies of a real transform, shape (height, width // 2 + 1), 0 at frequency 0."""
    vertical, horizontal = host.fft.fftfreq(height), host.fft.rfftfreq(width)
    frequency = host.hypot(vertical[:, None], horizontal[None, :])
    response: HostArray = frequency * host.exp(-((frequency / cutoff) ** 4))
    return response
