"""The network as PyTorch's own modules. It is here because only this package names array libraries."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch

from xpsae.arrays.typing import HostArray


class Affine(torch.nn.Module):
    """``offset + gain * (x - shift) / width``, the quotient first clipped to [-1, 1] where `clipped` is set.

    Parameters
    ----------
    shift, width, gain, offset : float
        The numbers of the formula.
    clipped : bool
        Whether the quotient is clipped.
    """

    def __init__(self, shift: float, width: float, gain: float, offset: float, clipped: bool) -> None:
        super().__init__()
        self.shift, self.width, self.gain, self.offset, self.clipped = shift, width, gain, offset, clipped

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the scaled values."""
        quotient = (x - self.shift) / self.width
        if self.clipped:
            quotient = torch.clamp(quotient, -1.0, 1.0)
        return quotient * self.gain + self.offset

    def extra_repr(self) -> str:
        """Return the numbers."""
        names = ("shift", "width", "gain", "offset", "clipped")
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in names)


def sequential(
    weights: dict[str, HostArray], scale: tuple[float, float, float, float, bool] | None, *, linear: bool, device: Any
) -> Any:
    """Return scaling, encoder, codes, decoder, outputs and unscaling, one after the other.

    Parameters
    ----------
    weights : dict of str to numpy.ndarray
        W1, b1, W2 and b2.
    scale : tuple or None
        shift, width, gain, offset and clipped, or None where nothing is scaled.
    linear : bool
        Whether the outputs are linear.
    device : torch.device
        Where the modules shall lie.

    Returns
    -------
    torch.nn.Sequential
        Six modules; the first three encode, the last three decode.
    """
    before: torch.nn.Module = torch.nn.Identity()
    after: torch.nn.Module = torch.nn.Identity()
    if scale is not None:
        shift, width, gain, offset, clipped = scale
        before, after = Affine(shift, width, gain, offset, clipped), Affine(offset, gain, width, shift, False)
    modules = OrderedDict(
        scaling=before,
        encoder=_linear(weights["W1"], weights["b1"], device),
        codes=torch.nn.Sigmoid(),
        decoder=_linear(weights["W2"], weights["b2"], device),
        outputs=torch.nn.Identity() if linear else torch.nn.Sigmoid(),
        unscaling=after,
    )
    return torch.nn.Sequential(modules)


def _linear(W: HostArray, b: HostArray, device: Any) -> torch.nn.Linear:
    weight, bias = (torch.tensor(x, device=device) for x in (W, b))
    layer = torch.nn.Linear(W.shape[1], W.shape[0], device=device, dtype=weight.dtype)
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    return layer
