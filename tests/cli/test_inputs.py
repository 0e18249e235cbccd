"""DATA: a file, or standard input."""

import io
import sys
import types

import numpy as np
import pytest

import xpsae


@pytest.fixture
def piped(monkeypatch):
    """A function that puts bytes on standard input."""

    def pipe(content):
        monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(content)))

    return pipe


def test_a_dash_reads_standard_input(run, files, rows, piped, tmp_path):
    stream = io.BytesIO()
    np.save(stream, rows)
    piped(stream.getvalue())
    ending = run("fit", "-", "-o", tmp_path / "new.safetensors", "-q", "--iterations", 2, "--hidden", 3, "--seed", 1)
    assert (ending.code, ending.err) == (0, "")
    expected = xpsae.fit(rows, 3, max_iter=2, rng=1)
    np.testing.assert_array_equal(xpsae.load(tmp_path / "new.safetensors").theta, expected.theta)


def test_anything_else_on_standard_input_is_told(run, piped, tmp_path):
    piped(b"1,2,3\n")
    ending = run("fit", "-", "-o", tmp_path / "new.safetensors")
    assert ending.code == 1
    assert ending.err.startswith("xpsae: error: DATA: expected a .npy file on standard input, got 6 bytes of something")
