"""The dashboard in a real browser: its address, its runs, its files and its keyboard. Run with `make browser`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sim.cli import main
from sim.packs import read_archive
from tests.browser.driving import (
    address,
    asks,
    choose_page,
    downloaded,
    nudge,
    open_tab,
    press,
    settle,
    tab_to,
    visit,
    worth,
)
from tests.dashboard.serving import Served, served, until

pytestmark = pytest.mark.browser

RENTS = "Fall of rents per year"  # of scenarios: 20 %
HELD = "Held against"


# --- the address ---


def choose(tab: Any, label: str, option: str) -> None:
    """Choose one of a list."""
    settle(tab)
    tab.get_by_role("combobox", name=label, exact=True).click()
    tab.get_by_role("option", name=option, exact=True).click()
    settle(tab)


def chosen(tab: Any, label: str) -> str:
    """What is chosen of a list."""
    return str(tab.get_by_role("combobox", name=label, exact=True).input_value())


def looks(tab: Any) -> tuple[str, str, str]:
    """What a tab shows of what was moved: a slider, the second option, how many worlds there are."""
    return worth(tab, RENTS), chosen(tab, HELD), tab.get_by_text("Medians and odds of").inner_text()


def test_the_address_restores_everything_in_another_browser_and_after_a_reload(
    tab: Any, server: Served, browser: Any
) -> None:
    visit(tab, address(server.url))
    nudge(tab, RENTS, 3)
    choose(tab, HELD, "Research grants")
    tab.get_by_text("How much to compute").click()
    choose(tab, "Draws of the world", "256")
    tab.get_by_text("Medians and odds of 256 worlds.").wait_for()
    wanted = ("20.6%", "Research grants", "Medians and odds of 256 worlds.")
    assert looks(tab) == wanted
    assert asks(tab) == {
        "scenario": ["small_country"], "set": ["cloud.decline_per_year=0.206"], "draws": ["256"], "queue": ["off"],
        "between": ["public_cluster,research_grants"], "outcome": ["additional_fe_hours"],
    }  # fmt: skip
    tab.reload()
    settle(tab)
    assert looks(tab) == wanted
    another = open_tab(browser)
    assert looks(visit(another, tab.url)) == wanted
    assert asks(another) == asks(tab)
    choose_page(tab, "Results", "Money")
    assert worth(visit(another, tab.url), RENTS) == "20.6%"
    another.close()


def test_back_and_forward_lead_through_states_and_pages_and_out_again(tab: Any, server: Served) -> None:
    """Every step of the browser is one of the user's: none is without its settings, and none leads back to itself."""
    tab.goto(f"{server.url}/healthz")
    visit(tab, address(server.url))
    first = asks(tab)
    nudge(tab, RENTS, 1)
    moved = asks(tab)
    choose_page(tab, "Results", "Money")
    assert asks(tab) == moved
    tab.go_back()
    tab.get_by_role("heading", name="With 50 million dollars").wait_for()
    settle(tab)
    assert (worth(tab, RENTS), asks(tab)) == ("20.2%", moved)
    tab.go_back()
    settle(tab)
    assert (worth(tab, RENTS), asks(tab)) == ("20%", first)
    tab.go_forward()
    settle(tab)
    assert (worth(tab, RENTS), asks(tab)) == ("20.2%", moved)
    tab.go_forward()
    tab.get_by_role("heading", name="Money").wait_for()
    for _ in range(3):
        tab.go_back()
    assert tab.url == f"{server.url}/healthz"


def test_moves_of_one_control_in_one_go_are_one_step_of_the_browser(tab: Any, server: Served) -> None:
    """However many of them a fast server answers; another control, or the same one later, is another step."""
    visit(tab, address(server.url))
    steps = tab.evaluate("""async () => {
        const wait = (ms) => new Promise(done => setTimeout(done, ms))
        const at = (...texts) => history.pushState(null, "", "?" + ["scenario=small_country", ...texts].join("&"))
        at()
        const found = [history.length]
        const note = () => found.push(history.length - found[0])
        at("set=cloud.price_usd=2"); at("set=cloud.price_usd=2.1"); at("set=cloud.price_usd=2.2"); note()
        at("set=cloud.price_usd=2.2", "set=budget.total_usd=9"); at("set=cloud.price_usd=2.2", "set=budget.total_usd=8")
        note()
        at("set=cloud.price_usd=3"); note()
        await wait(1600)
        at("set=cloud.price_usd=4"); note()
        at("set=cloud.price_usd=4&draws=256"); at("set=cloud.price_usd=4&draws=512"); note()
        at("set=cloud.price_usd=4&draws=512&model=another"); note()
        return found.slice(1)
    }""")
    assert steps == [1, 2, 3, 4, 6, 6]


def test_a_move_that_is_undone_at_once_is_no_step_of_the_browser(tab: Any, server: Served) -> None:
    """Back leads out at once, not to the same state again; what is moved next is one step, as ever."""
    tab.goto(f"{server.url}/healthz")
    visit(tab, address(server.url))
    steps = tab.evaluate("""async () => {
        const at = (...texts) => history.pushState(null, "", "?" + ["scenario=small_country", ...texts].join("&"))
        const wait = (ms) => new Promise(done => setTimeout(done, ms))
        window.heard = 0
        addEventListener("popstate", () => { window.heard += 1 })
        history.replaceState(null, "", "?scenario=small_country")
        const found = [history.length]
        const note = () => found.push(history.length - found[0])
        at("set=cloud.price_usd=2"); at("set=cloud.price_usd=2.1"); at("set=cloud.price_usd=2.1", "model=another")
        at(); note()
        at("set=cloud.price_usd=3"); note()
        history.back(); await wait(200)
        found.push(window.heard, location.search)
        at("set=cloud.price_usd=4"); at(); note()
        return found.slice(1)
    }""")
    assert steps == [1, 1, 1, "?scenario=small_country", 1]
    tab.go_back()
    tab.wait_for_url(f"{server.url}/healthz")


def test_the_undo_of_a_move_leaves_no_idle_step(tab: Any, server: Served) -> None:
    tab.goto(f"{server.url}/healthz")
    visit(tab, address(server.url))
    first = asks(tab)
    tab.evaluate("""() => {  // a slow machine does both in one go, too
        const now = performance.now.bind(performance), start = now()
        performance.now = () => start + (now() - start) / 100
    }""")
    tab.get_by_role("slider", name=RENTS).focus()
    tab.keyboard.press("ArrowRight")
    assert until(lambda: "set=" in tab.evaluate("location.search"))
    tab.get_by_role("button", name="Undo").click()
    assert until(lambda: "set=" not in tab.evaluate("location.search"))
    settle(tab)
    assert (worth(tab, RENTS), asks(tab)) == ("20%", first)
    tab.go_back()
    tab.wait_for_url(f"{server.url}/healthz")


def test_an_address_with_wrong_parts_says_so_and_works(tab: Any, server: Served) -> None:
    wrong = {"set": "cloud.prise_usd=3", "seed": "-1", "colour": "<b>red</b>", "between": "nobody,nothing"}
    visit(tab, address(server.url, **wrong))
    said = tab.get_by_test_id("stAlert").inner_text()
    assert "'prise_usd'; did you mean 'price_usd'" in said
    assert "seed" in said and "'-1'" in said and "colour" in said
    assert not tab.locator("[data-testid=stAlert] b").count()
    nudge(tab, RENTS, 3)
    assert asks(tab)["set"] == ["cloud.decline_per_year=0.206"]
    tab.get_by_role("button", name="Dismiss").click()
    tab.get_by_test_id("stAlert").wait_for(state="detached")
    assert not tab.faults


# --- runs ---


@pytest.fixture
def at_work() -> Iterator[Served]:
    """A server that simulates every queue anew."""
    with served(HEAVYPRESS_CACHE="off") as found:
        yield found


def test_a_move_kills_the_run_that_it_supersedes_and_cancel_the_last(tab: Any, at_work: Served) -> None:
    visit(tab, f"{at_work.url}/?scenario=nairr_us&draws=1024")
    assert until(at_work.computes)
    before = at_work.workers()
    nudge(tab, RENTS, 1)
    assert until(lambda: not any(each.is_running() for each in before))
    assert until(at_work.computes) and not before & at_work.workers()
    tab.get_by_role("button", name="Cancel", exact=True).click()
    tab.get_by_text("Refining was cancelled.").wait_for()
    assert until(lambda: not at_work.workers())
    tab.get_by_role("button", name="Run it", exact=True).click()
    assert until(at_work.computes)


# --- files ---


@pytest.fixture(scope="module")
def of_the_command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the command writes of the run that tabs show; all other files are in it."""
    path = tmp_path_factory.mktemp("command") / "pack.zip"
    assert main(["export", "small_country", "--seed", "1", "--draws", "64", "--no-queue", "--out", str(path)]) == 0
    return path


def test_files_have_the_bytes_of_the_command(tab: Any, server: Served, of_the_command: Path, tmp_path: Path) -> None:
    visit(tab, address(server.url, "numbers"))
    figure = tab.locator(".st-key-chart-difference")
    figure.locator("img").wait_for()
    wanted = read_archive(of_the_command.read_bytes())
    for place, label, name in (
        (figure, "SVG", "figures/difference.svg"),
        (figure, "PNG", "figures/difference.png"),
        (figure, "CSV", "data/difference.csv"),
        (tab, "Outcomes (CSV)", "data/outcomes.csv"),
    ):
        button = place.get_by_role("button", name=label).first
        assert downloaded(tab, tmp_path / Path(name).name, button.click) == wanted[name], name
    button = tab.get_by_role("button", name="Figures, data and citation (ZIP)").first
    assert downloaded(tab, tmp_path / "pack.zip", button.click) == of_the_command.read_bytes()


# --- the keyboard ---


def test_the_main_task_needs_no_mouse(tab: Any, server: Served, tmp_path: Path) -> None:
    visit(tab, address(server.url))
    tab_to(tab, "Scenario")
    tab.keyboard.type("in scarcity")
    press(tab, "Enter")
    tab.get_by_role("heading", name="When accelerators are scarce").wait_for()
    assert asks(tab)["scenario"] == ["scarcity"]
    before = worth(tab, RENTS)
    tab_to(tab, RENTS)  # what opens the details
    press(tab, "Tab", "ArrowRight")  # the slider is next
    assert worth(tab, RENTS) != before and "set" in asks(tab)
    press(tab, "Shift+Tab", "Enter")
    tab_to(tab, "Take as known")
    press(tab, "Space")
    assert asks(tab)["fix"][0].startswith("cloud.decline_per_year=")
    press(tab, "Escape")
    tab_to(tab, "Undo")
    press(tab, "Enter")
    assert "fix" not in asks(tab) and "set" in asks(tab)
    tab_to(tab, "Results")
    press(tab, "Enter")
    tab_to(tab, "Money", "ArrowDown")
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name="Money").wait_for()
    settle(tab)
    tab.locator(".st-key-chart-cash_flow img").wait_for()
    tab_to(tab, "CSV")
    enter: Callable[[], None] = partial(tab.keyboard.press, "Enter")
    assert downloaded(tab, tmp_path / "cash_flow.csv", enter).startswith(b"run,")
