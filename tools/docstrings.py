"""Hold every public name to the full numpydoc form: parameters, returns and an example, as ``xpsae.__all__`` promises.

``numpydoc lint`` checks the form of all docstrings from their source; this asks more of the promised ones.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

import numpydoc.validate

import xpsae

REQUIRED = {
    "GL08": "no docstring",
    "SS01": "no summary",
    "SS06": "a summary of more than one line",
    "PR01": "parameters that are not documented",
    "PR02": "parameters that do not exist",
    "PR03": "parameters out of order",
    "PR04": "a parameter without a type",
    "PR07": "a parameter without a description",
    "RT01": "no Returns section",
    "RT03": "a return value without a description",
    "EX01": "no example",
}
OF_METHODS = REQUIRED.keys() - {"EX01"}


def promised() -> Iterator[tuple[str, set[str]]]:
    """Yield every public function, class, method and property, and the codes it must satisfy."""
    for name in getattr(xpsae, "__all__", ()):
        thing = getattr(xpsae, name)
        if callable(thing):
            yield f"xpsae.{name}", set(REQUIRED)
        if inspect.isclass(thing):
            members = [m for m, value in vars(thing).items() if not m.startswith("_") and _is_code(value)]
            yield from ((f"xpsae.{name}.{member}", set(OF_METHODS)) for member in members)


def _is_code(value: object) -> bool:
    return inspect.isfunction(value) or isinstance(value, (property, classmethod, staticmethod))


def main() -> int:
    """Print what is missing; return whether anything is."""
    found = [
        f"{name}: {code} {message}"
        for name, codes in promised()
        for code, message in numpydoc.validate.validate(name)["errors"]
        if code in codes
    ]
    print(*found, sep="\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
