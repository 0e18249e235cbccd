"""Configuration of the documentation: Sphinx, MyST pages, the furo theme, numpydoc docstrings."""

import re
import runpy
import shutil
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

import xpsae

project = "xpsae"
author = "the xpsae developers"
copyright = author
version = release = xpsae.__version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "gallery"]

autodoc_typehints = "none"  # the docstrings say what each argument is, with its shape and range
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_math_renderer = "mathml"  # browsers draw it themselves: the pages need no network
html_theme = "furo"
html_title = f"xpsae {version}"
html_static_path = ["_static"]
html_css_files = ["equations.css"]


# The converter puts the index of an accented letter below it.
HAT_OVER_INDEX = re.compile(
    r"<munderover>\s*(<mi>\w</mi>)\s*(<mi>\w</mi>|<mrow>(?:\s*<mi>\w</mi>)+\s*</mrow>)\s*"
    r'(<mo stretchy="false">\u02c6</mo>)\s*</munderover>'
)


def short_citations(_app: Sphinx, doctree: nodes.document) -> None:
    """Show a citation as [1] where numpydoc has made its label unique in the whole page."""
    for text in list(doctree.findall(nodes.Text)):
        if found := re.fullmatch(r"\[R[0-9a-f]{12}-(\w+)\]", text.astext()):
            text.parent.replace(text, nodes.Text(f"[{found[1]}]"))


def mathml(tex: str, *, inline: bool) -> str:
    """Return an equation as MathML; what the converter has no word for is said in words it has."""
    for spelled, known in (
        (r"\\Big\b|\\big\b", ""),
        (r"\\dots\b", r"\\ldots"),
        (r"\{gathered\}", "{aligned}"),
        (r"\[1ex\]", ""),
        (r"frac(\d)(\d)", r"frac{\1}{\2}"),
    ):
        tex = re.sub(spelled, known, tex)
    if not inline and r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
    return HAT_OVER_INDEX.sub(r"<msub><mover>\1\3</mover>\2</msub>", tex2mathml(tex, as_block=not inline))


def inline_math(page: HTML5Translator, node: nodes.Element) -> None:
    """Write an equation within a line."""
    page.body.append(mathml(node.astext(), inline=True))
    raise nodes.SkipNode


def block_math(page: HTML5Translator, node: nodes.Element) -> None:
    """Write an equation of its own."""
    page.body.append(f'<div class="math">{mathml(node.astext(), inline=False)}</div>')
    raise nodes.SkipNode


def draw_gallery(_app: Sphinx) -> None:
    """Run the code of the gallery, which draws its pictures."""
    runpy.run_path(str(Path(__file__).parents[1] / "tools" / "gallery.py"))["drawn"]()


def copy_pages(app: Sphinx, failed: Exception | None) -> None:
    """Put the reports that the gallery links to where the link leads."""
    if failed is None and app.builder.format == "html":
        target = Path(app.outdir) / "gallery"
        target.mkdir(exist_ok=True)
        for page in (Path(__file__).parent / "gallery").glob("*.html"):
            shutil.copy(page, target)


def setup(app: Sphinx) -> None:
    """Let Sphinx call what is defined here."""
    app.connect("builder-inited", draw_gallery)
    app.connect("build-finished", copy_pages)
    app.connect("doctree-read", short_citations)
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
