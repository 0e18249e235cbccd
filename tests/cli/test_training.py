"""``xpsae fit``."""

import dataclasses
import functools
import json
import shlex

import numpy as np
import pytest

import xpsae


@pytest.fixture
def fit(run, files):
    """``xpsae fit`` on the data of the folder, quietly, to new.safetensors."""

    def command(*words):
        return run("fit", files / "data.npy", "-o", files / "new.safetensors", "-q", "--iterations", 3, *words)

    return command


def test_the_model_is_the_one_that_the_function_gives(fit, files, rows):
    options = ["--hidden", 4, "--sparsity-target", 0.1, "--weight-decay", 1e-3, "--sparsity-weight", 2, "--seed", 7]
    ending = fit(*options, "--history", 4, "--gtol", 0, "--ftol", 0, "--decoder", "linear")
    assert (ending.code, ending.err) == (0, "")
    expected = xpsae.fit(
        rows, 4, sparsity_target=0.1, weight_decay=1e-3, sparsity_weight=2, rng=7, history=4, gtol=0, ftol=0,
        decoder="linear", max_iter=3,
    )  # fmt: skip
    found = xpsae.load(files / "new.safetensors")
    np.testing.assert_array_equal(found.theta, expected.theta)
    assert found.penalties == expected.penalties


def test_what_was_learned_and_what_to_do_next_are_told(fit, files):
    text = fit().out
    for words in ("16-25-16, sigmoid decoder, float64", "explained variance", "mean activations", "dead units", "next"):
        assert words in text
    assert f"xpsae info {files / 'new.safetensors'}" in text


@pytest.mark.parametrize(("how", "kind"), [("auto", "range"), ("three-sigma", "three-sigma"), ("range", "range")])
def test_data_are_scaled_as_asked_and_it_is_told(fit, files, rows, how, kind):
    np.save(files / "data.npy", 10 * rows)
    ending = fit("--scaling", how)
    assert xpsae.load(files / "new.safetensors").scaling.kind == kind
    assert "mapped to [0.1, 0.9]" in ending.out


def test_data_out_of_range_are_refused_without_scaling(fit, files, rows):
    np.save(files / "data.npy", 10 * rows)
    ending = fit("--scaling", "none")
    assert ending.code == 1
    assert "xpsae: error: DATA: expected values in [0, 1]" in ending.err


def test_an_array_of_several_is_chosen_by_its_key(run, files, rows):
    np.savez(files / "two.npz", a=rows, b=rows[:, :9])
    words = ["fit", files / "two.npz", "-o", files / "new", "-q", "--iterations", 1]
    assert "key: expected one of 'a', 'b'" in run(*words).err
    assert "9-25-9" in run(*words, "--key", "b").out


@pytest.mark.parametrize(("words", "terminal", "shown"), [([], False, False), ([], True, True), (["-q"], True, False)])
def test_progress_is_shown_on_a_terminal_unless_quiet(run, files, monkeypatch, words, terminal, shown):
    monkeypatch.setattr("xpsae.cli.options.sys.stderr.isatty", lambda: terminal)
    monkeypatch.setenv("COLUMNS", "80")
    ending = run("fit", files / "data.npy", "-o", files / "new", "--iterations", 2, *words)
    assert ("2/2 " in ending.err) is shown
    assert "2/2 " not in ending.out


def test_progress_is_logged_on_request(run, files):
    ending = run("fit", files / "data.npy", "-o", files / "new", "--iterations", 2, "--no-quiet")
    assert "2/2 " in ending.err
    assert "2/2 " not in ending.out


def test_facts_for_programs_are_json(run, files):
    ending = run("fit", files / "data.npy", "-o", files / "new", "--iterations", 2, "--json")
    found = json.loads(ending.out)
    assert (found["iterations"], found["path"]) == (2, str(files / "new"))
    assert found["explained_variance"] == xpsae.load(files / "new").score(np.load(files / "data.npy"))


def test_the_output_folder_is_tried_before_the_work(run, files, monkeypatch):
    @functools.wraps(xpsae.fit)
    def too_early(*_args, **_options):
        pytest.fail("trained before looking at the output")

    monkeypatch.setattr(xpsae, "fit", too_early)
    ending = run("fit", files / "data.npy", "-o", files / "data.npy" / "model")
    assert ending.code == 1
    assert "--output: expected a folder, got the file" in ending.err


@pytest.mark.parametrize(("words", "device"), [([], "cpu"), (["--device", "auto"], "auto")])
def test_devices_are_passed_on(fit, monkeypatch, words, device):
    train, seen = xpsae.fit, []

    @functools.wraps(train)
    def watched(*args, **options):
        seen.append(options["device"])
        return train(*args, **options)

    monkeypatch.setattr(xpsae, "fit", watched)
    assert fit(*words).code == 0
    assert seen == [device]


def test_a_device_that_is_not_there_is_one_line(fit, monkeypatch):
    monkeypatch.setattr("xpsae.arrays.devices.cuda_problem", lambda: "no CuPy package")
    ending = fit("--device", "cuda")
    assert ending.code == 1
    assert "--device: expected a usable CUDA device, got no CuPy package" in ending.err
    assert "Pass --device cpu" in ending.err


@pytest.mark.parametrize(("words", "precision"), [([], "full"), (["--precision", "tf32"], "tf32")])
@pytest.mark.parametrize("function", ["fit", "resume"])
def test_the_precision_is_passed_on(fit, files, monkeypatch, words, precision, function):
    go, seen = getattr(xpsae, function), []
    assert fit("--checkpoint", files / "run.ckpt").code == 0

    @functools.wraps(go)
    def watched(*args, **options):
        seen.append(options.pop("precision"))
        return go(*args, **options)

    monkeypatch.setattr(xpsae, function, watched)
    resumed = ["--resume", files / "run.ckpt"] if function == "resume" else []
    assert fit(*words, *resumed).code == 0
    assert seen == [precision]


def test_a_precision_that_is_not_to_be_had_is_one_line_with_the_remedy(fit):
    ending = fit("--precision", "tf32")
    assert ending.code == 1
    assert ending.err.startswith("xpsae: error: --precision: expected 'full' for numpy on cpu, got 'tf32'. ")
    assert ending.err.endswith("pass --device cuda where there is one.\n")


def test_the_data_are_not_written_over(run, files):
    before = (files / "data.npy").read_bytes()
    ending = run("fit", files / "data.npy", "-o", files / "data.npy", "-q", "--iterations", 1)
    assert ending.code == 1
    assert "--output: expected another file than is read" in ending.err
    assert (files / "data.npy").read_bytes() == before


def test_a_failed_run_is_written_and_ends_with_code_1(fit, files, monkeypatch):
    train = xpsae.fit

    @functools.wraps(train)
    def failing(*args, **options):
        model = train(*args, **options)
        return dataclasses.replace(model, result=dataclasses.replace(model.result, message="Failed: no lower point."))

    monkeypatch.setattr(xpsae, "fit", failing)
    ending = fit()
    assert ending.code == 1
    assert ending.err == "xpsae: error: Failed: no lower point.\n"
    assert xpsae.load(files / "new.safetensors").result.message == "Failed: no lower point."


def test_the_next_command_reads_the_same_array_and_is_quoted(run, files, rows):
    folder = files / "my data"
    folder.mkdir()
    np.savez(folder / "two.npz", a=rows, b=rows[:, :9])
    text = run("fit", folder / "two.npz", "--key", "a", "-o", folder / "m", "-q", "--iterations", 1).out
    (line,) = (line.strip() for line in text.splitlines() if " encode " in line)
    words = shlex.split(line)[1:]
    assert words == ["encode", str(folder / "m"), str(folder / "two.npz"), "--key", "a", "-o", "codes.npy"]
    assert run(*words[:-1], files / "codes.npy").code == 0


def test_a_pattern_is_trained_on_as_it_lies_within_a_memory(run, tmp_path, monkeypatch):
    X = np.random.default_rng(0).random((3000, 16))
    np.save(tmp_path / "all.npy", X)
    for i, part in enumerate(np.array_split(X, 4)):
        np.save(tmp_path / f"part-{i}.npy", part)
    plans, make = [], xpsae.Objective.of

    def seen(data, plan, penalties, **options):
        plans.append(plan)
        return make(data, plan, penalties, **options)

    monkeypatch.setattr(xpsae.Objective, "of", seen)
    for name in ("all.npy", "part-*.npy"):
        model = tmp_path / f"{name[:3]}.safetensors"
        words = ("-q", "--hidden", 3, "--iterations", 3, "--memory", "400kB", "--workers", 1)
        assert run("fit", tmp_path / name, "-o", model, *words).code == 0
        assert run("encode", model, tmp_path / name, "-o", tmp_path / f"{name[:3]}-codes.npy").code == 0
    assert [plan.conversion for plan in plans] == ["repeated", "repeated"]
    np.testing.assert_array_equal(np.load(tmp_path / "all-codes.npy"), np.load(tmp_path / "par-codes.npy"))
    assert "DATA: expected files named" in run("fit", tmp_path / "none-*.npy").err


def test_a_preset_gives_what_is_not_typed(run, tmp_path):
    np.save(tmp_path / "data.npy", np.random.default_rng(0).random((30, 6)))
    words = [tmp_path / "data.npy", "-o", tmp_path / "model", "--iterations", 1, "--preset", "ufldl-stl10"]
    assert run("fit", *words, "--hidden", 25, "--weight-decay", 1e-4).code == 0
    model = xpsae.load(tmp_path / "model")
    assert model.n_hidden == 25
    assert model.penalties == xpsae.Penalties(1e-4, 0.035, 5.0, "linear")
    ending = run("fit", *words, "--resume", tmp_path / "run.ckpt")
    assert "--preset: expected none with --resume" in ending.err
