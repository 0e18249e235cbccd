"""``python ptx BASE``: translate BASE.ptx to BASE.c, and compile that to BASE.so."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from ptx.compiling import main  # noqa: E402 - the path comes first

sys.exit(main(sys.argv[1]))
