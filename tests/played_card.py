"""A GPU for machines without one: array_api_strict's second device, which refuses silent transfers as a card does."""

import pytest

from xpsae import planning
from xpsae.arrays.namespace import from_host, place, to_host
from xpsae.data import elsewhere, stored

PLACE = "array_api_strict on device1"


def play_card(monkeypatch, spare=10**12):
    """Have ``device="cuda"`` bring arrays to that device, which has so many bytes free."""
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    card = strict.Device("device1")

    def to_device(x, device):
        return from_host(to_host(x), xp=strict, device=card) if device in {"cuda", "auto"} else x

    for module in (elsewhere, stored):
        monkeypatch.setattr(module, "to_device", to_device)
    monkeypatch.setattr(planning, "spare_bytes", lambda like: spare if place(like) == PLACE else None)

    def on_card(x):
        return from_host(x, xp=strict, device=card)

    return on_card
