"""What went wrong in a training, told from the model and its data, and what to change."""

# Longer than the ceiling because every finding is told in words.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xpsae.activity import Activity, observe
from xpsae.arrays import host
from xpsae.arrays.convert import as_real
from xpsae.arrays.namespace import to_host
from xpsae.arrays.typing import AnyArray, HostArray
from xpsae.checks import complaint, described
from xpsae.diagnosis import Diagnosis, idle_units
from xpsae.model import SparseAutoencoder
from xpsae.optimize.outcome import Outcome

SAME_TO_ALL = 0.9
"""A network has collapsed if this share of its units answers the same to everything."""
STILL_FALLING = 0.05
"""A run was too short if the cost fell by this share in the last tenth of it."""
FEW, STILL_FALLING_EARLY = 60, 0.005
"""So few iterations were too few even where it fell by this share only: runs rest on a plateau at first."""
NOTHING_YET = 0.05
"""On that plateau less than this share of the variance is kept."""
ALIKE = 0.5
"""Features are alike if the median size of the cosine between two of them is above this."""
NOT_SPARSE = 2.0
"""A network is not sparse if the median mean activation is above so many times the target."""
NOISE, NOISE_UNIT = 0.95, 0.6
"""Features are noise if their likeness to themselves a pixel on is below this share of the data's, the first on the
median, the second for one unit. Features of pictures are smoother than the pictures."""
SMOOTH_DATA = 0.3
"""Data whose own likeness a pixel further is below this have no smooth features to find."""
LARGE_TARGET = 0.2
"""From this sparsity target on, units share in everything, and their features are no parts of pictures any more."""
MOST_ROWS = 1000
"""So many rows tell how smooth the data are."""
VANISHED = 0.1
"""Without data, a network counts as collapsed if the median norm of its encoder's rows is below this."""


_GO_ON = "Go on: fit(..., start=model.result), with a larger max_iter or time_limit."


@dataclass(frozen=True)
class Finding:
    """Something that went wrong.

    Attributes
    ----------
    case : {"collapsed", "too short", "alike", "not sparse", "noise, decay", "noise, target"}
        What it is called.
    seen : str
        What was measured, and what it should be.
    remedy : str
        What to change.
    """

    case: str
    seen: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.case}: {self.seen} {self.remedy}"


@dataclass(frozen=True)
class Checkup:
    """What the doctor found.

    Attributes
    ----------
    findings : tuple of Finding
        What went wrong, the first to mend first; empty where nothing did.
    units : Diagnosis
        Units that do no work: dead, saturated, constant, duplicate.
    noisy : tuple of int
        Units whose features look like noise; always empty where the data are not known to be pictures.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((200, 3)) @ np.eye(3).repeat(2, axis=1)
    >>> model = xpsae.fit(X, 3, weight_decay=10.0, sparsity_target=0.3, rng=0)
    >>> xpsae.diagnose(model, X).findings[0].case
    'collapsed'
    """

    findings: tuple[Finding, ...]
    units: Diagnosis
    noisy: tuple[int, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing went wrong with the network as a whole."""
        return not self.findings

    def __str__(self) -> str:
        lines = [str(finding) for finding in self.findings] or ["Nothing is wrong with the network as a whole."]
        kinds = {
            "dead": self.units.dead,
            "saturated": self.units.saturated,
            "constant": self.units.constant or (),
            "duplicate": tuple(second for _, second, _ in self.units.duplicates),
            "noisy": self.noisy,
        }
        return "\n".join(lines + [f"{kind} units: {_listed(units)}" for kind, units in kinds.items() if units])


def diagnose(
    model: SparseAutoencoder, X: AnyArray | None = None, *, patch_shape: tuple[int, ...] | None = None
) -> Checkup:
    """Return what went wrong in the training of a model, if anything, and what to change.

    Parameters
    ----------
    model : SparseAutoencoder
        The model.
    X : array_like, shape (n_samples, n_features), optional
        The training data, of the model's library and device. Without them fewer things can be told.
    patch_shape : (height, width) or (height, width, channels), optional
        The shape of the pictures that the rows are, by default a square one, if `n_features` is a square number. Rows
        that are not smooth as pictures are, are not taken for such.

    Returns
    -------
    Checkup
        ``print`` it; ``findings`` names each case, and ``healthy`` is whether there is none.

    Raises
    ------
    TypeError, ValueError
        For data or a shape that do not fit the model.

    Notes
    -----
    Six ways to fail are told apart, in this order. *Collapsed*: the weights have vanished and every unit answers ρ to
    everything, because λ is too large or ρ too small. *Too short*: the cost was still falling fast. *Alike*: all units
    found one direction, that of the mean, because the data were not centered or whitened. *Not sparse*: units are
    active far more than ρ asks, because β is too small. *Noise*: the features are less smooth than the pictures,
    because λ is too small or, with a large ρ, because every unit takes part in everything.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((300, 3)) @ np.eye(3).repeat(2, axis=1)
    >>> xpsae.diagnose(xpsae.fit(X, 3, sparsity_target=0.3, sparsity_weight=0.1, rng=0), X).healthy
    True
    """
    asked: object = model
    if not isinstance(asked, SparseAutoencoder):
        got, remedy = described(asked), "Pass the model that fit returned, and the data after it."
        raise TypeError(complaint("model", "a SparseAutoencoder", got, remedy))
    activity = None if X is None else observe(model, X)
    units = idle_units(model, activity)
    smooth = host.zeros(0) if X is None else _smoothness(model, X, patch_shape)
    noisy = tuple(host.flatnonzero(smooth < NOISE_UNIT).tolist())
    collapsed = _collapsed(model, activity, units)
    if collapsed is not None:
        return Checkup((collapsed,), units, ())
    found = [_too_short(model, activity), _alike(model), _not_sparse(model, activity)]
    if not any(found):
        found = [_noise(model, smooth)]
    return Checkup(tuple(finding for finding in found if finding is not None), units, noisy)


def _collapsed(model: SparseAutoencoder, activity: Activity | None, units: Diagnosis) -> Finding | None:
    n, penalties = model.n_hidden, model.penalties
    remedy = (
        f"Pass a smaller weight_decay (it was {penalties.weight_decay:g}), a tenth of it say, or a larger "
        f"sparsity_target (it was {penalties.sparsity_target:g})."
    )
    if activity is None:
        norm = float(host.median(host.linalg.norm(to_host(model.W1), axis=1)))
        return Finding("collapsed", f"The weights have vanished: norm {norm:.2g}.", remedy) if norm < VANISHED else None
    same = len(units.constant or ())
    if same < SAME_TO_ALL * n:
        return None
    kept = max(0.0, activity.explained)
    seen = f"{same} of {n} units answer the same to everything, and {100 * kept:.0f} % of the variance is kept."
    return Finding("collapsed", seen, remedy)


def _too_short(model: SparseAutoencoder, activity: Activity | None) -> Finding | None:
    cost, result = model.history.cost, model.result
    limits = {each.value for each in (Outcome.MAX_ITER, Outcome.MAX_EVAL, Outcome.TIME_LIMIT, Outcome.CALLBACK)}
    if result.message not in limits | {Outcome.INTERRUPTED.value} or len(cost) < 2:
        return None
    last = max(1, min(len(cost) - 1, max(5, len(cost) // 10)))
    fell = 1.0 - cost[-1] / cost[-1 - last] if cost[-1 - last] > 0.0 else 0.0
    early = result.nit < FEW
    if early and activity is not None and activity.explained < NOTHING_YET:
        seen = f"After {result.nit} iterations {100 * max(0.0, activity.explained):.1f} % of the variance is kept."
        return Finding("too short", seen, _GO_ON)
    if fell <= (STILL_FALLING_EARLY if early else STILL_FALLING):
        return None
    seen = f"In the last {last} of {result.nit} iterations the cost still fell by {100 * fell:.1f} %."
    return Finding("too short", seen, _GO_ON)


def _alike(model: SparseAutoencoder) -> Finding | None:
    features = to_host(model.features).astype("float64")
    if len(features) < 2:
        return None
    cosines = host.abs(features @ features.T)[~host.eye(len(features), dtype=bool)]
    median = float(host.median(cosines))
    if median <= ALIKE:
        return None
    seen = f"Two features have a cosine of {median:.2f} on the median: all look for the same."
    remedy = "Take each row's mean off, or whiten: normalize_patches, whiten_images or Whitener."
    return Finding("alike", seen, remedy)


def _not_sparse(model: SparseAutoencoder, activity: Activity | None) -> Finding | None:
    mean = to_host(model.mean_activation) if activity is None else activity.mean
    target, weight = model.penalties.sparsity_target, model.penalties.sparsity_weight
    median = float(host.median(mean))
    if not median > NOT_SPARSE * target:  # nor where it is not known
        return None
    seen = f"The median mean activation is {median:.2g}, where {target:g} was asked for."
    return Finding("not sparse", seen, f"Pass a larger sparsity_weight (it was {weight:g}), ten times as large say.")


def _noise(model: SparseAutoencoder, smooth: HostArray) -> Finding | None:
    median = float(host.median(smooth)) if smooth.size else 1.0
    if median >= NOISE:
        return None
    decay, target = model.penalties.weight_decay, model.penalties.sparsity_target
    seen = f"Features are less smooth than the data: {median:.2f} times."
    if target >= LARGE_TARGET:
        remedy = f"Pass a smaller sparsity_target (it was {target:g}), 0.05 say."
        return Finding("noise, target", seen, remedy)
    remedy = f"Pass a larger weight_decay (it was {decay:g}), {max(10 * decay, 1e-4):g} say."
    return Finding("noise, decay", seen, remedy)


def _smoothness(model: SparseAutoencoder, X: Any, patch_shape: tuple[int, ...] | None) -> HostArray:
    """Return how smooth every feature is beside the data; nothing where rows are not known to be pictures."""
    n = model.n_features
    side = round(n**0.5)
    shape = patch_shape or ((side, side) if side * side == n and side > 2 else None)
    if shape is None:
        return host.zeros(0)
    if int(host.prod(shape)) != n or len(shape) not in {2, 3}:
        remedy = "Pass (height, width), or (height, width, channels)."
        raise ValueError(complaint("patch_shape", f"the shape of {n} numbers", str(shape), remedy))
    rows = to_host(_first(as_real(X), MOST_ROWS)).astype("float64")
    data = float(host.median(_lagged(rows - rows.mean(axis=0), shape)))
    if data < SMOOTH_DATA:
        return host.zeros(0)
    smooth: HostArray = _lagged(to_host(model.features).astype("float64"), shape) / data
    return smooth


def _first(X: Any, n: int) -> Any:
    return X[: min(n, X.shape[0]), :]


def _lagged(rows: HostArray, shape: tuple[int, ...]) -> HostArray:
    """Return the mean product of neighboring pixels over the mean square of all, for every row."""
    pictures = rows.reshape(len(rows), *shape)
    down, right = pictures[:, 1:] * pictures[:, :-1], pictures[:, :, 1:] * pictures[:, :, :-1]
    products = [each.reshape(len(rows), -1) for each in (down, right) if each.size]
    square = (rows**2).mean(axis=1)
    mean: HostArray = host.concatenate(products, axis=1).mean(axis=1) / host.where(square > 0.0, square, 1.0)
    return mean


def _listed(units: tuple[int, ...]) -> str:
    shown = ", ".join(str(unit) for unit in units[:10])
    return shown if len(units) <= 10 else f"{shown} and {len(units) - 10} more"
