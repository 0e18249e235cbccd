"""Endings: exit codes, one line for every error, no traceback, closed pipes, interruptions, warnings."""

import functools
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import xpsae
from xpsae.cli import main

COMMANDS = (
    *("fit", "encode", "decode", "reconstruct", "features", "report", "info", "plan", "check-gradient", "selftest"),
    *("export", "demo", "completion"),
)


def assert_failed(ending, *words):
    """The run failed with one line that holds the words."""
    assert ending.code == 1
    assert ending.err.startswith("xpsae: error: ")
    assert ending.err.count("\n") == 1
    for word in words:
        assert word in ending.err


def test_the_version_is_the_package_s(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"xpsae {xpsae.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_ends_with_examples_of_its_command(capsys, command):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    text = capsys.readouterr().out
    assert "\nexamples:\n  " in text
    assert f"xpsae {command}" in text.partition("\nexamples:\n")[2]
    assert "exit code" in text
    assert "%(" not in text
    assert max(len(line) for line in text.splitlines()) <= 120


def test_the_first_help_names_every_command_and_the_exit_codes(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(f"\n    {command}" in text for command in COMMANDS)
    assert "exit codes: 0 done, 1 failed" in text


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["fit"],
        ["fit", "a", "--hidden", "many"],
        ["fit", "a", "--decoder", "tanh"],
        ["features", "m", "--patch-shape", "8"],
        ["demo", "faces"],
        ["info", "m", "--nonsense"],
    ],
)
def test_wrong_usage_ends_with_code_2(capsys, words):
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "usage: xpsae" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["fit", "no.npy"], ["encode", "no", "no"], ["features", "no"], ["info", "no"]])
def test_a_missing_file_is_one_line(run, words):
    assert_failed(run(*words), "expected a file, got no", "not there")


@pytest.mark.parametrize(
    "blob", [b"", b"\x93NUMPY\x01\x00", b"PK\x03\x04", b"\x1f\x8b\x08", b"\x00\x00\x08\x03", b"text"]
)
@pytest.mark.parametrize("command", ["fit", "info", "features", "check-gradient"])
def test_a_file_that_is_damaged_or_of_another_format_is_one_line(run, tmp_path, blob, command):
    (tmp_path / "file").write_bytes(blob)
    assert_failed(run(command, tmp_path / "file"), str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.ones(4), ["shape (4,)"]),
        (np.ones((0, 4)), ["(0, 4)"]),
        (np.full((9, 4), np.nan), ["finite"]),
        (np.ones((9, 4), complex), ["complex128"]),
        (np.array([["a"] * 4] * 9), ["<U1"]),
    ],
)
def test_data_that_cannot_be_used_are_one_line(run, tmp_path, data, words):
    np.save(tmp_path / "data.npy", data)
    assert_failed(run("fit", tmp_path / "data.npy", "-q", "-o", tmp_path / "m"), *words)
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--hidden", "0"),
        ("--n-hidden", "0"),
        ("--sparsity-target", "1"),
        ("--sparsity-target", "nan"),
        ("--weight-decay", "-1"),
        ("--sparsity-weight", "inf"),
        ("--iterations", "-1"),
        ("--max-iter", "-1"),
        ("--history", "0"),
        ("--gtol", "-1"),
        ("--seed", "-1"),
        ("--hidden", "2.5"),
        ("--gtol", "small"),
    ],
)
@pytest.mark.parametrize("joined", [False, True])
def test_options_out_of_range_are_wrong_usage_that_names_them(run, capsys, files, option, value, joined):
    words = [f"{option}={value}"] if joined else [option, value]
    with pytest.raises(SystemExit, match="2"):
        run("fit", files / "data.npy", "-q", "-o", files / "m", *words)
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("xpsae fit: error: argument ")
    assert option in last
    assert ": expected a" in last
    assert f"got {value}" in last.replace("'", "").replace(".0", "")


def test_an_unexpected_error_is_one_line_and_a_traceback_on_request(run, files, monkeypatch):
    def broken(*_args, **_options):
        message = "two\nlines"
        raise KeyError(message)

    monkeypatch.setattr(xpsae, "load", broken)
    assert_failed(run("info", files / "model.safetensors"), "KeyError: 'two\\nlines'", "--traceback shows more")
    with pytest.raises(KeyError):
        run("--traceback", "info", files / "model.safetensors")


def test_an_error_of_the_operating_system_names_the_file_without_a_number(run, files, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device", "codes.npy")

    monkeypatch.setattr("xpsae.cli.models.replacing", full)
    ending = run("encode", files / "model.safetensors", files / "data.npy", "-o", files / "codes.npy")
    assert_failed(ending)
    assert ending.err == "xpsae: error: codes.npy: No space left on device\n"


def test_an_interruption_ends_with_code_130_and_leaves_no_model(run, files, monkeypatch):
    @functools.wraps(xpsae.fit)
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(xpsae, "fit", interrupted)
    ending = run("fit", files / "data.npy", "-o", files / "new")
    assert (ending.code, ending.err) == (130, "\nxpsae: interrupted\n")
    assert not (files / "new").exists()


def test_warnings_and_what_is_logged_are_one_line_each(run, files, monkeypatch):
    load = xpsae.load

    def talkative(path):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("more columns\nthan rows", stacklevel=1)
        logging.getLogger("xpsae").info("computing on the CPU")
        return load(path)

    monkeypatch.setattr(xpsae, "load", talkative)
    ending = run("info", files / "model.safetensors")
    assert ending.code == 0
    assert ending.err == "xpsae: warning: more columns than rows\nxpsae: computing on the CPU\n"
    assert not logging.getLogger("xpsae").handlers


@pytest.mark.parametrize("words", [["--help"], ["info", "model.safetensors"]])
def test_a_reader_that_has_left_is_no_traceback(files, words):
    reading, writing = os.pipe()
    os.close(reading)
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    program = [sys.executable, "-m", "xpsae", *words]
    done = subprocess.run(program, cwd=files, env=buffered, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_it_runs_as_a_program_of_its_own(files):
    words = [sys.executable, "-m", "xpsae.cli", "features", "model.safetensors", "-o", "new/features.png"]
    done = subprocess.run(words, cwd=files, capture_output=True, text=True, check=True)
    assert done.stdout == f"3 features: {Path('new', 'features.png')}\n"
    assert done.stderr == ""
    assert (files / "new" / "features.png").read_bytes().startswith(b"\x89PNG")
