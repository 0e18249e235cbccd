"""A grid of hyper-parameters, trained one after the other, each from where its neighbor ended."""

# Longer than the ceiling because every public name carries its documentation.

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path as File
from typing import Any

from xpsae import presets
from xpsae.arrays import host
from xpsae.arrays.namespace import to_host
from xpsae.arrays.random import generator
from xpsae.arrays.typing import Array, RNGLike
from xpsae.checks import complaint, real_number, whole_number
from xpsae.data.blocks import real_rows
from xpsae.data.elsewhere import placed
from xpsae.data.fingerprint import fingerprint
from xpsae.diagnosis import idle_units
from xpsae.files import replacing
from xpsae.model import SparseAutoencoder, beside, load, uninterrupted
from xpsae.objective.cost import Penalties
from xpsae.training import fit


@dataclass(frozen=True, eq=False)
class PathPoint:
    """One point of a path.

    Attributes
    ----------
    penalties : Penalties
        λ, ρ, β and the kind of decoder.
    model : SparseAutoencoder
        What was trained with them.
    explained_variance : float
        `SparseAutoencoder.score` on the data.
    """

    penalties: Penalties
    model: SparseAutoencoder
    explained_variance: float

    @property
    def row(self) -> dict[str, float]:
        """Hyper-parameters, cost terms, explained variance and the state of the hidden units, as plain numbers."""
        history, mean = self.model.history, to_host(self.model.mean_activation)
        idle = idle_units(self.model)
        return {
            "weight_decay": self.penalties.weight_decay,
            "sparsity_target": self.penalties.sparsity_target,
            "sparsity_weight": self.penalties.sparsity_weight,
            "cost": float(history.cost[-1]),
            "error": float(history.error[-1]),
            "decay": float(history.decay[-1]),
            "sparsity": float(history.sparsity[-1]),
            "explained_variance": self.explained_variance,
            "mean_activation": float(mean.mean()),
            "dead": len(idle.dead),
            "saturated": len(idle.saturated),
            "duplicates": len(idle.duplicates),
            "iterations": self.model.result.nit,
            "evaluations": self.model.result.nfev,
        }


@dataclass(frozen=True, eq=False)
class WarmPath:
    """What was trained along a grid of hyper-parameters, in the order it was trained.

    Attributes
    ----------
    points : tuple of PathPoint
        One for every combination.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((200, 6))
    >>> found = xpsae.path(X, 3, weight_decay=[1e-4, 1e-3, 1e-2], sparsity_target=0.2, max_iter=50, rng=0)
    >>> [row["weight_decay"] for row in found.table]
    [0.0001, 0.001, 0.01]
    """

    points: tuple[PathPoint, ...]

    @property
    def table(self) -> list[dict[str, float]]:
        """One row of plain numbers for every point; ``pandas.DataFrame(path.table)`` makes a frame of them."""
        return [point.row for point in self.points]

    @property
    def best(self) -> PathPoint:
        """The point whose reconstructions keep most of the variance."""
        return max(self.points, key=lambda point: point.explained_variance)

    @property
    def knee(self) -> PathPoint | None:
        """The point after which less of the penalty gains little, where one hyper-parameter varies; None otherwise.

        It is farthest above the straight line between the ends of the curve of explained variance over the logarithm
        of the hyper-parameter.
        """
        names = self.varied
        if len(names) != 1 or len(self.points) < 3:
            return None
        x = [getattr(point.penalties, names[0]) for point in self.points]
        if min(x) <= 0.0:
            return None
        y = host.asarray([point.explained_variance for point in self.points])
        x = host.log(host.asarray(x))
        line = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0])
        return self.points[int(host.argmax(y - line))]

    @property
    def varied(self) -> list[str]:
        """The hyper-parameters that differ along the path."""
        names = ("weight_decay", "sparsity_target", "sparsity_weight")
        return [name for name in names if len({getattr(point.penalties, name) for point in self.points}) > 1]


def path(
    X: Any,
    n_hidden: int = presets.N_HIDDEN,
    *,
    weight_decay: float | Sequence[float] = presets.WEIGHT_DECAY,
    sparsity_target: float | Sequence[float] = presets.SPARSITY_TARGET,
    sparsity_weight: float | Sequence[float] = presets.SPARSITY_WEIGHT,
    folder: str | os.PathLike[str] | None = None,
    warm: bool = True,
    rng: RNGLike = None,
    **options: Any,
) -> WarmPath:
    """Return models along a grid of hyper-parameters, each started where its neighbor ended.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        The data, of any array library.
    n_hidden : int
        Hidden units, at least 1.
    weight_decay, sparsity_target, sparsity_weight : float or sequence of float
        λ, ρ and β: one value, or those to try.
    folder : str or path, optional
        Where to keep the models, a folder that is made if need be. Models of the same data and options that are there
        are not trained again, so a path that was interrupted goes on.
    warm : bool
        Whether to start at the neighbor's weights; False starts every point at random, at the same weights.
    rng : int, numpy.random.Generator or None
        Where the random start comes from.
    **options
        Others of `fit`.

    Returns
    -------
    WarmPath
        The models with their table, in the order they were trained: values rise, and all but the first go back and
        forth, so that neighbors differ in one value.

    Raises
    ------
    TypeError, ValueError
        For data or options that cannot be used, or a folder that holds a path of other data or options.
    KeyboardInterrupt
        On Ctrl-C; the points that were finished are in the folder.

    See Also
    --------
    fit : Trains each point.

    Notes
    -----
    The weakest decay comes first. A strong one draws all weights to zero, a stationary point of every cost, from which
    no neighbor would come back. A warm start and a cold one need not end in the same minimum.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((200, 6))
    >>> found = xpsae.path(X, 3, weight_decay=[1e-4, 1e-2], sparsity_target=[0.2, 0.3], max_iter=20, rng=0)
    >>> [(row["weight_decay"], row["sparsity_target"]) for row in found.table]
    [(0.0001, 0.2), (0.0001, 0.3), (0.01, 0.3), (0.01, 0.2)]
    """
    for name in ("start", "checkpoint"):
        if name in options:
            raise TypeError(complaint(name, "none", "one", "A path chooses its starts; folder= keeps what it found."))
    rows = real_rows(X)
    values: dict[str, Any] = {"weight_decay": weight_decay, "sparsity_target": sparsity_target}
    values |= {"sparsity_weight": sparsity_weight, "n_hidden": n_hidden}
    if "preset" in options:
        options.setdefault("decoder", presets.DECODER)
        values = presets.chosen(options.pop("preset"), values | {"decoder": options["decoder"]})
        options["decoder"] = values.pop("decoder")
    width = int(whole_number("n_hidden", values.pop("n_hidden"), at_least=1, remedy="Pass 25, say."))
    grid = _snake([(name, _values(name, value)) for name, value in values.items()])
    seed = int(generator(rng).integers(2**63))
    facts: dict[str, Any] = {"data": fingerprint(rows), "n_hidden": width, "warm": warm, "grid": grid}
    facts["options"] = _told(options)
    repeatable: object = rng
    if isinstance(repeatable, Integral):
        facts["seed"] = seed
    kept_in = None if folder is None else _place(File(folder), facts)
    visited = placed(rows, options.get("device"))
    points: list[PathPoint] = []
    for number, penalties in enumerate(grid):
        start = points[-1].model if warm and points else None

        def train(words: dict[str, Any] = penalties, start: Any = start) -> SparseAutoencoder:
            """Return the model of this point."""
            return uninterrupted(fit(X, width, **words, start=start, rng=seed, **options))

        model = train() if kept_in is None else _kept(kept_in / f"{number:04d}.safetensors", train, visited)
        points.append(PathPoint(model.penalties, model, model.score(visited)))
    return WarmPath(tuple(points))


def _snake(values: Sequence[tuple[str, list[float]]]) -> list[dict[str, float]]:
    """Return all combinations so that each differs from the one before in one value.

    Examples
    --------
    >>> _snake([("a", [2, 1]), ("b", [4, 3])])
    [{'a': 2, 'b': 4}, {'a': 2, 'b': 3}, {'a': 1, 'b': 3}, {'a': 1, 'b': 4}]
    """
    if not values:
        return [{}]
    (name, several), *others = values
    below = _snake(others)
    return [
        {name: value, **rest}
        for number, value in enumerate(several)
        for rest in (reversed(below) if number % 2 else below)
    ]


def _values(name: str, value: Any) -> list[float]:
    remedy = f"Pass {name}=[1e-4, 1e-3], say."
    given = list(value) if isinstance(value, Sequence | host.ndarray) and not isinstance(value, str) else [value]
    if not given:
        raise ValueError(complaint(name, "at least one value", "none", remedy))
    checked = [real_number(name, each, remedy=remedy) for each in given]
    for each in checked:
        words: dict[str, Any] = {name: each}
        Penalties(**words)
    return sorted(set(checked))


def _place(folder: File, facts: dict[str, Any]) -> File:
    """Return the folder of a path, made or found with the same facts."""
    told = json.dumps(facts, indent=1)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "path.json"
    if not file.exists():
        with replacing(file) as stream:
            stream.write(told.encode())
    elif file.read_text(encoding="utf-8") != told:
        remedy = "Pass an empty folder, or the same data and options as before."
        raise ValueError(complaint("folder", "one of the same path", f"another path in {folder}", remedy))
    return folder


def _told(options: dict[str, Any]) -> dict[str, str]:
    """Return the options that decide what is found, in words."""
    others = {"callback", "progress", "workers", "device"}
    return {name: repr(options[name]) for name in sorted(options.keys() - others)}


def _kept(file: File, train: Callable[[], SparseAutoencoder], like: Array) -> SparseAutoencoder:
    """Return the model in a file, where `like` is, or train and keep it."""
    if file.exists():
        return beside(load(file), like)
    model = train()
    model.save(file)
    return model
