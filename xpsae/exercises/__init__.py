"""The exercises of CS294A and the UFLDL tutorial, each with what was published and what comes out here."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from xpsae.exercises.record import Outcome, Settings


@dataclass(frozen=True)
class Exercise:
    """One of the eight."""

    number: int
    title: str
    module: str

    def run(self, settings: Settings) -> Outcome:
        """Return what comes of it here."""
        outcome: Outcome = importlib.import_module(f"xpsae.exercises.{self.module}").run(settings)
        return outcome


EXERCISES = tuple(
    Exercise(number, title, module)
    for number, (title, module) in enumerate(
        [
            ("sparse autoencoder: edges from natural images", "patches"),
            ("vectorization: pen strokes from digits", "strokes"),
            ("PCA and ZCA whitening", "whitening"),
            ("softmax regression on raw pixels", "softmax"),
            ("self-taught learning", "self_taught"),
            ("stacked autoencoders with fine-tuning", "stacked"),
            ("linear decoder: features of patches in color", "colors"),
            ("convolution and pooling", "convolution"),
        ],
        start=1,
    )
)
