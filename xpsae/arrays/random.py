"""Random draws: made once, on the host, in float64, so that every library starts at the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from xpsae.arrays.typing import Generator, HostArray
from xpsae.checks import complaint, described


def generator(rng: Any) -> Generator:
    """Return a NumPy generator from what ``rng=`` takes (SPEC 7).

    Parameters
    ----------
    rng : int, sequence of int, SeedSequence, BitGenerator, Generator or None
        A seed gives the same draws every time; a generator is used, and moves on; None draws fresh entropy.

    Returns
    -------
    numpy.random.Generator
        The generator.

    Raises
    ------
    TypeError, ValueError
        If `rng` is none of these.

    Examples
    --------
    >>> generator(0).integers(10)
    np.int64(8)
    """
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        message = complaint(
            "rng", "a non-negative integer seed or a numpy.random.Generator", described(rng), "Pass rng=0."
        )
        raise type(error)(message) from None


def uniform(rng: Generator, bound: float, shape: tuple[int, ...]) -> HostArray:
    """Return a float64 draw from the uniform distribution on [-bound, bound)."""
    return rng.uniform(-bound, bound, shape)


def directions(rng: Generator, count: int, size: int) -> HostArray:
    """Return `count` random directions of unit length, float64, shape (count, size)."""
    draws = rng.standard_normal((count, size))
    lengths: HostArray = np.linalg.norm(draws, axis=1, keepdims=True)
    return draws / lengths
