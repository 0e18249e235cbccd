"""``xpsae selftest``: does a library compute here what NumPy computes."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from xpsae.agreement import compare, usable_libraries, where
from xpsae.arrays.namespace import LIBRARIES
from xpsae.cli.options import add_command, add_json, say
from xpsae.cli.report import as_json

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
    add_json(parser)
    parser.set_defaults(run=_selftest)


def _selftest(options: Any) -> int:
    missing = usable_libraries()
    chosen = [options.library] if options.library else [name for name in missing if name != "numpy"]
    if options.json:
        return _for_programs(chosen, missing, only=options.library)
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


def _for_programs(chosen: list[str], missing: dict[str, str | None], *, only: str | None) -> int:
    """Say the same as JSON."""
    told: dict[str, Any] = {}
    for library in chosen:
        if missing[library] and not only:
            told[library] = {"compared": False, "reason": missing[library]}
            continue
        quantities = [asdict(agreement) | {"holds": agreement.holds} for agreement in compare(library)]
        agrees = all(quantity["holds"] for quantity in quantities)
        told[library] = {"compared": True, "where": where(library), "agrees": agrees, "quantities": quantities}
    say(as_json(told))
    return 0 if all(found.get("agrees", True) for found in told.values()) else 1
