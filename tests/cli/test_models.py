"""``xpsae encode``, ``features`` and ``info``."""

import json

import numpy as np
import pytest

import xpsae


def test_codes_are_the_model_s_activations(run, files, rows, model):
    ending = run("encode", files / "model.safetensors", files / "data.npy", "-o", files / "new" / "codes.npy")
    assert ending.code == 0
    assert "60 samples, 3 activations each (float64)" in ending.out
    np.testing.assert_array_equal(np.load(files / "new" / "codes.npy"), model.encode(rows))


def test_codes_are_decoded_and_samples_reconstructed(run, files, rows, model):
    names = model_file, data, codes, back, again = [
        files / name for name in ("model.safetensors", "data.npy", "codes.npy", "back.npy", "again.npy")
    ]
    assert all(
        run(*words).code == 0
        for words in (["encode", *names[:2], "-o", codes], ["decode", model_file, codes, "-o", back])
    )
    ending = run("reconstruct", model_file, data, "-o", again)
    assert ending.out == (
        f"60 samples of 16 features (float64): {again}\n"
        f"mean squared error {model.reconstruction_error(rows).mean():.6g}\n"
    )
    np.testing.assert_array_equal(np.load(back), model.reconstruct(rows))
    np.testing.assert_array_equal(np.load(again), model.reconstruct(rows))


def test_activations_of_another_number_are_one_line(run, files):
    ending = run("decode", files / "model.safetensors", files / "data.npy", "-o", files / "b")
    assert ending.code == 1
    assert "DATA: expected 3 features (columns), got 16" in ending.err


def test_codes_keep_their_name_whatever_its_ending(run, files):
    assert run("encode", files / "model.safetensors", files / "data.npy", "-o", files / "codes").code == 0
    assert np.load(files / "codes").shape == (60, 3)


@pytest.mark.parametrize("data", ["data.npy", "data*.npy"])
@pytest.mark.parametrize("name", ["data.npy", "model.safetensors"])
def test_files_that_are_read_are_not_written_over(run, files, name, data):
    before = (files / name).read_bytes()
    ending = run("encode", files / "model.safetensors", files / data, "-o", files / name)
    assert ending.code == 1
    assert "--output: expected another file than is read" in ending.err
    assert run("features", files / "model.safetensors", "-o", files / "model.safetensors").code == 1
    assert (files / name).read_bytes() == before


def test_data_of_another_width_are_one_line(run, files):
    np.save(files / "data.npy", np.ones((5, 9)))
    ending = run("encode", files / "model.safetensors", files / "data.npy", "-o", files / "codes.npy")
    assert ending.code == 1
    assert "xpsae: error: DATA: expected 16 features" in ending.err
    assert not (files / "codes.npy").exists()


@pytest.mark.parametrize("options", [{}, {"contrast": "common", "columns": 1}, {"patch_shape": (2, 8), "zoom": 3}])
def test_the_picture_is_the_one_that_the_function_saves(run, files, model, options):
    words = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", _word(value))]
    ending = run("features", files / "model.safetensors", "-o", files / "a.png", *words)
    assert ending.code == 0
    expected = xpsae.save_features(model, files / "b.png", **options)
    assert (files / "a.png").read_bytes() == expected.read_bytes()


def _word(value):
    return "x".join(map(str, value)) if isinstance(value, tuple) else value


def test_a_shape_that_does_not_fit_is_one_line(run, files):
    ending = run("features", files / "model.safetensors", "-o", files / "a.png", "--patch-shape", "5x5")
    assert ending.code == 1
    assert "--patch-shape: expected (height, width)" in ending.err
    assert "Pass --patch-shape 4x4 or --patch-shape 2x8 or --patch-shape 1x16." in ending.err
    assert not (files / "a.png").exists()


def test_info_tells_what_the_file_holds(run, files):
    text = run("info", files / "model.safetensors").out
    for words in (
        "16-3-16, sigmoid decoder, float64",
        "sparsity target 0.05",
        "values unchanged",
        "5 iterations",
        "of 3",
    ):
        assert words in text
    assert "explained variance" not in text


def test_info_for_programs_is_json(run, files, model):
    facts = json.loads(run("info", "--json", files / "model.safetensors").out)
    assert (facts["n_features"], facts["n_hidden"], facts["iterations"]) == (16, 3, 5)
    assert facts["cost"] == pytest.approx(facts["error"] + facts["decay"] + facts["sparsity"], rel=1e-12)
    assert facts["mean_activation"] == model.mean_activation.tolist()


def test_a_file_of_another_format_is_named(run, files):
    ending = run("info", files / "data.npy")
    assert ending.code == 1
    assert str(files / "data.npy") in ending.err


def test_a_picture_of_another_format_is_refused_before_any_work(run, files):
    ending = run("features", files / "model.safetensors", "-o", files / "new" / "f.pdf")
    assert ending.code == 1
    assert "--output: expected a .png file, got" in ending.err
    assert not (files / "new").exists()


@pytest.mark.parametrize("words", [["info"], ["features"], ["encode", "data.npy"]])
def test_a_file_that_cannot_be_read_is_named_by_its_place(run, files, words):
    model = files / "model.safetensors"
    command = [words[0], model, *(files / word for word in words[1:])]
    model.write_bytes(model.read_bytes()[:-8])
    assert f"error: MODEL: expected a model file, got {model}, which is truncated. Pass" in run(*command).err
    assert "'xpsae fit' wrote" in run(*command).err
    model.unlink()
    assert f"error: MODEL: expected a file, got {model}, which is not there" in run(*command).err


@pytest.mark.parametrize("words", [["fit"], ["check-gradient"], ["encode", "model.safetensors"]])
def test_data_that_cannot_be_read_are_named_by_their_place(run, files, words):
    (files / "data.npy").write_bytes(b"")
    command = [words[0], *(files / word for word in [*words[1:], "data.npy"])]
    assert "error: DATA: expected a file of real numbers, got" in run(*command).err
