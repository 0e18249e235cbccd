"""The report as a file: template, style, program and contents in one page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from importlib import resources
from pathlib import Path
from typing import Any

from xpsae.arrays.typing import AnyArray
from xpsae.checks import complaint, described
from xpsae.files import as_path, replacing
from xpsae.model import SparseAutoencoder
from xpsae.reporting.contents import contents
from xpsae.reporting.views import View, canvas


def save_report(
    model: SparseAutoencoder,
    path: str | os.PathLike[str],
    X: AnyArray | None = None,
    *,
    patch_shape: tuple[int, ...] | None = None,
    view: View = "auto",
    title: str = "Sparse autoencoder",
) -> Path:
    """Return the path of an HTML file that shows a model, its training and, where data are given, what it does on them.

    Parameters
    ----------
    model : SparseAutoencoder
        The model.
    path : str or path
        The file, whose name ends in ``.html`` or ``.htm`` or has no suffix; one that exists is replaced.
    X : array_like, shape (n_samples, n_features), optional
        Data like the training data, of the model's library and device. They add the rows that excite each unit most,
        the histograms of activations, and reconstructions with their errors.
    patch_shape : (height, width) or (height, width, 3), optional
        The shape of a picture, as in `plot_features`.
    view : {"auto", "pictures", "bars"}
        What a vector of features is shown as. "auto" makes pictures where `patch_shape` says so, or where sixteen
        features or more form a square (or three, for colors).
    title : str
        The heading of the page.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    TypeError, ValueError
        If the data do not fit the model, the pictures' shape does not fit the data, or `path` ends as another format
        does.
    OSError
        If the file cannot be written.

    See Also
    --------
    save_features : Only the features, as a PNG file.

    Notes
    -----
    The page works from a file and without a network, and asks the browser to allow it none. The same model and data
    give the same file. Of more than 100 000 rows, so many are looked at, evenly spaced, a block at a time: data mapped
    from a file never lie in memory as a whole. The file has about the size of the model, plus at most some ten
    megabytes for rows of the data.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import xpsae
    >>> X = np.random.default_rng(0).random((100, 16))
    >>> model = xpsae.fit(X, n_hidden=3, max_iter=5, rng=0)
    >>> xpsae.save_report(model, pathlib.Path(tempfile.mkdtemp(), "report.html"), X).name
    'report.html'
    """
    file = as_path(path)
    if file.suffix.lower() not in {"", ".html", ".htm"}:
        raise ValueError(complaint("path", "an .html file", str(file), "Pass a name ending in .html."))
    if not isinstance(model, SparseAutoencoder):
        raise TypeError(complaint("model", "a SparseAutoencoder", described(model), "Pass what fit or load returned."))
    if not isinstance(title, str):
        raise TypeError(complaint("title", "a string", described(title), "Pass title='Edges', say."))
    text = page(contents(model, X, canvas(model.n_features, patch_shape, view)), title)
    with replacing(file) as stream:
        stream.write(text.encode("utf-8"))
    return file


def page(told: dict[str, Any], title: str) -> str:
    """Return the whole page that shows `told` under a title.

    Parameters
    ----------
    told : dict
        What `xpsae.reporting.contents.contents` returns.
    title : str
        The heading, any text.

    Returns
    -------
    str
        HTML. All that is told stands in one block of JSON in which no ``<`` occurs, so that it cannot end early.
    """
    style, program = resource("page.css"), resource("charts.js") + resource("page.js")
    parts = {
        "title": html.escape(title.encode("utf-8", "replace").decode("utf-8")),
        "policy": f"default-src 'none'; img-src data:; style-src {digest(style)}; script-src {digest(program)}; "
        "base-uri 'none'; form-action 'none'",
        "style": style,
        "program": program,
        "contents": _json(told),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], resource("page.html"))


def _json(value: Any) -> str:
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", text)


def resource(name: str) -> str:
    """Return one of the files that pages are made of."""
    return resources.files("xpsae.reporting").joinpath("template", name).read_text(encoding="utf-8")


def digest(text: str) -> str:
    """Return what the browser compares an inline style or program with before it heeds it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
