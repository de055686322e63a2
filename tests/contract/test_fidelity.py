"""Waits by fidelity: estimates at once, queues side by side, what was cached before; each with its error."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import wait
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.comparison import run, sample
from sim.comparison.attained import with_limits
from sim.comparison.discounting import rediscount
from sim.comparison.results import Comparison, run_id
from sim.comparison.run import compare
from sim.comparison.table import document, markdown
from sim.scenario import Scenario, load, names
from sim.waits import parallel
from sim.waits.cache import Cache, as_text
from sim.waits.estimate import STATISTIC, estimate
from sim.waits.shared import Shared
from sim.waits.statistics import Row, Waits
from sim.waits.windows import Windows

SMALL = """
title = "Two machines"
question = "Which waits less?"
start = "2025-01"
horizon_years = 3
budget = { total = 60e6, years = 2 }
world.demand.groups = 2_000
world.queue = { windows = 2, most_windows = 3, window_weeks = 0.1, warm_up_weeks = 0.05 }
world.demand.new_only_share_per_year = 0

[[option]]
instrument = "public_cluster"

[[option]]
instrument = "portfolio"
public_cluster_share = 0.7
cloud_credits_share = 0.3
research_grants_share = 0
domestic_fab_share = 0
"""
TOTALS = ("h100e_hours", "public_cost", "social_cost", "need_met", "break_even_alpha")
USUAL = SMALL.replace(", window_jobs = 2_500", "")


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Doing nothing, and two options with a machine."""
    path = tmp_path_factory.mktemp("fidelity") / "small.toml"
    path.write_text(SMALL)
    return load(path)


@pytest.fixture(scope="module")
def money(scenario: Scenario) -> Comparison:
    """Without waits."""
    return compare(scenario, queue=False)


@pytest.fixture(scope="module")
def exact(scenario: Scenario) -> Comparison:
    """With simulated waits."""
    return compare(scenario, store=Cache.off())


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """The same with windows of the usual length, for which the table was made."""
    path = tmp_path_factory.mktemp("fidelity") / "usual.toml"
    path.write_text(USUAL)
    return load(path)


@pytest.fixture(scope="module")
def instant(usual: Scenario) -> Comparison:
    """With estimates."""
    return compare(usual, fidelity="instant")


def test_who_stops_listening_stops_the_work(money: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def forever(monthly: object, seed: int, *, progress: Any, cancelled: Callable[[], bool], **more: object) -> None:
        progress(0.1, None)
        while not cancelled():
            time.sleep(0.005)
        ended.set()

    monkeypatch.setattr(parallel, "simulate_waits", forever)
    machines = {key: result.central for key, result in money.results.items()}
    news = parallel.simulated(machines, 1, store=Cache.off(), cores=2)
    for told in news:
        if not told.last:  # the option without a machine has had its say
            break
    begun = time.monotonic()
    news.close()
    assert ended.wait(1) and time.monotonic() - begun < 1


def test_progress_that_raises_stops_every_thread(scenario: Scenario) -> None:
    def tired(done: int, of: int, what: str) -> None:
        if what.startswith("queue: P"):
            raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt) as kept:  # with its traceback, and so every frame of the comparison
        compare(scenario, store=Cache.off(), progress=tired)
    assert kept and threading.active_count() == before


def test_a_fault_in_a_queue_is_raised_where_the_news_are_read(
    money: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*words: object, **named: object) -> Waits:
        raise ZeroDivisionError("no machine")

    monkeypatch.setattr(parallel, "simulate_waits", broken)
    machines = {key: result.central for key, result in money.results.items()}
    with pytest.raises(ZeroDivisionError, match="no machine"):
        list(parallel.simulated(machines, 1, store=Cache.off()))


def test_other_work_goes_on_until_there_is_none_or_news_come(money: Comparison) -> None:
    machines = {key: result.central for key, result in money.results.items()}
    left = list(range(3))
    news = list(parallel.simulated(machines, 1, store=Cache.off(), meanwhile=lambda: bool(left and left.pop() + 1)))
    assert not left and {told.option for told in news if told.last} == machines.keys()


@pytest.mark.parametrize("draws", [10, None])
def test_options_whose_queue_attains_less_are_costed_again(
    scenario: Scenario, draws: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    least = {"public_cluster": 0.3}
    monkeypatch.setattr(sample, "BLOCK", 4)
    monkeypatch.setattr(run, "LOOKS", (6, 12, 20))
    usual, expected = (compare(each, draws=draws, queue=False) for each in (scenario, with_limits(scenario, least)))
    monkeypatch.setattr(run, "limits", lambda results, waits: least)
    found = compare(scenario, draws=draws, store=Cache.off())
    assert found.draws == expected.draws
    assert found.results["portfolio"].totals["h100e_hours"].sum() > 0
    for key, result in expected.results.items():
        ours = found.results[key].totals
        assert all(np.array_equal(ours[name], result.totals[name], equal_nan=True) for name in TOTALS)
    hours = [each.results["public_cluster"].totals["h100e_hours"][:6] for each in (found, usual)]
    assert (hours[0] < hours[1]).all()
    assert rediscount(found, "green_book_2022").results.keys() == found.results.keys()


@pytest.mark.parametrize("fidelity", ["windows", pytest.param("full", marks=pytest.mark.slow)])
def test_the_number_of_threads_changes_no_number(money: Comparison, fidelity: str) -> None:
    machines = {key: result.central for key, result in money.results.items()}
    found = [
        {
            told.option: as_text(told.waits) if told.waits else ""
            for told in parallel.simulated(machines, 1, fidelity=fidelity, store=Cache.off(), cores=cores)
            if told.last
        }
        for cores in (1, 2, 5)
    ]
    assert found[0] == found[1] == found[2] and all(found[0][key] for key in ("public_cluster", "portfolio"))


def test_windows_of_one_queue_are_simulated_side_by_side(money: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    together, row = threading.Barrier(2, timeout=20), Windows.row

    def met(windows: Windows, month: int, number: int) -> Row | None:
        if number < 2:  # the scenario has two windows for certain
            together.wait()
        return row(windows, month, number)

    monkeypatch.setattr(Windows, "row", met)
    machines = {"public_cluster": money.results["public_cluster"].central}
    news = list(parallel.simulated(machines, 1, store=Cache.off(), cores=2))
    assert news[-1].last and not together.broken


def test_windows_that_turn_out_not_to_be_needed_are_left_where_they_are(
    money: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Further ones are begun where a processor is idle; two are enough here, and nothing waits for the third."""
    left, row = threading.Event(), Windows.row

    def endless(windows: Windows, month: int, number: int) -> Row | None:
        if number < 2:
            return row(windows, month, 0)  # with no spread at all
        deadline = time.monotonic() + 20
        while not windows.cancelled():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        left.set()
        return None

    monkeypatch.setattr(Windows, "row", endless)
    machines = {"public_cluster": money.results["public_cluster"].central}
    last = list(parallel.simulated(machines, 1, store=Cache.off(), cores=3))[-1]
    assert last.waits is not None and len(last.waits.median) == 2 and last.waits.converged
    assert left.is_set()


def test_who_is_first_in_rank_is_served_first_and_hears_of_what_goes_wrong() -> None:
    done: list[str] = []
    with Shared(1) as shared:
        first, gate = shared.ranked(0), shared.without_one()
        later = [shared.ranked(rank).ask(partial(done.append, f"rank {rank}")) for rank in (2, 1)]
        wrong = first.ask(lambda: 1 // 0)
        first.ask(partial(done.append, "rank 0"))
        gate.set()
        with pytest.raises(ZeroDivisionError):
            wrong.result()
        wait(later)
        assert done == ["rank 0", "rank 1", "rank 2"]
        gate = shared.without_one()
        never = shared.ask(lambda: done.append("never"))
        threading.Timer(0.1, gate.set).start()
    assert never.cancelled() and done[-1] != "never"


def test_a_cached_comparison_is_the_same_to_the_last_byte(
    scenario: Scenario, exact: Comparison, tmp_path: Path
) -> None:
    for _ in range(2):
        found = compare(scenario, store=Cache(tmp_path))
        assert markdown(found) == markdown(exact) and document(found) == document(exact)
    assert len(list(tmp_path.iterdir())) == 2


# --- estimates ---


def test_estimates_are_marked_everywhere(instant: Comparison) -> None:
    (label,) = (result.label for key, result in instant.results.items() if key == "public_cluster")
    text = markdown(instant)
    rows = [line for line in text.splitlines() if line.startswith(("| Median wait", "| 95th percentile wait"))]
    assert len(rows) == 2 and all("~" in row and " to " in row for row in rows)
    assert "~ estimate [its band]" in text
    assert f"{label}: waits: estimate, no queue was simulated: median" in text
    told = {option["key"]: option for option in document(instant)["options"]}
    assert [told[key]["waits"] for key in told] == [None, "estimate", "estimate"]
    frame = instant.summary.set_index(["option", "outcome"])
    for outcome in STATISTIC:
        row = frame.loc[("public_cluster", outcome)]
        assert row.low <= row.value <= row.high and np.isfinite(row.high)
    fullness = instant.results["public_cluster"].central.fullness
    assert fullness is not None
    assert 0 < frame.loc[("public_cluster", "utilisation")].value <= float(fullness.attained[0, 0])
    assert np.isnan(frame.loc[("do_nothing", "utilisation")].value)


def test_simulated_waits_carry_no_mark_of_an_estimate(exact: Comparison) -> None:
    assert "~" not in markdown(exact) and "estimate" not in markdown(exact)
    assert {option["waits"] for option in document(exact)["options"]} == {None, "windows"}


def test_instant_never_simulates_a_queue(usual: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "simulate_waits", lambda *a, **k: pytest.fail("a queue was simulated"))
    monkeypatch.setattr("sim.queue.simulate.open_queue", lambda *a, **k: pytest.fail("a queue was opened"))
    compare(usual, fidelity="instant", draws=2)


def test_estimates_of_all_options_take_less_than_fifty_milliseconds(instant: Comparison) -> None:
    every = [result.central for result in instant.results.values()]
    spent = []
    for _ in range(5):
        begun = time.process_time()
        found = [estimate(monthly) for monthly in every]
        spent.append(time.process_time() - begun)
    assert [one is None for one in found] == [True, False, False]
    assert np.median(spent) < 0.05


@pytest.mark.slow
@pytest.mark.usefixtures("shared_waits")
def test_the_bands_hold_most_simulated_waits_of_the_shipped_scenarios() -> None:
    """Machines with failures, generations and jobs that refuse old ones, none of which the table knows."""
    inside = []
    for name in names():
        guessed, known = (compare(load(name), fidelity=fidelity) for fidelity in ("instant", "windows"))
        for key, result in guessed.results.items():
            waits = known.results[key].waits
            if result.estimate is not None and result.estimate.bands and waits is not None:
                for statistic, value in (
                    ("median", waits.mean_of("median")),
                    ("mean", waits.mean_of("mean")),
                    ("p95", waits.mean_of("p95")),
                ):
                    band = result.estimate.bands[statistic]
                    inside.append(band.low <= value <= band.high)
    assert len(inside) > 20 and np.mean(inside) >= 0.8


def test_outside_the_table_the_reason_is_given(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(USUAL.replace("world.queue = { ", 'world.queue = { discipline = "wfp3", '))
    found = compare(load(path), fidelity="instant")
    told = found.results["public_cluster"].estimate
    assert (
        told is not None
        and told.bands == {}
        and "the surface holds easy, fcfs, multifactor, sjf, not wfp3" in told.note()
    )
    assert "not wfp3" in markdown(found)
    frame = found.summary.set_index(["option", "outcome"])
    assert np.isnan(frame.loc[("public_cluster", "wait_p50")].value)


def test_an_estimate_gives_its_place_to_simulated_waits(instant: Comparison, exact: Comparison) -> None:
    waits = exact.results["public_cluster"].waits
    better = instant.results["public_cluster"].with_queue(waits)
    assert better.estimate is None and better.waits is waits
    for outcome, values in exact.results["public_cluster"].totals.items():
        assert np.array_equal(better.totals[outcome], values, equal_nan=True), outcome


def test_what_kind_of_waits_decides_the_id(scenario: Scenario, usual: Scenario, instant: Comparison) -> None:
    plain = run_id(scenario, 1, 0, True)
    assert instant.run_id == run_id(usual, 1, 0, True, "instant") != run_id(usual, 1, 0, True)
    assert run_id(scenario, 1, 0, True, "windows") == plain
    assert run_id(scenario, 1, 0, False, "full") == run_id(scenario, 1, 0, False)
    assert run_id(scenario, 1, 0, True, "full") != plain
