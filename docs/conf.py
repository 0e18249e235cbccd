"""Configuration of the documentation: Sphinx, MyST pages, the furo theme, numpydoc docstrings."""

import re

from docutils import nodes
from sphinx.application import Sphinx

import xpsae

project = "xpsae"
author = "the xpsae developers"
copyright = author
version = release = xpsae.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax"]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

autodoc_typehints = "none"  # the docstrings say what each argument is, with its shape and range
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "furo"
html_title = f"xpsae {version}"
html_static_path = ["_static"]
html_css_files = ["equations.css"]


def short_citations(_app: Sphinx, doctree: nodes.document) -> None:
    """Show a citation as [1] where numpydoc has made its label unique in the whole page."""
    for text in list(doctree.findall(nodes.Text)):
        if found := re.fullmatch(r"\[R[0-9a-f]{12}-(\w+)\]", text.astext()):
            text.parent.replace(text, nodes.Text(f"[{found[1]}]"))


def setup(app: Sphinx) -> None:
    """Let Sphinx call what is defined here."""
    app.connect("doctree-read", short_citations)
