#!/usr/bin/env python3
"""Run the code of docs/gallery.md in docs/gallery, which leaves the pictures there that the page shows.

The build of the documentation calls `drawn`; ``python tools/gallery.py`` does the same by hand, in some ten seconds.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "gallery.md"
FOLDER = DOCS / "gallery"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"gallery/([\w-]+\.(?:png|html))")


def drawn() -> list[str]:
    """Return the names of the pictures and pages, after making those that are not there."""
    text = PAGE.read_text(encoding="utf-8")
    names = sorted(set(SHOWN.findall(text)))
    stamp = FOLDER / "made-by.txt"
    if not (stamp.exists() and stamp.read_text("utf-8") == text and all((FOLDER / name).exists() for name in names)):
        if importlib.util.find_spec("sklearn") is None:
            message = "the gallery needs scikit-learn: pip install '.[docs]'"
            raise ImportError(message)
        FOLDER.mkdir(exist_ok=True)
        os.environ.setdefault("MPLBACKEND", "Agg")
        with contextlib.chdir(FOLDER):
            exec(compile("\n".join(BLOCK.findall(text)), str(PAGE), "exec"), {})
        stamp.write_text(text, "utf-8")
    assert not (missing := [name for name in names if not (FOLDER / name).exists()]), f"nothing draws {missing}"
    return names


if __name__ == "__main__":
    print(*drawn(), sep="\n")
