"""Moving what can be moved: ranges, marks, resets, shares that sum to one, the budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from dashboard import steps, widgets, words
from dashboard.controls import Control, Panel, budget_of, same, with_budget
from dashboard.shares import balanced, moved_share
from dashboard.state import Side
from sim.comparison.run import compare
from sim.documents import groups
from sim.mechanisms.sampling import uncertain
from sim.parameters import Spec
from sim.scenario import Scenario, ScenarioError, load, names, with_settings
from tests.dashboard.conftest import Page
from tests.every import every

Open = Callable[..., Page]
SHARES = [f"portfolio.{name}_share" for name in ("public_cluster", "cloud_credits", "research_grants", "domestic_fab")]
RENT = "cloud.long_run_usd"
NUMBERS = [
    pytest.param(spec, default, id=f"{group}.{name}")
    for group, kind in groups().items()
    for name, default, spec in kind.described()
    if spec.kind == "number"
]


def control(spec: Spec, value: float, moved: float | None = None) -> Control:
    """A control of a parameter at a value."""
    return Control("group.name", "name", spec, value, value, value if moved is None else moved)


# --- one control ---


@every(("spec", "default"), NUMBERS)
def test_a_slider_covers_the_plausible_range_in_steps_that_meet_the_default(spec: Spec, default: float) -> None:
    low, high = widgets.bounds(control(spec, default))
    step = steps.step_of(low, high, default)
    assert low <= spec.low <= spec.high <= high
    assert low <= default <= high
    if high > low:
        assert (high - low) / step >= steps.FEWEST_STEPS * (1 - 1e-9)


def test_a_value_outside_the_range_makes_it_wider() -> None:
    spec = load("isambard_ai_uk").world.operations.spec("electricity_usd_per_kwh")
    beyond = 2 * spec.high
    low, high = widgets.bounds(control(spec, beyond))
    assert low == spec.low and beyond < high <= spec.ceiling, "there is room above what a scenario has"
    assert widgets.bounds(control(spec, spec.low, moved=beyond)) == (spec.low, beyond)


def everything() -> None:
    """A page with a control for every declared parameter."""
    from dashboard import widgets
    from dashboard.controls import Control
    from sim.documents import groups

    for group, kind in groups().items():
        for name, default, spec in kind.described():
            widgets.show(Control(f"{group}.{name}", name, spec, default, default, default, kind=group))


def test_any_declared_parameter_has_a_control() -> None:
    at = AppTest.from_function(everything, default_timeout=30).run()
    assert not at.exception
    specs = [spec for kind in groups().values() for _, _, spec in kind.described()]
    kinds = [spec.kind for spec in specs if spec.kind != "number" or spec.low < spec.high]
    assert [len(at.slider), len(at.selectbox), len(at.toggle)] == [
        kinds.count(kind) for kind in ("number", "choice", "switch")
    ]
    assert all(widget.label for widget in [*at.slider, *at.selectbox, *at.toggle])


def test_every_parameter_has_words_of_its_own() -> None:
    for group, kind in groups().items():
        labels = [words.label(name, spec) for name, _, spec in kind.described()]
        assert len(set(labels)) == len(labels), group


@pytest.mark.parametrize("name", names())
def test_the_controls_that_come_first_are_few_and_no_control_is_lost(name: str) -> None:
    panel = Panel.of(load(name), Side(name))
    assert 8 <= len(panel.main) <= 15
    first = [each.path for each in panel.main]
    rest = [each.path for section in panel.rest for each in section.controls]
    assert sorted(first + rest) == sorted(each.path for each in panel.controls)
    assert len({each.label for each in panel.main}) >= len(first) - 1, "two machines may share a label"


# --- moving ---


def test_a_moved_slider_is_marked_and_reset_restores_it(open_page: Open) -> None:
    page = open_page()
    before = page.text()
    page.move(RENT, 3.2)
    was = load("nairr_us").world.cloud.long_run_usd
    assert page.state.side.settings == {RENT: 3.2}
    assert f"cloud.long\\_run\\_usd {was:g} → 3.2 (" in page.text() and "its range moves with it" in page.text()
    page.open(f"details/{RENT}").click(f"reset/{RENT}")
    assert page.slider(RENT).value == was and page.state.side == Side()
    assert "→" not in page.text() and page.text().startswith(before[:200])


def test_back_at_the_value_of_the_scenario_is_no_change(open_page: Open) -> None:
    page = open_page().move(RENT, 3.2)
    page.move(RENT, load("nairr_us").world.cloud.long_run_usd)
    assert page.state.side == Side() and page.address == {"scenario": ["nairr_us"], "draws": ["0"], "queue": ["off"]}


def test_reset_restores_everything_and_undo_takes_it_back(open_page: Open) -> None:
    page = open_page().unfold("portfolio").move(RENT, 3.2).move("demand.groups", 5_000.0).move(SHARES[0], 0.2)
    page.at.number_input(key="budget").set_value(1_000.0)
    moved = page.run().state
    assert len(moved.side.settings) == 2 + 4 + 1
    page.click("reset_all")
    assert page.state.side == Side() and page.at.button(key="reset_all").disabled
    page.click("undo")
    assert page.state == moved and page.slider(RENT).value == 3.2
    assert page.at.number_input(key="budget").value == 1_000.0


def test_every_step_is_undone_and_done_again(open_page: Open) -> None:
    page = open_page()
    states = [page.state]
    for path, value in ((RENT, 3.2), ("demand.groups", 5_000.0), (RENT, 3.0)):
        states.append(page.move(path, value).state)
    for state in reversed(states[:-1]):
        assert page.click("undo").state == state
    assert page.at.button(key="undo").disabled
    for state in states[1:]:
        assert page.click("redo").state == state
    assert page.at.button(key="redo").disabled
    page.click("undo").move(RENT, 4.0)
    assert page.at.button(key="redo").disabled, "a new change ends what was undone"


def test_a_slider_drawn_along_and_back_leaves_nothing_to_undo(open_page: Open) -> None:
    page = open_page()
    usual = page.slider(RENT).value
    page.move(RENT, 3.0).move(RENT, usual)
    assert page.state.side.settings == {} and page.at.button(key="undo").disabled


def test_a_slider_drawn_along_is_one_step_to_undo(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.session.ONE_MOVE_SECONDS", 60.0)
    page = open_page().move(RENT, 3.2).move(RENT, 3.3).move(RENT, 3.4)
    assert page.click("undo").state.side == Side()


def test_what_one_session_moves_another_does_not_see(open_page: Open) -> None:
    mine, yours = open_page(), open_page()
    before = yours.at.table[0].value
    mine.move(RENT, 3.2)
    assert yours.run().slider(RENT).value == load("nairr_us").world.cloud.long_run_usd
    assert yours.at.table[0].value.equals(before)
    assert not mine.at.table[0].value.equals(before)


@pytest.mark.parametrize("name", ["nairr_us", "isambard_ai_uk"])
def test_the_budget_can_be_changed_by_the_path_of_the_file(open_page: Open, name: str) -> None:
    page, scenario = open_page(scenario=name), load(name)
    half = page.at.number_input(key="budget").value / 2
    page.at.number_input(key="budget").set_value(half)
    side = page.run().state.side
    assert budget_of(scenario, side) == pytest.approx(half * 1e6)
    changed = with_settings(scenario, side.settings)
    assert changed.budget.yearly == pytest.approx([amount / 2 for amount in scenario.budget.yearly])
    assert with_budget(scenario, side, scenario.budget.total) == Side(name)


def test_settings_that_cannot_be_run_get_sentences(open_page: Open) -> None:
    page = open_page()
    page.at.number_input(key="budget").set_value(0.0)
    page.run()
    assert "cannot be run" in page.at.error[0].value and "budget" in page.at.error[0].value
    page.click("undo")
    assert not page.at.error


def refused(page: Page, path: str, place: object) -> bool:
    """True where the scenario cannot have this value, such as rents of a segment that nobody recorded at its start."""
    try:
        with_settings(load(page.state.side.scenario), {path: place})
    except ScenarioError:
        return True
    return False


def everywhere(page: Page, path: str, places: Sequence[object], kind: str = "slider") -> None:
    """Move a control to these places; the page stands at each of them."""
    for place in places:
        if refused(page, path, place):
            continue
        getattr(page.at, kind)(key=page.key(path)).set_value(place)
        page.run()
        assert page.at.table and not page.at.error, (path, place, page.text())
        if not page.at.button(key="reset_all").disabled:  # it is where a place is the scenario's own value
            assert same(page.state.side.settings[path], place)
            page.click("reset_all")


def ends(page: Page, path: str) -> None:
    """Move a slider to both ends of its range."""
    everywhere(page, path, [page.slider(path).min, page.slider(path).max])


@pytest.mark.parametrize("path", ["money.discount_rate", "hardware.doubling_years", "demand.groups", SHARES[3]])
def test_a_slider_works_at_both_ends(open_page: Open, path: str) -> None:
    ends(open_page(scenario="small_country").unfold("portfolio"), path)


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_control_works_wherever_it_stands(open_page: Open, name: str) -> None:
    """Sliders at both ends, switches on and off, the first and the last choices of a list."""
    page = open_page(scenario=name)
    page.unfold(*(section.group for section in page.panel.rest))
    for each in page.panel.controls:
        if each.spec.kind == "switch":
            everywhere(page, each.path, [True, False], "toggle")
        elif each.spec.kind == "choice":
            everywhere(page, each.path, [*each.spec.choices[:5], each.spec.choices[-1]], "selectbox")
        elif each.spec.kind == "number" and each.spec.low < each.spec.high:
            ends(page, each.path)


def test_switches_and_choices_are_moved_like_sliders(open_page: Open) -> None:
    """What an analyst turns on is in the numbers, in the list of changes and in the address."""
    page = open_page("numbers", scenario="isambard_ai_uk").unfold("market", "access")
    page.at.toggle(key=page.key("market.feedback")).set_value(True)
    page.at.selectbox(key=page.key("access.rule")).set_value("lottery")
    page.run()
    moved = load("isambard_ai_uk", {"market.feedback": True, "access.rule": "lottery"})
    assert compare(moved, queue=False).run_id in page.text()
    assert page.address["set"] == ["market.feedback=true", "access.rule=lottery"]


# --- what is taken as known ---


def test_what_is_moved_stays_uncertain_until_it_is_taken_as_known(open_page: Open) -> None:
    """The draws spread round the new value; with the box ticked they all have it, and the page says so."""
    page = open_page("numbers", scenario="isambard_ai_uk", draws="64").move(RENT, 4.0).open(f"details/{RENT}").finish()
    moved = compare(load("isambard_ai_uk", {RENT: 4.0}), draws=64, queue=False)
    assert moved.run_id in page.text() and "its range moves with it" in page.text()
    page.at.checkbox(key=f"known/{RENT}").check()
    page.run().finish()
    pinned = compare(load("isambard_ai_uk", {RENT: 4.0, "fixed": [RENT]}), draws=64, queue=False)
    assert pinned.run_id in page.text() and "taken as known" in page.text()
    assert page.address["fix"] == [f"{RENT}=4"] and "set" not in page.address


def test_only_what_draws_vary_can_be_taken_as_known() -> None:
    """Levers are never drawn, and what the file fixes is known already."""
    scenario, start = load("small_country"), "cloud.price_usd"

    def of(within: Scenario, settings: dict[str, float]) -> set[str]:
        return {each.path for each in Panel.of(within, Side("", settings), every=True).controls if each.free}

    free = of(scenario, {})
    drawn = {each.path for each in Panel.of(scenario, Side(), every=True).controls} & uncertain().keys()
    assert start in scenario.dated and free == drawn - {start}, "it follows its record until it is set"
    assert of(scenario, {start: 3.0}) == drawn
    other = "cloud.decline_per_year"
    fixed = with_settings(scenario, {"fixed": [other]})
    assert of(fixed, {}) == free - {other}


# --- shares ---

shares = some.lists(some.integers(0, 100), min_size=2, max_size=6).map(
    lambda parts: {f"s{n}": part / 100 for n, part in enumerate(parts)}
)


@given(shares, some.integers(0, 5))
def test_shares_sum_to_one_and_the_moved_one_stays(start: dict[str, float], which: int) -> None:
    moved = f"s{which % len(start)}"
    after = balanced(start, moved, {})
    assert sum(after.values()) == pytest.approx(1, abs=1e-12)
    assert after[moved] == start[moved]
    assert min(after.values()) >= 0


def test_the_scenario_decides_where_nothing_is_left_to_keep_in_proportion() -> None:
    assert balanced({"a": 0.4, "b": 0, "c": 0}, "a", {"a": 0.5, "b": 0.5, "c": 0}) == {"a": 0.4, "b": 0.6, "c": 0}
    assert balanced({"a": 0.4, "b": 0, "c": 0}, "a", {}) == {"a": 0.4, "b": 0.3, "c": 0.3}


def test_a_fast_hand_keeps_its_slider() -> None:
    first, second = {"a": 0.6, "b": 0.3, "c": 0.1}, {"a": 0.55, "b": 0.34, "c": 0.11}
    stale = {"a": 0.50, "b": 0.3, "c": 0.1}  # the browser has not heard of `second`
    assert moved_share(stale, second, "a", (first,)) == "a"
    assert moved_share({"a": 0.55, "b": 0.3, "c": 0.2}, second, "a", (first,)) == "c"
    assert moved_share(second, second, "a", (first,)) == ""
    assert moved_share({**second, "b": 0.3}, second, "a", (first,)) == "b"


def test_moving_a_share_moves_the_others_and_says_so(open_page: Open) -> None:
    page = open_page().unfold("portfolio").move(SHARES[0], 0.2)
    values = [page.slider(path).value for path in SHARES]
    assert values == [0.2, 0.6, 0.2, 0.0]
    assert "The shares sum to 100\N{NO-BREAK SPACE}%" in page.text()
    assert not page.at.error


def test_shares_sum_to_one_after_any_moves(open_page: Open) -> None:
    page = open_page(scenario="small_country").unfold("portfolio")
    for path, value in zip(SHARES * 2, (0.33, 0.17, 1.0, 0.0, 0.5, 0.99, 0.01, 0.07), strict=True):
        page.move(path, value)
        values = [page.slider(path).value for path in SHARES]
        assert page.slider(path).value == pytest.approx(value)
        assert sum(values) == pytest.approx(1, abs=1e-12)
        assert not page.at.error


def test_a_price_that_is_no_whole_number_is_shown_without_its_cents(open_page: Callable[..., Page]) -> None:
    """The value itself stays as it is in the scenario."""
    page = open_page(scenario="nairr_us", queue="off", draws="0")
    price = page.slider("hardware.price_usd")
    assert price.value == load("nairr_us").world.hardware.price_usd and not float(price.value).is_integer()
    assert price.proto.format == "%.0f"
    assert page.slider("demand.groups").proto.format == "localized"
