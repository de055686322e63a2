"""What takes longer than a repaint: asked for when nothing moves, kept by the run, and never shown under others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from dashboard import charts, later, markdown, words
from tests.dashboard.conftest import PATIENCE_SECONDS, Page

Open = Callable[..., Page]


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Every test starts with nothing computed."""
    later._kept.clear()
    yield
    later._kept.clear()


def until(page: Page, done: Callable[[], bool]) -> Page:
    """Run until something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
        page.run()
    return page


def awaited(page: Page) -> bool:
    """Whether a mark says that something is being computed."""
    return any(markdown.literal(words.LATER) in caption.value for caption in page.at.caption)


def test_a_value_is_computed_once() -> None:
    calls: list[int] = []
    for _ in range(3):
        assert later.now(("a",), lambda: calls.append(1) or len(calls)) == 1  # type: ignore[func-returns-value]
    assert later.known(("a",)) is not None and later.known(("b",)) is None


def test_what_was_asked_for_least_recently_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "MOST_KEPT", 2)
    for name in ("a", "b", "a", "c"):
        later.now((name,), lambda: name)  # noqa: B023
    assert [later.known((name,)) is not None for name in "abc"] == [True, False, True]


def test_one_at_a_time_for_matplotlib_has_one_state() -> None:
    running, most = [0], [0]

    def work() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.01)
        running[0] -= 1

    threads = [threading.Thread(target=later.now, args=((str(n),), work)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_what_was_given_up_before_it_began_can_be_asked_for_again() -> None:
    gate = threading.Event()
    first = later.ask(("first",), gate.wait)
    second = later.ask(("second",), lambda: 2)
    assert second.cancel()
    gate.set()
    assert first.result() and later.now(("second",), lambda: 2) == 2


@pytest.mark.slow
def test_a_figure_follows_the_sliders_and_is_marked_until_it_does(open_page: Open) -> None:
    """The first paint comes without the figure; a move takes the old one away at once."""
    page = open_page("money", scenario="small_country")
    assert awaited(page) and not page.at.get("image")
    until(page, lambda: bool(page.at.get("image")))
    assert not awaited(page)
    first = page.at.get("image")[0].proto.imgs[0].alt
    page.move("cloud.long_run_usd", 3.0)
    assert awaited(page) and not page.at.get("image")
    until(page, lambda: bool(page.at.get("image")))
    assert page.at.get("image")[0].proto.imgs[0].alt
    page.move("cloud.long_run_usd", page.panel.scenario.world.cloud.long_run_usd)
    assert page.at.get("image")[0].proto.imgs[0].alt == first  # kept by its run: at once


def test_a_figure_that_fails_leaves_the_page(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(charts, "_FORMATS", {"svg": broken})
    page = open_page("money", scenario="small_country", seed="99")
    until(page, lambda: bool(page.at.error))
    assert "could not be drawn (ZeroDivisionError)" in page.at.error[0].value
    assert page.at.get("vega_lite_chart") and page.at.get("table")
