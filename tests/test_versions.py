"""The report of versions names everything that takes part."""

import importlib.metadata
import platform
import re
import subprocess
import sys

import numpy as np

import xpsae
from xpsae.versions import collected


def test_the_blas_is_named_though_nothing_has_loaded_it():
    code = "import xpsae; xpsae.show_versions()"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^threads 0 +\w+, .*threads$", shown, re.MULTILINE), shown


def test_what_takes_part_is_named(capsys):
    xpsae.show_versions()
    shown = capsys.readouterr().out
    found = collected()
    assert found["xpsae"] == xpsae.__version__
    assert found["python"].startswith(platform.python_version())
    assert found["numpy"] == np.__version__
    assert {"platform", "processors", "gpus", "cupy usable"} < found.keys()
    needed = [re.match(r"[\w-]+", each)[0] for each in importlib.metadata.requires("xpsae") if "extra ==" not in each]
    assert len(needed) >= 4
    assert set(needed) < found.keys()
    assert any("openblas" in value or "mkl" in value or "openmp" in value for value in found.values())
    assert [line.split("  ")[0].strip() for line in shown.splitlines()] == list(found)
