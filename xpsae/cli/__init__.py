"""The command line: ``xpsae demo``, ``fit``, ``encode``, ``features``, ``info`` and ``check-gradient``."""

from xpsae.cli.entry import main

__all__ = ["main"]
