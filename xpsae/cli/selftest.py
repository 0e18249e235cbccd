"""``xpsae selftest``: does a library compute here what NumPy computes."""

from __future__ import annotations

import argparse
from typing import Any

from xpsae.agreement import compare, usable_libraries, where
from xpsae.arrays.namespace import LIBRARIES
from xpsae.cli.options import add_command, say

_EXAMPLES = """\
  xpsae selftest
  xpsae selftest --library cupy

cost, gradient, activations, a short training and a saved file are compared with NumPy's, on patches of the bundled
photographs. without --library: every library that is installed. exit code 1 says that something differs.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(commands, "selftest", does="compare the installed libraries with NumPy", examples=_EXAMPLES)
    others = [name for name in LIBRARIES if name != "numpy"]
    parser.add_argument("--library", choices=others, help="compare only this one; it has to be there")
    parser.set_defaults(run=_selftest)


def _selftest(options: Any) -> int:
    missing = usable_libraries()
    chosen = [options.library] if options.library else [name for name in missing if name != "numpy"]
    agrees = True
    for library in chosen:
        if missing[library] and not options.library:
            say(f"{library}: not compared, {missing[library]}\n")
            continue
        say(f"{where(library)}, beside NumPy")
        found = []
        for agreement in compare(library):
            say(f"  {agreement}")
            found.append(agreement.holds)
        agrees = agrees and all(found)
        say(f"{library}: {sum(found)} of {len(found)} quantities agree\n")
    return 0 if agrees else 1
