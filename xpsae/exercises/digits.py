"""Handwritten digits: MNIST's where the user has them, and otherwise scikit-learn's."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from xpsae.arrays import host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint
from xpsae.data.idx import read_idx
from xpsae.data.samples import load_digits

_FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
WHAT_TO_GET = (
    "the IDX files train-images-idx3-ubyte, train-labels-idx1-ubyte and the two t10k ones, packed (.gz) or not"
)


class Labeled(NamedTuple):
    """Pictures as rows, float32 from 0 to 1, and their labels from 0 to 9."""

    X: HostArray
    y: HostArray


@dataclass(frozen=True)
class Digits:
    """What there is to learn from."""

    kind: str
    """"mnist" (training and test digits), "mnist-test" (the ten thousand test digits alone) or "small"."""
    train: Labeled
    test: Labeled

    @property
    def everything(self) -> Labeled:
        """All digits, the training ones first."""
        return Labeled(*(host.concatenate(pair) for pair in zip(self.train, self.test, strict=True)))

    @property
    def source(self) -> str:
        """In words."""
        n = len(self.train.y) + len(self.test.y)
        return {
            "mnist": f"MNIST's {n} digits of 28 x 28 pixels",
            "mnist-test": f"MNIST's {n} test digits of 28 x 28 pixels, cut in two halves",
            "small": f"scikit-learn's {n} digits of 8 x 8 pixels, for want of MNIST: nothing published to compare with",
        }[self.kind]


def digits(folder: Path | None) -> Digits:
    """Return MNIST from a folder, or scikit-learn's digits where there is none.

    Raises
    ------
    FileNotFoundError
        If the folder holds no digits.
    ImportError
        If there is no folder, and scikit-learn is not installed.
    """
    if folder is None:
        return Digits("small", *_halves(_small()))
    test = _labeled(folder, "test")
    train = _labeled(folder, "train")
    if test is None:
        remedy = f"Put {WHAT_TO_GET} there, or leave --data out to use scikit-learn's."
        raise FileNotFoundError(complaint("--data", "a folder with MNIST's digits", str(folder), remedy))
    return Digits("mnist", train, test) if train is not None else Digits("mnist-test", *_halves(test))


def _small() -> Labeled:
    X: HostArray = load_digits().astype("float32")
    y: HostArray = importlib.import_module("sklearn.datasets").load_digits().target
    return Labeled(X, y)


def _labeled(folder: Path, part: str) -> Labeled | None:
    files = [_found(folder / name) for name in _FILES[part]]
    if files[0] is None or files[1] is None:
        return None
    pictures, labels = read_idx(files[0]), read_idx(files[1])
    return Labeled(pictures.reshape(len(pictures), -1).astype("float32") / host.float32(255), labels.astype("int64"))


def _found(file: Path) -> Path | None:
    return next((path for path in (file, file.with_name(file.name + ".gz")) if path.is_file()), None)


def _halves(all_of_them: Labeled) -> tuple[Labeled, Labeled]:
    X, y = all_of_them
    middle = len(y) // 2
    return Labeled(X[:middle], y[:middle]), Labeled(X[middle:], y[middle:])
