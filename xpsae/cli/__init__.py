"""The command line: ``xpsae --help`` names its commands."""

from xpsae.cli.entry import main

__all__ = ["main"]
