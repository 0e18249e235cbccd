"""Errors in the words of the command line."""

import pytest

from xpsae.cli.entry import parser
from xpsae.cli.wording import in_flags


def command_parser(name):
    words = {"fit": ["fit", "d"], "features": ["features", "m"], "demo": ["demo"], "encode": ["encode", "m", "d"]}
    return parser().parse_args(words[name]).parser


@pytest.mark.parametrize(
    ("command", "words", "text", "expected"),
    [
        ("fit", [], "weight_decay: got -1. Pass 1e-4.", "--weight-decay: got -1. Pass 1e-4."),
        ("fit", [], "n_hidden: got 0. Pass n_hidden=25.", "--hidden: got 0. Pass --hidden 25."),
        ("fit", ["--n-hidden=0"], "n_hidden: got 0. Pass n_hidden=25.", "--n-hidden: got 0. Pass --n-hidden 25."),
        ("fit", [], "X: Pass scaling='range', decoder='linear'.", "DATA: Pass --scaling range, --decoder linear."),
        ("fit", [], "device: Pass device='cpu' or 'auto'.", "--device: Pass --device cpu or auto."),
        ("fit", [], "X: Pass scaling='auto', 'range' or 'x-y', or", "DATA: Pass --scaling auto, range or x-y, or"),
        ("encode", [], "a file that SparseAutoencoder.save wrote.", "a file that 'xpsae fit' wrote."),
        ("demo", [], "X: expected finite numbers", "FILE: expected finite numbers"),
        ("features", [], "patch_shape: Pass patch_shape=(5, 8).", "--patch-shape: Pass --patch-shape 5x8."),
        ("features", [], "columns: got 0. Pass columns=None.", "--columns: got 0. Leave out --columns."),
        ("encode", [], "path: expected a file, got a=b.", "path: expected a file, got a=b."),
        ("encode", [], "weight_decay=3 is nothing that encode takes", "weight_decay=3 is nothing that encode takes"),
        ("encode", [], "", ""),
    ],
)
def test_parameters_are_spelled_as_flags(command, words, text, expected):
    assert in_flags(text, command_parser(command), words) == expected
