"""What the commands share: shapes, paths, defaults, output."""

import argparse
import io
import sys

import pytest

from xpsae.cli.options import command, defaults_of, exit_code, patch_shape, say
from xpsae.cli.outputs import prepared_file, prepared_folder
from xpsae.optimize.outcome import Outcome


@pytest.mark.parametrize(("text", "shape"), [("8x8", (8, 8)), ("12X4", (12, 4)), ("8x8x3", (8, 8, 3))])
def test_shapes_are_read(text, shape):
    assert patch_shape(text) == shape


@pytest.mark.parametrize("text", ["8", "8x", "x8", "8x8x3x1", "0x8", "-1x8", "axb", ""])
def test_what_is_no_shape_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="is not a shape like 8x8"):
        patch_shape(text)


def test_folders_are_made(tmp_path):
    path = prepared_file(tmp_path / "a" / "b" / "c.png", read=[tmp_path])
    assert path.parent.is_dir()
    assert not path.exists()


def test_a_folder_is_not_an_output_file(tmp_path):
    with pytest.raises(ValueError, match=r"--output: expected a file, got the folder .*\. Add a file name"):
        prepared_file(tmp_path, read=[])


@pytest.mark.parametrize("link", [None, "symlink_to", "hardlink_to"])
def test_a_file_that_is_read_is_not_written_over(tmp_path, link):
    (tmp_path / "data").write_bytes(b"data")
    path = tmp_path / "data"
    if link:
        path = tmp_path / "other"
        getattr(path, link)(tmp_path / "data")
    with pytest.raises(ValueError, match=rf"^--output: expected another file than is read, got {path}\. Pass another"):
        prepared_file(path, read=[str(tmp_path / "model"), str(tmp_path / "data")])
    (tmp_path / "old").write_bytes(b"")
    assert prepared_file(tmp_path / "old", read=[tmp_path / "data"]) == tmp_path / "old"


def test_a_run_that_failed_ends_with_code_1_and_its_sentence(capsys):
    codes = {outcome: exit_code(outcome.value) for outcome in Outcome}
    failed = {outcome for outcome, code in codes.items() if code == 1}
    assert failed == {Outcome.LINE_SEARCH_FAILED, Outcome.UNBOUNDED, Outcome.BAD_START}
    assert {outcome for outcome, code in codes.items() if code == 130} == {Outcome.INTERRUPTED}
    assert set(codes.values()) == {0, 1, 130}
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("xpsae: error")]
    assert told == [f"xpsae: error: {outcome.value}" for outcome in Outcome if outcome in failed]


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
