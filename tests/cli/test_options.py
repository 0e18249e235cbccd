"""What the commands share: shapes, paths, defaults, output."""

import argparse
import io
import sys

import pytest

from xpsae.cli.options import command, defaults_of, patch_shape, prepared_file, prepared_folder, say


@pytest.mark.parametrize(("text", "shape"), [("8x8", (8, 8)), ("12X4", (12, 4)), ("8x8x3", (8, 8, 3))])
def test_shapes_are_read(text, shape):
    assert patch_shape(text) == shape


@pytest.mark.parametrize("text", ["8", "8x", "x8", "8x8x3x1", "0x8", "-1x8", "axb", ""])
def test_what_is_no_shape_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a shape like 8x8"):
        patch_shape(text)


def test_folders_are_made(tmp_path):
    path = prepared_file(tmp_path / "a" / "b" / "c.png")
    assert path.parent.is_dir()
    assert not path.exists()


def test_a_folder_is_not_an_output_file(tmp_path):
    with pytest.raises(ValueError, match=r"--output: expected a file, got the folder .*\. Add a file name"):
        prepared_file(tmp_path)


@pytest.mark.parametrize("inside", [".", "deeper"])
def test_a_file_is_not_an_output_folder(tmp_path, inside):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ValueError, match="--output: expected a folder, got the file"):
        prepared_folder(tmp_path / "file" / inside)


def test_a_folder_that_is_not_writable_is_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(PermissionError, match="--output: expected a folder that can be written to"):
        prepared_folder(tmp_path)


def test_defaults_are_read_off_the_function():
    assert defaults_of(lambda a, b=2, *, c=3.0: (a, b, c), "c", "b") == {"c": 3.0, "b": 2}


def test_a_terminal_of_few_letters_gets_question_marks(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", errors="strict"))
    say("±3")
    sys.stdout.flush()
    assert written.getvalue().splitlines() == [b"?3"]


def test_commands_are_told_as_they_have_to_be_typed(monkeypatch, tmp_path):
    called, other = tmp_path / "a venv" / "xpsae", tmp_path / "xpsae"
    called.parent.mkdir()
    called.touch()
    other.touch()
    monkeypatch.setattr(sys, "argv", [str(called), "demo"])
    for found in (None, str(other)):
        monkeypatch.setattr("shutil.which", lambda _, found=found: found)
        assert command("info", "my model") == f"'{called}' info 'my model'"
    monkeypatch.setattr("shutil.which", lambda _: str(called))
    assert command("info", "model") == "xpsae info model"
    monkeypatch.setattr(sys, "argv", ["pytest"])
    assert command("info") == "xpsae info"
