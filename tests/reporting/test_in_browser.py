"""The report as a browser shows it: a real one, without a window."""

import browser
import numpy as np
import pytest

import xpsae

ROWS = np.random.default_rng(0).random((200, 16))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with three reports."""
    folder = tmp_path_factory.mktemp("reports")
    model = xpsae.fit(ROWS, n_hidden=7, max_iter=20, rng=0)
    title = "</script><script>window.broken = true</script>"
    xpsae.save_report(model, folder / "pictures.html", ROWS, title=title)
    xpsae.save_report(model, folder / "bars.html", ROWS, view="bars")
    xpsae.save_report(model, folder / "no data.html")
    return folder


@pytest.fixture(scope="module")
def page():
    """A page of a browser, which must have had nothing to complain of in the end."""
    if (program := browser.find()) is None:
        pytest.skip("no browser is installed: " + ", ".join(browser.PROGRAMS))
    with browser.browsing(program) as page:
        yield page
        assert page.complaints == []


@pytest.mark.parametrize("name", ["pictures", "bars", "no data"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_grid_has_a_tile_for_every_unit_and_nothing_is_wider_than_the_screen(page, folder, name, width, scheme):
    page.open(folder / f"{name}.html", width=width, scheme=scheme)
    assert page.ask("document.querySelectorAll('#grid .tile .view').length") == 7
    assert page.ask("document.documentElement.scrollWidth") == width
    assert page.ask("document.querySelectorAll('figure path').length") > 3
    ground = page.ask("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 20, 22)"}[scheme]
    assert page.ask("window.broken") is None
    assert page.complaints == []


def test_a_click_shows_the_unit_and_escape_returns_to_its_tile(page, folder):
    page.open(folder / "pictures.html")
    page.click(".tile[data-unit='4']")
    assert page.ask("document.querySelector('dialog').open")
    assert page.ask("document.getElementById('unit-title').textContent") == "Unit 4"
    assert page.ask("document.querySelectorAll('.strongest li').length") == 10
    assert page.ask("location.hash") == "#unit-4"
    page.press("ArrowRight")
    assert page.ask("document.getElementById('unit-title').textContent") == "Unit 5"
    page.press("Escape")
    assert not page.ask("document.querySelector('dialog').open")
    assert page.ask("document.activeElement.dataset.unit") == "5"
    assert page.ask("location.hash") == ""


def test_arrow_keys_move_in_the_grid_and_enter_opens(page, folder):
    page.open(folder / "bars.html", width=390)
    page.ask("document.querySelector('.tile[tabindex=\"0\"]').focus()")
    across = page.ask(
        "[...document.querySelectorAll('.tile')].filter((t, _, a) => t.offsetTop === a[0].offsetTop).length"
    )
    for key, unit in (("ArrowRight", 1), ("ArrowDown", 1 + across), ("ArrowUp", 1), ("End", 6), ("Home", 0)):
        page.press(key)
        assert page.ask("document.activeElement.dataset.unit") == str(unit)
    page.press("Enter")
    assert page.ask("document.getElementById('unit-title').textContent") == "Unit 0"
    assert page.ask("document.activeElement.id") == "unit-title"


def test_an_address_leads_to_a_unit(page, folder):
    page.open(folder / "no data.html", anchor="#unit-2")
    assert page.ask("document.getElementById('unit-title').textContent") == "Unit 2"


def test_zoom_order_and_seconds_are_heeded(page, folder):
    page.open(folder / "pictures.html")
    page.ask(
        "(() => { const z = document.getElementById('zoom'); z.value = 30; z.dispatchEvent(new Event('input')); })()"
    )
    assert page.ask("document.querySelector('.tile').offsetWidth") == 120
    assert page.ask("getComputedStyle(document.querySelector('.tile img')).imageRendering") == "pixelated"
    page.ask("document.getElementById('order').value = 'mean'")
    page.ask("document.getElementById('order').dispatchEvent(new Event('change'))")
    labels = page.ask("[...document.querySelectorAll('.tile')].map((t) => t.title)")
    means = [float(label.split("activation ")[1].split(",")[0]) for label in labels]
    assert means == sorted(means, reverse=True)
    page.click("input[value='seconds']")
    assert "seconds" in page.ask("document.getElementById('training').textContent")
