"""Options evaluated in any worlds: the stages of a comparison, and calendars that are remembered."""

from collections import Counter

import numpy as np
import pytest

from sim.comparison.calendars import Calendars, Draws
from sim.comparison.evaluation import evaluate, world_with
from sim.comparison.memory import CalendarMemory
from sim.comparison.run import compare
from sim.comparison.worlds import draw_worlds
from sim.mechanisms.independence import Embargo
from sim.outcomes import OUTCOMES
from sim.outcomes.measures import WAITING
from sim.scenario import load
from tests.oracles.calendars import simulate_calendar

SEED, DRAWS = 3, 8
NUMBERS = np.arange(1, DRAWS + 1)
ASKED = ("fe_hours", "public_cost", "break_even_alpha")
BASE = {"money.cut_per_year": 0.1, "cloud.price_usd": 2.5}  # some draws with cuts; no record of rents
EMBARGO = BASE | {"independence.shock": True, "independence.chance_per_year": 0.1}


@pytest.fixture(scope="module")
def scenario():
    return load("isambard_ai_uk", BASE)


@pytest.fixture(scope="module")
def world(scenario):
    return drawn(scenario)


def drawn(scenario):
    """Draws 1 to DRAWS, without the central case."""
    return draw_worlds(scenario, SEED, DRAWS).rows(NUMBERS)


def times(world, path, ratio):
    """The world with a parameter times a factor, in every draw."""
    return world_with(world, {path: np.ravel(world.value(path)) * ratio})


def found(scenario, world, memory=None, **asked):
    return evaluate(scenario, world, NUMBERS, seed=SEED, memory=memory, **asked)


def same(one, other):
    """Equal in every bit, names and order included."""
    assert [(key, list(totals)) for key, totals in one.items()] == [
        (key, list(totals)) for key, totals in other.items()
    ]
    for key, totals in one.items():
        for name, values in totals.items():
            assert values.tobytes() == other[key][name].tobytes(), f"{name} of {key}"


def worked_out(scenario, world, changed):
    """How often anything is worked out for `changed` by a memory that knows `world`."""
    memory = CalendarMemory()
    found(scenario, world, memory, outcomes=ASKED)
    before = Counter(memory.worked_out)
    found(scenario, changed, memory, outcomes=ASKED)
    return memory.worked_out - before


# --- what is remembered ---


@pytest.mark.parametrize("path", ["cloud.price_usd", "operations.electricity_usd_per_kwh", "output.alpha"])
def test_a_cost_that_no_calendar_reads_runs_none(scenario, world, path):
    assert not worked_out(scenario, world, times(world, path, 1.1))


@pytest.mark.parametrize(
    ("path", "readers"),
    [
        ("procurement.lead_months", {"public_cluster"}),
        ("reliability.interruptions_per_gpu_hour", {"public_cluster"}),
        ("fab.build_months", {"domestic_fab"}),
    ],
)
def test_a_physical_change_runs_what_reads_it_alone(scenario, world, path, readers):
    """The portfolio has the same machine and the same fab: they run once for both."""
    assert worked_out(scenario, world, times(world, path, 1.1)) == dict.fromkeys(readers, DRAWS)


def test_one_changed_draw_is_run_alone(scenario, world):
    months = np.ravel(world.procurement.lead_months) + (NUMBERS == 5)
    assert worked_out(scenario, world, world_with(world, {"procurement.lead_months": months})) == {"public_cluster": 1}


def test_cuts_run_all_that_is_paid_from_appropriations(scenario, world):
    """The shocks of every draw are drawn anew; a calendar runs again only in the draws in which there is a cut."""
    again = worked_out(scenario, world, times(world, "money.cut_share", 0.5))
    assert again.pop("shocks") == DRAWS
    assert set(again) == {"common", "cloud_credits", "research_grants"}
    assert 0 < again["common"] < DRAWS


def test_a_lever_that_is_moved_runs_its_instrument_alone(scenario, world):
    memory = CalendarMemory()
    found(scenario, world, memory, outcomes=ASKED)
    before = Counter(memory.worked_out)
    moved = load("isambard_ai_uk", BASE | {"cloud_credits.round_months": 5})
    same(found(moved, world, memory, outcomes=ASKED), found(moved, world, outcomes=ASKED))
    assert set(memory.worked_out - before) == {"cloud_credits"}


@pytest.mark.parametrize("settings", [BASE, EMBARGO], ids=["peace", "embargo"])
def test_memory_changes_no_bit(settings):
    """Whatever was evaluated before, in whatever order, and also where almost nothing can be kept."""
    scenario = load("isambard_ai_uk", settings)
    world = drawn(scenario)
    worlds = [world, times(world, "procurement.slip_months", 2), times(world, "cloud.volatility_share", 0.5), world]
    for memory in (CalendarMemory(), CalendarMemory(most_mib=0.05)):
        for each in worlds:
            same(found(scenario, each, memory), found(scenario, each))


def test_a_comparison_with_memory_is_the_same(tiny_scenario):
    memory = CalendarMemory()
    plain, first, second = (
        compare(tiny_scenario, seed=SEED, draws=3, queue=False, memory=each) for each in (None, memory, memory)
    )
    for comparison in (first, second):
        for key, result in plain.results.items():
            same({key: result.totals}, {key: comparison.results[key].totals})
            assert result.records == comparison.results[key].records


def test_scenarios_may_share_a_memory(scenario):
    """Budget and horizon are part of what is remembered."""
    memory = CalendarMemory()
    for other in ({}, {"budget.years": 3}, {"budget.total": 1e8}, {"horizon_years": 6}):
        each = load("isambard_ai_uk", BASE | other)
        same(found(each, drawn(each), memory, outcomes=ASKED), found(each, drawn(each), outcomes=ASKED))


def test_a_memory_stays_within_its_size(scenario, world):
    small, large = CalendarMemory(most_mib=0.05), CalendarMemory()
    for memory in (small, large, small, large):
        found(scenario, world, memory, outcomes=ASKED)
    assert small.mib <= 0.05 < large.mib
    assert small.worked_out["common"] == 2 * DRAWS
    assert large.worked_out["common"] == DRAWS


@pytest.mark.parametrize("settings", [BASE, EMBARGO], ids=["peace", "embargo"])
def test_calendars_in_parts_are_the_whole(settings):
    """Instruments know nothing of each other: together in one SimPy environment they write the same records."""
    scenario = load("isambard_ai_uk", settings)
    world = drawn(scenario)
    draws = Draws(world, NUMBERS.tolist(), SEED, scenario.months, embargoed=settings is EMBARGO)
    calendars = Calendars(scenario, draws)
    for option in scenario.options:
        ledger = calendars.ledger(option.instrument)
        for row in range(DRAWS):
            here = world.at(row)
            embargo = Embargo.of(here.independence, scenario.months) if settings is EMBARGO else None
            whole = simulate_calendar(option.instrument, here, draws.shocks[row], scenario, embargo)
            assert ledger.records(row) == sorted(whole, key=lambda record: (record.hour, record.part))


# --- evaluation ---


def test_worlds_of_a_comparison_give_its_results(scenario):
    comparison = compare(scenario, seed=SEED, draws=DRAWS, queue=False)
    everything = draw_worlds(scenario, SEED, DRAWS)
    totals = evaluate(scenario, everything, np.arange(DRAWS + 1), seed=SEED)
    assert list(totals) == list(comparison.results)
    for key, result in comparison.results.items():
        assert set(totals[key]) == {outcome.name for outcome in OUTCOMES}
        for name in {outcome.name for outcome in OUTCOMES if outcome.section != WAITING}:
            np.testing.assert_allclose(totals[key][name], result.totals[name], rtol=1e-12, atol=1e-9, err_msg=name)


def test_what_is_not_asked_for_changes_nothing(scenario, world):
    every = found(scenario, world)
    few = found(scenario, world, options=("cloud_credits", "public_cluster"), outcomes=ASKED)
    same(few, {key: {name: every[key][name] for name in ASKED} for key in ("cloud_credits", "public_cluster")})


def test_rows_know_nothing_of_each_other(scenario, world):
    """Draws in another order, some twice, over more than one block: each gives what it gave."""
    once = found(scenario, world, outcomes=ASKED)
    rows = np.random.default_rng(SEED).integers(0, DRAWS, 300)
    many = evaluate(scenario, world.rows(rows), NUMBERS[rows], seed=SEED, outcomes=ASKED)
    for key, totals in many.items():
        for name, values in totals.items():
            np.testing.assert_allclose(values, once[key][name][rows], rtol=1e-12, err_msg=f"{name} of {key}")


def test_what_is_not_varied_may_be_scalar(scenario):
    """A grid around the central case: the first row is the case itself."""
    grid = world_with(scenario.world, {"cloud.price_usd": np.array([1.0, 2.0]) * scenario.world.cloud.price_usd})
    totals = evaluate(scenario, grid, np.zeros(2), seed=SEED, outcomes=ASKED)["cloud_credits"]
    central = compare(scenario, seed=SEED, queue=False).results["cloud_credits"].totals
    assert totals["fe_hours"][0] == pytest.approx(central["fe_hours"][0], rel=1e-12)
    assert totals["fe_hours"][1] < totals["fe_hours"][0]


def test_one_value_is_for_all_rows(scenario, world):
    everywhere = world_with(world, {"cloud.price_usd": 3.0})
    in_each = world_with(world, {"cloud.price_usd": np.full(DRAWS, 3.0)})
    same(found(scenario, everywhere, outcomes=ASKED), found(scenario, in_each, outcomes=ASKED))
    assert world.cloud.price_usd is not everywhere.cloud.price_usd


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"cloud.prize_usd": 1}, "cloud.price_usd"),
        ({"cloud.price_usd": -1}, "cloud.price_usd = -1, must be from"),
        ({"cloud.price_usd": [1, np.nan]}, "cloud.price_usd = nan, must be from"),
        ({"demand.size_elite": 1}, "demand.size_elite"),
    ],
)
def test_a_world_takes_possible_numbers_of_its_own_alone(world, values, sentence):
    with pytest.raises(ValueError, match=sentence):
        world_with(world, values)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [({"options": ["cloud_credit"]}, "cloud_credits"), ({"outcomes": ["fe_hour"]}, "fe_hours")],
)
def test_what_is_asked_for_exists(scenario, world, asked, sentence):
    with pytest.raises(ValueError, match=sentence):
        found(scenario, world, **asked)


def test_every_row_has_a_draw(scenario, world):
    with pytest.raises(ValueError, match="8 rows, must have one for each of the 3 draws"):
        evaluate(scenario, world, NUMBERS[:3], seed=SEED, outcomes=ASKED)
