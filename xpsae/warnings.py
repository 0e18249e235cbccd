"""What xpsae warns of, as a small tree of classes: filter all by `XpsaeWarning`, or one kind by its own."""

from __future__ import annotations


class XpsaeWarning(UserWarning):
    """Any warning of xpsae's.

    Examples
    --------
    >>> import warnings
    >>> import xpsae
    >>> warnings.filterwarnings("error", category=xpsae.XpsaeWarning)  # doctest: +SKIP
    """


class DataWarning(XpsaeWarning):
    """The data look as if they were meant otherwise: more columns than rows, or values whose cost is not finite.

    Examples
    --------
    >>> import warnings
    >>> import xpsae
    >>> warnings.filterwarnings("ignore", category=xpsae.DataWarning)  # doctest: +SKIP
    """


class PrecisionWarning(XpsaeWarning):
    """Numbers have become shorter: float64 that a library or a device does not hold.

    Examples
    --------
    >>> import warnings
    >>> import xpsae
    >>> warnings.filterwarnings("ignore", category=xpsae.PrecisionWarning)  # doctest: +SKIP
    """


class OutOfMemoryWarning(XpsaeWarning, RuntimeWarning):
    """Memory ran out, and the run goes on with less.

    Examples
    --------
    >>> import warnings
    >>> import xpsae
    >>> warnings.filterwarnings("ignore", category=xpsae.OutOfMemoryWarning)  # doctest: +SKIP
    """


class CheckpointWarning(XpsaeWarning, RuntimeWarning):
    """A checkpoint could not be written, and the run goes on.

    Examples
    --------
    >>> import warnings
    >>> import xpsae
    >>> warnings.filterwarnings("ignore", category=xpsae.CheckpointWarning)  # doctest: +SKIP
    """
