"""Hold every public name to the full numpydoc form: parameters, returns and an example, as ``xpsae.__all__`` promises.

``numpydoc lint`` checks the form of all docstrings from their source; this asks more of the promised ones.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import sys
from collections.abc import Collection, Iterator

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
OF_METHODS = REQUIRED.keys() - {"EX01", "RT01", "RT03"}  # "Return the size." says it
OF_RECORDS = {"GL08", "SS01", "SS06"}  # each field has its own line of documentation, below it


def is_record(thing: object) -> bool:
    """Return whether a class is a list of fields: a dataclass, a named tuple, an enumeration."""
    return dataclasses.is_dataclass(thing) or hasattr(thing, "_fields") or isinstance(thing, enum.EnumMeta)


def is_code(thing: object) -> bool:
    """Return whether a member of a class is a method or a property."""
    return inspect.isfunction(thing) or isinstance(thing, (property, classmethod, staticmethod))


def promised() -> Iterator[tuple[str, Collection[str]]]:
    """Yield every public function, class, method and property, and the codes it must satisfy."""
    for name in getattr(xpsae, "__all__", ()):
        thing = getattr(xpsae, name)
        if callable(thing):
            yield f"xpsae.{name}", OF_RECORDS if is_record(thing) else REQUIRED.keys()
        if inspect.isclass(thing):
            members = [m for m, value in vars(thing).items() if not m.startswith("_") and is_code(value)]
            yield from ((f"xpsae.{name}.{member}", OF_METHODS) for member in members)


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
