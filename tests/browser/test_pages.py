"""Every page in both languages: nothing fails, nothing leaves the machine, axe finds nothing, all of it fits.

HEAVYPRESS_PICTURES names a folder in which a picture of every page is kept, at every width, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from dashboard import charts
from dashboard.page import VIEWS
from tests.browser.driving import address, open_tab, settle, visit
from tests.dashboard.serving import Served, until

pytestmark = pytest.mark.browser

AXE = AXE_FILE_PATH.read_text(encoding="utf8")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
GRAVE = ("serious", "critical")
SIZES = {"1440": (1440, 900), "1000": (1000, 900), "200 %": (720, 450), "390": (390, 844)}
NARROW = ("200 %", "390")
COMPUTES = ("sureness", "debate", "sweeps")  # what is unfolded there is computed, for seconds each
MOST_UNFOLDED = 12
PICTURES = os.environ.get("HEAVYPRESS_PICTURES", "")

# What sticks out of the window to the right, and stands in no box of its own that scrolls or cuts.
_OUTSIDE = """() => {
    const width = document.documentElement.clientWidth, found = []
    const kept = (each) => {
        for (let box = each.parentElement; box && box.dataset.testid !== 'stMain'; box = box.parentElement)
            if (getComputedStyle(box).overflowX !== 'visible') return true
        return false
    }
    const main = document.querySelector('[data-testid=stMain]')
    for (const each of main.querySelectorAll('*')) {
        const {right, width: own} = each.getBoundingClientRect()
        if (own > 0 && right > width + 1 && !kept(each)) found.push(`${each.tagName} ${each.className} to ${right}`)
    }
    if (document.documentElement.scrollWidth > width) found.push('the window scrolls')
    if (main.scrollWidth > main.clientWidth + 1) found.push('the page scrolls')
    return found.slice(0, 5)
}"""


@pytest.fixture(scope="module", params=["en", "de"])
def language(request: pytest.FixtureRequest) -> str:
    """Language of the pages."""
    return str(request.param)


@pytest.fixture(scope="module", params=[view.path for view in VIEWS])
def path(request: pytest.FixtureRequest) -> str:
    """Path of a page."""
    return str(request.param)


@pytest.fixture(scope="module")
def shown(browser: Any, server: Served, path: str, language: str) -> Iterator[Any]:
    """A tab with the page; in German all that can be unfolded is, but for what is computed."""
    tab = open_tab(browser)
    visit(tab, address(server.url, "" if path == "answer" else path, lang=language))
    if language == "de" and path not in COMPUTES:
        unfold(tab)
    yield tab
    tab.close()


def unfold(tab: Any) -> None:
    """Unfold what a page has folded, and the details of the first control."""
    for _ in range(MOST_UNFOLDED):
        folded = tab.locator("[data-testid=stMain] details:not([open]) > summary")
        if not folded.count():
            break
        settle(tab)  # what was opened last may still move the next
        folded.first.click()
    settle(tab)


def grave(tab: Any) -> list[str]:
    """What axe finds that is serious or critical."""
    tab.evaluate(AXE)
    found = tab.evaluate("rules => axe.run(document, {runOnly: rules})", list(RULES))["violations"]
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


def test_nothing_fails_and_nothing_leaves_the_machine(shown: Any, server: Served) -> None:
    assert shown.faults == []
    ours = (f"{server.url}/", server.url.replace("http", "ws"), "data:", "blob:")
    assert [each for each in shown.asked if not each.startswith(ours)] == []


def test_axe_finds_nothing_grave(shown: Any) -> None:
    assert grave(shown) == []


def test_nothing_runs_over_the_edge(shown: Any, path: str, language: str) -> None:
    """At every width in English, and at the narrow ones in German, whose words are longer."""
    outside = {}
    for size, (width, height) in SIZES.items():
        if language == "en" or size in NARROW:
            shown.set_viewport_size({"width": width, "height": height})
            settle(shown)
            keep_picture(shown, f"{path}_{size.removesuffix(' %')}_{language}")
            outside[size] = shown.evaluate(_OUTSIDE)
    assert not any(outside.values()), outside


def keep_picture(tab: Any, name: str) -> None:
    """Keep a picture of a whole page, where a folder for it is named."""
    if not PICTURES:
        return
    size = tab.viewport_size
    tall = tab.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    tab.set_viewport_size({"width": size["width"], "height": max(size["height"], min(tall + 80, 6_000))})
    settle(tab)
    tab.screenshot(path=Path(PICTURES) / f"{name}.png")
    tab.set_viewport_size(size)


def test_figures_are_as_large_as_exported_and_scroll_where_the_screen_is_narrow(tab: Any, server: Served) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    visit(tab, address(server.url, "money"))
    figure = tab.locator("[data-testid=stImageContainer] img")
    figure.wait_for()
    assert figure.bounding_box()["width"] == charts.WIDTH
    box = tab.locator("[data-testid=stImageContainer]")
    assert box.bounding_box()["width"] < 390
    assert box.get_attribute("role") == "group"
    assert str(figure.get_attribute("alt")).startswith(str(box.get_attribute("aria-label")))
    box.focus()
    tab.keyboard.press("ArrowRight")
    assert until(lambda: box.evaluate("each => each.scrollLeft") > 0)


# --- what opens ---


def test_axe_finds_nothing_grave_in_what_the_controls_open(tab: Any, server: Served) -> None:
    visit(tab, address(server.url, set="cloud.decline_per_year=0.25"))
    tab.get_by_text("Cloud market", exact=True).click()
    tab.get_by_text("How much to compute").click()
    tab.get_by_role("button", name="Fall of rents per year").first.click()
    tab.get_by_text("Take as known").wait_for()
    settle(tab)
    assert grave(tab) == []


@pytest.mark.parametrize("scenario", ["small_country", "nairr_us"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_first_screen_holds_question_answer_chart_figures_and_controls(
    tab: Any, server: Served, scenario: str, language: str
) -> None:
    visit(tab, address(server.url, scenario=scenario, lang=language))
    chart = tab.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
    sliders = tab.locator("[data-testid=stSidebar] [data-testid=stSlider]")
    budget = tab.locator("[data-testid=stSidebar] [data-testid=stNumberInput]")
    sliders.nth(12).wait_for()  # they are loaded later than what they stand beside
    main = tab.get_by_test_id("stMain")
    found = [main.locator("h3").first, chart.first, main.locator("table").first, budget.first, *sliders.all()]
    assert len(found) == 3 + 14
    for each in found:
        box = each.bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= 900 and box["x"] + box["width"] <= 1440


def test_on_a_telephone_the_answer_is_seen_first(browser: Any, server: Served) -> None:
    tab = open_tab(browser, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    visit(tab, address(server.url))
    assert tab.evaluate("!!document.elementFromPoint(195, 250).closest('[data-testid=stMain]')")
    tab.get_by_role("heading", name="With 50 million dollars").click(trial=True)
    tab.close()
