"""``xpsae report``: the page that the function writes."""

import numpy as np
import pytest

import xpsae


def test_the_page_is_the_one_that_the_function_writes(run, files, rows, model):
    ending = run("report", files / "model.safetensors", "--data", files / "data.npy", "-o", files / "new" / "r.html")
    assert (ending.code, ending.err) == (0, "")
    assert ending.out == f"3 hidden units, shown on 60 samples: {files / 'new' / 'r.html'}\n"
    xpsae.save_report(model, files / "s.html", rows, title="model.safetensors")
    assert (files / "new" / "r.html").read_bytes() == (files / "s.html").read_bytes()


def test_shape_view_and_title_are_passed_on(run, files, rows, model):
    for words, options in (
        (["--as", "bars", "--title", "<T>"], {"view": "bars", "title": "<T>"}),
        (["--patch-shape", "2x8"], {"patch_shape": (2, 8), "title": "model.safetensors"}),
    ):
        assert run("report", files / "model.safetensors", "-o", files / "r.html", *words).code == 0
        xpsae.save_report(model, files / "s.html", **options)
        assert (files / "r.html").read_bytes() == (files / "s.html").read_bytes()


def test_the_shape_that_a_file_tells_is_heeded(run, files, rows, model):
    np.save(files / "data.npy", rows.reshape(60, 2, 8))
    assert run("report", files / "model.safetensors", "--data", files / "data.npy", "-o", files / "r.html").code == 0
    assert '"tile":[2,8]' in (files / "r.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-o", "r.pdf"], "--output: expected an .html file, got r.pdf"),
        (["--data", "no.npy"], "DATA: expected a file, got no.npy"),
        (["--patch-shape", "3x3"], "--patch-shape: expected (height, width)"),
    ],
)
def test_what_cannot_be_shown_is_one_line(run, files, monkeypatch, words, told):
    monkeypatch.chdir(files)
    ending = run("report", "model.safetensors", *words)
    assert ending.code == 1
    assert told in ending.err
    assert not list(files.glob("*.html"))
