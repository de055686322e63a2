"""A report as a page in a real browser: it asks for nothing, breaks no rule of its own, and fits where it is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.cli import main

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def tab(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A tab with the report; in `tab.asked` the addresses it asked for, in `tab.said` what the browser objects to."""
    path = tmp_path_factory.mktemp("report") / "brief.html"
    assert main(["report", "small_country", "--draws", "20", "--no-queue", "--out", str(path)]) == 0
    tab = browser.new_page(viewport={"width": 1000, "height": 1200})
    tab.asked, tab.said = [], []
    tab.on("request", lambda sent: tab.asked.append(sent.url) if not sent.url.startswith("data:") else None)
    tab.on("console", lambda message: tab.said.append(message.text))
    tab.goto(path.as_uri())
    yield tab
    tab.close()


def test_it_asks_for_itself_alone_and_the_browser_objects_to_nothing(tab: Any) -> None:
    assert len(tab.asked) == 1 and tab.said == []


def test_every_figure_is_drawn(tab: Any) -> None:
    widths = tab.eval_on_selector_all("img", "all => all.map(each => each.complete ? each.naturalWidth : 0)")
    assert widths and all(width > 300 for width in widths)


@pytest.mark.parametrize("width", [320, 1000])
def test_nothing_runs_over_the_edge(tab: Any, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 1200})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_the_print_has_pages_of_a4_without_the_record(tab: Any, tmp_path: Path) -> None:
    import pypdf

    tab.pdf(path=str(tmp_path / "print.pdf"), prefer_css_page_size=True)
    pages = pypdf.PdfReader(tmp_path / "print.pdf").pages
    assert {round(float(page.mediabox.width) / 72 * 25.4) for page in pages} == {210}
    assert len(pages) < 20 and "heavypress/run/1" not in pages[-1].extract_text()
