"""Axes and the plan: what a file says is what runs set, every run once, in a fixed order."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms.sampling import spread
from sim.scenario import ScenarioError, load
from sim.scenario.problems import Problems
from sim.scenario.storylines import storylines
from sim.sweeps.axes import spec_of
from sim.sweeps.plan import FEWEST_PARTS, MOST_RUNS_PER_PART, ROWS_PER_PART, Plan
from sim.sweeps.reader import packed, read_plan, unpacked

BASE = load("small_country")
DECLINE, LIFE, BUDGET = "cloud.decline_per_year", "public_cluster.life_years", "budget.total"


def plan(*axes: dict[str, Any], **more: Any) -> Plan:
    """The plan of these axes on a small scenario."""
    table = {"title": "A sweep", "question": "Does it count?", "scenario": "small_country", "axis": list(axes), **more}
    return read_plan(table, BASE, "test", Problems("test"))


def points(axis: dict[str, Any]) -> list[Any]:
    """The values of an axis of one path."""
    return [point[0] for point in plan(axis).axes[0].points]


def test_a_range_has_its_ends_and_no_dust_of_binary_sums() -> None:
    assert points({"path": DECLINE, "range": {"from": 0.1, "to": 0.3, "steps": 5}}) == [0.1, 0.15, 0.2, 0.25, 0.3]
    assert points({"path": DECLINE, "range": {"from": 0.1, "to": 0.3, "by": 0.1}}) == [0.1, 0.2, 0.3]
    assert points({"path": DECLINE, "range": {"from": 0.3, "to": 0.1, "by": -0.1}}) == [0.3, 0.2, 0.1]


def test_a_range_in_factors_has_the_same_factor_between_its_steps() -> None:
    found = points({"path": BUDGET, "range": {"from": 1e6, "to": 1e9, "steps": 4, "scale": "log"}})
    assert np.allclose(np.diff(np.log(found)), np.log(10), rtol=1e-11)


def test_whole_ends_and_steps_give_whole_numbers() -> None:
    found = points({"path": "horizon_years", "range": {"from": 8, "to": 12, "by": 2}})
    assert found == [8, 10, 12] and all(isinstance(value, int) for value in found)


def test_zipped_values_go_together() -> None:
    rows = [{"path": DECLINE, "values": [0.1, 0.2]}, {"path": LIFE, "values": [4, 5]}]
    found = plan({"zip": rows})
    assert found.runs == 2
    assert [found.values(found.run(n)) for n in range(2)] == [{DECLINE: 0.1, LIFE: 4}, {DECLINE: 0.2, LIFE: 5}]


def test_all_storylines_are_an_axis_and_an_axis_after_them_has_the_last_word() -> None:
    found = plan({"storylines": "all"}, {"path": DECLINE, "values": [0.33]})
    assert [found.values(found.run(n))["storyline"] for n in range(found.runs)] == list(storylines())
    scarce = found.run(list(storylines()).index("scarcity"))
    world = found.scenario(scarce).world
    assert world.cloud.decline_per_year == 0.33, "not the 0.05 of the storyline"
    assert world.market.supply_elasticity == 0.1, "that of the storyline"


@pytest.mark.parametrize("kind", ["sobol", "latin"])
def test_a_design_spreads_its_points_over_plausible_ranges_or_those_that_are_named(kind: str) -> None:
    over = [DECLINE, {"path": BUDGET, "low": 1e6, "high": 1e8, "scale": "log"}]
    axis = plan({"design": kind, "points": 16, "over": over}, seed=5).axes[0]
    spec = spec_of(DECLINE, BASE)
    assert spec is not None
    shares = spread(5, 16, [DECLINE, BUDGET], kind)  # type: ignore[arg-type]
    found = np.array(axis.points, dtype=float)
    assert np.allclose(found[:, 0], spec.low + (spec.high - spec.low) * shares[DECLINE])
    assert np.allclose(found[:, 1], 1e6 * 100 ** shares[BUDGET])
    assert len(set(np.floor(shares[DECLINE] * 16))) == 16, "a point in each sixteenth of the range"


def test_a_value_of_an_axis_is_known_unless_it_is_drawn() -> None:
    known, drawn = (plan({"path": DECLINE, "values": [0.2], "drawn": drawn}) for drawn in (False, True))
    assert DECLINE in known.scenario(known.run(0)).fixed
    assert DECLINE not in drawn.scenario(drawn.run(0)).fixed - BASE.fixed
    lever = plan({"path": LIFE, "values": [5]})
    assert lever.scenario(lever.run(0)).fixed == BASE.fixed, "a lever is never drawn"


@settings(max_examples=50, deadline=None)
@given(sides=st.lists(st.integers(1, 5), min_size=1, max_size=4), replications=st.integers(1, 3))
def test_every_combination_is_run_once_in_each_replication(sides: list[int], replications: int) -> None:
    paths = [DECLINE, LIFE, BUDGET, "hardware.doubling_years"]
    values = [0.1, 4, 1e8, 2]
    axes = [
        {"path": path, "values": [value * (1 + n / 10) for n in range(side)]}
        for side, path, value in zip(sides, paths, values, strict=False)
    ]
    found = plan(*axes, replications=replications, seed=7)
    runs = [found.run(number) for number in range(found.runs)]
    assert found.runs == prod(sides) * replications == len({(run.point, run.replication) for run in runs})
    assert {run.seed for run in runs} == set(range(7, 7 + replications))
    assert [run for part in range(found.parts) for run in found.runs_of(part)] == runs
    assert runs == sorted(runs, key=lambda run: (run.point, run.replication)), "the last axis runs fastest"


@pytest.mark.parametrize(("draws", "waits"), [(0, "instant"), (100, "none"), (2_048, "instant"), (0, "windows")])
def test_a_part_is_about_a_second_of_work(draws: int, waits: str) -> None:
    axis = {"path": DECLINE, "range": {"from": 0.0001, "to": 0.5, "steps": 5_000}}
    found = plan(axis, {"path": LIFE, "values": [4, 5]}, draws=draws, waits=waits)
    assert 1 <= found.runs_per_part <= MOST_RUNS_PER_PART
    assert found.runs_per_part == 1 or found.runs_per_part * (1 + draws) <= ROWS_PER_PART
    assert found.runs_per_part == 1 or waits != "windows"


def test_a_small_sweep_has_parts_for_several_workers() -> None:
    found = plan({"path": DECLINE, "range": {"from": 0.1, "to": 0.3, "steps": 64}}, draws=0)
    assert found.parts == FEWEST_PARTS and found.runs_per_part == 4
    assert plan({"path": DECLINE, "values": [0.1, 0.2]}, draws=0).parts == 2


def test_the_digest_of_a_sweep_is_that_of_what_decides_its_numbers() -> None:
    axis = {"path": DECLINE, "values": [0.1, 0.2]}
    first = plan(axis)
    assert plan(axis, question="Why then?").digest == first.digest
    others = [
        plan({**axis, "values": [0.1, 0.3]}), plan({**axis, "drawn": True}), plan(axis, draws=127), plan(axis, seed=2),
        plan(axis, replications=2), plan(axis, outcomes="public_cost"), plan(axis, waits="none"),
        plan(axis, sequence="sobol"), plan(axis, draw="all"), plan(axis, runs_per_part=2),
    ]  # fmt: skip
    assert len({first.digest, *(other.digest for other in others)}) == 1 + len(others)


def test_a_plan_goes_to_another_process_as_it_is() -> None:
    first = plan({"storylines": ["scarcity", "plateau"]}, {"path": LIFE, "values": [4, 6]}, draws=16)
    other = unpacked(packed(first))
    assert (other.digest, other.runs, other.title) == (first.digest, first.runs, first.title)
    assert other.run_key(other.scenario(other.run(3)), 1) == first.run_key(first.scenario(first.run(3)), 1)


def test_points_that_fail_alone_are_no_fault_of_the_file_while_others_do_not() -> None:
    assert plan({"path": "horizon_years", "values": [1, 10]}).runs == 2, "a year is too short for a machine"
    with pytest.raises(ScenarioError, match="horizon"):
        plan({"path": "horizon_years", "values": [1]})
