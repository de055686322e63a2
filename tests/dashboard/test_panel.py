"""Moving what can be moved: ranges, marks, resets, shares that sum to one, the budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from dashboard import panel, widgets, words
from dashboard.shares import balanced, moved_share
from sim.comparison.run import compare
from sim.comparison.worlds import draw_worlds
from sim.documents import groups
from sim.mechanisms.sampling import uncertain
from sim.parameters import Spec
from sim.scenario import ScenarioError, load, names, with_settings
from tests.dashboard.conftest import Page

Open = Callable[..., Page]
SHARES = [f"portfolio.{name}_share" for name in ("public_cluster", "cloud_credits", "research_grants", "domestic_fab")]
NUMBERS = [
    pytest.param(spec, default, id=f"{group}.{name}")
    for group, kind in groups().items()
    for name, default, spec in kind.described()
    if spec.kind == "number"
]


# --- one control ---


@pytest.mark.parametrize(("spec", "default"), NUMBERS)
def test_a_slider_covers_the_plausible_range_in_steps_that_meet_the_default(spec: Spec, default: float) -> None:
    low, high = widgets.bounds(spec, default)
    step = widgets.step_of(low, high, default)
    assert low <= spec.low <= spec.high <= high
    assert low <= default <= high
    if high > low:
        assert (high - low) / step >= widgets.FEWEST_STEPS * (1 - 1e-9)


def test_a_scenario_outside_the_range_makes_it_wider() -> None:
    scenario = load("isambard_ai_uk")
    value = scenario.world.operations.electricity_usd_per_kwh
    spec = scenario.world.operations.spec("electricity_usd_per_kwh")
    assert value > spec.high
    assert widgets.bounds(spec, value) == (spec.low, value)


def everything() -> None:
    """A page with a control for every declared parameter."""
    from dashboard import widgets
    from sim.documents import groups

    for group, kind in groups().items():
        for name, default, spec in kind.described():
            path = f"{group}.{name}"
            widgets.show(widgets.Control(path, name, spec, default, default, path))


def test_any_declared_parameter_has_a_control() -> None:
    at = AppTest.from_function(everything, default_timeout=30).run()
    assert not at.exception
    specs = [spec for kind in groups().values() for _, _, spec in kind.described()]
    kinds = [spec.kind for spec in specs if spec.kind != "number" or spec.low < spec.high]
    assert [len(at.slider), len(at.selectbox), len(at.toggle)] == [
        kinds.count(kind) for kind in ("number", "choice", "switch")
    ]
    assert all(widget.label and widget.help for widget in [*at.slider, *at.selectbox, *at.toggle])


def test_every_parameter_has_words_of_its_own() -> None:
    for group, kind in groups().items():
        labels = [words.label(name, spec) for name, _, spec in kind.described()]
        assert len(set(labels)) == len(labels), group


# --- moving ---


def test_a_moved_slider_is_marked_and_reset_restores_it(open_page: Open) -> None:
    page = open_page(scenario="nairr_us")
    before = page.at.table[0].value
    page.move("cloud.price_usd", 2.5)
    was = load("nairr_us").world.cloud.price_usd
    assert f"Changed from {was:g} to 2.5" in page.text()
    assert "1 number differs from the scenario" in page.text()
    assert not page.at.table[0].value.equals(before)
    page.click(widgets.key_of(page.base, "cloud.price_usd") + "/reset")
    assert page.slider("cloud.price_usd").value == was
    assert "differs from the scenario" not in page.text()
    assert page.at.table[0].value.equals(before)


def test_reset_restores_everything(open_page: Open) -> None:
    page = open_page(scenario="nairr_us")
    before = page.at.table[0].value
    page.move("cloud.price_usd", 2.5).move("demand.groups", 5_000).move(SHARES[0], 0.2)
    page.at.number_input(key=widgets.key_of(page.base, "budget")).set_value(1_000.0)
    page.run()
    assert "6 numbers differ" in page.text()
    page.click("reset_all")
    assert page.at.table[0].value.equals(before)
    assert "differ from the scenario" not in page.text()


def test_what_was_moved_survives_a_look_at_another_scenario(open_page: Open) -> None:
    page = open_page(scenario="nairr_us").move("cloud.price_usd", 2.5)
    page.at.selectbox(key="scenario").select("glut")
    page.run()
    assert "differs from the scenario" not in page.text()
    page.at.selectbox(key="scenario").select("nairr_us")
    page.run()
    assert page.slider("cloud.price_usd").value == 2.5
    assert "1 number differs" in page.text()


def test_what_one_session_moves_another_does_not_see(open_page: Open) -> None:
    mine, yours = open_page(scenario="nairr_us"), open_page(scenario="nairr_us")
    before = yours.at.table[0].value
    mine.move("cloud.price_usd", 2.5)
    assert yours.run().slider("cloud.price_usd").value == load("nairr_us").world.cloud.price_usd
    assert yours.at.table[0].value.equals(before)
    assert not mine.at.table[0].value.equals(before)


@pytest.mark.parametrize("name", ["nairr_us", "isambard_ai_uk"])
def test_the_budget_can_be_changed(open_page: Open, name: str) -> None:
    page = open_page(scenario=name)
    key = widgets.key_of(page.base, "budget")
    cost = page.at.table[0].value.iloc[0]
    page.at.number_input(key=key).set_value(page.at.number_input(key=key).value / 2)
    page.run()
    assert page.at.table[0].value.iloc[0].to_list() != cost.to_list()
    page.click(f"{key}/reset")
    assert page.at.table[0].value.iloc[0].to_list() == cost.to_list()


def test_settings_that_cannot_be_run_get_sentences(open_page: Open) -> None:
    page = open_page(scenario="nairr_us")
    page.at.number_input(key=widgets.key_of(page.base, "budget")).set_value(0.0)
    page.run()
    assert "cannot be run" in page.at.error[0].value
    assert "budget" in page.at.error[0].value
    page.click("reset_all")
    assert not page.at.error


def ends(page: Page, path: str) -> None:
    """Move a slider to both ends of its range."""
    everywhere(page, path, [page.slider(path).min, page.slider(path).max])


def refused(page: Page, path: str, place: object) -> bool:
    """True where the scenario cannot have this value, such as rents of a segment that nobody recorded at its start."""
    try:
        with_settings(page.base, {path: place})
    except ScenarioError:
        return True
    return False


def everywhere(page: Page, path: str, places: Sequence[object], kind: str = "slider") -> None:
    """Move a control to these places; the page stands at each of them."""
    for place in places:
        if refused(page, path, place):
            continue
        getattr(page.at, kind)(key=widgets.key_of(page.base, path)).set_value(place)
        page.run()
        assert len(page.at.table) == 2, (path, place, page.text())
        assert not page.at.error, (path, place)


@pytest.mark.parametrize("path", ["money.discount_rate", "hardware.doubling_years", "demand.groups", SHARES[3]])
def test_a_slider_works_at_both_ends(open_page: Open, path: str) -> None:
    ends(open_page(scenario="small_country"), path)


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_control_works_wherever_it_stands(open_page: Open, name: str) -> None:
    """Sliders at both ends, switches on and off, the first and the last choices of a list."""
    page = open_page(scenario=name)
    for control in panel.Panel.of(page.base).controls:
        if control.spec.kind == "switch":
            everywhere(page, control.path, [True, False], "toggle")
        elif control.spec.kind == "choice":
            everywhere(page, control.path, [*control.spec.choices[:5], control.spec.choices[-1]], "selectbox")
        else:
            ends(page, control.path)
        if not page.at.button(key="reset_all").disabled:  # it is where an end is the scenario's own value
            page.click("reset_all")


# --- what is taken as known ---

RENT = "cloud.price_usd"


def drawn_rents(page: Page) -> list[float]:
    """The rents of the draws of the world on the page."""
    scenario = with_settings(page.base, panel_settings(page))
    return draw_worlds(scenario, 1, 64).cloud.price_usd[1:, 0].tolist()


def panel_settings(page: Page) -> dict[str, object]:
    """What the page passes on, from the state of its session."""
    key = widgets.key_of(page.base, RENT)
    known = page.state(f"{key}/known")
    return {RENT: page.state(key)} | ({"fixed": [RENT]} if known else {})


def box(page: Page, path: str = RENT) -> list[object]:
    """The box that takes a number as known, where there is one."""
    return [each for each in page.at.checkbox if each.key == widgets.key_of(page.base, path) + "/known"]


def test_what_is_moved_stays_uncertain_until_it_is_taken_as_known(open_page: Open) -> None:
    """The draws spread round the new value; with the box ticked they all have it, and the page says so."""
    page = open_page(scenario="isambard_ai_uk", draws=64)
    assert not box(page), "nothing was moved"
    page.move(RENT, 4.0).finish()
    moved = compare(load("isambard_ai_uk", {RENT: 4.0}), draws=64, queue=False)
    assert moved.run_id in page.text() and "taken as known" not in page.at.info[0].value
    assert min(drawn_rents(page)) < 4.0 < max(drawn_rents(page))
    page.at.checkbox(key=widgets.key_of(page.base, RENT) + "/known").check()
    page.run().finish()
    known = compare(load("isambard_ai_uk", {RENT: 4.0, "fixed": [RENT]}), draws=64, queue=False)
    assert known.run_id in page.text() and "4, taken as known" in page.at.info[0].value
    assert set(drawn_rents(page)) == {4.0}
    assert f"--fix {RENT}=4.0" in page.at.code[0].value


def test_a_reset_forgets_what_was_taken_as_known(open_page: Open) -> None:
    page = open_page(scenario="isambard_ai_uk").move(RENT, 4.0)
    page.at.checkbox(key=widgets.key_of(page.base, RENT) + "/known").check()
    page.run().click(widgets.key_of(page.base, RENT) + "/reset")
    page.move(RENT, 4.0)
    assert [each.value for each in box(page)] == [False]
    assert "--set" in page.at.code[0].value and "--fix" not in page.at.code[0].value


def test_what_was_taken_as_known_survives_a_look_at_another_scenario(open_page: Open) -> None:
    page = open_page(scenario="nairr_us").move(RENT, 2.5)
    page.at.checkbox(key=widgets.key_of(page.base, RENT) + "/known").check()
    page.run().at.selectbox(key="scenario").select("glut")
    page.run().at.selectbox(key="scenario").select("nairr_us")
    assert f"--fix {RENT}=2.5" in page.run().at.code[0].value


def test_only_what_draws_vary_can_be_taken_as_known(open_page: Open) -> None:
    """Levers are never drawn, and what the file fixes is known already."""
    page = open_page(scenario="small_country").move("public_cluster.life_years", 6.0).move(RENT, 3.0)
    assert not box(page, "public_cluster.life_years") and box(page)
    fixed = {control.path for control in panel.Panel.of(with_settings(page.base, {"fixed": [RENT]})).controls}
    free = {c.path for c in panel.Panel.of(with_settings(page.base, {"fixed": [RENT]})).controls if c.free}
    assert RENT in fixed - free
    assert free == {c.path for c in panel.Panel.of(page.base).controls if c.path in uncertain()} - {RENT}


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
    page = open_page(scenario="nairr_us").move(SHARES[0], 0.2)
    values = [page.slider(path).value for path in SHARES]
    assert values == [0.2, 0.6, 0.2, 0.0]
    assert "The shares sum to 100 %" in page.text()
    assert not page.at.error


def test_shares_sum_to_one_after_any_moves(open_page: Open) -> None:
    page = open_page(scenario="small_country")
    for path, value in zip(SHARES * 2, (0.33, 0.17, 1.0, 0.0, 0.5, 0.99, 0.01, 0.07), strict=True):
        page.move(path, value)
        values = [page.slider(path).value for path in SHARES]
        assert page.slider(path).value == pytest.approx(value)
        assert sum(values) == pytest.approx(1, abs=1e-12)
        assert not page.at.error


def test_switches_and_choices_are_moved_like_sliders(open_page: Open) -> None:
    """What an analyst turns on is in the numbers, in the list of changes and in the file."""
    page = open_page(scenario="isambard_ai_uk")
    page.at.toggle(key=widgets.key_of(page.base, "market.feedback")).set_value(True)
    page.at.selectbox(key=widgets.key_of(page.base, "access.rule")).set_value("lottery")
    page.run()
    moved = load("isambard_ai_uk", {"market.feedback": True, "access.rule": "lottery"})
    assert compare(moved, queue=False).run_id in page.text()
    assert "Market, Purchases raise prices: off to on" in page.text()
    assert "Access, Who gets the other hours: need to lottery" in page.text()
