"""``xpsae completion``: what a shell needs to complete commands, flags and their choices, read off the parser."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from xpsae.cli.options import add_command, say

_EXAMPLES = """\
  eval "$(xpsae completion bash)"                                     in ~/.bashrc
  xpsae completion zsh > ~/.zfunc/_xpsae                              with ~/.zfunc in fpath, before compinit
  xpsae completion fish > ~/.config/fish/completions/xpsae.fish
"""
_FILES = frozenset({"PATH", "CHECKPOINT", "DATA", "MODEL", "FILE", "CODES"})


@dataclass(frozen=True)
class _Flag:
    """An option or a place, as shells see it."""

    spellings: tuple[str, ...]
    text: str
    choices: tuple[str, ...]
    takes_value: bool
    takes_file: bool


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], whole: Callable[[], argparse.ArgumentParser]
) -> None:
    """Add the command to the command line, of which `whole` returns the parser."""
    does = "print the script that lets a shell complete commands and flags"
    parser = add_command(commands, "completion", does=does, examples=_EXAMPLES, config=False)
    parser.add_argument("shell", choices=tuple(_SCRIPTS), help="the shell")
    parser.set_defaults(run=lambda options: _completion(options, whole()))


def _completion(options: Any, parser: argparse.ArgumentParser) -> int:
    say(_SCRIPTS[options.shell](parser).rstrip("\n"))
    return 0


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, list[_Flag]]]:
    """Yield the name, the description and the flags of every command."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for told in action._choices_actions:
                yield told.dest, str(told.help), _flags(action.choices[told.dest])


def _flags(parser: argparse.ArgumentParser) -> list[_Flag]:
    return [
        _Flag(
            spellings=tuple(action.option_strings),
            text=re.sub(r"\s+", " ", str(action.help)),
            choices=tuple(map(str, action.choices or ())),
            takes_value=action.nargs != 0,
            takes_file=str(action.metavar) in _FILES,
        )
        for action in parser._actions
        if not isinstance(action, argparse._SubParsersAction)
    ]


def _bash(parser: argparse.ArgumentParser) -> str:
    names, cases, words = [], [], []
    for name, _, flags in _commands(parser):
        names.append(name)
        words.append(f"        {name}) words='{_listed(flags)}' ;;")
        for flag in flags:
            at = "|".join(f"{name}:{spelling}" for spelling in flag.spellings)
            if flag.choices and at:
                cases.append(f"        {at}) words='{' '.join(flag.choices)}' ;;")
            elif at and flag.takes_value:
                cases.append(f"        {at}) return ;;")
            elif flag.choices:
                words[-1] = f"        {name}) words='{' '.join(flag.choices)} {_listed(flags)}' ;;"
    top = f"{' '.join(names)} {_listed(_flags(parser))}"
    return _BASH.format(names="|".join(names), top=top, cases="\n".join(cases), words="\n".join(words))


def _listed(flags: list[_Flag]) -> str:
    return " ".join(spelling for flag in flags for spelling in flag.spellings if spelling.startswith("--"))


_BASH = """\
# Completion of xpsae for bash. Where it has nothing to offer, bash completes file names.
_xpsae() {{
    local word command='' words='' current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
    COMPREPLY=()
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$word" in {names}) command="$word"; break ;; esac
    done
    case "$command" in
        '') words='{top}' ;;
{words}
    esac
    case "$command:$previous" in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o bashdefault -o default -F _xpsae xpsae
"""


def _zsh(parser: argparse.ArgumentParser) -> str:
    described, cases = [], []
    for name, text, flags in _commands(parser):
        described.append(f"        {_quoted(f'{name}:{text}')}")
        places = [flag for flag in flags if not flag.spellings]
        specs = [_zsh_flag(flag, spelling) for flag in flags for spelling in flag.spellings]
        specs += [f"'*:{'|'.join(place.choices) or 'file'}:{_zsh_values(place)}'" for place in places[-1:]]
        for number, place in enumerate(places[:-1], 1):
            specs.append(f"'{number}:place:{_zsh_values(place)}'")
        cases.append(f"        {name}) _arguments {' '.join(specs)} ;;")
    return _ZSH.format(described="\n".join(described), cases="\n".join(cases))


def _zsh_flag(flag: _Flag, spelling: str) -> str:
    text = re.sub(r"([\[\]:\\])", r"\\\1", flag.text)
    value = f":value:{_zsh_values(flag)}" if flag.takes_value else ""
    return _quoted(f"{spelling}[{text}]{value}")


def _zsh_values(flag: _Flag) -> str:
    if flag.choices:
        return f"({' '.join(flag.choices)})"
    return "_files" if flag.takes_file else " "


_ZSH = """\
#compdef xpsae
# Completion of xpsae for zsh.
_xpsae() {{
    local -a commands
    commands=(
{described}
    )
    if (( CURRENT == 2 )); then
        _describe -t commands command commands
        return
    fi
    shift words
    (( CURRENT-- ))
    case "$words[1]" in
{cases}
    esac
}}
if [ "$funcstack[1]" = "_xpsae" ]; then _xpsae "$@"; else compdef _xpsae xpsae; fi
"""


def _fish(parser: argparse.ArgumentParser) -> str:
    lines = ["# Completion of xpsae for fish."]
    lines += [_fish_flag("__fish_use_subcommand", flag) for flag in _flags(parser)]
    for name, text, flags in _commands(parser):
        lines.append(f"complete -c xpsae -f -n __fish_use_subcommand -a {name} -d {_quoted(text)}")
        lines += [_fish_flag(f"__fish_seen_subcommand_from {name}", flag) for flag in flags]
    return "\n".join(lines)


def _fish_flag(when: str, flag: _Flag) -> str:
    names = " ".join(
        f"-l {name.removeprefix('--')}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.spellings
    )
    values = f"-x -a {_quoted(' '.join(flag.choices))}" if flag.choices else ""
    if not values and flag.takes_value and flag.spellings:
        values = "-r" if flag.takes_file else "-x"
    if not names:
        values = f"-f -a {_quoted(' '.join(flag.choices))}" if flag.choices else "-F"
    return " ".join(filter(None, ["complete -c xpsae -n", _quoted(when), names, values, "-d", _quoted(flag.text)]))


def _quoted(text: str) -> str:
    """Return a word of any of the shells; their quoted words cannot hold a single quotation mark."""
    return "'" + text.replace("'", "`") + "'"


_SCRIPTS: dict[str, Callable[[argparse.ArgumentParser], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
