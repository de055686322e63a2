"""The contract of scenario files: what is taken, what it becomes, and that nothing else ever gets through."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields
from datetime import date, datetime, time
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import sources
from sim.formatting import entry_path, escape, short_repr, unknown_name
from sim.instruments import INSTRUMENTS, Portfolio
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.parameters import Parameters, Spec
from sim.scenario import Budget, Option, Scenario, ScenarioError, find, load, names, pinned, with_settings
from sim.scenario.budget import WORDS as BUDGET_WORDS
from sim.scenario.combinations import first_service_month
from sim.scenario.files import parse_text
from sim.scenario.overrides import overlay
from sim.scenario.problems import Problems
from sim.scenario.reader import TOP, read
from sim.scenario.waivers import reach
from tests.every import every

HEAD = 'title = "T"\nquestion = "Q?"\nstart = "2026-01"\n'
MONEY = "budget = { total = 100e6, years = 4 }\n"
WAIVER = '[[waiver]]\npath = "{path}"\nwho = "A. Person"\nwhy = "A tender of this year."\ndate = 2026-11-24\n'
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a scenario file: a good head, then `body`."""

    def file(body: str = "", *, head: str = HEAD + MONEY, name: str = "here.toml") -> Path:
        path = tmp_path / name
        path.write_text(head + body, encoding="utf8")
        return path

    return file


def refusal(scenario: str | Path, values: dict[str, Any] | None = None) -> list[str]:
    """The faults of something that must be refused."""
    with pytest.raises(ScenarioError) as caught:
        load(scenario, values)
    return caught.value.faults


# ----------------------------------------------------------------------------------------------- what ships, what is


@pytest.mark.parametrize("name", names())
def test_every_shipped_scenario_loads_by_name_and_by_path(name: str) -> None:
    by_name, by_path = load(name), load(find(name))
    assert by_name == by_path
    assert by_name.key == name
    assert by_name.option("do_nothing").instrument.name == "do_nothing"
    assert load(f"scenarios/{name}.toml").title == by_name.title


@pytest.mark.parametrize("name", names())
def test_values_on_a_loaded_scenario_are_those_on_its_file(name: str) -> None:
    given = {"cloud.price_usd": 3.0, "budget.total": 2e8, "public_cluster.life_years": 6}
    assert with_settings(load(name), given) == load(name, given)
    with pytest.raises(ScenarioError, match=f"^{name}: world.cloud.price_usd: -1 is not possible"):
        with_settings(load(name), {"cloud.price_usd": -1})


def test_a_share_that_is_not_named_is_nothing(write: Write) -> None:
    """With none named, the money is split evenly over what buys compute."""
    portfolio = '[[option]]\ninstrument = "portfolio"\n'
    even, single = (
        load(write(portfolio + named)).option("portfolio").instrument for named in ("", "cloud_credits_share = 1\n")
    )
    assert isinstance(even, Portfolio) and isinstance(single, Portfolio)
    assert sorted(even.shares().values()) == [0, 1 / 3, 1 / 3, 1 / 3]
    assert single.shares() == dict.fromkeys(even.shares(), 0.0) | {"cloud_credits": 1.0}


def test_the_shortest_scenario_compares_every_instrument_in_the_default_world(write: Write) -> None:
    scenario = load(write())
    assert isinstance(scenario, Scenario)
    assert scenario.key == "here"
    assert [option.key for option in scenario.options] == list(INSTRUMENTS)
    assert [type(option.instrument) for option in scenario.options] == list(INSTRUMENTS.values())
    dated = {path.split(".")[0] for path in scenario.dated}  # prices are those of the month
    assert dated == {"cloud", "hardware", "procurement"}
    assert scenario.world.having({name: World.kinds()[name]() for name in dated}) == World()
    assert (scenario.horizon_years, scenario.months) == (10, 120)
    assert (scenario.currency, scenario.price_year, scenario.usd_per_currency) == ("USD", 2025, 1.0)
    assert scenario.budget == Budget((25e6,) * 4)
    assert scenario.fixed == {"cloud.price_usd"}
    assert (scenario.warnings, scenario.waivers) == ((), ())


def test_the_public_face_keeps_its_names() -> None:
    assert [item.name for item in fields(Option)] == ["key", "label", "instrument"]
    assert [item.name for item in fields(Budget)] == ["yearly", "coverage"]
    assert {"key", "title", "question", "budget", "world", "options", "fixed", "warnings", "waivers", "text"} <= {
        item.name for item in fields(Scenario)
    }
    error = ScenarioError("here", ["one", "two"])
    assert (error.origin, error.faults, str(error)) == ("here", ["one", "two"], "here: 2 faults:\n  - one\n  - two")


def test_an_option_that_is_not_there_is_a_key_error(write: Write) -> None:
    with pytest.raises(KeyError, match="nothing_of_the_kind"):
        load(write()).option("nothing_of_the_kind")


def test_doing_nothing_is_added_in_front_where_no_option_names_it(write: Write) -> None:
    scenario = load(write('[[option]]\ninstrument = "cloud_credits"\n'))
    assert [option.key for option in scenario.options] == ["do_nothing", "cloud_credits"]


def test_one_instrument_may_stand_twice_under_different_keys(write: Write) -> None:
    option = '[[option]]\ninstrument = "public_cluster"\n'
    scenario = load(write(option + option + 'key = "long_lived"\nlabel = "Kept  long"\nlife_years = 7\n'))
    assert [o.label for o in scenario.options] == ["Do nothing", "Public cluster", "Kept long"]
    assert [getattr(o.instrument, "life_years", None) for o in scenario.options] == [None, 5, 7]


def test_a_portfolio_mixes_the_options_of_its_own_scenario(write: Write) -> None:
    scenario = load(
        write('[[option]]\ninstrument = "public_cluster"\nlife_years = 7\n[[option]]\ninstrument = "portfolio"\n')
    )
    mix = scenario.option("portfolio").instrument
    assert isinstance(mix, Portfolio)
    members = {member.name: member for member in mix.members}
    assert set(members) == set(mix.shares())
    assert members["public_cluster"] == scenario.option("public_cluster").instrument


def test_values_that_a_file_sets_are_still_drawn_unless_it_says_they_are_fixed(write: Write) -> None:
    values = "[world.cloud]\nprice_usd = 3\n[world.money]\ndiscount_rate = 0.03\n"
    scenario = load(write(values))
    assert scenario.world.cloud.price_usd == 3
    assert scenario.own == {"cloud.price_usd", "money.discount_rate"}
    assert scenario.fixed == frozenset()
    told = load(write('fixed = ["cloud.price_usd", "money.discount_rate"]\n' + values))
    assert told.fixed == {"cloud.price_usd"}  # the discount rate is a choice and is never drawn


def test_setting_a_value_is_not_knowing_it(write: Write) -> None:
    values = {"cloud.price_usd": 3, "cloud_credits.round_months": 6}
    assert load(write(""), values).fixed == frozenset()
    scenario = load(write('fixed = ["grants.success_share"]\n'), pinned(values))
    assert scenario.fixed == {"cloud.price_usd", "grants.success_share"}
    assert scenario.text["fixed"] == ["grants.success_share", "cloud.price_usd"]


def test_a_slip_in_what_is_set_from_outside_is_told_once(write: Write) -> None:
    [fault] = refusal(write(""), {"cloud.prce": 2})
    assert fault.startswith("world.cloud.prce: ")


def test_budgets_in_other_money_are_told_in_base_year_dollars(write: Write) -> None:
    scenario = load(write('currency = "GBP"\nprice_year = 2023\n'))
    rate = sources.exchange_rates()["GBP", 2023] * sources.deflator(2025) / sources.deflator(2023)
    assert scenario.usd_per_currency == pytest.approx(rate, rel=1e-12)
    np.testing.assert_allclose(scenario.budget_usd, 25e6 * rate, rtol=1e-12)


def test_a_currency_that_the_data_lack_brings_its_rate(write: Write) -> None:
    scenario = load(write('currency = "CHF"\nusd_per_currency = 1.2\n'))
    assert scenario.usd_per_currency == pytest.approx(1.2)


def test_a_budget_may_differ_from_year_to_year(write: Write) -> None:
    scenario = load(write(head=HEAD + "budget = { path = [0, 50e6, 1, 25_000_000.5] }\n"))
    assert list(scenario.budget.yearly) == [0, 50e6, 1, 25_000_000.5]
    assert scenario.budget.total == 75_000_001.5


def test_a_total_without_years_is_spread_over_six_or_the_horizon(write: Write) -> None:
    head = HEAD + "budget = { total = 60e6 }\n"
    assert load(write(head=head)).budget.yearly == (10e6,) * 6
    assert load(write(head=head + "horizon_years = 4\n")).budget.yearly == (15e6,) * 4


@pytest.mark.parametrize(("total", "warned"), [("0.9e6", True), ("1e6", False), ("1e11", False), ("1.1e11", True)])
def test_an_amount_that_was_meant_in_millions_is_warned_of(write: Write, total: str, warned: bool) -> None:
    warnings = load(write(head=f"{HEAD}budget = {{ total = {total} }}\n")).warnings
    assert [w for w in warnings if w.startswith("budget: ")] == list(warnings)
    assert bool(warnings) == warned


def test_texts_over_several_lines_become_one(write: Write) -> None:
    scenario = load(write(head='title = "A\\tB"\nquestion = """\nWhy\n  not?\n"""\nstart = "2026-01"\n' + MONEY))
    assert (scenario.title, scenario.question) == ("A B", "Why not?")


WARNED = {
    "cloud_credits": ("", ()),
    "domestic_fab": ("", ("domestic_fab: the first output of the fab comes in month 62.4, after the 48 months",)),
    "research_grants": (
        "decision_months = 60\n",
        ("research_grants: the first award comes in month 60, after the 48",),
    ),
    "public_cluster": (
        "tranche_months = [0, 48]\n",
        ("public_cluster.tranche_months: an order in month 48 comes after the 48 months of the horizon; 0.4 of the",),
    ),
}


@pytest.mark.parametrize("name", WARNED)
def test_what_comes_after_the_horizon_is_warned_of(write: Write, name: str) -> None:
    levers, expected = WARNED[name]
    scenario = load(write(f'[[option]]\ninstrument = "{name}"\n{levers}'), {"horizon_years": 4})
    told_late = [w for w in scenario.warnings if "after the" in w]
    assert len(told_late) == len(expected)
    assert all(warning.startswith(start) for warning, start in zip(told_late, expected, strict=True))


def test_shares_of_tiers_that_rely_on_defaults_are_scaled_with_a_warning(write: Write) -> None:
    assert load(write("[world.demand]\nshare_elite = 0.1\n")).warnings == (
        "world.demand: the shares of the four tiers sum to 1.05, the defaults included; they are scaled to 1",
    )


def test_a_floor_above_the_price_is_warned_of(write: Write) -> None:
    [warning] = load(write("[world.cloud]\nprice_usd = 2\nfloor_usd = 3\n")).warnings
    assert warning.startswith("world.cloud: floor_usd, 3, is above the price it limits, 2 (USD per H100e-hour)")


# ------------------------------------------------------------------------------------- every declaration, both ranges


def declarations() -> list[Any]:
    """(path in `--set`, spec) of every parameter and every lever."""
    kinds: list[tuple[str, type[Parameters]]] = [*World.kinds().items(), *INSTRUMENTS.items()]
    return [pytest.param(f"{g}.{n}", spec, id=f"{g}.{n}") for g, kind in kinds for n, _, spec in kind.described()]


DECLARED = declarations()
NUMBERS = [p for p in DECLARED if p.values[1].kind == "number"]


def told(path: str, value: Any) -> tuple[list[str], list[str]]:
    """(faults, warnings) about one path when it is set to a value, whatever else that value makes impossible."""
    table = {**tomllib.loads(HEAD + MONEY), "horizon_years": 30}
    problems = Problems("here")
    try:
        read(table, "here", {path: value}, problems)
    except ScenarioError as error:
        return [f for f in error.faults if f.removeprefix("world.").startswith(f"{path}: ")], []
    return [], [w for w in problems.warnings if w.removeprefix("world.").startswith(f"{path}: ")]


@every(("path", "spec"), NUMBERS)
def test_a_plausible_number_is_taken_in_silence(path: str, spec: Spec) -> None:
    for value in (spec.low, spec.high, (spec.low + spec.high) / 2):
        assert told(path, value) == ([], []) or path.startswith("portfolio.")


@every(("path", "spec"), NUMBERS)
def test_an_implausible_number_is_warned_of(path: str, spec: Spec) -> None:
    for bound, end in ((spec.low, spec.floor), (spec.high, spec.ceiling)):
        if bound == end or not isfinite(end):
            continue
        faults, warnings = told(path, (bound + end) / 2)
        assert faults or len(warnings) == 1
        assert all("outside the plausible range" in warning for warning in warnings)


@every(("path", "spec"), NUMBERS)
def test_an_impossible_number_is_refused_with_value_range_and_unit(path: str, spec: Spec) -> None:
    for value in (spec.floor - 1e-3 - abs(spec.floor), spec.ceiling * 1000 + 1e6):
        if not isfinite(value):
            continue
        [fault] = told(path, value)[0]
        assert f": {short_repr(value)} is not possible; allowed: " in fault
        assert fault.count("(") >= 1


@pytest.mark.parametrize(
    "junk", [None, "", "1", [], [None], {}, {"value": 1}, date(2026, 11, 24), float("nan"), 10**400]
)
@every(("path", "spec"), DECLARED)
def test_junk_is_refused_for_every_declaration(path: str, spec: Spec, junk: Any) -> None:
    if junk == [] and spec.may_be_empty:
        return
    faults, _ = told(path, junk)
    assert len(faults) == 1 or any(f"{path}[1]: " in f for f in refusal_of(path, junk))
    if spec.kind in ("number", "switch"):
        assert "; allowed: " in faults[0]


def refusal_of(path: str, value: Any) -> list[str]:
    """Every fault of a scenario with this value."""
    with pytest.raises(ScenarioError) as caught:
        read(tomllib.loads(HEAD + MONEY), "here", {path: value}, Problems())
    return caught.value.faults


@every(("path", "spec"), DECLARED)
def test_a_name_with_a_slip_gets_the_right_one(path: str, spec: Spec) -> None:
    group, name = path.split(".")
    for slip in (name[:-1], name + "s", name.upper(), name.replace("_", "-") + "-", name[1:]):
        faults = refusal_of(f"{group}.{slip}", 1)
        assert any("did you mean " in fault for fault in faults)
        assert any(repr(name) in fault or f".{name}?" in fault for fault in faults) or slip in _at_home()


@cache
def _at_home() -> set[str]:
    """Names that are right in some group."""
    return {name for kind in [*World.kinds().values(), *INSTRUMENTS.values()] for name in kind.names()}


@every(("path", "spec"), [p for p in DECLARED if p.values[1].kind == "choice"])
def test_every_choice_is_taken(path: str, spec: Spec) -> None:
    for word in spec.choices:
        assert told(path, word) == ([], [])


# ------------------------------------------------------------------------------------------------------------ waivers


def test_a_waiver_lets_a_value_out_of_the_possible_range_and_is_told(write: Write) -> None:
    scenario = load(write("[world.cloud]\nprice_usd = 1500\n" + WAIVER.format(path="cloud.price_usd")))
    assert scenario.world.cloud.price_usd == 1500
    assert scenario.warnings == (
        "world.cloud.price_usd: 1500 is outside the possible range, 0.01 to 1,000 (USD per H100e-hour); "
        "waived by A. Person on 2026-11-24: A tender of this year.",
    )
    assert scenario.waivers[0]["who"] == "A. Person"


def test_a_waiver_silences_the_warning_of_an_implausible_value(write: Write) -> None:
    body = "[world.cloud]\nprice_usd = 20\n"
    assert len(load(write(body)).warnings) == 1
    assert load(write(body + WAIVER.format(path="world.cloud.price_usd"))).warnings == ()


def test_a_waiver_of_a_lever_goes_by_the_key_of_its_option(write: Write) -> None:
    body = '[[option]]\ninstrument = "public_cluster"\nkey = "monument"\nlife_years = 150\n'
    scenario = load(write(body + WAIVER.format(path="monument.life_years")))
    assert getattr(scenario.option("monument").instrument, "life_years") == 150  # noqa: B009
    assert refusal(write(body + WAIVER.format(path="public_cluster.life_years")))


def test_a_waiver_that_is_not_needed_is_told(write: Write) -> None:
    assert load(write(WAIVER.format(path="cloud.price_usd"))).warnings == (
        "waiver.path: cloud.price_usd is within its plausible range; the waiver is not needed",
    )


def test_a_horizon_before_the_first_service_can_be_waived(write: Write) -> None:
    head = HEAD + "budget = { total = 100e6, years = 1 }\nhorizon_years = 1\n"
    [fault] = refusal(write(head=head))
    assert fault.startswith("horizon_years: 1 (to month 12) is too short")
    scenario = load(write(WAIVER.format(path="horizon_years"), head=head))
    assert any("is too short" in w and "waived by A. Person" in w for w in scenario.warnings)


def test_a_horizon_is_long_enough_from_the_month_after_the_first_service(write: Write) -> None:
    def body(lead: float) -> str:
        return f"[world.procurement]\nslip_months = 0\nlead_months = {lead}\n"

    head = HEAD + "budget = { total = 100e6, years = 2 }\nhorizon_years = 2\n"
    assert load(write(body(23.9), head=head)).months == 24
    assert len(refusal(write(body(24), head=head))) == 1


def test_first_service_counts_from_the_first_tranche_that_brings_something(write: Write) -> None:
    body = (
        '[[option]]\ninstrument = "public_cluster"\n'
        "tranche_months = [0, 12]\ntranche_shares = [0, 1]\ntender_months = 3\n"
    )
    scenario = load(write(body))
    cluster: Any = scenario.option("public_cluster").instrument
    assert first_service_month(cluster, scenario.world) == pytest.approx(12 + 3 + 9 + 7.2)


@every(("path", "spec"), NUMBERS)
def test_no_waiver_reaches_across_zero_or_beyond_the_whole(path: str, spec: Spec) -> None:
    low, high = reach(spec)
    assert low <= spec.floor <= spec.ceiling <= high
    assert (low > 0) == (spec.floor > 0)
    if spec.unit == "fraction" and spec.ceiling <= 1:
        assert high == spec.ceiling


# ------------------------------------------------------------------------------------------------------------ extends

BASE = """
[world.cloud]
price_usd = 3.0
spent_share = 0.9
[[option]]
instrument = "cloud_credits"
[[option]]
key = "machine"
instrument = "public_cluster"
label = "The machine"
life_years = 6
refresh = true
"""


@pytest.fixture
def extended(write: Write) -> Callable[[str], Scenario]:
    """Loads a file that extends BASE."""
    write(BASE, name="base.toml")
    return lambda body: load(write(body, head='extends = "base.toml"\n', name="over.toml"))


def test_an_extending_file_without_more_is_the_same_scenario(extended: Callable[[str], Scenario]) -> None:
    scenario = extended("")
    assert (scenario.key, scenario.title) == ("over", "T")
    assert [option.key for option in scenario.options] == ["do_nothing", "cloud_credits", "machine"]


def test_overrides_replace_single_values_and_keep_the_rest(extended: Callable[[str], Scenario]) -> None:
    scenario = extended('title = "New"\n[world.cloud]\nprice_usd = 2.5\n[[option]]\nkey = "machine"\nlife_years = 4\n')
    assert (scenario.title, scenario.question) == ("New", "Q?")
    assert (scenario.world.cloud.price_usd, scenario.world.cloud.spent_share) == (2.5, 0.9)
    machine: Any = scenario.option("machine")
    assert (machine.label, machine.instrument.life_years, machine.instrument.refresh) == ("The machine", 4, True)
    assert scenario.own == {"cloud.price_usd", "cloud.spent_share"}


def test_an_override_may_set_what_the_other_file_leaves_to_the_defaults(extended: Callable[[str], Scenario]) -> None:
    assert extended("[world.hardware]\ndoubling_years = 3\n").world.hardware.doubling_years == 3


def test_new_keys_add_options_and_none_is_taken_away(extended: Callable[[str], Scenario]) -> None:
    scenario = extended('[[option]]\nkey = "second"\ninstrument = "public_cluster"\n')
    assert [option.key for option in scenario.options] == ["do_nothing", "cloud_credits", "machine", "second"]


def test_a_new_total_drops_the_old_path_and_a_new_path_the_old_total(write: Write) -> None:
    write(head=HEAD + "budget = { path = [1e6, 2e6] }\n", name="base.toml")
    over = write("budget = { total = 9e6, years = 3 }\n", head='extends = "base.toml"\n', name="over.toml")
    assert load(over).budget.yearly == (3e6,) * 3
    again = write("budget = { path = [4e6] }\n", head='extends = "over.toml"\n', name="again.toml")
    assert load(again).budget.yearly == (4e6,)


def test_new_years_keep_the_old_total(extended: Callable[[str], Scenario]) -> None:
    assert extended("budget = { years = 5 }\n").budget.yearly == (20e6,) * 5


def test_without_options_in_the_other_file_every_instrument_can_be_overridden(write: Write) -> None:
    write(name="base.toml")
    body = '[[option]]\nkey = "cloud_credits"\nvalidity_months = 24\n'
    scenario = load(write(body, head='extends = "base.toml"\n', name="over.toml"))
    assert [option.key for option in scenario.options] == list(INSTRUMENTS)
    assert getattr(scenario.option("cloud_credits").instrument, "validity_months") == 24  # noqa: B009


def test_waivers_of_the_other_file_stay_in_force(write: Write) -> None:
    write("[world.cloud]\nprice_usd = 1500\n" + WAIVER.format(path="cloud.price_usd"), name="base.toml")
    body = "[world.hardware]\nprice_usd = 2e6\n" + WAIVER.format(path="hardware.price_usd")
    scenario = load(write(body, head='extends = "base.toml"\n', name="over.toml"))
    assert [waiver["path"] for waiver in scenario.waivers] == ["cloud.price_usd", "hardware.price_usd"]
    assert len(scenario.warnings) == 2


def test_a_shipped_scenario_can_be_extended_from_anywhere(write: Write) -> None:
    shipped = names()[0]
    scenario = load(write('title = "Mine"\n', head=f'extends = "{shipped}.toml"\n'))
    assert (scenario.title, scenario.options) == ("Mine", load(shipped).options)


def test_extending_leaves_the_tables_it_joins_as_they_were() -> None:
    base, over = tomllib.loads(HEAD + MONEY + BASE), tomllib.loads('[[option]]\nkey = "machine"\nlife_years = 4\n')
    before = deepcopy((base, over))
    overlay(base, over, Problems())
    assert (base, over) == before


# -------------------------------------------------------------------------------------------------- values from outside


def test_settings_override_the_file(write: Write) -> None:
    values = {
        "title": "Set", "horizon_years": 12, "budget.total": 50e6, "cloud.price_usd": 4, "world.cloud.spent_share": 0.8,
        "machine.life_years": 4, "machine.label": "Set", "cloud_credits.round_months": 6,
    }  # fmt: skip
    scenario = load(write(BASE), values)
    assert (scenario.title, scenario.horizon_years, scenario.budget.total) == ("Set", 12, 50e6)
    assert (scenario.world.cloud.price_usd, scenario.world.cloud.spent_share) == (4, 0.8)
    machine: Any = scenario.option("machine")
    assert (machine.label, machine.instrument.life_years, machine.instrument.refresh) == ("Set", 4, True)
    assert scenario.text["world"]["cloud"]["price_usd"] == 4


def test_settings_reach_the_instruments_of_a_file_that_names_none(write: Write) -> None:
    scenario = load(write(), {"public_cluster.tranche_months": [0], "public_cluster.tranche_shares": (1.0,)})
    assert getattr(scenario.option("public_cluster").instrument, "tranche_shares") == (1.0,)  # noqa: B009


def test_a_set_total_drops_the_path_of_the_file(write: Write) -> None:
    path = write(head=HEAD + "budget = { path = [1e6, 2e6] }\n")
    assert load(path, {"budget.total": 8e6, "budget.years": 2}).budget.yearly == (4e6, 4e6)
    assert load(path, {"budget.path": [5e6]}).budget.yearly == (5e6,)


def test_numbers_of_numpy_are_numbers(write: Write) -> None:
    scenario = load(write(), {"cloud.price_usd": np.float64(4), "demand.groups": np.int64(700)})
    assert type(scenario.world.cloud.price_usd) is type(scenario.world.demand.groups) is float


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("cloud.prize_usd", "no parameter 'prize_usd'; did you mean 'price_usd'?"),
        ("clod.price_usd", "no group or option 'clod'; did you mean 'cloud'?"),
        ("machin.life_years", "no group or option 'machin'; did you mean 'machine'?"),
        ("public_cluster.life_years", "no group or option 'public_cluster'; there are: "),
        ("discount_rate", "no value 'discount_rate'; did you mean world.money.discount_rate?"),
        ("horizon", "no value 'horizon'; did you mean 'horizon_years'?"),
        ("cloud", "names no value of 'cloud'; write group.name=value"),
        ("cloud.", "names no value of 'cloud'; write group.name=value"),
        ("machine.instrument", "belongs to the file"),
        ("machine.key", "belongs to the file"),
        ("option", "belongs to the file"),
        ("extends", "belongs to the file"),
        ("waiver", "belongs to the file"),
        ("world", "belongs to the file"),
        ("budget", "names no value of 'budget'"),
        ("budget.totals", "no entry 'totals'; did you mean 'total'?"),
        ("", "no value ''; there are: "),
        (".", "no group or option ''; there are: "),
        ("cloud.price.usd", "no parameter 'price.usd'; did you mean 'price_usd'?"),
        ("machine.lead_months", "no lever 'lead_months' here; did you mean world.procurement.lead_months?"),
    ],
)
def test_a_setting_that_leads_nowhere_is_refused(write: Write, path: str, sentence: str) -> None:
    faults = refusal(write(BASE), {path: 1})
    assert any(sentence in fault for fault in faults), faults


def test_a_setting_does_not_hide_a_fault_of_the_file(write: Write) -> None:
    assert refusal(write("world = 3\n"), {"cloud.price_usd": 3}) == [
        "world: 3 is not a table; write [world.cloud] and so on"
    ]
    assert len(refusal(write("[world]\ncloud = 3\n"), {"cloud.price_usd": 3})) == 1
    assert len(refusal(write(head=HEAD + "budget = 3\n"), {"budget.total": 3e6})) == 1


def test_a_budget_of_zero_is_refused_from_outside_too(write: Write) -> None:
    [fault] = refusal(write(), {"budget.total": 0})
    assert fault.startswith("budget.total: 0 is not possible; allowed: 1 to ")


def test_a_short_horizon_from_outside_is_refused_with_all_that_follows(write: Write) -> None:
    assert len(refusal(write(), {"horizon_years": 1})) == 2  # the machine and the years of money


# -------------------------------------------------------------------------------------------------------- junk, mutated

KNOWN = sorted(
    {*TOP, *World.kinds(), *INSTRUMENTS, *BUDGET_WORDS, "instrument", "key", "label", "path", "who", "why", "date"}
)
NAMES = st.one_of(st.sampled_from(KNOWN), st.sampled_from(sorted(_at_home())), st.text(max_size=8))
SCALARS = st.one_of(
    st.booleans(), st.integers(-3, 40), st.integers(), st.just(10**400), st.floats(),
    st.text(max_size=12),
    st.sampled_from(["", "easy", "USD", "EUR", "cloud_credits", "portfolio", "public_cluster", "\x1b[2J", "\ud800"]),
    st.dates(), st.datetimes(), st.times(),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)
GROUPS = st.dictionaries(
    st.one_of(st.sampled_from(list(World.kinds())), NAMES), st.dictionaries(NAMES, VALUES, max_size=4)
)
OPTIONS = st.lists(
    st.one_of(
        VALUES,
        st.fixed_dictionaries(
            {"instrument": st.one_of(st.sampled_from(list(INSTRUMENTS)), VALUES)},
            optional={
                "key": VALUES,
                "label": VALUES,
                "life_years": VALUES,
                "tranche_shares": VALUES,
                "refresh": VALUES,
            },
        ),
    ),
    max_size=4,
)
TABLES = st.one_of(
    st.dictionaries(NAMES, VALUES, max_size=8),
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("title", "question", "currency", "price_year", "horizon_years", "start"), SCALARS),
            "budget": st.one_of(VALUES, st.dictionaries(st.sampled_from(BUDGET_WORDS), VALUES)),
            "world": st.one_of(VALUES, GROUPS),
            "option": st.one_of(VALUES, OPTIONS),
            "waiver": st.one_of(
                VALUES, st.lists(st.dictionaries(st.sampled_from(["path", "who", "why", "date"]), VALUES))
            ),
            "sources": VALUES,
            "modelled": VALUES,
        },
    ),
)
FUZZED = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def answer_is_clear(error: ScenarioError) -> None:
    """A refusal has sentences, each on one line that a terminal can show."""
    assert error.faults
    assert all(fault.isprintable() and len(fault) < 2000 for fault in error.faults)


def answered(table: Any, values: dict[str, Any] | None = None) -> Scenario | None:
    """A checked scenario, or None after a refusal in printable sentences; anything else fails."""
    try:
        scenario = read(table, "fuzzed", values or {}, Problems("fuzzed"))
    except ScenarioError as error:
        answer_is_clear(error)
        return None
    assert scenario.budget.total > 0
    assert np.isfinite(scenario.budget_usd).all()
    for group in [*scenario.world.groups().values(), *(option.instrument for option in scenario.options)]:
        for name, _, spec in group.described():
            check_kind(getattr(group, name), spec)
    return scenario


def check_kind(value: Any, spec: Spec) -> None:
    """Values that reach the model are of their kind and possible."""
    if spec.kind == "switch":
        assert isinstance(value, bool)
    elif spec.kind == "choice":
        assert value in spec.choices
    else:
        low, high = reach(spec)
        assert all(low <= number <= high and isfinite(number) for number in np.atleast_1d(value))


@FUZZED
@given(TABLES)
def test_no_table_gets_more_than_a_refusal(table: dict[str, Any]) -> None:
    answered(table)


@FUZZED
@given(st.dictionaries(st.one_of(NAMES, st.tuples(NAMES, NAMES).map(".".join)), VALUES, max_size=4))
def test_no_setting_gets_more_than_a_refusal(values: dict[str, Any]) -> None:
    answered(tomllib.loads(HEAD + MONEY + BASE), values)


@pytest.mark.slow
@FUZZED
@given(TABLES, TABLES)
def test_no_pair_of_files_gets_more_than_a_refusal(base: dict[str, Any], over: dict[str, Any]) -> None:
    answered(overlay(base, over, Problems("fuzzed")))


@FUZZED
@given(st.one_of(st.text(), st.lists(st.sampled_from([*"[]{}=,.\n\"'#_-+:", "a", "1", "inf", "true"])).map("".join)))
def test_no_text_gets_more_than_a_refusal(text: str) -> None:
    try:
        table = parse_text(text, "fuzzed")
    except ScenarioError as error:
        answer_is_clear(error)
    else:
        answered(table)


def places(table: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a table that holds a value, inner ones included."""
    items = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    return [place for key, value in items for place in [(*here, key), *places(value, (*here, key))]]


MUTATED = [tomllib.loads(find(name).read_text(encoding="utf8")) for name in names()] + [
    tomllib.loads(HEAD + MONEY + BASE)
]
COMPLETE = [table for table in MUTATED if "extends" not in table]


@FUZZED
@given(st.data())
def test_no_mutation_of_a_good_scenario_gets_more_than_a_refusal(data: st.DataObject) -> None:
    table = deepcopy(data.draw(st.sampled_from(COMPLETE), label="scenario"))
    for _ in range(data.draw(st.integers(1, 3), label="mutations")):
        if not (left := places(table)):
            break
        *way, last = data.draw(st.sampled_from(left), label="place")
        holder: Any = table
        for step in way:
            holder = holder[step]
        match data.draw(st.sampled_from(["delete", "replace", "rename"]), label="how"):
            case "delete":
                del holder[last]
            case "rename" if isinstance(holder, dict):
                holder[data.draw(NAMES, label="name")] = holder.pop(last)
            case _:
                holder[last] = data.draw(VALUES, label="value")
    before = deepcopy(table)
    answered(table)
    assert repr(table) == repr(before)


# ------------------------------------------------------------------------------------------------- words of a sentence


@given(SCALARS | VALUES)
def test_every_value_can_be_shown_on_one_short_line(value: Any) -> None:
    assert short_repr(value).isprintable()
    assert len(short_repr(value)) < 500


@given(st.text(max_size=300))
def test_every_text_can_be_made_plain(text: str) -> None:
    assert escape(text).isprintable()
    assert entry_path("world", text).isprintable()


def test_a_number_that_python_does_not_print_is_refused_like_any_other(write: Write) -> None:
    for path in ("cloud.price_usd", "horizon_years", "budget.total", "machine.refresh"):
        [fault] = refusal(write(BASE), {path: 10**5000})
        assert "a whole number of thousands of digits" in fault


def test_dates_are_shown_as_toml_writes_them() -> None:
    values = (date(2026, 11, 24), datetime(2026, 11, 24, 7, 30), time(7, 30))
    assert [short_repr(value) for value in values] == ["2026-11-24", "2026-11-24T07:30:00", "07:30:00"]


def test_a_name_like_no_other_gets_the_list() -> None:
    assert unknown_name("colour", "zzz", ["red", "green"]) == "no colour 'zzz'; there are: green, red"


def test_what_is_drawn_can_be_fixed_by_a_file() -> None:
    table = tomllib.loads(HEAD + MONEY)
    values = {path: getattr(getattr(World(), path.split(".")[0]), path.split(".")[1]) for path in uncertain()}
    scenario = read(table, "here", pinned(values), Problems())
    assert scenario.fixed == set(values)
