"""Options from a file, under those that are typed."""

import json

import pytest

import xpsae


def facts(run, files, *words):
    """Return the facts of a model fitted with these words."""
    ending = run("fit", files / "data.npy", "-o", files / "new", "--json", *words)
    assert ending.code == 0
    return json.loads(ending.out)


def test_a_file_gives_options_and_what_is_typed_wins(run, files):
    lines = [
        "hidden = 7",
        "sparsity-target = 0.1",
        'decoder = "linear"',
        "iterations = 3",
        "quiet = true",
        "json = false",
    ]
    (files / "run.toml").write_text("\n".join(lines))
    config = ("--config", files / "run.toml")
    found = facts(run, files, *config)
    assert (found["n_hidden"], found["sparsity_target"], found["decoder"], found["iterations"]) == (7, 0.1, "linear", 3)
    found = facts(run, files, *config, "--hidden=4", "--decoder", "sigmoid")
    assert (found["n_hidden"], found["sparsity_target"], found["decoder"]) == (4, 0.1, "sigmoid")
    assert facts(run, files, "--n-hidden", "2", *config)["n_hidden"] == 2


def test_shapes_are_lists_or_words(run, files, model):
    for shape in ("[2, 8]", '"2x8"'):
        (files / "run.toml").write_text(f"patch-shape = {shape}")
        assert (
            run("features", files / "model.safetensors", "-o", files / "a.png", "--config", files / "run.toml").code
            == 0
        )
        xpsae.save_features(model, files / "b.png", patch_shape=(2, 8))
        assert (files / "a.png").read_bytes() == (files / "b.png").read_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hiden = 3\nsed = 1", "expected keys that are long flags of 'xpsae fit', got 'hiden', 'sed' in"),
        ("data = 'x.npy'", "got 'data' in"),
        ("config = 'x.toml'", "got 'config' in"),
        ("no-quiet = true", "got 'no-quiet' in"),
        ("hidden", "which is not TOML"),
        ("hidden = true", "expected a string, a number or a list of integers for hidden, got True in"),
        ("quiet = 1", "expected true or false for quiet, got 1 in"),
        ("hidden = 1979-05-27", "expected a string, a number or a list of integers for hidden"),
        ("hidden = 0", "argument --hidden/--n-hidden: expected an integer of at least 1, got 0"),
        ("decoder = 'tanh'", "argument --decoder: invalid choice: 'tanh'"),
    ],
)
def test_what_no_flag_takes_is_wrong_usage_that_names_it(run, capsys, files, text, words):
    (files / "run.toml").write_text(text)
    with pytest.raises(SystemExit, match="2"):
        run("fit", files / "data.npy", "--config", files / "run.toml", "-o", files / "new")
    assert words in capsys.readouterr().err.splitlines()[-1]
    assert not (files / "new").exists()


def test_a_file_that_is_not_there_is_wrong_usage(run, capsys, files):
    with pytest.raises(SystemExit, match="2"):
        run("info", files / "model.safetensors", "--config", files / "run.toml")
    assert "run.toml: No such file" in capsys.readouterr().err
