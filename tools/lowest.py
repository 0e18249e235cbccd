"""Run the fast tests with the oldest versions pyproject.toml allows, on the oldest Python it allows.

Every ``name>=version`` of the project file becomes the constraint ``name==version``, so no version is written twice.
"""

from __future__ import annotations

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


def main() -> int:
    """Return the exit code of the tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python = shutil.which("python" + project["requires-python"].removeprefix(">="))
    if python is None:
        print(f"no Python {project['requires-python']} here: using {sys.version}")
    with tempfile.TemporaryDirectory() as scratch:
        pinned = Path(scratch, "lowest.txt")
        pinned.write_text("\n".join(constraints(project)), encoding="utf-8")
        subprocess.run([python or sys.executable, "-m", "venv", f"{scratch}/venv"], check=True)
        subprocess.run([f"{scratch}/venv/bin/pip", "install", "-q", f"{ROOT}[test]", "-c", pinned], check=True)
        subprocess.run([f"{scratch}/venv/bin/pip", "freeze"], check=True)
        # Old packages meet newer ones that have deprecated what they call, and nobody will mend them for that.
        old = ["-W", "ignore::DeprecationWarning"]
        tests = [f"{scratch}/venv/bin/pytest", "-q", "-n", "auto", "-m", "not slow", "--xp", "numpy", *old]
        return subprocess.run(tests, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
