"""The cost core against the plain loop of the bench: two programs, one set of formulas, the same numbers.

`tests/bench/plain` works out one draw, option, month and group at a time in plain Python.
It shares records, parameters and units with the core, and no formula.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from sim.calendar.calendar import Shocks, draw_shocks
from sim.calendar.records import Record
from sim.comparison.blocks import computed
from sim.comparison.calendars import Draws
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.worlds import draw_worlds
from sim.costs.allocation import allocate
from sim.costs.groups import Groups
from sim.instruments.base import Supply
from sim.mechanisms.access import Access
from sim.mechanisms.demand import Demand
from sim.mechanisms.independence import Embargo
from sim.mechanisms.world import World
from sim.outcomes import OUTCOMES
from sim.scenario import Option, Scenario, load
from tests.bench import plain
from tests.bench.plain import output
from tests.oracles import allocation as oracle
from tests.oracles.calendars import simulate_calendar

SEED = 1
DRAWS = 4  # besides the central case
AGREE = 1e-9
NOTHING = 1e-12  # of the largest value of any option: what is left by rounding where the other program has none

TIERS = ("elite", "intensive", "regional", "startups")
EVEN = {
    f"portfolio.{kind}_share": 0.25 for kind in ("public_cluster", "cloud_credits", "research_grants", "domestic_fab")
}
# Settings on top of the scenario; together they touch every lever, switch and choice that the core looks at.
SETTINGS = {
    "as it is": {},
    "overruns are topped up": {"public_cluster.overrun_treatment": "top_up", "procurement.contract": "cost_plus"},
    "machines are replaced": {"public_cluster.refresh": True, "public_cluster.life_years": 2.5},
    "machines run until they fail": {"public_cluster.retirement": "run_to_fail"},
    "machines run while it pays": {"public_cluster.retirement": "economic", "public_cluster.refresh": True},
    "another design": EVEN | {"hardware.design": "MI250X", "carbon.price_usd_per_t": 50.0},
    "the design is that of the delivery": {
        "public_cluster.spec_freeze": False,
        "public_cluster.tender_months": 5,
        "procurement.acceptance_share": 0.0,
    },
    "firms lease a part": {"public_cluster.leased_share": 0.3, "reliability.user_support": True},
    "a tranche comes too late": {
        "public_cluster.tranche_months": [0, 40, 75],
        "public_cluster.tranche_shares": [0.5, 0.2, 0.3],
        "procurement.paid_at_order_share": 0.3,
        "procurement.paid_at_acceptance_share": 0.4,
    },
    "staff is thin": {"reliability.user_support": True, "operations.staff_per_1000_gpus": 2.0},
    "too little for a machine": {"budget.total": 2_000_000},
    "equal cash": {"money.normalisation": "equal_cash", "money.cut_per_year": 0.3, "money.excess_burden_ratio": 0.25},
    "some years of running are paid for": {"budget.covers": ["hardware", "operations"], "budget.operations_years": 2.5},
    "everything is paid for": {"budget.covers": ["hardware", "building", "operations"]},
    "net of what is left": {"money.normalisation": "equal_pv"},
    "as entered": {"money.normalisation": "as_entered", "money.declining": False, "cloud.floor_usd": 3.0},
    "rates that fall early": {"money.later_from_years": 2, "money.last_from_years": 4},
    "rounds at odd times": {
        "cloud_credits.round_months": 5,
        "cloud_credits.validity_months": 7.3,
        "cloud_credits.prepaid_share": 0.4,
        "cloud_credits.committed_share": 0.3,
        "research_grants.round_months": 7,
        "research_grants.decision_months": 4.25,
        "research_grants.duration_months": 30.5,
        "research_grants.compute_share": 0.85,
        "grants.workstation_life_years": 2.7,
        "grants.success_share": 1.0,
        "grants.reference_usd_per_year": 2e7,
    },
    "vouchers are kept": {
        "cloud_credits.round_months": 5,
        "cloud_credits.validity_months": 7.3,
        "cloud_credits.kept_months": 2.6,
        "cloud_credits.prepaid_share": 0.4,
        "cloud_credits.committed_share": 0.3,
    },
    "hours are bought ahead": {
        "budget.years": 5,
        "cloud_credits.round_months": 2.5,
        "cloud_credits.validity_months": 30,
        "cloud_credits.kept_months": 4,
        "cloud_credits.ahead_share": 0.35,
        "cloud_credits.committed_share": 0.25,
        "cloud_credits.prepaid_share": 0.5,
        "cloud.spent_share": 0.8,
        "market.feedback": True,
        "market.rental_usd_per_year": 3e8,
    },
    "all hours are bought ahead": {"cloud_credits.ahead_share": 1.0, "cloud_credits.prepaid_share": 0.0},
    "awards outlive the horizon": {
        "budget.years": 7,
        "research_grants.decision_months": 9,
        "research_grants.duration_months": 40.5,
        "research_grants.compute_share": 0.7,
        "cloud_credits.validity_months": 20,
        "grants.workstation_life_years": 2.71,
        "openness.mandate_share": 0.4,
        "reproduction.replicated_share": 0.2,
    },
    "a mix of everything": EVEN | {"domestic_fab.minimum_scale": False},
    "plenty for everybody": EVEN | {"demand.groups": 700},
    "sizes of groups are given": {
        "demand.size_elite": [1, 2, 30],
        "demand.size_regional": [0.0, 0.0, 5.0, 1.0, 9.5, 2.0, 7.0],
        "demand.size_startups": [float(n) for n in range(43)],
    },
    "hours follow merit": {"access.rule": "merit", "access.merit_exponent": 0.8, "access.idle_share": 0.1},
    "hours follow lots": {"access.rule": "lottery", "equity.aversion": 0.5},
    "a floor for the lower tiers": {"access.rule": "tier_floor", "equity.from_year": 1, "equity.aversion": 2.0},
    "output counts everything": {
        "output.spillover": True,
        "output.spillover_lag_years": 1.4,
        "output.productivity_elite": 1.7,
        "output.frontier_weight": 1.0,
        "output.alpha": 0.4,
        "output.other_ratio": 0.3,
        "output.floor_hours": 0.0,
    },
    "a tonne has a price": {"carbon.price_usd_per_t": 120.0, "carbon.grid": "poland", "carbon.cloud_grid_ratio": 0.4},
    "much is mandated": EVEN
    | {
        "openness.mandate_share": 0.6,
        "reproduction.deterministic_share": 0.5,
        "reproduction.replicated_share": 0.3,
        "reproduction.effect_ratio": 1.3,
        "openness.derived_ratio": 0.8,
        "openness.share_fully_open": 0.15,
    },
    "all to the definition": {
        "openness.release": "osi",
        "openness.mandate_share": 0.5,
        "reproduction.replicated_share": 0.2,
        "reproduction.power_share": 0.9,
    },
    "all restricted": {"openness.release": "restricted", "openness.demand_prohibited_field": 0.2},
    "restricted to its own kind": {
        "openness.release": "restricted",
        "openness.licence": "llama_2",
        "openness.demand_distil": 0.3,
    },
    "all behind an interface": {"openness.release": "closed_api"},
    "all weights free": {"openness.release": "open_weights", "openness.mandate_share": 0.25},
    "markets feed back": EVEN
    | {
        "market.feedback": True,
        "market.wage_incidence": True,
        "market.accelerators_usd_per_year": 2e9,
        "market.rental_usd_per_year": 3e8,
        "market.rental_segment_share": 0.7,
        "market.demand_elasticity": 1.0,
        "procurement.paid_at_order_share": 0.4,
        "procurement.build": "existing_hall",
        "cloud_credits.prepaid_share": 0.6,
    },
    "a topped-up machine pays what it drives up": {
        "market.feedback": True,
        "market.accelerators_usd_per_year": 2e9,
        "public_cluster.overrun_treatment": "top_up",
    },
    "a fab reserves output": EVEN
    | {
        "budget.total": 40_000_000_000,
        "public_cluster.tranche_months": [60, 66, 90],
        "public_cluster.tranche_shares": [0.5, 0.2, 0.3],
        "domestic_fab.reserved_share": 0.05,
        "fab.margin_given_up_share": 0.2,
        "fab.node_lag_years": 2.0,
        "fab.packaging_share": 0.02,
        "fab.build_months": 36.0,
        "market.feedback": True,
    },
    "old designs cannot run everything": EVEN
    | {"demand.new_only_share_per_year": 0.07, "demand.groups": 700, "public_cluster.life_years": 7},
    "old machines alone": {"demand.new_only_share_per_year": 0.3, "demand.saturation_ratio": 1.0},
    "hours are cut alike and taken back": {
        "access.cut_exponent": 1.0,
        "access.overbooking_ratio": 1.0,
        "access.unused_share": 0.35,
        "access.forfeiture": "nrel",
        "demand.rent_elasticity": 1.3,
        "demand.saturation_ratio": 3.0,
    },
    "all who apply get the same, the rest is idle": {
        "access.cut_exponent": 0.0,
        "access.open_rest": False,
        "access.forfeiture": "lumi",
        "access.unused_share": 0.2,
        "demand.groups": 1000,
        "demand.growth_per_year": -0.1,
    },
    "no reserve, nobody applies": {"access.reserve_share": 0.0} | {f"access.apply_{tier}": 0.0 for tier in TIERS},
    "applicants are screened and open models counted": EVEN
    | {
        "safety.screening": True,
        "safety.harm": True,
        "safety.release_delay_months": 4.3,
        "complement.counted": True,
        "complement.lag_response": 0.4,
        "openness.mandate_share": 0.3,
    },
    "help desks bring groups in": {"access.help_share": 0.35, "access.rule": "tier_floor"},
    "open models take all": {"complement.counted": True, "complement.lag_response": 60.0, "safety.harm": True},
    "a model is given away": {
        "complement.counted": True,
        "complement.release": "always",
        "complement.lag_response": 0.3,
        "complement.demand_elasticity": 0.4,
        "complement.rivals": 2.0,
    },
    "models stay closed": {"complement.counted": True, "complement.release": "never"},
    "giving a model away pays": {
        "complement.counted": True,
        "complement.complement_share": 1.0,
        "complement.complement_ratio": 4.0,
    },
}


SHOCK = {"independence.shock": True, "independence.chance_per_year": 0.1, "independence.own_cloud_share": 0.2}
TWO_VENDORS = {
    "public_cluster.alternative_share": 0.4,
    "public_cluster.porting_usd": 7e6,
    "public_cluster.porting_months": 50,
    "public_cluster.upkeep_usd_per_year": 4e5,
    "vendors.bargaining_share": 0.2,
    "vendors.legal_usd": 3e6,
    "vendors.portable_at_start_share": 0.1,
}
PAYS = {"public_cluster.alternative_share": 0.4, "public_cluster.porting_rule": "where_it_pays"}
LAYER = {
    "public_cluster.compatibility_layer": True,
    "public_cluster.alternative_share": 0.6,
    "vendors.layer_hazard_per_year": 0.15,
}
SETTINGS |= {
    "two vendors": TWO_VENDORS,
    "two vendors and a layer": TWO_VENDORS | LAYER,
    "a layer alone, alike codes and no rot": LAYER
    | {"vendors.effort_spread": 0.0, "vendors.rot_per_year": 0.0, "public_cluster.upkeep_usd_per_year": 1e6},
    "codes for which it pays, and a layer": PAYS | LAYER,
    "dear codes for which it seldom pays": PAYS | {"vendors.port_usd": 4e5, "public_cluster.porting_months": 7.5},
    "alike codes, and no rot": PAYS | {"vendors.effort_spread": 0.0, "vendors.rot_per_year": 0.0},
    "a threat that is not carried out": {"public_cluster.porting_usd": 9e6, "public_cluster.porting_months": 20},
    "two vendors, topped up and replaced": TWO_VENDORS
    | {"public_cluster.overrun_treatment": "top_up", "public_cluster.refresh": True, "public_cluster.life_years": 2.5},
    "an embargo": SHOCK,
    "an embargo near the end, whose later starts are mirrored": SHOCK | {"independence.shock_start_months": 70.0},
    "half an embargo at odd times": SHOCK
    | EVEN
    | {
        "independence.shock_start_months": 10.3,
        "independence.shock_months": 7.4,
        "independence.cut_share": 0.5,
        "independence.domestic_cloud_share": 0.4,
        "independence.parts_share_per_year": 0.15,
        "procurement.paid_at_order_share": 0.4,
        "procurement.build": "existing_hall",
        "grants.workstation_life_years": 2.7,
    },
    "an embargo meets a working fab": SHOCK
    | EVEN
    | {
        "budget.total": 4_000_000_000,
        "independence.shock_start_months": 40.5,
        "independence.cut_share": 0.9,
        "fab.build_months": 12.0,
        "fab.inputs_at_home_share": 0.4,
        "domestic_fab.reserved_share": 0.05,
    },
    "an embargo where markets feed back": SHOCK | {"market.feedback": True, "independence.shock_start_months": 20},
}


def attained(scenario: Scenario, everything: World, draws: int, seed: int) -> dict[tuple[int, str], float]:
    """What the queue lets machines attain over what is wanted, by draw and option: given to both programs."""
    found = {}
    for option, _, result in computed(scenario, Draws.of(everything, seed, 0, scenario.months)):
        full = result.fullness
        for number in range(draws + 1):
            found[number, option.key] = 1.0 if full is None else float(full.attained[number, 0]) / full.target
    return found


def reckoned_plainly(
    scenario: Scenario, draws: int, seed: int = SEED
) -> Iterator[tuple[int, str, plain.Months, plain.Outcomes]]:
    """(draw, option, months, outcomes) of every draw and option by the plain loop."""
    everything = draw_worlds(scenario, seed, draws)
    filled = attained(scenario, everything, draws, seed)
    for number in range(draws + 1):
        world = everything.at(number)
        sky = draw_shocks(world, seed, number, scenario.months)
        records: dict[str, list[Record]] = {
            option.key: simulate_calendar(option.instrument, world, sky, scenario) for option in scenario.options
        }
        draw = plain.Draw(world, records[scenario.options[0].key], scenario.months)
        machine = scenario.by_instrument.get("public_cluster")
        if machine is not None and not scenario.budget.coverage.complete:
            draw.coverage = scenario.budget.coverage
            draw.outside = plain.outside(machine.instrument, records[machine.key], draw)
        for option in scenario.options:
            draw.filled = filled[number, option.key]
            months = plain.compute_option(option.instrument.parts(), records[option.key], draw)
            hit = under_embargo(scenario, option, sky, months, draw)
            yield number, option.key, months, plain.measure(months, draw, hit)


def under_embargo(
    scenario: Scenario, option: Option, sky: Shocks, usual: plain.Months, draw: plain.Draw
) -> tuple[plain.Months, plain.Draw] | None:
    """The same option and draw from the records of a calendar with the embargo, where there is one."""
    if not draw.world.independence.shock:
        return None
    embargo = Embargo.of(draw.world.independence, scenario.months)
    records = simulate_calendar(option.instrument, draw.world, sky, scenario, embargo)
    besieged = plain.Draw(draw.world, records, scenario.months)
    return plain.struck(option.instrument.parts(), records, besieged, usual, draw), besieged


def agree(found: object, expected: np.ndarray, scale: float, what: str) -> None:
    """The plain loop's numbers are the core's; nothing is nothing in both."""
    np.testing.assert_allclose(found, expected, rtol=AGREE, atol=NOTHING * scale, equal_nan=True, err_msg=what)


def largest(comparison: Comparison, outcome: str) -> float:
    """Largest value that any option and draw has, 0 where there is none."""
    every = np.concatenate([result.totals[outcome] for result in comparison.results.values()])
    return float(np.nan_to_num(np.abs(every)).max())


def check(scenario: Scenario, draws: int, seed: int = SEED) -> None:
    """Every outcome of every option and draw, over the horizon and by year."""
    comparison = compare(scenario, seed=seed, draws=draws, queue=False)
    for number, key, _, outcomes in reckoned_plainly(scenario, draws, seed):
        result = comparison.results[key]
        assert set(outcomes.totals) == {outcome.name for outcome in OUTCOMES if outcome.section != "Waiting"}
        assert set(outcomes.yearly) == set(result.yearly)
        for name, total in outcomes.totals.items():
            what, scale = f"{name} of {key}, draw {number}", largest(comparison, name)
            agree(total, result.totals[name][number], scale, what)
            if name in outcomes.yearly:
                agree(outcomes.yearly[name], result.yearly[name][number], scale, f"{what}, by year")


def test_every_outcome_of_a_small_scenario(tiny_scenario):
    check(tiny_scenario, draws=4)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(settings, id=name, marks=[pytest.mark.slow] * (name != "as it is"))
        for name, settings in SETTINGS.items()
    ],
)
def test_every_outcome_under(settings):
    scenario = load("isambard_ai_uk", settings)
    assert len(scenario.options) == 6
    check(scenario, DRAWS)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "seed"), [("nairr_us", 1), ("press_world", 2), ("small_country", 3)])
def test_every_outcome_of_many_draws(name, seed):
    """60 draws in all, of other worlds in each scenario."""
    check(load(name), draws=20, seed=seed)


def test_every_account_of_the_central_case(tiny_scenario):
    """Not only sums agree: each account, provider and tier does, month by month."""
    comparison = compare(tiny_scenario, seed=SEED, queue=False)
    for _, key, months, _ in reckoned_plainly(tiny_scenario, draws=0):
        central = comparison.results[key].central
        for table in ("cash", "private", "gpu_hours", "h100e_hours"):
            found, expected = getattr(months, table), getattr(central, table)
            assert set(found) == set(expected)
            for name, flow in found.items():
                agree(flow, expected[name][0], np.abs(expected[name]).max(), f"{table}, {name} of {key}")
        for provider, hours in months.used.items():
            expected = central.allocation.used[provider][0]
            agree(hours, expected, expected.max(), f"hours of {provider} used, {key}")
        for name, by_tier in (("public", months.public), ("displaced", months.displaced)):
            expected = getattr(central.allocation, name)[0]
            agree(by_tier, expected, expected.max(), f"{name} hours of {key}")
        for year, hours in enumerate(months.by_group):
            expected = central.allocation.by_group[0, year]
            agree(hours, expected, expected.max(), f"hours of each group in year {year}, {key}")
        for name, size in months.size.items():
            agree(size, central.size[name][0], 0.0, f"size of {name} in {key}")


@pytest.mark.parametrize(
    ("gap", "found"),
    [
        (lambda x: x - 0.35, 0.35),
        (lambda x: x**9 - 1e-3, 1e-3 ** (1 / 9)),
        (lambda x: 1 - 0.4 / (x + 1e-9), 0.4 - 1e-9),
        (lambda x: x, 0.0),
    ],
)
def test_the_loop_finds_a_break_even_that_is_known(gap, found):
    assert output.crossing(gap) == pytest.approx(found, rel=AGREE)


def test_water_rises_to_one_level():
    """I-25 for the yardstick itself: what one group cannot use goes to the rest."""
    assert plain.waterfill(10.0, [1.0, 1.0, 1.0], [1.0, 4.0, 20.0], [1.0, 1.0, 1.0]) == [1.0, 4.0, 5.0]
    assert plain.waterfill(99.0, [5.0, 1.0, 0.1], [1.0, 4.0, 20.0], [1.0, 1.0, 1.0]) == [1.0, 4.0, 20.0]


@pytest.mark.parametrize("share", [allocate, oracle.allocate])
def test_rounding_leaves_nobody_in_debt(share):
    """Pots of all sizes around what is missing: hours once went from one provider to another where all was met."""
    months = 240
    demand = Demand(**{f"large_{tier}": 0.0 for tier in TIERS})
    groups = Groups.of(demand, Access(), np.linspace(0, 4, months))
    need, own = (hours.sum(axis=-1) for hours in groups.levels())
    pots = np.random.default_rng(SEED).uniform(0.2, 1.5, (3, 1, months)) * (need - own)
    kinds = (("cluster", "request", False), ("workstation", "odds", True), ("cloud", "odds", False))
    allocation = share(groups, [(Supply(name, p, p, *rest), p) for (name, *rest), p in zip(kinds, pots, strict=True)])
    met = np.minimum(pots.sum(axis=0), need - own)
    for used, pot in zip(allocation.used.values(), pots, strict=True):
        assert np.all(used >= -NOTHING * met)
        assert np.all(used <= pot * (1 + NOTHING))
    np.testing.assert_allclose(sum(allocation.used.values()), met, rtol=AGREE)
