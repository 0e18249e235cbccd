"""``xpsae tutorial``: every exercise runs, on few iterations, and says what came of it."""

import gzip

import numpy as np
import pytest

from xpsae.exercises import EXERCISES, convolution, patches
from xpsae.exercises.digits import digits
from xpsae.exercises.record import Figure, Outcome, Settings


@pytest.mark.parametrize("number", [1, 2, 3])
def test_exercises_run_and_write_their_pictures(run, tmp_path, number):
    ending = run("tutorial", number, "--iterations", 3, "-o", tmp_path)
    assert ending.code in {0, 1}
    assert EXERCISES[number - 1].title in ending.out
    assert list(tmp_path.glob(f"{number}-*.png"))


@pytest.mark.parametrize("number", [4, 5, 6])
def test_exercises_with_labels_take_small_digits_and_say_so(run, tmp_path, number):
    pytest.importorskip("sklearn")
    ending = run("tutorial", number, "--iterations", 5, "-o", tmp_path)
    assert ending.code == 0
    assert "for want of MNIST: nothing published to compare with" in ending.out


def test_a_linear_decoder_learns_color(run, tmp_path, monkeypatch):
    ending = run("tutorial", 7, "--iterations", 2, "-o", tmp_path)
    assert "20000 patches of 8 x 8 pixels in color" in ending.out
    assert (tmp_path / "7-colors.png").exists()


def test_convolved_features_are_those_of_patches(monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(convolution, "_CROPS", 2)
    outcome = convolution.run(Settings(max_iter=1))
    assert outcome.figures[0].passes


def test_the_gradient_passes_the_notes_own_bar():
    figures = patches.run(Settings(max_iter=1)).figures
    assert figures[0].passes


def idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(side.to_bytes(4, "big") for side in array.shape)
    path.write_bytes(gzip.compress(header + array.astype("uint8").tobytes()) if path.suffix == ".gz" else header)


def test_mnist_is_read_where_it_is(tmp_path):
    pictures = np.arange(6 * 4).reshape(6, 2, 2)
    idx(tmp_path / "t10k-images-idx3-ubyte.gz", pictures)
    idx(tmp_path / "t10k-labels-idx1-ubyte.gz", np.arange(6))
    found = digits(tmp_path)
    assert found.kind == "mnist-test"
    np.testing.assert_array_equal(found.everything.y, np.arange(6))
    np.testing.assert_allclose(found.train.X, pictures[:3].reshape(3, 4) / 255, rtol=1e-6)
    idx(tmp_path / "train-images-idx3-ubyte.gz", pictures)
    idx(tmp_path / "train-labels-idx1-ubyte.gz", np.arange(6))
    assert digits(tmp_path).kind == "mnist"


def test_a_folder_without_digits_is_refused_with_what_to_get(run, tmp_path):
    ending = run("tutorial", 2, "--data", tmp_path, "-o", tmp_path / "out")
    assert ending.code == 1
    assert ending.err.startswith("xpsae: error: --data: expected a folder with MNIST's digits")
    assert "t10k" in ending.err


def test_numbers_that_are_none_are_refused(run, tmp_path):
    ending = run("tutorial", 9, "-o", tmp_path)
    assert ending.code == 1
    assert "expected numbers from 1 to 8, got 9" in ending.err


def test_a_figure_that_differs_fails_the_exercise():
    figures = [Figure("a", "1", "1", verdict) for verdict in (True, None, False)]
    assert not Outcome("data", tuple(figures)).passes
    assert Outcome("data", tuple(figures[:2])).passes
