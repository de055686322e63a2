"""The pages of doubts: the debate, how sure, assumptions; each number on them is computed here again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import debate, importance, jobs, markdown, sections, words
from dashboard.analyses import Analysis
from dashboard.controls import Panel
from dashboard.state import Side
from dashboard.views import assumptions, sureness
from dashboard.worker import Found, RefusedError, Request
from sim.arguments import ARGUMENTS, BY_KEY, weigh
from sim.arguments.text import sentence
from sim.comparison.memory import CalendarMemory
from sim.comparison.run import compare
from sim.decision.case import Case
from sim.decision.decision import Decision
from sim.decision.information import information_of_each
from sim.decision.steelman import steelman
from sim.decision.steelman_report import verdict
from sim.mechanisms.sampling import uncertain
from sim.scenario import load

SCENARIO = "small_country"
PATIENCE_SECONDS = 120


@pytest.fixture(autouse=True)
def no_run_is_left_behind() -> Iterator[None]:
    """Every test starts without results and ends without workers."""
    st.cache_resource.clear()
    yield
    for run in list(jobs._running):
        run.stop("cancelled")


# One page in its frame, without the navigation, which a test cannot follow; guarded, for workers load it, too.
PAGE = """
if __name__ == "__main__":
    import streamlit as st
    from dashboard import page, session

    view = next(view for view in page.VIEWS if view.path == st.session_state["page"])
    session.follow_address()
    page._compose(view)
    session.write_address({})
"""


def opened(path: str, **query: str) -> AppTest:
    """A page of the smallest effort."""
    at = AppTest.from_string(PAGE, default_timeout=PATIENCE_SECONDS)
    at.session_state["page"] = path
    for name, value in {"scenario": SCENARIO, "draws": "0", "queue": "off", **query}.items():
        at.query_params[name] = value
    return run(at)


def run(at: AppTest) -> AppTest:
    """Run the script; no exception may come out of it."""
    at.run()
    assert not at.exception, [error.value for error in at.exception]
    return at


def text(at: AppTest) -> str:
    """All text on the page."""
    kinds = ("markdown", "caption", "info", "warning", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(at, kind))


# --- the debate ---


def test_the_debate_lists_every_argument_and_opens_one_in_full() -> None:
    scenario = load(SCENARIO)
    key = "capital_cost"
    (expected,) = weigh(scenario, [BY_KEY[key]], draws=0)
    at = opened("debate")
    assert text(at).count(words.DEBATE_PENDING) == len(ARGUMENTS)  # nothing is computed before the list is shown
    for argument in ARGUMENTS:
        assert markdown.literal(argument.claim) in text(at)
    at.button(key=f"open/{key}").click()
    shown = text(run(at))
    assert markdown.literal(sentence(expected)) in shown
    assert markdown.literal(BY_KEY[key].counter) in shown
    assert words.AGAINST in shown
    assert f"heavypress argue {SCENARIO} --only {key}" in [each.value for each in at.code]  # to be copied as it stands


def test_an_argument_is_answered_in_the_scenario_as_it_stands() -> None:
    moved = load(SCENARIO, {"cloud.price_usd": 6.0})
    (expected,) = weigh(moved, [BY_KEY["credits"]], draws=0)
    at = opened("debate", set="cloud.price_usd=6")
    at.button(key="open/credits").click()
    assert markdown.literal(sentence(expected)) in text(run(at))
    assert sentence(debate.answer(moved, 1, "credits")) == sentence(expected)


# --- how sure ---


def finish(at: AppTest) -> AppTest:
    """Run until no section is worked on, and once more to see what came out of it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (job := at.session_state.get(sections.JOB)) is not None:
        if job.poll() not in ("queued", "running"):
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return run(at)


@pytest.mark.slow
def test_a_worker_makes_sections_from_the_comparison_that_the_first_of_them_sent() -> None:
    """What is made from the sent comparison is what is made from worlds of its own."""
    scenario = load(SCENARIO)
    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    regret = Analysis.of(scenario, 1, 32, "headline", "regret").compute(first.__setitem__)
    digest, base = first["found"]
    tornado = Analysis.of(scenario, 1, 32, "headline", "tornado")
    assert digest == tornado.of_base == Request.of(scenario, 1, 32, False).digest
    found = replace(tornado, base=base).compute(second.__setitem__)
    assert "found" not in second
    decision = Decision(Case.of(scenario, 1, 32))
    assert regret.section == decision.section("regret")
    assert found.section.sentences == decision.section("tornado").sentences
    assert found.section.tables == decision.section("tornado").tables
    assert found.files.keys() == {"svg", "png", "pdf"}
    assert found.alt.rstrip(".") in found.files["svg"].decode()


def test_a_worker_says_why_nothing_can_be_decided() -> None:
    with pytest.raises(RefusedError, match="draws = 3"):
        Analysis.of(load(SCENARIO), 1, 3, "headline", "regret").compute(lambda kind, content: None)


@pytest.mark.slow
def test_a_section_is_that_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regret, as `heavypress decide --section regret` has it from as many worlds, and a steelman beside it."""
    monkeypatch.setattr(sureness, "DRAWS", (32, 64))
    at = opened("sureness")
    at.session_state["section_of/structures"] = False
    for name in ("regret", "boxes", "dominance"):
        at.session_state[f"section_of/{name}"] = True
    at.session_state["section_of/steelman/cloud_credits"] = True
    for _ in range(4):  # one after the other
        at = finish(run(at))
    scenario = load(SCENARIO)
    section = Decision(Case.of(scenario, 1, 32)).section("regret")
    shown = text(at)
    for line in section.sentences:
        assert markdown.literal(line) in shown
    cells = at.table[0].value
    assert cells.iloc[:, 0].tolist() == [markdown.literal(row[1]) for row in section.tables[0].rows]
    assert markdown.literal(verdict(steelman(scenario, "cloud_credits"))) in shown
    assert markdown.literal(f"heavypress decide {SCENARIO} --draws 32 --section regret --seed 1") in shown


def test_a_cancelled_section_says_so_and_can_be_started_again() -> None:
    at = opened("sureness")
    job = at.session_state[sections.JOB]
    job.cancel()
    assert words.SURE_CANCELLED in text(run(at))
    again = next(button for button in at.button if str(button.key).startswith("again/"))
    again.click()
    assert run(at).session_state[sections.JOB].state == "queued"


def test_new_settings_supersede_a_section() -> None:
    at = opened("sureness")
    job = at.session_state[sections.JOB]
    at.query_params["set"] = "cloud.price_usd=6"
    run(at)
    assert job.state == "cancelled"
    assert at.session_state[sections.JOB].work.digest != job.work.digest


# --- what a number matters ---


def test_importance_is_what_the_draws_of_the_comparison_say() -> None:
    comparison = compare(load(SCENARIO), seed=1, draws=128, queue=False)
    found = importance.of(comparison)
    assert found is not None
    case = Case(comparison, CalendarMemory())
    assert tuple(found.each) == case.names
    for knowing, expected in zip(found.each.values(), information_of_each(case.values, case.x), strict=True):
        assert knowing.worth == expected
        assert 0 <= knowing.changed_share <= 1
    assert importance.ranks(comparison)[case.ranked[0]] == 1
    # what passes all tests together passes its own
    assert found.certain <= {path for path, knowing in found.each.items() if knowing.worth.different_from_zero}


def test_few_draws_say_nothing_of_importance() -> None:
    assert importance.of(compare(load(SCENARIO), seed=1, draws=64, queue=False)) is None


def test_the_label_of_a_control_shows_how_much_it_matters() -> None:
    """With the settled comparison of these settings in the cache the marks and the lines are there at once."""
    scenario = load(SCENARIO)
    comparison = compare(scenario, seed=1, draws=256, queue=False)
    request = Request.of(scenario, 1, 256, False)
    jobs.keep(request.digest, Found(comparison.run_id, comparison.draws, comparison.results))
    found = importance.of(comparison)
    assert found is not None
    at = opened("assumptions", draws="256")
    popovers = {element.proto.popover.label for element in at.get("popover")} if at.get("popover") else set()
    marked = [path for path in found.certain if found.tenths(path) and path in _main()]
    at.session_state[assumptions.CHOSEN] = next(iter(found.certain), "cloud.price_usd")
    shown = text(run(at))
    path = at.session_state[assumptions.CHOSEN]
    if path in found.certain:
        assert markdown.with_links(words.IMPORTANCE_WORTH.format(worth=found.worths[path])) in shown
    assert len([label for label in popovers if "/10" in label]) == len(marked)


def _main() -> set[str]:
    return {control.path for control in Panel.of(load(SCENARIO), Side(SCENARIO)).main}


# --- assumptions ---


def test_every_parameter_of_the_scenario_is_in_the_table() -> None:
    scenario = load(SCENARIO)
    frame = assumptions.table(Panel.of(scenario, Side(SCENARIO), every=True))
    paths = {f"{name}.{parameter}" for name, group in scenario.world.groups().items() for parameter in group.names()}
    paths |= {f"{option.key}.{name}" for option in scenario.options for name in option.instrument.names()}
    assert set(frame.path) == paths
    assert set(uncertain()) <= paths
    row = frame[frame.path == "cloud.decline_per_year"].iloc[0]
    low, high = scenario.world.cloud.spec("decline_per_year").interval(scenario.world.cloud.decline_per_year)
    assert (row.low, row.high) == pytest.approx((low, high), rel=1e-3)


def test_search_and_filters_leave_what_fits() -> None:
    frame = assumptions.table(Panel.of(load(SCENARIO), Side(SCENARIO), every=True))
    found = assumptions.matching(frame, "Cloud PRICE", [], ["B", "C"])
    assert len(found)
    assert set(found.grade) <= {"B", "C"}
    assert assumptions.matching(frame, "no such word anywhere", [], []).empty
    assert len(assumptions.matching(frame, "", [], [])) == len(frame)


def test_the_file_of_assumptions_has_exact_values() -> None:
    panel = Panel.of(load(SCENARIO), Side(SCENARIO, {"money.discount_rate": 0.041}), every=True)
    content = assumptions._csv(assumptions.table(panel))
    read = pd.read_csv(BytesIO(content), comment="#").set_index("path")
    assert str(read.loc["money.discount_rate", "value"]) == "0.041"
    assert read.loc["money.discount_rate", "state"] == words.ASSUMPTIONS_CHANGED


def test_any_parameter_can_be_changed_and_is_refused_in_the_model_s_words() -> None:
    at = opened("assumptions")
    at.session_state[assumptions.CHOSEN] = "operations.pue_ratio"
    run(at)
    at.number_input(key="page/value/operations.pue_ratio").set_value(1.3)
    assert run(at).session_state["state"].side.settings == {"operations.pue_ratio": 1.3}
    at.number_input(key="page/value/operations.pue_ratio").set_value(0.2)
    shown = text(run(at))
    assert at.session_state["state"].side.settings == {"operations.pue_ratio": 1.3}
    assert markdown.literal("operations.pue_ratio: 0.2 is not possible; allowed: 1 to 4") in shown


def test_an_own_range_is_set_held_to_the_value_and_taken_back() -> None:
    at = opened("assumptions")
    at.session_state[assumptions.CHOSEN] = "cloud.decline_per_year"
    run(at)
    slider = next(each for each in at.slider if str(each.key).startswith("page/range/cloud.decline_per_year"))
    value = load(SCENARIO).world.cloud.decline_per_year
    slider.set_value((value * 0.8, value * 1.2))
    side = run(at).session_state["state"].side
    low, high = side.ranges["cloud.decline_per_year"]
    assert low < value < high
    # a value outside takes the range with it
    at.number_input(key="page/value/cloud.decline_per_year").set_value(value * 2)
    assert run(at).session_state["state"].side.ranges["cloud.decline_per_year"] == (low, value * 2)
    at.button(key="page/unrange/cloud.decline_per_year").click()
    assert not run(at).session_state["state"].side.ranges
