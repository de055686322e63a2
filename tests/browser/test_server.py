"""The server in a real browser: its content security policy blocks what it is for, and it works below a base path."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.driving import address, asks, choose_page, nudge, settle, visit
from tests.dashboard.serving import Served, served

pytestmark = pytest.mark.browser


def test_below_a_base_path_nothing_is_asked_for_elsewhere_and_nothing_fails(tab: Any) -> None:
    with served("--base-path", "/heavy/press") as server:
        visit(tab, address(server.url))
        choose_page(tab, "Results", "Money")
        assert tab.url.startswith(f"{server.url}/money?")
        tab.reload()
        settle(tab)
        nudge(tab, "Fall of rents per year", 3)
        assert "set" in asks(tab)
        ours = (f"{server.url}/", server.url.replace("http", "ws"), "data:", "blob:")
        assert [each for each in tab.asked if not each.startswith(ours)] == []
        assert tab.faults == []


def test_a_script_that_is_put_into_the_page_does_not_run(tab: Any, server: Served) -> None:
    visit(tab, address(server.url))
    put = "document.body.appendChild(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
    tab.evaluate(put)
    assert tab.evaluate("window.ran") is None
    assert any("Content Security Policy" in each for each in tab.faults)


def test_no_page_of_others_frames_it(tab: Any, server: Served) -> None:
    page = f'<iframe src="{server.url}"></iframe>'
    tab.route("http://elsewhere.test/", lambda route: route.fulfill(body=page, content_type="text/html"))
    tab.goto("http://elsewhere.test/")
    (frame,) = tab.main_frame.child_frames
    assert any(each.startswith(server.url) for each in tab.asked)
    assert frame.url.startswith("chrome-error:")
