"""An address carries its model and what it found; one of another model says what moved, and lets one choose."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import address, jobs, markdown, then, words
from dashboard.state import Side, State
from sim.comparison.answer import amount
from sim.comparison.run import compare
from sim.outcomes import BY_NAME
from sim.releases.marks import Mark, margin
from sim.releases.numbers import Place
from sim.releases.replay import Asked, attribute_settings
from sim.releases.worker import MARGIN
from sim.scenario import Scenario, load
from tests.releases.conftest import OLD, SCENARIO, changed, kept_as

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 240
THEIRS = f"{OLD}-{'c' * 8}-{'d' * 8}"  # the mark of the release that `kept_as` makes
SMALL = {"scenario": SCENARIO, "draws": "4", "queue": "off"}


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Every test starts without results and ends without workers."""
    st.cache_resource.clear()
    yield
    for run in list(jobs._running):
        run.stop("cancelled")


def opened(**given: str | Sequence[str]) -> AppTest:
    """The page of an address."""
    at = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=PATIENCE_SECONDS)
    for name, value in {**SMALL, **given}.items():
        at.query_params[name] = value
    return ran(at)


def ran(at: AppTest) -> AppTest:
    """The page run again; no exception may come out of it."""
    at.run()
    assert not at.exception, [each.value for each in at.exception]
    return at


def text(at: AppTest) -> str:
    """All text of the page."""
    return "\n".join(str(each.value) for kind in ("markdown", "caption", "warning") for each in getattr(at, kind))


def button(at: AppTest, key: str) -> bool:
    """Whether there is such a button."""
    return any(each.key == key for each in at.button)


def written(at: AppTest, name: str) -> str:
    """What the address has under a name by now."""
    return "".join(at.query_params.get(name, []))


def found_today(scenario: Scenario | str = SCENARIO) -> str:
    """What an address of the small scenario finds today."""
    ours = margin(compare(load(scenario), draws=4, queue=False))
    assert ours is not None
    return ours.text


# --- the address ---


def test_the_address_carries_todays_model_and_what_it_found() -> None:
    at = opened()
    assert (written(at, "model"), written(at, "found")) == (str(Mark.present()), found_today())
    assert "Made with model" not in text(at) and not button(at, "aged_on_todays")
    again = opened(**{name: at.query_params[name] for name in at.query_params})
    assert again.query_params == at.query_params and "Made with model" not in text(again)


def test_what_is_found_follows_the_settings() -> None:
    at = opened(set="cloud.price_usd=2.5")
    assert written(at, "found") == found_today(load(SCENARIO, {"cloud.price_usd": 2.5}))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": "<script>alert(1)</script>"}, "names no model"),
        ({"model": "**0.2.0**-12345678-12345678"}, "names no model"),
        ({"model": "x" * 10_000}, ""),
        ({"model": THEIRS, "found": "nan"}, "is not a number"),
        ({"model": THEIRS, "found": "1e999"}, "is not a number"),
        ({"model": THEIRS, "found": "-inf"}, "is not a number"),
        ({"model": THEIRS, "found": "1" * 10_000}, ""),
        ({"found": "12"}, ""),
    ],
)  # fmt: skip
def test_a_wrong_mark_is_a_sentence_or_nothing(given: dict[str, str], said: str) -> None:
    read = address.read({name: [value] for name, value in given.items()}, lambda side: (side, []))
    assert len(read.faults) == bool(said) and all(said in fault for fault in read.faults)
    assert not (read.model and read.found)


def test_a_wrong_mark_breaks_nothing_of_the_page() -> None:
    at = opened(model="<b>$x$</b>", found="nan")
    assert markdown.literal("'<b>$x$</b>'") in text(at) and "is not a number" in text(at)
    assert (written(at, "model"), written(at, "found")) == (str(Mark.present()), found_today())


def test_an_unknown_appraisal_profile_is_a_sentence() -> None:
    read = address.read({"profile": ["green_book_2202"]}, lambda side: (side, []))
    assert read.state.profile == "" and "green_book_2022" in read.faults[0] and ": ," not in read.faults[0]


def test_a_state_and_its_mark_survive_the_way_through_an_address() -> None:
    state = State(sides=(Side(SCENARIO, {"cloud.price_usd": 2.5}),), draws=64, queue=False)
    query = address.query(state) | {"model": [THEIRS], "found": ["-4.12345e+08"]}
    read = address.read(parse_qs(urlencode(query, doseq=True)), lambda side: (side, []))
    assert (read.state, read.model, read.found) == (state, THEIRS, "-4.12345e+08")
    assert read.asked == state.sides and not read.faults


# --- another model ---


def test_the_same_number_is_small_print_and_the_address_is_todays() -> None:
    at = opened(model=THEIRS, found=found_today())
    said = markdown.literal(words.AGED_SAME.format(model=THEIRS))
    assert [each.value for each in at.caption].count(said) == 1
    assert not button(at, "aged_on_todays") and written(at, "model") == str(Mark.present())


def test_without_a_number_of_then_nothing_is_claimed() -> None:
    assert "there is no number of then" in text(opened(model=THEIRS))


def moved(**more: str) -> tuple[AppTest, str]:
    """A page whose number was twice what it is today, and the number."""
    then_text = f"{2 * float(found_today()):.6g}"
    return opened(model=THEIRS, found=then_text, **more), then_text


def test_a_number_that_moved_is_said_with_both_and_the_address_stays() -> None:
    at, before = moved()
    scenario = load(SCENARIO)
    outcome = BY_NAME[scenario.yardstick]
    for value in (float(before), float(found_today())):
        assert markdown.literal(f"ahead by {amount(abs(value), outcome, scenario)} in the median world") in text(at)
    assert (written(at, "model"), written(at, "found")) == (THEIRS, before)
    assert (written(ran(at), "model"), written(at, "found")) == (THEIRS, before), "for as long as the banner stands"


def test_on_todays_model_takes_the_banner_away_and_writes_todays_mark() -> None:
    at, _ = moved()
    job = at.session_state["aged_job"]
    at.button(key="aged_on_todays").click()
    ran(at)
    assert not button(at, "aged_on_todays") and job.state == "cancelled"
    assert (written(at, "model"), written(at, "found")) == (str(Mark.present()), found_today())


def test_a_change_takes_the_banner_away_and_the_language_does_not() -> None:
    at, _ = moved()
    state = at.session_state["state"]
    at.session_state["state"] = replace(state, language="de")
    at.session_state["language"] = "de"
    assert "Damals: " in text(ran(at)) and button(at, "aged_on_todays")
    at.session_state["state"] = state.with_side(state.side.with_values({"cloud.price_usd": 2.5}))
    assert not button(ran(at), "aged_on_todays")
    assert written(at, "found") == found_today(load(SCENARIO, {"cloud.price_usd": 2.5}))
    at.session_state["state"] = state
    assert not button(ran(at), "aged_on_todays"), "what was left does not come back by undoing"


@pytest.mark.parametrize(
    ("given", "fault", "said"),
    [
        ({"set": "cloud.price_usd=-5"}, "cloud.price_usd", "AGED_LEFT_OUT"),
        ({"set": "cloud.prize_usd=5"}, "cloud.prize_usd", "AGED_LEFT_OUT"),
        ({"scenario": "gone"}, "'gone'", "AGED_GONE"),
    ],
)  # fmt: skip
def test_what_is_left_out_and_what_moved_stand_together(given: dict[str, str], fault: str, said: str) -> None:
    at = opened(**{"model": THEIRS, "found": "12.5", **given})
    assert markdown.literal(fault) in text(at) or fault in text(at)
    assert markdown.literal(words.title(said)) in text(at) and button(at, "aged_on_todays")
    asked = {**SMALL, "model": THEIRS, "found": "12.5", **given}
    assert {name: written(at, name) for name in at.query_params} == asked, "a reload asks for the same"
    at.button(key="aged_on_todays").click()
    assert written(ran(at), "model") == str(Mark.present()) and written(at, "set") == ""


# --- why, and as it was ---


def finished(at: AppTest) -> AppTest:
    """The page after the search has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    job = at.session_state["aged_job"]
    while job.poll() in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert job.state == "done", job.why
    return ran(at)


@pytest.mark.slow
def test_causes_are_named_and_it_is_shown_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_as(tmp_path, changed({}, {"access.cut_exponent": {"default": 0.9, "median": 0.9}}), {})
    monkeypatch.setattr("dashboard.tracing.share", lambda folder: tmp_path)
    at, before = moved()
    assert at.button(key="aged_as_it_was").disabled
    finished(at)
    asked, mark = Asked(SCENARIO, {}, 4, queue=False), Mark.of(THEIRS)
    assert mark is not None
    with get_context("spawn").Pool(1) as fresh:  # in this process other tests may have declared parameters
        direct = fresh.apply(attribute_settings, (asked, mark, float(before), tmp_path))
    now = compare(load(SCENARIO), draws=4, queue=False)
    lines = then.because(direct, now)
    assert len(lines) == 2 and all(markdown.with_links(line) in text(at) for line in lines), text(at)
    assert any("access.cut_exponent" in line for line in lines) and any(
        "the code of the model" in line for line in lines
    )
    at.button(key="aged_as_it_was").click()
    ran(at)
    (shown,) = (each.value for each in at.table if words.AGED_TODAY.partition(" ")[0] in str(each.value))
    expected = then.table(direct.then, then.flat(then.headline(now)), now)
    assert shown.to_numpy().tolist() == expected.to_numpy().tolist()
    place = Place("public_cluster", "fe_hours", "value")
    assert MARGIN not in shown.columns and direct.then[place] == direct.then[place]
    assert markdown.literal(f"the code of then ({'c' * 8})") in text(at) and "install heavypress" in text(at)
    assert written(at, "model") == THEIRS


@pytest.mark.slow
def test_a_model_of_which_nothing_is_kept_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.tracing.share", lambda folder: tmp_path)
    at, _ = moved()
    assert "of which nothing is kept here" in text(finished(at)) and "check out the tag" in text(at)
    at.button(key="aged_as_it_was").click()
    assert "It cannot be shown as it was" in text(ran(at))


@pytest.mark.slow
def test_a_search_that_is_cancelled_leaves_no_process_and_can_start_again() -> None:
    at, _ = moved()
    job = at.session_state["aged_job"]
    while job.poll() == "queued":
        time.sleep(0.1)
    process = job._run.process
    job.cancel()
    process.join(PATIENCE_SECONDS)
    assert not process.is_alive() and markdown.literal(words.AGED_STOPPED) in text(ran(at))
    at.button(key="aged_again").click()
    assert ran(at).session_state["aged_job"] is not job
