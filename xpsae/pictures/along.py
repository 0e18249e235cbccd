"""A path along hyper-parameters, on matplotlib axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpsae.checks import complaint, described
from xpsae.pictures.axes import axes_for
from xpsae.warm_path import WarmPath

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WORDS = {
    "weight_decay": "weight decay λ",
    "sparsity_target": "sparsity target ρ",
    "sparsity_weight": "sparsity weight β",
}


def plot_path(
    path: WarmPath,
    *,
    x: str | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
) -> Axes:
    """Return matplotlib axes with the variance kept over a hyper-parameter, and the knee where there is one.

    Parameters
    ----------
    path : WarmPath
        What `xpsae.path` returned.
    x : {"weight_decay", "sparsity_target", "sparsity_weight"}, optional
        The hyper-parameter on the axis; by default the first that varies. The others have a line for each combination.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure that pyplot knows nothing of, found again as ``ax.figure``.
    figsize : (width, height), optional
        The size of a new figure, in inches.
    title : str, optional
        A title over the picture; by default one that names the hyper-parameter, and none where it is empty.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError, ValueError
        If there is no path, or `x` does not vary along it.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((50, 4))
    >>> found = xpsae.path(X, 2, weight_decay=[1e-3, 1e-2], max_iter=2, rng=0)
    >>> xpsae.plot_path(found).get_xlabel()
    'weight decay λ'
    """
    if not isinstance(path, WarmPath):
        raise TypeError(complaint("path", "a WarmPath", described(path), "Pass what xpsae.path returned."))
    varied = path.varied
    if not varied or (x is not None and x not in varied):
        got = repr(x) if varied else "a path of one point"
        raise ValueError(
            complaint("x", " or ".join(map(repr, varied)) or "a value that varies", got, "Try more values.")
        )
    name = x or varied[0]
    ax = axes_for("plot_path", ax, figsize, (6.4, 4.8))
    for label, points in _lines(path, name, [other for other in varied if other != name]).items():
        ax.plot(*zip(*sorted(points), strict=True), marker="o", markersize=4, label=label or None)
    if (knee := path.knee) is not None:
        place = getattr(knee.penalties, name), 100 * knee.explained_variance
        ax.plot(*place, marker="o", markersize=11, fillstyle="none", color="black", linestyle="none", label="knee")
    positive = all(getattr(point.penalties, name) > 0.0 for point in path.points)
    ax.set(xlabel=_WORDS[name], ylabel="explained variance (%)", xscale="log" if positive else "linear")
    ax.set_title(f"Variance kept along the {_WORDS[name]}" if title is None else title)
    ax.grid(visible=True, which="major", alpha=0.3)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(frameon=False, fontsize="small")
    return ax


def _lines(path: WarmPath, name: str, others: list[str]) -> dict[str, list[tuple[float, float]]]:
    """Return the points of every combination of the other hyper-parameters."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for point in path.points:
        values: Any = point.penalties
        label = ", ".join(f"{_WORDS[other]} = {getattr(values, other):g}" for other in others)
        lines.setdefault(label, []).append((getattr(values, name), 100 * point.explained_variance))
    return lines
