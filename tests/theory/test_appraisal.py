"""Discounting anew moves sums and nothing else, and gives what a run under the profile gives at those sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import sim
from sim.comparison.discounting import rediscount
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.mechanisms.appraisal import OWN, Profile, profile, profiles
from sim.mechanisms.finance import Money, appraised, discount_factor
from sim.outcomes import DISCOUNTED, OUTCOMES
from sim.scenario import load
from sim.scenario.appraisal import appraisal_words, with_profile
from sim.scenario.problems import Problems

AS_ENTERED = {"money.normalisation": "as_entered"}
EVERYTHING = {
    "complement.counted": True, "safety.harm": True, "safety.screening": True, "independence.shock": True,
    "market.feedback": True, "complement.country_share": 1.0,
}  # fmt: skip
FAR = "canada_2007"  # 8 % a year: far from the default
DEAR = "omb_a94_1992"


def run(name: str, settings: dict[str, Any], draws: int = 3) -> Comparison:
    """A comparison without waits."""
    return compare(load(name, settings), draws=draws, queue=False)


def moved(one: Comparison, other: Comparison) -> set[str]:
    """Outcomes that differ in any option or draw, as totals or by year."""
    found = set()
    for key, result in one.results.items():
        for table, against in ((result.totals, other.results[key].totals), (result.yearly, other.results[key].yearly)):
            found |= {n for n, values in table.items() if not np.array_equal(values, against[n], equal_nan=True)}
    return found


# ----------------------------------------------------------------------------------------------------------- factors


@pytest.mark.parametrize("name", profiles())
def test_a_profile_discounts_by_the_rates_of_its_document(name: str) -> None:
    found = profile(name)
    years = np.arange(101.0)
    steps = [(0.0, found.rate), *found.later[:2]]
    rate = np.array([max(step for step in steps if step[0] <= year)[1] for year in range(100)])
    by_hand = np.concatenate([[1.0], np.cumprod(1 / (1 + rate))])
    assert discount_factor(years, appraised(Money(), found)) == pytest.approx(by_hand, rel=1e-12)


def test_the_green_book_is_the_default_by_another_name() -> None:
    years = np.linspace(0, 120, 50)
    same = discount_factor(years, Money()) == discount_factor(years, appraised(Money(), profile("green_book_2022")))
    assert same.all()


def test_the_excess_burden_is_that_of_the_document() -> None:
    assert appraised(Money(), profile(DEAR)).excess_burden_ratio == 0.25
    assert appraised(Money(excess_burden_ratio=0.3), profile("green_book_2022")).excess_burden_ratio == 0


# ------------------------------------------------------------------------------------------------------ rediscounting


@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["plain", "everything"])
def test_at_entered_sizes_it_gives_what_a_run_under_the_profile_gives(settings: dict[str, Any]) -> None:
    anew = rediscount(run("small_country", AS_ENTERED | settings), DEAR)
    again = run("small_country", AS_ENTERED | settings | {"money.profile": DEAR})
    assert moved(anew, again) == set()


@pytest.mark.parametrize("rule", ["equal_outlay", "equal_pv"])
def test_sizes_and_hours_stay_and_only_sums_move(rule: str) -> None:
    before = run("isambard_ai_uk", {"money.normalisation": rule} | EVERYTHING)
    after = rediscount(before, DEAR)
    assert moved(before, after) == {outcome.name for outcome in DISCOUNTED}
    for key, result in before.results.items():
        sizes = after.results[key].central.size
        assert all(np.array_equal(size, sizes[name]) for name, size in result.central.size.items())


def test_a_run_sized_by_the_profile_is_another() -> None:
    anew = rediscount(run("small_country", {}, draws=0), FAR)
    sized = run("small_country", {"money.profile": FAR}, draws=0)
    assert "h100e_hours" in moved(anew, sized) or "public_h100e_hours" in moved(anew, sized)


def test_the_scenarios_own_rates_come_back_to_the_last_digit() -> None:
    before = run("small_country", {})
    there = rediscount(rediscount(before, DEAR), FAR)
    back = rediscount(there, None)
    assert moved(there, rediscount(before, FAR)) == set() == moved(before, back)
    assert back.run_id == before.run_id and there.run_id == f"{before.run_id}-{FAR}"


def test_present_value_is_the_sum_over_months_by_hand() -> None:
    after = rediscount(run("small_country", {}, draws=0), FAR)
    for result in after.results.values():
        months = (np.arange(after.scenario.months) + 0.5) / 12
        by_hand = (result.central.cost[0] * 1.08**-months).sum()
        assert result.totals["public_cost"][0] == pytest.approx(by_hand, rel=1e-12)
        assert result.central.cost_pv[0] == pytest.approx(by_hand, rel=1e-12)


@pytest.fixture(scope="module")
def plain() -> Comparison:
    """Two draws of a scenario, discounted by its own rates."""
    return run("small_country", {}, draws=2)


def at_rate(rate: float, **changed: Any) -> Profile:
    """A profile of one rate for ever, without an excess burden."""
    return replace(profile(FAR), name="of_a_test", rate=rate, later=(), excess_burden_ratio=0.0, **changed)


def test_a_profile_equal_to_the_scenarios_own_rates_changes_nothing(plain: Comparison) -> None:
    money = plain.scenario.world.money
    steps = ((money.later_from_years, money.later_rate), (money.last_from_years, money.last_rate))
    own = replace(at_rate(money.discount_rate), later=steps, excess_burden_ratio=money.excess_burden_ratio)
    assert moved(plain, rediscount(plain, own)) == set()
    assert moved(plain, rediscount(plain, replace(own, rate=money.discount_rate + 1e-6))) != set()


def test_at_nothing_a_year_costs_are_the_sum_of_cash(plain: Comparison) -> None:
    free = rediscount(plain, at_rate(0.0))
    for key, result in free.results.items():
        central = plain.results[key].central
        assert result.totals["public_cost"][0] == pytest.approx(central.cost[0].sum(), rel=1e-12)


def test_the_higher_the_rate_the_less_later_money_counts(plain: Comparison) -> None:
    """Money is spent before some of it comes back: each further point of the rate takes some off."""
    costs = [rediscount(plain, at_rate(rate)) for rate in (0.0, 0.02, 0.05, 0.1)]
    for key in ("public_cluster", "cloud_credits"):
        values = np.array([each.results[key].totals["public_cost"] for each in costs])
        assert (np.diff(values, axis=0) < 0).all() and (values > 0).all()


@pytest.mark.parametrize("years", [2.0, 6.0, 80.0])
def test_a_rate_of_later_years_discounts_from_them_on(plain: Comparison, years: float) -> None:
    """By hand, to the middle of each month: at 5 % a year up to the step, and at 1 % from there."""
    found = rediscount(plain, replace(at_rate(0.05), later=((years, 0.01), (90.0, 0.01))))
    t = (np.arange(plain.scenario.months) + 0.5) / 12
    factor = 1.05 ** -np.minimum(t, years) * 1.01 ** -np.maximum(t - years, 0)
    for result in found.results.values():
        by_hand = (result.central.cost[0] * factor).sum()
        assert result.totals["public_cost"][0] == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "the scenario's own, 3.5 % a year"),
        ({"money.declining": False, "money.later_from_years": 5}, "the scenario's own, 3.5 % a year"),
        ({"money.later_from_years": 5}, "the scenario's own, 3.5 % a year, 3 % after 5 years"),
        ({"money.excess_burden_ratio": 0.2}, "the scenario's own, 3.5 % a year, excess burden 20 %"),
        ({"money.profile": DEAR}, profile(DEAR).words),
    ],
)
def test_a_note_names_the_rates_that_hold_within_the_horizon(settings: dict[str, Any], words: str) -> None:
    scenario = load("small_country", settings)
    assert appraisal_words(scenario.world.money, scenario.horizon_years) == words


@pytest.mark.parametrize("own", [(), ("money.discount_rate",), ("money.discount_rate", "money.declining")])
def test_a_profile_and_rates_of_its_own_are_a_fault_each(own: tuple[str, ...]) -> None:
    problems, world = Problems("x.toml"), load("small_country").world
    named = world.having({"money": replace(world.money, profile=DEAR)})
    found = with_profile(named, own, problems)
    assert found.money.discount_rate == profile(DEAR).rate and len(problems.faults) == len(own)
    assert all(
        f"world.{path}: is set by the appraisal profile '{DEAR}' as well" in str(problems.faults) for path in own
    )
    assert with_profile(world, own, Problems("x.toml")) is world


def test_asking_before_the_run_or_after_it_is_the_same() -> None:
    before = sim.compare("small_country", draws=2, queue=False, profile=DEAR)
    after = sim.rediscount(sim.compare("small_country", draws=2, queue=False), DEAR)
    assert moved(before, after) == set() and before.run_id == after.run_id


def test_waits_stay() -> None:
    before = compare(load("small_country"), draws=2, fidelity="instant")
    after = rediscount(before, DEAR)
    assert moved(before, after) <= {outcome.name for outcome in DISCOUNTED}
    assert after.results["public_cluster"].estimate is before.results["public_cluster"].estimate


def test_every_outcome_that_discounts_says_so() -> None:
    names = {
        outcome.name
        for outcome in OUTCOMES
        if "present value" in outcome.label.lower() or "D" in outcome.formula.split()
    }
    assert names <= {outcome.name for outcome in DISCOUNTED}


# ------------------------------------------------------------------------------------------------------------ refusals


def test_what_kept_nothing_cannot_be_discounted_anew() -> None:
    stored = replace(run("small_country", {}, draws=0), kept=())
    with pytest.raises(ValueError, match="at most 1,024 draws"):
        rediscount(stored, DEAR)


def test_an_unknown_profile_gets_its_nearest_name() -> None:
    with pytest.raises(KeyError, match="no appraisal profile 'omb_a94_1993'; did you mean 'omb_a94_1992'"):
        rediscount(run("small_country", {}, draws=0), "omb_a94_1993")


def test_the_word_for_none_is_no_profile() -> None:
    assert OWN not in profiles()
