"""What several trainings have in common, as one page for a browser."""

from __future__ import annotations

import html
import os
from pathlib import Path

from xpsae.arrays import host
from xpsae.arrays.namespace import to_host
from xpsae.arrays.typing import HostArray
from xpsae.checks import complaint, described
from xpsae.files import as_path, replacing
from xpsae.pictures.grid import feature_grid
from xpsae.repeating import FOUND_AGAIN, Stability
from xpsae.reporting.page import digest, resource
from xpsae.reporting.views import canvas, data_uri

_STYLE = """
table { border-collapse: collapse; margin-top: 24px; font-size: 14px; }
th { color: var(--muted); font-weight: 500; text-align: left; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
td img { image-rendering: pixelated; display: inline-block; vertical-align: middle; height: 40px; margin-right: 4px; }
td:nth-child(2) img { height: 56px; }
meter { width: 120px; vertical-align: middle; }
.scroll { overflow-x: auto; }
"""


def save_stability(
    found: Stability,
    path: str | os.PathLike[str],
    *,
    patch_shape: tuple[int, ...] | None = None,
    title: str = "Stability of features",
) -> Path:
    """Return the path of an HTML file that shows which features come again from other starts.

    Parameters
    ----------
    found : Stability
        What `xpsae.stability` returned.
    path : str or path
        The file, whose name ends in ``.html`` or ``.htm`` or has no suffix; one that exists is replaced.
    patch_shape : (height, width) or (height, width, 3), optional
        The shape of a picture, as in `plot_features`; by default as `save_report` chooses it.
    title : str
        The heading of the page.

    Returns
    -------
    pathlib.Path
        The file written: for every unit, the surest first, the consensus, its confidence, the share of the other runs
        that found it, and its partner in every run.

    Raises
    ------
    TypeError, ValueError
        If it is no `Stability`, the pictures' shape does not fit, or `path` ends as another format does.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((60, 16))
    >>> found = xpsae.stability(X, 2, seeds=2, max_iter=3)
    >>> xpsae.save_stability(found, pathlib.Path(tempfile.mkdtemp(), "stability.html")).name
    'stability.html'
    """
    file = as_path(path)
    if file.suffix.lower() not in {"", ".html", ".htm"}:
        raise ValueError(complaint("path", "an .html file", str(file), "Pass a name ending in .html."))
    if not isinstance(found, Stability):
        raise TypeError(complaint("found", "a Stability", described(found), "Pass what xpsae.stability returned."))
    text = _page(found, patch_shape, html.escape(title))
    with replacing(file) as stream:
        stream.write(text.encode("utf-8"))
    return file


def _page(found: Stability, patch_shape: tuple[int, ...] | None, title: str) -> str:
    style = resource("page.css") + _STYLE
    n_features = found.models[0].n_features
    shape = canvas(n_features, patch_shape, "auto").tile or (1, n_features)
    features = host.stack(
        [to_host(model.features)[order] for model, order in zip(found.models, found.partners, strict=True)]
    )
    order = host.argsort(-found.confidence, kind="stable")
    again = found.found_again
    rows = "".join(
        f"<tr><td>{unit}</td><td>{_picture(found.consensus[place], shape, 'consensus')}</td>"
        f'<td><meter min="0" max="1" value="{max(0.0, found.confidence[unit]):.3f}"></meter> '
        f"{found.confidence[unit]:.2f}</td><td>{100 * again[unit]:.0f} %</td>"
        f"<td>{''.join(_picture(each[unit], shape, f'run {run}') for run, each in enumerate(features))}</td></tr>\n"
        for place, unit in enumerate(order.tolist())
    )
    policy = f"default-src 'none'; img-src data:; style-src {digest(style)}"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<style>{style}</style></head>\n<body><h1>{title}</h1>\n<p id="subtitle">{html.escape(str(found))}</p>\n'
        f'<p class="note">Units of run {found.reference}, the surest first. Confidence is the mean cosine to the '
        f"partners in the other runs; a feature counts as found again from a cosine of {FOUND_AGAIN:g} on.</p>\n"
        '<div class="scroll"><table><thead><tr><th>unit</th><th>consensus</th><th>confidence</th><th>found again</th>'
        f"<th>partners, run 0 to {len(found.models) - 1}</th></tr></thead>\n<tbody>{rows}</tbody></table></div>\n"
        "</body></html>\n"
    )


def _picture(row: HostArray, shape: tuple[int, ...], name: str) -> str:
    return f'<img alt="{name}" src="{data_uri(feature_grid(row[None], patch_shape=shape, pad=0))}">'
