"""Options from a file: TOML whose keys are a command's long flags; what is typed wins."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xpsae.checks import complaint, described

_NOT_IN_A_FILE = ("help", "config")


def with_config(parser: argparse.ArgumentParser, path: Path, words: Sequence[str]) -> list[str]:
    """Return the words of a command line with those of a file before them, so that what was typed has the last word.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The parser of the command.
    path : Path
        A TOML file. Its keys are long flags without their dashes; true and false stand for a flag and its opposite,
        and a list of integers for a shape.
    words : sequence of str
        What was typed.

    Returns
    -------
    list of str
        The words up to the name of the command, those of the file, and the others.

    Raises
    ------
    ValueError
        If the file is not TOML, or has a key that is no flag of the command or a value that no flag takes.
    OSError
        If it cannot be read.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        got = f"{path}, which is not TOML ({error})"
        raise ValueError(complaint("--config", "a TOML file", got, "Write lines like hidden = 100.")) from None
    known = _keys(parser)
    if unknown := sorted(table.keys() - known.keys()):
        got = f"{', '.join(map(repr, unknown))} in {path}"
        remedy = f"Its keys may be {', '.join(known)}."
        raise ValueError(complaint("--config", f"keys that are long flags of '{parser.prog}'", got, remedy))
    name = parser.prog.rpartition(" ")[2]
    after = list(words).index(name) + 1
    return [*words[:after], *(_word(path, key, value, known[key]) for key, value in table.items()), *words[after:]]


def _keys(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    flags = {flag.removeprefix("--"): action for action in parser._actions for flag in action.option_strings}
    return {
        key: action
        for key, action in flags.items()
        if key[0] != "-" and key not in _NOT_IN_A_FILE and not key.startswith("no-")
    }


def _word(path: Path, key: str, value: Any, action: argparse.Action) -> str:
    """Return what would be typed for a value of the file."""
    switch = action.nargs == 0
    if isinstance(value, list) and value and all(type(side) is int for side in value):
        value = "x".join(map(str, value))
    if isinstance(value, bool) != switch or not isinstance(value, bool | int | float | str):
        expected = "true or false" if switch else "a string, a number or a list of integers"
        raise ValueError(complaint("--config", f"{expected} for {key}", f"{described(value)} in {path}", "Mend it."))
    if switch:
        return f"--{key}" if value else f"--no-{key}"
    return f"--{key}={value}"
