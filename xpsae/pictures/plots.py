"""What a model has learnt and how: its features as a grid of tiles, its training run as curves."""

# Longer than the ceiling because every public function carries its documentation.

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xpsae.arrays import host
from xpsae.arrays.namespace import is_array, to_host
from xpsae.arrays.typing import AnyArray, HostArray
from xpsae.checks import complaint, described
from xpsae.files import as_path
from xpsae.pictures.axes import axes_for
from xpsae.pictures.grid import Contrast, feature_grid
from xpsae.pictures.png import write_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CURVES = {
    "cost": ("cost", "black"),
    "error": ("squared error, $\\frac{1}{2m}\\sum\\|h(x)-x\\|^2$", "tab:blue"),
    "decay": ("weight decay, $\\frac{\\lambda}{2}(\\|W_1\\|^2+\\|W_2\\|^2)$", "tab:orange"),
    "sparsity": ("sparsity, $\\beta\\sum\\mathrm{KL}(\\rho\\,\\|\\,\\hat\\rho_j)$", "tab:green"),
}
_PLEASANT_PIXELS = 600
_LABEL_INCHES = 0.5


def plot_features(
    model_or_W: AnyArray,
    *,
    patch_shape: tuple[int, ...] | None = None,
    contrast: Contrast = "tile",
    columns: int | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
) -> Axes:
    """Return matplotlib axes showing every feature as a tile: negative black, zero mid-gray, positive white.

    Parameters
    ----------
    model_or_W : SparseAutoencoder or array, shape (n_hidden, n_features), real
        A model, whose ``features`` (the inputs of unit norm that excite its units most) are shown, or a matrix of
        any array library with one feature per row.
    patch_shape : (height, width) or (height, width, 3), optional
        The shape of a tile; the last of three is red, green, blue. By default a square for a square number of
        features, and a square of three channels for three times a square number.
    contrast : {"tile", "common"}
        Whether each tile is scaled by its own largest absolute value or by the largest of all tiles.
    columns : int, optional
        The tiles in a row of the picture; by default as many as make it nearly square.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure that pyplot knows nothing of, found again as ``ax.figure``.
    figsize : (width, height), optional
        The size of a new figure, in inches.
    title : str, optional
        A title over the picture; by default how many features there are, and none where it is empty.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ImportError
        If matplotlib is not installed. `save_features` writes the same picture without it.
    TypeError, ValueError
        If there is no matrix of finite real numbers, the tiles' shape is unknown or does not fit, or `figsize` is no
        size or given beside `ax`.

    See Also
    --------
    save_features : The same picture as a PNG file, without matplotlib.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> ax = xpsae.plot_features(np.eye(9), title="nine pixels")
    >>> ax.get_title()
    'nine pixels'
    """
    rows = _rows(model_or_W)
    picture = _picture(rows, zoom=None, patch_shape=patch_shape, contrast=contrast, columns=columns)
    height, width = picture.shape[:2]
    ax = axes_for("plot_features", ax, figsize, (width / 100, height / 100))
    ax.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    ax.set_axis_off()
    ax.set_title(f"{len(rows)} features" if title is None else title)
    return ax


def save_features(
    model_or_W: AnyArray,
    path: str | os.PathLike[str],
    *,
    patch_shape: tuple[int, ...] | None = None,
    contrast: Contrast = "tile",
    columns: int | None = None,
    zoom: int | None = None,
) -> Path:
    """Return the path of a PNG file, written without matplotlib, that shows every feature as a tile.

    Parameters
    ----------
    model_or_W : SparseAutoencoder or array, shape (n_hidden, n_features), real
        A model, or a matrix of any array library with one feature per row, as in `plot_features`.
    path : str or path
        The file, whose name ends in ``.png`` or has no suffix; one that exists is replaced.
    patch_shape : (height, width) or (height, width, 3), optional
        The shape of a tile, as in `plot_features`.
    contrast : {"tile", "common"}
        What a tile is scaled by, as in `plot_features`.
    columns : int, optional
        The tiles in a row of the picture, as in `plot_features`.
    zoom : int, optional
        The pixels of the picture per pixel of a tile; by default as many as make it about 600 pixels wide.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    TypeError, ValueError
        If there is no matrix of finite numbers, the tiles' shape does not fit, or `path` ends as another format does.
    OSError
        If the file cannot be written.

    See Also
    --------
    plot_features : The same picture on matplotlib axes.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import xpsae
    >>> xpsae.save_features(np.eye(9), pathlib.Path(tempfile.mkdtemp(), "nine-pixels.png")).name
    'nine-pixels.png'
    """
    file = as_path(path)
    if file.suffix.lower() not in {"", ".png"}:
        remedy = "Pass a name ending in .png, or use plot_features(...).figure.savefig for other formats."
        raise ValueError(complaint("path", "a .png file", str(file), remedy))
    picture = _picture(_rows(model_or_W), zoom=zoom, patch_shape=patch_shape, contrast=contrast, columns=columns)
    write_png(file, picture)
    return file


def plot_training(
    model_or_history: Any,
    *,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
) -> Axes:
    """Return matplotlib axes with the cost and its three terms over the iterations, on a logarithmic scale.

    Parameters
    ----------
    model_or_history : SparseAutoencoder or its history
        Whose ``cost``, ``error``, ``decay`` and ``sparsity`` are drawn, from the start (iteration 0) on; a term that is
        zero throughout is left out, and the axis ends at a thousandth of the lowest cost.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure that pyplot knows nothing of, found again as ``ax.figure``.
    figsize : (width, height), optional
        The size of a new figure, in inches.
    title : str, optional
        A title over the picture; by default "Cost over the iterations", and none where it is empty.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError
        If there is no history, or `ax` is something else than axes.
    ValueError
        If `figsize` is no size, or given beside `ax`.

    Examples
    --------
    >>> import types
    >>> import xpsae
    >>> history = types.SimpleNamespace(cost=[9, 3], error=[5, 1], decay=[1, 1], sparsity=[3, 1])
    >>> xpsae.plot_training(history).get_xlabel()
    'L-BFGS iteration'
    """
    history = getattr(model_or_history, "history", model_or_history)
    if not all(hasattr(history, name) for name in _CURVES):
        got = described(model_or_history)
        raise TypeError(
            complaint("model_or_history", "a model or its history", got, "Pass the model that fit returned.")
        )
    ax = axes_for("plot_training", ax, figsize, (6.4, 4.8))
    for name, (label, color) in _CURVES.items():
        values: HostArray = host.asarray(getattr(history, name))
        if (values > 0).any():
            ax.plot(values, label=label, color=color, linewidth=2 if name == "cost" else 1.2)
    # A penalty that all but vanishes on the way would squeeze everything else into the top of the picture.
    floor = min((cost for cost in history.cost if 0.0 < cost < math.inf), default=0.0) / 1000
    ax.set(yscale="log", xlabel="L-BFGS iteration", ylabel="cost per row of data (no unit)")
    ax.set_ylim(bottom=max(ax.get_ylim()[0], floor) or None)
    ax.set_title("Cost over the iterations" if title is None else title)
    ax.grid(visible=True, which="major", alpha=0.3)
    _legend_below(ax)
    return ax


def _legend_below(ax: Axes) -> None:
    """Put the legend under the axis, where it hides neither curve nor title, however small the axes are."""
    from matplotlib.transforms import ScaledTranslation

    below = ax.transAxes + ScaledTranslation(0.0, -_LABEL_INCHES, ax.figure.dpi_scale_trans)
    place: Any = {"loc": "upper left", "bbox_to_anchor": (0.0, 0.0), "bbox_transform": below, "borderaxespad": 0.0}
    ax.legend(frameon=False, fontsize="small", **place)


def _rows(model_or_W: Any) -> HostArray:
    rows: Any = getattr(model_or_W, "features", model_or_W)
    return to_host(rows) if is_array(rows) else host.asarray(rows)


def _picture(rows: HostArray, *, zoom: int | None, **options: Any) -> HostArray:
    if zoom is None:
        zoom = max(1, round(_PLEASANT_PIXELS / feature_grid(rows, pad=0, **options).shape[1]))
    return feature_grid(rows, zoom=zoom, pad=1 + zoom // 6, **options)
