"""Data to start with: the bundled photographs, and scikit-learn's digits where it is installed."""

from __future__ import annotations

import importlib
from importlib import resources

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray


def load_photographs() -> HostArray:
    """Return the bundled gray photographs.

    Returns
    -------
    numpy.ndarray
        Float64 host array of shape (6, 512, 512) with values from 0 (black) to 1 (white).

    Notes
    -----
    Six pictures that are CC0 or in the public domain: a cameraman, an astronaut, a brick wall, grass, gravel and a
    retina. ``xpsae/data/photographs/LICENSE.md`` tells where each comes from.

    Examples
    --------
    >>> photographs = load_photographs()
    >>> photographs.shape, float(photographs.min()), float(photographs.max())
    ((6, 512, 512), 0.0, 1.0)
    """
    return _bundled("photographs.npz")


def load_color_photographs() -> HostArray:
    """Return the bundled photographs in color.

    Returns
    -------
    numpy.ndarray
        Float64 host array of shape (4, 256, 256, 3), red, green and blue from 0 to 1.

    Notes
    -----
    Four pictures that are CC0 or in the public domain: an astronaut, a cat, a cup of coffee and the launch of a rocket.
    ``xpsae/data/photographs/LICENSE.md`` tells where each comes from.

    Examples
    --------
    >>> load_color_photographs().shape
    (4, 256, 256, 3)
    """
    return _bundled("color.npz")


def _bundled(name: str) -> HostArray:
    packed = resources.files("xpsae.data") / "photographs" / name
    with packed.open("rb") as stream, host.load(stream, allow_pickle=False) as archive:
        photographs: HostArray = archive["photographs"]
    return photographs / 255.0


def load_digits() -> HostArray:
    """Return scikit-learn's handwritten digits.

    Returns
    -------
    numpy.ndarray
        Float64 host array of shape (1797, 64), one picture of 8 x 8 pixels per row, with values from 0 to 1.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.

    Notes
    -----
    They are the test part of the "Optical Recognition of Handwritten Digits" data set [1]_, which scikit-learn ships.

    References
    ----------
    .. [1] Alpaydin, E. and Kaynak, C., "Optical Recognition of Handwritten Digits", UCI Machine Learning
       Repository, 1998.

    Examples
    --------
    >>> digits = load_digits()  # doctest: +SKIP
    >>> digits.shape  # doctest: +SKIP
    (1797, 64)
    """
    try:
        datasets = importlib.import_module("sklearn.datasets")
    except ImportError as error:
        message = "load_digits needs scikit-learn, which is not installed. Run: pip install scikit-learn"
        raise ImportError(message) from error
    digits: HostArray = datasets.load_digits().data
    return digits / 16.0
