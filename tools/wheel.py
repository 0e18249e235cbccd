"""Build the source distribution and from it the wheel; install the wheel alone and use it from outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
USE = """
import pathlib, sys, xpsae
assert pathlib.Path(xpsae.__file__).is_relative_to(sys.prefix), xpsae.__file__
for name in getattr(xpsae, "__all__", ()):
    getattr(xpsae, name)
model = xpsae.fit([[0.0, 1.0], [1.0, 0.0]], n_hidden=2, max_iter=2, rng=0)
model.save(sys.argv[1])
print(xpsae.__version__)
"""


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command that sees nothing of the checkout; raise if it fails."""
    print("$", *command, flush=True)
    elsewhere = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([str(word) for word in command], cwd=cwd, env=elsewhere, check=True)


def package_files() -> set[str]:
    """Return the files of the package that git knows or would add."""
    listing = ["git", "ls-files", "-co", "--exclude-standard", "xpsae"]
    done = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True)
    return {name for name in done.stdout.splitlines() if (ROOT / name).exists()}


def main() -> int:
    """Return whether a file of the package is missing from the wheel; raise if it does not install or import."""
    with tempfile.TemporaryDirectory() as scratch:
        outside = Path(scratch)
        run(sys.executable, "-m", "build", "--outdir", outside, ROOT, cwd=outside)
        (wheel,), (source,) = outside.glob("*.whl"), outside.glob("*.tar.gz")
        run(sys.executable, "-m", "twine", "check", "--strict", wheel, source, cwd=outside)
        run(sys.executable, "-m", "check_wheel_contents", "--no-config", wheel, cwd=outside)
        missing = package_files() - set(zipfile.ZipFile(wheel).namelist())
        print("missing from the wheel:", sorted(missing) or "nothing")
        venv.create(outside / "venv", with_pip=True)
        scripts = outside / "venv" / "bin"
        run(scripts / "pip", "install", "-q", wheel, cwd=outside)
        run(scripts / "pip", "check", cwd=outside)
        run(scripts / "python", "-I", "-W", "error", "-c", USE, outside / "model", cwd=outside)
        run(scripts / "xpsae", "report", outside / "model", "-o", outside / "report.html", cwd=outside)
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
