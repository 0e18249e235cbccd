"""Exercise 8: features convolved over pictures and pooled tell pictures apart."""

from __future__ import annotations

from xpsae.arrays import host
from xpsae.arrays.random import generator
from xpsae.arrays.typing import HostArray
from xpsae.convolution import convolve, pool
from xpsae.data.samples import load_color_photographs
from xpsae.exercises import colors, softmax
from xpsae.exercises.record import Figure, Outcome, Settings, share
from xpsae.pictures.grid import feature_grid

_SIDE, _POOL, _CROPS = 64, 19, 60
"""Pixels of a picture, positions of a pool, and pictures cut from each half of each photograph."""
_POSITIONS, _SHOWN, _AT_ONCE = 1000, 25, 20


def run(settings: Settings) -> Outcome:
    """Return the outcome of the exercise: telling from which photograph a picture was cut."""
    learned, _ = colors.learn(
        n_patches=20_000, n_hidden=100, max_iter=settings.max_iter, seed=settings.seed, dtype="float64"
    )
    draws = generator(settings.seed)
    (train, y), (test, y_test) = (_crops(half, draws) for half in (0, 1))
    maps = _maps(train[:_AT_ONCE], learned)
    far = _difference(maps, train, learned, draws)
    X, X_test = (_pooled(images, learned) for images in (train, test))
    found = softmax.accuracy(X, y, X_test, y_test)
    raw = softmax.accuracy(train.reshape(len(y), -1), y, test.reshape(len(y_test), -1), y_test)
    figures = (
        Figure("convolved features from encoded patches", "below 1e-9", f"{far:.1e}", far < 1e-9),
        Figure("accuracy, pooled features", "80 % on STL-10, which is not here", share(found), None),
        Figure("accuracy, raw pixels", "-", share(raw), None),
    )
    shown = maps[0].reshape(-1, maps.shape[3]).T[:_SHOWN]
    picture = feature_grid(shown - 0.5, patch_shape=maps.shape[1:3], contrast="common", zoom=2)
    source = f"{2 * len(y)} pictures of {_SIDE} x {_SIDE} pixels cut from four photographs in color"
    return Outcome(source, figures, {"maps.png": picture})


def _maps(images: HostArray, learned: colors.Learned) -> HostArray:
    maps: HostArray = convolve(learned.model, images, whitener=learned.whitener)
    return maps


def _pooled(images: HostArray, learned: colors.Learned) -> HostArray:
    """Return the pooled features of pictures; the maps of all of them at once would be a hundred times as large."""
    some = [images[i : i + _AT_ONCE] for i in range(0, len(images), _AT_ONCE)]
    return host.concatenate([pool(_maps(each, learned), _POOL).reshape(len(each), -1) for each in some])


def _crops(half: int, draws: host.random.Generator) -> tuple[HostArray, HostArray]:
    """Return pictures from the left or the right half of every photograph, and which photograph they are from."""
    found, labels = [], []
    for label, photograph in enumerate(load_color_photographs()):
        width = photograph.shape[1] // 2
        part = photograph[:, half * width : (half + 1) * width]
        for _ in range(_CROPS):
            y, x = (int(draws.integers(side - _SIDE + 1)) for side in part.shape[:2])
            found.append(part[y : y + _SIDE, x : x + _SIDE])
            labels.append(label)
    return host.stack(found), host.asarray(labels)


def _difference(maps: HostArray, images: HostArray, learned: colors.Learned, draws: host.random.Generator) -> float:
    """Return the largest difference between convolved features and those of patches encoded one by one."""
    largest = 0.0
    for _ in range(_POSITIONS):
        i, y, x = (int(draws.integers(side)) for side in maps.shape[:3])
        patch = images[i, y : y + colors.SIDE, x : x + colors.SIDE].reshape(1, -1)
        codes = learned.model.encode(learned.whitener.transform(patch))
        largest = max(largest, float(host.max(host.abs(maps[i, y, x] - codes[0]))))
    return largest
