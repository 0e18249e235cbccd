"""From the user's units into a decoder's range and back: one formula, remembered as six plain values."""

from __future__ import annotations

import math
from dataclasses import dataclass

from xpsae.arrays.typing import AnyArray, Array, Namespace
from xpsae.checks import one_of, real_number

KINDS = ("identity", "unit", "range", "three-sigma", "constant")


@dataclass(frozen=True)
class Scaling:
    r"""A transformation of all values by one formula, and its inverse.

    Attributes
    ----------
    kind : str
        "identity", "unit" (division by a largest integer), "range", "three-sigma" or "constant".
    shift : float
        What is subtracted first, in the user's units.
    width : float
        What the difference is divided by, in the user's units, above 0.
    gain : float
        What the quotient is multiplied by, above 0.
    offset : float
        What is added last.
    clipped : bool
        Whether the quotient is first clipped to [-1, 1].

    Notes
    -----
    With :math:`\operatorname{clip}` only where `clipped` is set,

    .. math:: y = \mathrm{offset} + \mathrm{gain}\,\operatorname{clip}\bigl((x - \mathrm{shift})/\mathrm{width}\bigr).

    All fields are plain Python values, so that ``dataclasses.asdict`` of it can be written as JSON.

    Examples
    --------
    >>> import numpy as np
    >>> scaling = Scaling("unit", width=255.0)
    >>> scaling.description
    'values divided by 255'
    >>> scaling.invert(scaling.apply(np.asarray([0.0, 51.0, 255.0]), xp=np))
    array([  0.,  51., 255.])
    """

    kind: str = "identity"
    shift: float = 0.0
    width: float = 1.0
    gain: float = 1.0
    offset: float = 0.0
    clipped: bool = False

    def __post_init__(self) -> None:
        remedy = "Pass scaling='auto' to fit, or take the scaling of a model."
        one_of("kind", self.kind, KINDS, remedy=remedy)
        one_of("clipped", self.clipped, (False, True), remedy=remedy)
        numbers = {
            "shift": real_number("shift", self.shift, low=-math.inf, remedy=remedy),
            "width": real_number("width", self.width, open_ends=True, remedy=remedy),
            "gain": real_number("gain", self.gain, open_ends=True, remedy=remedy),
            "offset": real_number("offset", self.offset, low=-math.inf, remedy=remedy),
        }
        for name, value in numbers.items():
            object.__setattr__(self, name, value)

    def apply(self, X: AnyArray, *, xp: Namespace) -> AnyArray:
        """Return the values in the decoder's range.

        Parameters
        ----------
        X : array
            Values in the user's units, any shape, float32 or float64.
        xp : Namespace
            The namespace of `X`.

        Returns
        -------
        array
            Transformed values, of X's library, dtype, device and shape.
        """
        if self.kind == "identity":
            return X
        quotient = (X - self.shift) / self.width
        return (xp.clip(quotient, -1.0, 1.0) if self.clipped else quotient) * self.gain + self.offset

    def invert(self, H: AnyArray) -> AnyArray:
        """Return the values in the user's units; what was clipped stays at the end of its range.

        Parameters
        ----------
        H : array
            Values in the decoder's range, any shape, float32 or float64.

        Returns
        -------
        array
            Values in the user's units, of H's library, dtype, device and shape.
        """
        return H if self.kind == "identity" else (H - self.offset) / self.gain * self.width + self.shift

    @property
    def description(self) -> str:
        """What is done to the values, in words."""
        target = f"[{self.offset - self.gain if self.clipped else self.offset:g}, {self.offset + self.gain:g}]"
        return {
            "identity": "values unchanged",
            "unit": f"values divided by {self.width:g}",
            "range": f"values from {self.shift:g} to {self.shift + self.width:g} mapped to {target}",
            "three-sigma": f"values centered at {self.shift:g}, clipped at ±{self.width:g} (three standard deviations) "
            f"and mapped to {target}",
            "constant": f"values, all close to {self.shift:g}, moved to {self.offset:g}",
        }[self.kind]

    def __str__(self) -> str:
        return self.description


@dataclass(frozen=True)
class Conversion:
    """What is done to rows before they are computed with: a dtype, and a scaling."""

    dtype: str
    """"float32" or "float64"."""
    scaling: Scaling

    def __call__(self, rows: Array, *, xp: Namespace) -> Array:
        """Return the rows converted."""
        converted: Array = self.scaling.apply(xp.astype(rows, getattr(xp, self.dtype), copy=False), xp=xp)
        return converted
