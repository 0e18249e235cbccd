"""Run the fast tests at one end of the window of dependencies: ``tools/window.py lowest`` or ``newest``.

``lowest``: the oldest versions pyproject.toml allows, on the oldest Python it allows. Every ``name>=version`` of the
project file becomes the constraint ``name==version``, so no version is written twice. ``newest``: what there is,
pre-releases too.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOWER_BOUND = re.compile(r"([\w.-]+)(?:\[[\w,]+\])?>=([\w.]+)")


def constraints(project: dict) -> list[str]:
    """Return the lower bound of every requirement of the project as an exact version.

    >>> constraints({"dependencies": ["numpy>=2.0"], "optional-dependencies": {"gpu": ["cupy[ctk]>=14,!=14.1"]}})
    ['numpy==2.0', 'cupy==14']
    """
    requirements = chain(project["dependencies"], *project["optional-dependencies"].values())
    bounds = filter(None, map(LOWER_BOUND.match, requirements))
    return list(dict.fromkeys("{}=={}".format(*bound.groups()) for bound in bounds))


def oldest_python(project: dict) -> str:
    """Return the oldest Python that is allowed, or this one where that is not installed."""
    python = shutil.which("python" + project["requires-python"].removeprefix(">="))
    if python is None:
        print(f"no Python {project['requires-python']} here: using {sys.version}")
    return python or sys.executable


def main() -> int:
    """Return the exit code of the tests."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("end", choices=("lowest", "newest"))
    lowest = parser.parse_args().end == "lowest"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with tempfile.TemporaryDirectory() as scratch:
        pinned = Path(scratch, "lowest.txt")
        pinned.write_text("\n".join(constraints(project)), encoding="utf-8")
        which = ["-c", str(pinned)] if lowest else ["--pre", "--upgrade"]
        subprocess.run(
            [oldest_python(project) if lowest else sys.executable, "-m", "venv", f"{scratch}/venv"], check=True
        )
        subprocess.run([f"{scratch}/venv/bin/pip", "install", "-q", f"{ROOT}[test]", *which], check=True)
        subprocess.run([f"{scratch}/venv/bin/pip", "freeze"], check=True)
        # Old packages meet newer ones that have deprecated what they call, and nobody will mend them for that.
        filters = ["-W", "ignore::DeprecationWarning"] if lowest else []
        tests = [f"{scratch}/venv/bin/pytest", "-q", "-n", "auto", "-m", "not slow", "--xp", "numpy", *filters]
        return subprocess.run(tests, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
