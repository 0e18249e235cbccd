"""Where a plot is drawn: on the axes that were given, or in a figure of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpsae.checks import complaint, described

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def axes_for(caller: str, ax: Any, figsize: Any, inches: tuple[float, float]) -> Axes:
    """Return the axes asked for, or new ones in a figure that pyplot knows nothing of.

    Parameters
    ----------
    caller : str
        The function that draws.
    ax : matplotlib.axes.Axes or None
        The axes asked for.
    figsize : (width, height) or None
        The size of a new figure in inches, as matplotlib means it.
    inches : (width, height)
        That size where nobody asks for one.

    Returns
    -------
    matplotlib.axes.Axes
        Where to draw.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError, ValueError
        If `ax` is something else than axes, `figsize` is not two numbers above 0, or both are given.
    """
    try:
        from matplotlib.axes import Axes
        from matplotlib.figure import Figure
    except ImportError as error:
        message = f"{caller} needs matplotlib, which is not installed. Run: pip install matplotlib"
        raise ImportError(message) from error
    if ax is not None and not isinstance(ax, Axes):
        raise TypeError(complaint("ax", "matplotlib axes", described(ax), "Pass one of figure.subplots(), say."))
    if ax is not None and figsize is not None:
        raise ValueError(complaint("figsize", "None with ax", described(figsize), "The axes have their own size."))
    axes: Axes = ax or Figure(figsize=_inches(figsize) or inches, dpi=100, layout="constrained").subplots()
    return axes


def _inches(figsize: Any) -> tuple[float, float] | None:
    if figsize is None:
        return None
    try:
        width, height = (float(side) for side in figsize)
    except (TypeError, ValueError):
        width = height = 0.0
    if not (0.0 < width < float("inf") and 0.0 < height < float("inf")):
        message = complaint("figsize", "(width, height) in inches", described(figsize), "Pass (6.4, 4.8), say.")
        raise ValueError(message)
    return width, height
