"""A small model and small data for the commands, and the commands as functions."""

import dataclasses

import numpy as np
import pytest

import xpsae
from xpsae.cli import main


@dataclasses.dataclass(frozen=True)
class Ending:
    """How a run of the command line ended, and what it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys):
    """The command line as a function of its words."""

    def command(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Ending(code, *capsys.readouterr())

    return command


@pytest.fixture(scope="session")
def rows():
    """Samples of 4x4 pixels with values from 0 to 1."""
    return np.random.default_rng(0).random((60, 16))


@pytest.fixture(scope="session")
def model(rows):
    """A model of those samples."""
    return xpsae.fit(rows, n_hidden=3, max_iter=5, rng=0)


@pytest.fixture
def files(tmp_path, rows, model):
    """A folder with data.npy and model.safetensors in it."""
    np.save(tmp_path / "data.npy", rows)
    model.save(tmp_path / "model.safetensors")
    return tmp_path
