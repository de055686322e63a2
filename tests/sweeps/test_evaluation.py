"""The numbers of a sweep are those of the comparison at the same settings, whatever is computed beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.comparison.memory import CalendarMemory
from sim.comparison.run import compare
from sim.comparison.verdict import first_shares, paired
from sim.outcomes import BY_NAME
from sim.scenario import pinned, with_settings
from sim.sweeps.evaluation import Results, compute
from sim.sweeps.parts import as_table, compute_part
from sim.sweeps.plan import Plan
from sim.sweeps.statistics import STATISTICS, statistics
from tests.sweeps.test_axes import BASE, DECLINE, LIFE, plan

AXES = ({"path": LIFE, "values": [4, 6]}, {"path": DECLINE, "values": [0.1, 0.3]})
ASKED = ["public_cost", "additional_fe_hours", "need_met", "cost_per_fe_hour", "first_month"]
CLOSE = 1e-11  # sums of many rows may be taken in another order
SAME = {
    "central": "central", "median": "value", "low": "low", "high": "high",
    "gain": "difference", "gain_low": "difference_low", "gain_high": "difference_high",
}  # fmt: skip


def rows(results: Results) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of a run by option and outcome."""
    lines = [dict(zip(results.rows, values, strict=True)) for values in zip(*results.rows.values(), strict=True)]
    return {(line["option"], line["outcome"]): line for line in lines}


@pytest.mark.parametrize("draws", [0, 12])
def test_a_run_has_the_numbers_of_the_comparison_with_its_settings(draws: int) -> None:
    found = plan(*AXES, draws=draws, outcomes=ASKED, seed=3)
    result = compute(found, found.runs_of(0) + found.runs_of(1))[1]
    asked = pinned(found.values(result.run))
    summary = compare(with_settings(BASE, asked), seed=3, draws=draws, fidelity="instant").summary
    expected = {(row["option"], row["outcome"]): row for row in summary.to_dict("records")}
    for key, row in rows(result).items():
        assert row["unit"] == expected[key]["unit"]
        for mine, theirs in SAME.items():
            assert row[mine] == pytest.approx(expected[key][theirs], rel=CLOSE, abs=1e-9, nan_ok=True), (key, mine)


def test_waits_are_those_of_the_response_surface_or_none() -> None:
    asked = ["wait_p50", "wait_p95", "withdrawn"]
    found = plan(*AXES, draws=6, outcomes=asked)
    summary = compare(found.scenario(found.run(0)), draws=6, fidelity="instant").summary.set_index(
        ["option", "outcome"]
    )
    row = rows(compute(found, [found.run(0)])[0])
    for name in asked:
        band = summary.loc[("public_cluster", name)]
        assert band["low"] <= row["public_cluster", name]["central"] <= band["high"]
        assert row["public_cluster", name]["low"] < row["public_cluster", name]["high"]
    without = rows(compute(plan(*AXES, draws=6, outcomes=asked, waits="none"), [found.run(0)])[0])
    assert np.isnan(without["public_cluster", "wait_p95"]["median"])


def test_simulated_waits_are_those_of_the_comparison() -> None:
    short = {"set": {}, "waits": "windows", "draws": 3, "outcomes": ["wait_p95", "additional_fe_hours"]}
    quick = with_settings(BASE, {"queue.window_weeks": 0.2, "queue.warm_up_weeks": 0.1})
    found = Plan("test", "A", "B", quick, plan(*AXES, **short).axes, ("wait_p95", "additional_fe_hours"), 3,
                 waits="windows")  # fmt: skip
    assert found.runs_per_part == 1
    run = found.run(2)
    expected = compare(found.scenario(run), draws=3)
    for (key, name), row in rows(compute(found, [run])[0]).items():
        assert row["central"] == pytest.approx(expected.own_totals(key, name)[0], nan_ok=True)


def test_a_queue_is_simulated_once_for_all_points_that_leave_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEAVYPRESS_CACHE", str(tmp_path))
    quick = with_settings(BASE, {"queue.window_weeks": 0.2, "queue.warm_up_weeks": 0.1})
    axes = plan({"path": "cloud.price_usd", "values": [2, 3]}).axes
    found = Plan("test", "A", "B", quick, axes, ("wait_p95", "social_cost"), 0, waits="windows")
    first, second = (rows(compute(found, [found.run(number)])[0]) for number in range(2))
    assert len(list(tmp_path.iterdir())) == 3, (
        "the machine's queue once, that of the mix, which has credits, at each rent"
    )
    assert first["public_cluster", "wait_p95"]["central"] == second["public_cluster", "wait_p95"]["central"]
    assert first["cloud_credits", "social_cost"] != second["cloud_credits", "social_cost"]


def test_what_is_computed_beside_a_run_and_before_it_moves_nothing() -> None:
    found = plan(*AXES, {"path": "operations.pue_ratio", "values": [1.1, 1.2, 1.3]}, draws=4, outcomes=ASKED)
    together = compute(found, [found.run(number) for number in range(found.runs)], CalendarMemory())
    for result in together[::5]:
        (alone,) = compute(found, [result.run])
        assert alone.key == result.key
        for name in STATISTICS:
            assert np.allclose(alone.rows[name], result.rows[name], rtol=CLOSE, atol=0, equal_nan=True), name


def test_a_part_has_the_same_bytes_with_a_memory_of_other_parts_and_without() -> None:
    found = plan(*AXES, draws=5, outcomes=ASKED, runs_per_part=2)
    memory = CalendarMemory()
    warm = [compute_part(found, part, memory) for part in (1, 0)]
    cold = [compute_part(found, part) for part in (1, 0)]
    assert [part.content for part in warm] == [part.content for part in cold]
    assert [part.digest for part in warm] == [part.digest for part in cold]
    assert warm[0].digest != warm[1].digest


def test_a_run_that_cannot_be_is_a_row_with_its_reason_and_stops_no_other() -> None:
    found = plan({"path": "horizon_years", "values": [10, 1, 8]}, draws=0, outcomes=["public_cost"], runs_per_part=3)
    first, failed, last = compute(found, found.runs_of(0))
    assert first.rows and last.rows and not first.reason
    assert not failed.rows and "horizon" in failed.reason
    table = as_table(found, [first, failed, last]).to_pandas()
    assert table["status"].tolist() == ["done"] * 6 + ["failed"] + ["done"] * 6
    assert table.loc[6, "reason"] == failed.reason and table.loc[6, "horizon_years"] == 1
    assert compute_part(found, 0).failed == 1


def test_an_error_of_the_model_is_the_reason_of_its_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.sweeps import evaluation

    found = plan(*AXES, draws=0, outcomes=["public_cost"])
    whole = evaluation._costed

    def broken(plan: Plan, cases: list[Any], memory: Any) -> Any:
        if any(case.run.number == 1 for case in cases):
            raise ZeroDivisionError("no hours")
        return whole(plan, cases, memory)

    monkeypatch.setattr(evaluation, "_costed", broken)
    results = compute(found, [found.run(number) for number in range(4)])
    assert [result.reason for result in results] == ["", "ZeroDivisionError: no hours", "", ""]


def test_the_key_of_a_run_is_that_of_its_numbers_wherever_it_stands() -> None:
    found = plan(*AXES, draws=0)
    keys = {run.number: found.run_key(found.scenario(run), run.seed) for run in map(found.run, range(found.runs))}
    assert len(set(keys.values())) == found.runs
    other = plan({"path": DECLINE, "values": [0.3, 0.1]}, {"path": LIFE, "values": [6.0]}, draws=0)
    assert other.run_key(other.scenario(other.run(0)), 1) == keys[3], "other axes, another order, 6.0 for 6"
    assert other.run_key(other.scenario(other.run(0)), 2) != keys[3]
    more = plan(*AXES, draws=1)
    assert more.run_key(more.scenario(more.run(3)), 1) != keys[3]


# --- what the draws say ---


def totals(seed: int, runs: int, draws: int) -> dict[str, np.ndarray[Any, Any]]:
    """Made-up totals of three options [run, draw], with ties, and an option that lacks a value now and then."""
    rng = np.random.default_rng(seed)
    found = {key: rng.integers(0, 6, (runs, 1 + draws)).astype(float) for key in ("none", "one", "two")}
    found["two"][rng.random(found["two"].shape) < 0.2] = np.nan
    return found


@pytest.mark.parametrize("name", ["additional_fe_hours", "public_cost", "domestic_share"])
def test_who_is_best_is_what_the_draws_of_the_run_say(name: str) -> None:
    outcome, given = BY_NAME[name], totals(2, 8, 40)
    found = statistics(given, outcome, "none", "one")
    for run in range(8):
        draws = {key: values[run, 1:] for key, values in given.items()}
        shares = first_shares(draws, outcome.better)
        best = max(shares, key=lambda key: shares[key])
        assert found[best]["best"][run] == 1 and sum(found[key]["best"][run] for key in found) == 1
        pair = paired(draws["two"], draws["one"], outcome.better)
        assert found["two"]["ahead_share"][run] == pair.share and found["two"]["versus"][run] == pair.median
        assert [found[key]["first_share"][run] for key in found] == list(shares.values())
        assert np.isnan(found["one"]["versus"][run]), "of an option with itself there is no difference"


def test_without_draws_the_central_case_says_who_is_best_and_nothing_how_surely() -> None:
    outcome, alone = BY_NAME["public_cost"], totals(3, 30, 0)
    found = statistics(alone, outcome, "none", "one")
    twice = statistics({key: np.repeat(values, 2, axis=1) for key, values in alone.items()}, outcome, "none", "one")
    for key in found:
        for name in ("first_share", "best", "versus", "gain", "central", "median"):
            assert np.array_equal(found[key][name], twice[key][name], equal_nan=True), (key, name)
        assert np.isnan(found[key]["close"]).all() and np.isnan(found[key]["low"]).all()


def test_where_nobody_has_a_value_nobody_is_best() -> None:
    empty = {key: np.full((2, 5), np.nan) for key in ("none", "one")}
    for given in (empty, {key: values[:, :1] for key, values in empty.items()}):
        found = statistics(given, BY_NAME["public_cost"], "none", "one")
        assert all(np.isnan(found[key][name]).all() for key in found for name in ("best", "first_share", "median"))


def test_a_difference_of_rounding_is_none() -> None:
    value = 0.1 + 0.2
    found = statistics({"none": np.array([[0.3]]), "one": np.array([[value]])}, BY_NAME["public_cost"], "none", None)
    assert found["one"]["gain"][0] == 0.0 and found["one"]["first_share"][0] == 0.5
    assert value != 0.3
