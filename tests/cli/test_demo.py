"""``xpsae demo``: its exercises, its files, what it says."""

import gzip
import struct
import sys

import numpy as np
import pytest

import xpsae
from xpsae.cli import lessons


def write_idx(path, pictures):
    """Write pictures of bytes as IDX in gzip."""
    header = bytes([0, 0, 8, pictures.ndim]) + struct.pack(f">{pictures.ndim}I", *pictures.shape)
    path.write_bytes(gzip.compress(header + pictures.astype(np.uint8).tobytes()))


@pytest.fixture
def pictures(tmp_path):
    """An IDX file of pictures of 6x5 pixels."""
    path = tmp_path / "pictures.idx.gz"
    write_idx(path, np.random.default_rng(0).integers(0, 256, (40, 6, 5)))
    return path


@pytest.fixture
def small(monkeypatch):
    """Few patches."""
    monkeypatch.setattr(lessons, "N_PATCHES", 200)


@pytest.mark.usefixtures("small")
def test_the_demonstration_writes_its_files_and_tells_what_was_learned(run, tmp_path):
    pytest.importorskip("matplotlib")
    ending = run("demo", "-o", tmp_path / "out", "--iterations", 3)
    assert ending.code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"features.png", "cost.png", "model.safetensors"}
    for words in (
        "learning from 200 patches of 8x8 pixels from whitened photographs",
        "64-25-64, sigmoid decoder",
        "sparsity target 0.01, weight decay 0.0001, sparsity weight 3",
        "cost  ",
        "explained variance",
        "mean activations",
        "dead units",
        "oriented edges",
        "next\n  xpsae features ",
        "\n  xpsae demo digits ",
    ):
        assert words in ending.out
    assert ending.err == ""
    assert (tmp_path / "out" / "cost.png").read_bytes().startswith(b"\x89PNG")
    model = xpsae.load(tmp_path / "out" / "model.safetensors")
    assert (model.n_features, model.n_hidden, model.result.nit) == (64, 25, 3)


@pytest.mark.usefixtures("small")
def test_without_matplotlib_the_features_are_still_drawn_and_the_rest_is_noted(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    ending = run("demo", "-q", "-o", tmp_path / "out", "--iterations", 1)
    assert (ending.code, ending.err) == (0, "")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"features.png", "model.safetensors"}
    assert "cost.png            not written, because matplotlib is not installed (pip install matplotlib)" in ending.out


@pytest.mark.usefixtures("small")
def test_the_same_seed_gives_the_same_model_and_another_seed_another(run, tmp_path):
    def theta(seed):
        assert run("demo", "-q", "-o", tmp_path, "--iterations", 1, "--seed", seed).code == 0
        return xpsae.load(tmp_path / "model.safetensors").theta

    np.testing.assert_array_equal(theta(1), theta(1))
    assert np.any(theta(1) != theta(2))


@pytest.mark.usefixtures("small")
def test_options_take_the_place_of_the_exercise_s(run, tmp_path):
    words = ["--hidden", 7, "--sparsity-target", 0.2, "--weight-decay", 0.5, "--sparsity-weight", 0]
    assert run("demo", "-q", "-o", tmp_path, "--iterations", 1, *words).code == 0
    model = xpsae.load(tmp_path / "model.safetensors")
    penalties = model.penalties
    assert model.n_hidden == 7
    assert (penalties.sparsity_target, penalties.weight_decay, penalties.sparsity_weight) == (0.2, 0.5, 0.0)


def test_digits_are_scikit_learn_s(run, tmp_path):
    pytest.importorskip("sklearn")
    ending = run("demo", "digits", "-q", "-o", tmp_path, "--iterations", 1)
    assert ending.code == 0
    assert "1797 digits of 8x8 pixels from scikit-learn" in ending.out
    assert "xpsae demo images" in ending.out


@pytest.mark.usefixtures("small")
def test_each_demonstration_has_a_folder_of_its_own(run, tmp_path, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    assert run("demo", "-q", "--iterations", 1).code == 0
    assert run("demo", "digits", "-q", "--iterations", 1).code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"xpsae-demo", "xpsae-demo-digits"}
    sizes = [
        xpsae.load(folder / "model.safetensors").penalties.sparsity_target for folder in sorted(tmp_path.iterdir())
    ]
    assert sizes == [0.01, 0.1]


def test_digits_without_scikit_learn_say_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    ending = run("demo", "digits", "-q", "-o", tmp_path)
    assert ending.code == 1
    assert "Run: pip install scikit-learn" in ending.err


def test_pictures_of_a_file_are_divided_by_255_and_drawn_in_their_shape(run, tmp_path, pictures):
    ending = run("demo", "digits", pictures, "-q", "-o", tmp_path / "out", "--iterations", 1)
    assert ending.code == 0
    assert "the first 40 pictures of 6x5 pixels" in ending.out
    assert "30-196-30" in ending.out
    assert "sparsity target 0.1, weight decay 0.003" in ending.out
    assert "values divided by 255" in ending.out
    assert (tmp_path / "out" / "features.png").exists()


def test_no_more_than_ten_thousand_pictures_are_taken(monkeypatch, pictures):
    monkeypatch.setattr(lessons, "MOST_PICTURES", 10)
    assert lessons.pictures(pictures).data.shape == (10, 30)


def test_rows_without_a_shape_are_no_pictures(run, files):
    ending = run("demo", "digits", files / "data.npy", "-o", files / "out")
    assert ending.code == 1
    assert "FILE: expected a file of pictures" in ending.err
    assert "xpsae fit" in ending.err


def test_images_take_no_file(run, tmp_path, pictures):
    ending = run("demo", "images", pictures, "-o", tmp_path / "out")
    assert ending.code == 1
    assert "xpsae demo digits FILE" in ending.err
    assert not (tmp_path / "out").exists()


def test_a_file_where_the_folder_should_be_is_one_line(run, files):
    ending = run("demo", "-o", files / "data.npy")
    assert ending.code == 1
    assert "--output: expected a folder, got the file" in ending.err


def test_the_exercises_are_the_notes_own():
    assert lessons.EDGES == {"n_hidden": 25, "sparsity_target": 0.01, "weight_decay": 1e-4, "sparsity_weight": 3.0}
    assert lessons.STROKES == {"n_hidden": 196, "sparsity_target": 0.1, "weight_decay": 3e-3, "sparsity_weight": 3.0}


@pytest.mark.parametrize("wrong", ["missing.idx", "data.npy", "nan.npy"])
def test_a_demonstration_that_cannot_begin_leaves_no_folder(run, files, wrong):
    np.save(files / "nan.npy", np.full((3, 4, 4), np.nan))
    ending = run("demo", "digits", files / wrong, "-o", files / "out")
    assert ending.code == 1
    assert ending.err.startswith("xpsae: error: FILE: expected ")
    assert ending.out == ""
    assert not (files / "out").exists()


@pytest.mark.parametrize("hidden", ["0", "2.5"])
def test_hidden_units_that_are_no_number_of_them_are_wrong_usage(run, tmp_path, hidden):
    with pytest.raises(SystemExit, match="2"):
        run("demo", "--hidden", hidden, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()
