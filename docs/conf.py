"""Configuration of the documentation: Sphinx, MyST pages, the furo theme, numpydoc docstrings."""

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
