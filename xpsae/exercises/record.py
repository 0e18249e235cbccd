"""What an exercise returns: figures beside the published ones, and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xpsae.arrays.typing import HostArray


@dataclass(frozen=True)
class Settings:
    """What the user decides."""

    folder: Path | None = None
    """Where MNIST's IDX files are, if anywhere."""
    max_iter: int = 400
    """Iterations of every training."""
    seed: int = 0
    full: bool = False
    """Whether exercise 7 is as large as it was published."""


@dataclass(frozen=True)
class Figure:
    """One quantity, as it was published and as it is here."""

    quantity: str
    published: str
    """In words and numbers; a dash where nothing was."""
    ours: str
    passes: bool | None
    """Whether it is what was published, to its accuracy; None where nothing can be compared."""


@dataclass(frozen=True)
class Outcome:
    """What came of an exercise."""

    data: str
    """What it was done on, in words."""
    figures: tuple[Figure, ...]
    pictures: Mapping[str, HostArray] = field(default_factory=dict)
    """Pictures by file name, uint8, gray or red, green and blue."""

    @property
    def passes(self) -> bool:
        """Whether no figure differs from what was published."""
        return all(figure.passes is not False for figure in self.figures)


def share(accuracy: float) -> str:
    """Return an accuracy in words, "97.6 %"."""
    return f"{100 * accuracy:.1f} %"
