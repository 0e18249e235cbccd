"""Errors in the words of the command line: the flags that were typed, not the parameters behind them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

_SPELLINGS = {"X": ("data", "file"), "codes": ("data",), "rng": ("seed",)}
_IN_SHELL = {
    "SparseAutoencoder.save wrote": "'xpsae fit' wrote",
    "Pass None for no limit.": "Leave it out for no limit.",
}
"""Parameters that the command line calls otherwise, and the places where it takes them."""


def in_flags(text: str, parser: argparse.ArgumentParser, words: Sequence[str]) -> str:
    """Return an error message with every parameter spelled as the command takes it.

    Parameters
    ----------
    text : str
        A message such as ``complaint`` makes.
    parser : argparse.ArgumentParser
        The parser of the command.
    words : sequence of str
        What was typed, for flags of several spellings.

    Returns
    -------
    str
        The message.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> action = parser.add_argument("--hidden", dest="n_hidden")
    >>> in_flags("n_hidden: expected an integer of at least 1, got 0. Pass n_hidden=25.", parser, [])
    '--hidden: expected an integer of at least 1, got 0. Pass --hidden 25.'
    """
    flags = _flags(parser, words)
    text = re.sub(r"^(\w+):", lambda found: f"{flags.get(found[1], found[1])}:", text)
    for python, shell in _IN_SHELL.items():
        text = text.replace(python, shell)
    names = "|".join(map(re.escape, flags))
    text = re.sub(rf"\bPass ({names})=None\b", lambda found: f"Leave out {flags[found[1]]}", text)
    text = re.sub(
        rf"\b({names})=(\([\d, ]+\)|'[^']*'|[^\s,;()]*[^\s,;().])",
        lambda found: f"{flags[found[1]]} {_word(found[2])}",
        text,
    )
    # The other choices of a flag: --device cpu or 'auto'.
    return re.sub(r"(?<= )--[\w-]+ [\w-]+(?:,? (?:or )?'[\w-]+')+", lambda found: found[0].replace("'", ""), text)


def _flags(parser: argparse.ArgumentParser, words: Sequence[str]) -> dict[str, str]:
    """Return what the command line calls each parameter: the flag as typed, or its first long spelling."""
    typed = {word.partition("=")[0] for word in words}
    spelled = {}
    for action in parser._actions:
        flags = sorted(action.option_strings, key=lambda flag: (flag not in typed, not flag.startswith("--")))
        if flags or isinstance(action.metavar, str):
            spelled[action.dest] = flags[0] if flags else str(action.metavar)
    places = {name: [spelled[place] for place in where if place in spelled] for name, where in _SPELLINGS.items()}
    return spelled | {name: found[0] for name, found in places.items() if found}


def _word(value: str) -> str:
    """Return what is typed for a value of Python: 8x8 for (8, 8), range for 'range'."""
    if value.startswith("("):
        return "x".join(re.findall(r"\d+", value))
    return value.strip("'")
