"""What a model does with data, on matplotlib axes: reconstructions beside their originals, mean activations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpsae.activity import observe
from xpsae.arrays import host
from xpsae.arrays.convert import as_real
from xpsae.arrays.namespace import to_host
from xpsae.arrays.typing import AnyArray, HostArray
from xpsae.checks import complaint, described, whole_number
from xpsae.model import SparseAutoencoder
from xpsae.pictures.axes import axes_for
from xpsae.pictures.grid import tile_shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INCHES = 0.8
_SIDES = ("data", "reconstruction", "difference")


def plot_reconstructions(
    model: SparseAutoencoder,
    X: AnyArray,
    *,
    n: int = 10,
    patch_shape: tuple[int, ...] | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
) -> Axes:
    """Return matplotlib axes showing rows of data over their reconstructions and the differences.

    Parameters
    ----------
    model : SparseAutoencoder
        The model.
    X : array_like, shape (n_samples, n_features)
        Pictures like the training data, of the model's library and device.
    n : int
        How many rows to show, evenly spaced, at least 1.
    patch_shape : (height, width) or (height, width, 3), optional
        The shape of a picture, as in `plot_features`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure that pyplot knows nothing of, found again as ``ax.figure``.
    figsize : (width, height), optional
        The size of a new figure, in inches.
    title : str, optional
        A title over the picture; by default the mean squared error of the rows shown, in squared
        units of the data, and none where it is empty.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on. Data and reconstructions share one scale, from the smallest value of the data (black) to
        the largest (white); differences have the same scale around mid-gray.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError, ValueError
        If the data do not fit the model, the pictures' shape is unknown or does not fit, or `figsize` is no size or
        given beside `ax`.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((50, 9))
    >>> model = xpsae.fit(X, n_hidden=2, max_iter=5, rng=0)
    >>> ax = xpsae.plot_reconstructions(model, X, n=5, title="five of fifty")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['data', 'reconstruction', 'difference']
    """
    _require_model(model)
    n = whole_number("n", n, at_least=1, remedy="Pass n=10.")
    shape = tile_shape(model.n_features, patch_shape)
    rows = _evenly_spaced(as_real(X), n)
    back = to_host(model.reconstruct(rows)).astype(host.float64)
    data = to_host(rows).astype(host.float64)
    ax = axes_for("plot_reconstructions", ax, figsize, (1.2 + _INCHES * len(data), 0.6 + _INCHES * len(_SIDES)))
    ax.imshow(_sides(data, back, shape), cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest")
    height = shape[0] + 1
    ax.set_yticks([height * (side + 0.5) - 0.5 for side in range(len(_SIDES))], _SIDES)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.set_frame_on(False)
    error = float(((data - back) ** 2).mean())
    ax.set_title(f"mean squared error {error:.3g}" if title is None else title)
    return ax


def _evenly_spaced(X: Any, n: int) -> Any:
    """Return n rows at most; what is no matrix is left for the model to refuse."""
    if X.ndim != 2 or X.shape[0] <= n:
        return X
    return X[:: X.shape[0] // n, :][:n, :]


def _sides(data: HostArray, back: HostArray, shape: tuple[int, ...]) -> HostArray:
    """Return the picture: a line of tiles for each of data, reconstructions, differences, with values from 0 to 1."""
    low, span = data.min(), (data.max() - data.min()) or 1.0
    lines = [(data - low) / span, (back - low) / span, (back - data) / span + 0.5]
    tiles = host.clip(host.stack(lines), 0.0, 1.0).reshape(len(lines), len(data), *shape)
    # A white line of one pixel under and beside every tile.
    framed = host.ones((len(lines), len(data), shape[0] + 1, shape[1] + 1, *shape[2:]))
    framed[:, :, :-1, :-1] = tiles
    joined = host.moveaxis(framed, 2, 1)
    picture: HostArray = joined.reshape(len(lines) * (shape[0] + 1), len(data) * (shape[1] + 1), *shape[2:])
    return picture


def plot_activations(
    model: SparseAutoencoder,
    X: AnyArray | None = None,
    *,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
) -> Axes:
    """Return matplotlib axes with the mean activation of every hidden unit, the largest first, beside the target.

    Parameters
    ----------
    model : SparseAutoencoder
        The model.
    X : array_like, shape (n_samples, n_features), optional
        Data to take the means over, of the model's library and device; by default the means over the training data,
        which the model remembers.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure that pyplot knows nothing of, found again as ``ax.figure``.
    figsize : (width, height), optional
        The size of a new figure, in inches.
    title : str, optional
        A title over the picture; by default what the means are over, and none where it is empty.

    Returns
    -------
    matplotlib.axes.Axes
        The axes drawn on.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError, ValueError
        If the data do not fit the model, or `figsize` is no size or given beside `ax`.

    Notes
    -----
    Of more than 100 000 rows, so many are looked at, evenly spaced, a block at a time.

    Examples
    --------
    >>> import numpy as np
    >>> import xpsae
    >>> model = xpsae.fit(np.random.default_rng(0).random((50, 9)), n_hidden=2, max_iter=5, rng=0)
    >>> xpsae.plot_activations(model).get_ylabel()
    'mean activation (from 0 to 1)'
    """
    _require_model(model)
    means = to_host(model.mean_activation) if X is None else observe(model, X, n_strongest=1).mean
    target = model.penalties.sparsity_target
    ax = axes_for("plot_activations", ax, figsize, (6.4, 3.6))
    ax.bar(range(len(means)), -host.sort(-means), width=0.8, color="tab:blue")
    ax.axhline(target, color="tab:orange", linestyle="--", linewidth=1.2, label=f"target {target:g}")
    ax.set(xlabel="hidden unit, the most active first", ylabel="mean activation (from 0 to 1)")
    ax.set_xlim(-0.6, max(len(means), 10) - 0.4)
    ax.set_title(f"Mean activations over {'the training data' if X is None else 'data'}" if title is None else title)
    ax.set_ylim(0.0, 1.25 * max(float(means.max()), target))
    ax.legend(frameon=False, fontsize="small", loc="upper right")
    return ax


def _require_model(model: Any) -> None:
    if not isinstance(model, SparseAutoencoder):
        raise TypeError(complaint("model", "a SparseAutoencoder", described(model), "Pass what fit or load returned."))
