"""The report as a file: whole, closed to what it holds, the same for the same model."""

import dataclasses
import html.parser
import json
import re

import numpy as np
import pytest

import xpsae
from xpsae.reporting.contents import contents, rounded
from xpsae.reporting.views import canvas

ROWS = np.random.default_rng(0).random((120, 16))
MODEL = xpsae.fit(ROWS, n_hidden=5, max_iter=20, rng=0)
NASTY = '</script><img src=x onerror="alert(1)"> & {{contents}} ]]> \u2028 \ud800'


class Elements(html.parser.HTMLParser):
    """The elements of a page and the texts of those that were asked for."""

    def __init__(self, text):
        super().__init__()
        self.names, self.texts, self.addresses = ["text"], {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href", "action"}]

    def handle_data(self, data):
        self.texts.setdefault(self.names[-1], []).append(data)


def told(path):
    """Return the JSON in a report."""
    return json.loads(re.search(r'id="contents">(.*?)</script>', path.read_text("utf-8"), re.DOTALL)[1])


def test_the_file_holds_everything_and_asks_for_nothing(tmp_path):
    path = xpsae.save_report(MODEL, tmp_path / "r.html", ROWS)
    page = Elements(path.read_text("utf-8"))
    assert page.addresses == ["#features"]
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", path.read_text("utf-8"))
    assert "default-src 'none'" in path.read_text("utf-8")
    assert page.names.count("script") == 2
    values = told(path)
    assert len(values["units"]["feature"]) == 5
    assert all(len(rows) == 10 for rows in values["units"]["strongest"])
    assert [sum(counts) for counts in values["units"]["histogram"]] == [120] * 5
    assert len(values["examples"]) == 12
    assert values["examples"][-1]["error"] == max(rounded(MODEL.reconstruction_error(ROWS)))
    assert dict(values["headline"])["explained variance"] == f"{MODEL.score(ROWS):.1%}"


def test_a_title_is_text_whatever_it_holds(tmp_path):
    path = xpsae.save_report(MODEL, tmp_path / "r.html", ROWS, title=NASTY)
    plain = xpsae.save_report(MODEL, tmp_path / "s.html", ROWS)
    page, other = (Elements(each.read_text("utf-8")) for each in (path, plain))
    assert page.names == other.names
    assert page.texts["h1"][0].startswith("</script><img src=x")
    assert told(path) == told(plain)


def test_the_same_model_gives_the_same_file(tmp_path):
    files = [xpsae.save_report(MODEL, tmp_path / name, ROWS).read_bytes() for name in ("a.html", "b.html")]
    assert files[0] == files[1]


def test_without_data_there_is_less_to_tell(tmp_path):
    values = told(xpsae.save_report(MODEL, tmp_path / "r"))
    assert "examples" not in values
    assert "histogram" not in values["units"]
    assert [kind["units"] for kind in values["diagnosis"] if kind["name"] == "constant"] == [None]


def test_any_library_s_model_and_data_give_the_same_contents(xp):
    names = ("W1", "b1", "W2", "b2", "mean_activation")
    model = dataclasses.replace(MODEL, **{name: xp.array(getattr(MODEL, name)) for name in names})
    here, there = (contents(m, X, canvas(16, None, "auto")) for m, X in ((MODEL, ROWS), (model, xp.array(ROWS))))
    assert here["units"]["strongest"] == there["units"]["strongest"]
    assert here["units"]["feature"] == there["units"]["feature"]
    np.testing.assert_allclose(here["units"]["mean"], there["units"]["mean"], rtol=1e-5)


def test_what_json_has_no_number_for_is_left_out(tmp_path):
    history = dataclasses.replace(MODEL.history, cost=(np.inf, *MODEL.history.cost[1:]))
    path = xpsae.save_report(dataclasses.replace(MODEL, history=history), tmp_path / "r.html", ROWS)
    assert told(path)["history"]["cost"][0] is None


def test_long_runs_and_large_models_are_bounded(monkeypatch):
    monkeypatch.setattr("xpsae.reporting.contents.MOST_POINTS", 5)
    monkeypatch.setattr("xpsae.reporting.contents.MOST_VALUES", 5 * 16 * 3)
    values = contents(MODEL, ROWS, canvas(16, None, "auto"))
    assert len(values["history"]["iteration"]) == 5
    assert values["history"]["iteration"][-1] == MODEL.result.nit
    assert all(len(rows) == 3 for rows in values["units"]["strongest"])


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"path": "r.pdf"}, ValueError, r"path: expected an \.html file"),
        ({"model": 3}, TypeError, "model: expected a SparseAutoencoder"),
        ({"title": 3}, TypeError, "title: expected a string"),
        ({"patch_shape": (3, 3)}, ValueError, "patch_shape: expected"),
        ({"X": ROWS[:, :9]}, ValueError, "X: expected 16 features"),
        ({"X": np.full((3, 16), np.nan)}, ValueError, "X: expected finite"),
    ],
)
def test_what_cannot_be_shown_is_refused_and_nothing_is_written(tmp_path, wrong, error, words):
    arguments = {"model": MODEL, "path": "r.html", "X": ROWS} | wrong
    arguments["path"] = tmp_path / arguments["path"]
    with pytest.raises(error, match=f"^{words}"):
        xpsae.save_report(**arguments)
    assert not list(tmp_path.iterdir())
