"""The comparison that follows a slider: the same numbers, whichever process has computed which of them."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.connection import Connection

import numpy as np
import psutil
import pytest

from dashboard.beside import GIVEN_UP, MOST_BYTES, MOST_FAILURES, MOST_NAMES, Beside, ask
from dashboard.quick import Sent, quick, sent
from dashboard.worker import Request
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.mechanisms.appraisal import profile, profiles
from sim.scenario import Scenario, load, names
from tests.dashboard.serving import PATIENCE_SECONDS, until

READ = frozenset({"additional_fe_hours", "cost_per_fe_hour", "wait_p50"})
DRAWS = 5


def by_pickle(request: Request, names: Collection[str]) -> Sent | None:
    """What a process sends, as it arrives."""
    found: Sent = pickle.loads(pickle.dumps(sent(*pickle.loads(pickle.dumps((request, names))), CalendarMemory())))
    return found


def nobody(request: Request, names: Collection[str]) -> Sent | None:
    """What is sent where there is no process."""
    return None


def asked(scenario: Scenario, queue: bool = True, by: str = "", draw: str = "headline") -> Request:
    return Request.of(scenario, 3, DRAWS, queue, "all" if draw == "all" else "headline", by)


def assert_same(found: Comparison, expected: Comparison) -> None:
    """Every number of the two is the same to the last bit, and so is what is said of them."""
    assert (found.run_id, found.fidelity, found.draws) == (expected.run_id, expected.fidelity, expected.draws)
    assert found.answer.text == expected.answer.text
    for key, result in found.results.items():
        other = expected.results[key]
        assert (result.label, result.estimate, result.waits) == (other.label, other.estimate, other.waits)
        assert list(result.totals) == list(other.totals) and list(result.yearly) == list(other.yearly)
        for name in result.totals:
            assert np.array_equal(result.totals[name], other.totals[name], equal_nan=True), (key, name)
        for name in result.yearly:
            assert np.array_equal(result.yearly[name], other.yearly[name], equal_nan=True), (key, name)
        assert result.records == other.records and result.under_embargo == other.under_embargo
        assert result.central.cash.keys() == other.central.cash.keys()


@pytest.mark.parametrize("name", names())
def test_numbers_do_not_depend_on_who_has_computed_them(name: str) -> None:
    scenario = load(name)
    expected = compare(scenario, seed=3, draws=DRAWS, fidelity="instant")
    for answered in (by_pickle, nobody):
        assert_same(quick(asked(scenario), scenario, READ, answered).comparison, expected)


@pytest.mark.parametrize(("queue", "by", "draw"), [(False, "", "headline"), (True, sorted(profiles())[0], "all")])
def test_nor_do_they_under_other_settings(queue: bool, by: str, draw: str) -> None:
    scenario = load("small_country", {"cloud.price_usd": 3.5})
    request = asked(scenario, queue, by, draw)
    expected = compare(
        scenario, seed=3, draws=DRAWS, draw=request.draw, queue=queue, fidelity="instant" if queue else None,
        profile=profile(by) if by else None,
    )  # fmt: skip
    assert_same(quick(request, scenario, READ, by_pickle).comparison, expected)


def test_an_embargo_is_shown_with_its_records() -> None:
    scenario = load("small_country", {"independence.shock": True})
    found = quick(asked(scenario), scenario, READ, by_pickle).comparison
    assert_same(found, compare(scenario, seed=3, draws=DRAWS, fidelity="instant"))
    assert all(result.under_embargo is not None for result in found.results.values())


def test_nothing_is_computed_here_while_a_page_reads_what_it_has_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, computed = load("small_country"), []
    monkeypatch.setattr("dashboard.quick.compare", lambda *given, **more: computed.append(1) or compare(*given, **more))
    found = quick(asked(scenario), scenario, READ, by_pickle)
    assert len(computed) == 1, "by whoever was asked"
    assert found.comparison.answer.text
    for result in found.comparison.results.values():
        assert result.totals["cost_per_fe_hour"].size == 1 + DRAWS and result.label
    assert len(computed) == 1 and found.read == {"cost_per_fe_hour", scenario.yardstick}
    assert found.comparison.baseline.records and len(computed) == 2


def test_a_page_that_reads_more_than_outcomes_asks_nobody() -> None:
    scenario, questions = load("small_country"), []

    def noted(request: Request, names: Collection[str]) -> Sent | None:
        questions.append(names)
        return by_pickle(request, names)

    found = quick(asked(scenario), scenario, READ, noted)
    assert questions == [READ]
    assert found.comparison.baseline.central.size is not None and "central" in found.read
    quick(asked(scenario), scenario, frozenset(found.read), noted)
    quick(asked(scenario), scenario, frozenset(), noted)
    assert questions == [READ]


# --- processes ---


@pytest.fixture
def beside() -> Iterator[Beside]:
    """One process beside this one, ended afterwards."""
    found = Beside(1)
    yield found
    for process in of(found):
        process.kill()


def of(beside: Beside) -> list[psutil.Process]:
    """Its process, while that is free."""
    return [psutil.Process(each._process.pid) for each in beside._free]


def first(beside: Beside, request: Request) -> Sent:
    """What it sends as soon as it is ready."""
    found: list[Sent] = []
    assert until(lambda: bool(found) or found.extend(filter(None, [beside.ask(request, READ)])) or bool(found))
    return found[0]


def test_a_process_sends_what_is_computed_here(beside: Beside) -> None:
    scenario = load("small_country")
    request = asked(scenario)
    assert beside.ask(request, READ) is None, "it is waited for"
    first(beside, request)
    for each in (scenario, load("small_country", {"cloud.price_usd": 3.5})):
        here, there = (quick(asked(each), each, READ, answered) for answered in (nobody, beside.ask))
        assert_same(there.comparison, here.comparison)
        assert beside.ask(asked(each), READ) is not None, "it was this process that computed both"


def test_what_it_cannot_compute_it_leaves_to_the_server(beside: Beside) -> None:
    scenario = load("small_country")
    request = asked(scenario)
    first(beside, request)
    assert beside.ask(request, {"no_outcome"}) is None
    assert beside.ask(request, READ) is not None, "it goes on"


def test_one_that_has_died_is_replaced(beside: Beside) -> None:
    request = asked(load("small_country"))
    first(beside, request)
    (process,) = of(beside)
    process.kill()
    process.wait(PATIENCE_SECONDS)
    assert beside.ask(request, READ) is None
    first(beside, request)
    assert of(beside) != [process]


def test_one_that_takes_too_long_is_ended(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(load("small_country"))
    first(beside, request)
    (process,) = of(beside)
    process.suspend()
    monkeypatch.setattr("dashboard.beside.PATIENCE_SECONDS", 0.1)
    assert beside.ask(request, READ) is None
    process.wait(PATIENCE_SECONDS)


def test_who_waits_for_one_that_dies_waits_no_more(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(load("small_country"))
    first(beside, request)
    (process,) = of(beside)
    process.suspend()
    monkeypatch.setattr("dashboard.beside.PATIENCE_SECONDS", 10.0 * PATIENCE_SECONDS)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(beside.ask, request, READ) for _ in range(3)]
        assert until(lambda: not beside._free and all(each.running() for each in waiting))
        process.kill()
        assert not any(each.result(PATIENCE_SECONDS) for each in waiting)


def test_one_whose_answer_cannot_be_read_is_ended(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(load("small_country"))
    first(beside, request)
    (process,) = of(beside)
    with monkeypatch.context() as patch:
        patch.setattr(Connection, "recv", lambda link: pickle.loads(b"no pickle"))
        assert beside.ask(request, READ) is None
    process.wait(PATIENCE_SECONDS)
    first(beside, request)


def test_what_would_not_go_through_the_link_at_once_is_not_asked(beside: Beside) -> None:
    request = asked(load("small_country"))
    first(beside, request)
    assert beside.ask(replace(request, table=request.table | {"title": "x" * MOST_BYTES}), READ) is None
    assert beside.ask(request, [f"outcome {number}" for number in range(MOST_NAMES + 1)]) is None
    assert beside.ask(request, READ) is not None


def test_it_is_tried_three_times_to_begin_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    request, beside, begun = asked(load("small_country")), Beside(1), []

    def refused(*given: object) -> None:
        begun.append(given)
        raise OSError("no more processes")

    monkeypatch.setattr("dashboard.jobs.begun", refused)
    assert until(lambda: beside.ask(request, READ) is None and len(begun) == MOST_FAILURES)
    said: list[str] = []
    assert until(lambda: GIVEN_UP in "".join(said) or said.append(capsys.readouterr().err) is not None)
    assert beside.ask(request, READ) is None and len(begun) == MOST_FAILURES


def test_there_is_none_unless_a_server_allows_it() -> None:
    request = asked(load("small_country"))
    assert Beside(0).ask(request, READ) is None and ask(request, READ) is None
