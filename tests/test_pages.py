"""The README and the documentation keep their word: their Python runs, their commands parse, their links lead to files.

Sessions (``>>>``) must print what the page says. A block that imports what cannot be used here is left out by name.
"""

import ast
import doctest
import importlib.util
import re
import shlex
from pathlib import Path

import pytest

import xpsae
from xpsae.arrays.cuda import cuda_problem
from xpsae.cli.entry import parser

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```(?:shell|console|)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|[ /])xpsae ([^#`\n]+)")
INLINE = re.compile(r"`xpsae ([^`]+)`")
ANCHOR = re.compile(r"\]\((?!https?:)([^)#]*)#([^)]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def code_of(block):
    """Return the statements of a block, whether it is a script or a session."""
    parsed = doctest.DocTestParser().get_examples(block)
    return "".join(example.source for example in parsed) if parsed else block


def slug(heading):
    """Return the anchor of a heading, as MyST makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", "")).replace(" ", "-")


def missing_library(block):
    """Return the first library a block imports that cannot be used here, or None."""
    imports = [node for node in ast.walk(ast.parse(code_of(block))) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = [getattr(node, "module", None) or node.names[0].name for node in imports]
    for name in (name.partition(".")[0] for name in names):
        if importlib.util.find_spec(name) is None or (name == "cupy" and cuda_problem()):
            return name
    return None


def run(block, names, where):
    """Run a script, or check a session against its output."""
    if ">>> " not in block:
        exec(compile(block, where, "exec"), names)
        return
    session = doctest.DocTestParser().get_doctest(block, names, where, None, 0)
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(session, out=report.append, clear_globs=False)
    names.update(session.globs)
    assert not runner.failures, "".join(report)


@each_page
def test_blocks_run_in_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names = {"__name__": "__main__"}
    missing = []
    for number, block in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")), 1):
        if library := missing_library(block):
            missing.append(f"block {number} needs {library}")
        else:
            run(block, names, f"{page.name}, block {number}")
    if missing:
        pytest.skip(f"{', '.join(missing)}; the others ran")


@each_page
def test_commands_parse(page):
    text = page.read_text(encoding="utf-8")
    lines = [line for block in SHELL.findall(text) for line in block.splitlines()]
    commands = [found for line in lines for found in COMMAND.findall(line)] + INLINE.findall(text)
    for command in commands:
        try:
            parser().parse_args(shlex.split(command))
        except SystemExit as ending:
            if ending.code:  # --help and --version end well
                pytest.fail(f"{page.name} shows a command that does not exist: xpsae {command}")


@each_page
def test_links_lead_to_files(page):
    text = page.read_text(encoding="utf-8")
    made = {f"gallery/{name}" for block in BLOCK.findall(text) for name in re.findall(r'"([\w-]+\.png)"', block)}
    missing = [target for target in LINK.findall(text) if not (page.parent / target).is_file()]
    assert not set(missing) - made


@each_page
def test_anchors_lead_to_headings(page):
    for target, anchor in ANCHOR.findall(page.read_text(encoding="utf-8")):
        there = (page.parent / target if target else page).read_text(encoding="utf-8")
        assert anchor in {slug(heading) for heading in HEADING.findall(there)}, f"{target}#{anchor}"


def test_every_page_is_in_the_table_of_contents():
    listed = set()
    for index in (ROOT / "docs" / name / "index.md" for name in ("", "howto", "design")):
        (names,) = re.findall(
            r"^```{toctree}\n:hidden:\n\n(.*?)^```$", index.read_text("utf-8"), re.MULTILINE | re.DOTALL
        )
        listed |= {(index.parent / f"{name}.md").resolve() for name in names.split()}
    assert {page.resolve() for page in PAGES[1:]} - listed == {ROOT / "docs" / "index.md"}


def test_reference_lists_every_public_name():
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\.\. auto(?:function|class|data):: (\w+)$", text, re.MULTILINE)
    assert sorted(listed) == [name for name in xpsae.__all__ if name != "__version__"]
