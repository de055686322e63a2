"""Draws in a process of their own, and draws out of the store: the same numbers to the last bit."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from sim.comparison import run, sample, stored
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.stored import SUFFIX, Stored, as_bytes, from_bytes
from sim.scenario import Scenario, load
from sim.waits.cache import Cache
from tests.contract.test_fidelity import SMALL

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere draws stay in the process of their run")
STORE, MACHINE = Cache.off(), "public_cluster"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Two options with a machine, and doing nothing."""
    path = tmp_path_factory.mktemp("final") / "small.toml"
    path.write_text(SMALL)
    return load(path)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of few draws, and the machine limited as by a queue that attains less."""
    monkeypatch.setattr(sample, "BLOCK", 4)
    monkeypatch.setattr(run, "LOOKS", (6, 12, 20))
    monkeypatch.setattr(run, "limits", lambda results, waits: {"public_cluster": 0.3} if waits else {})


def same(one: Comparison, other: Comparison) -> bool:
    """Whether two comparisons have the same numbers."""
    pairs = [(result, other.results[key]) for key, result in one.results.items()]
    return (one.run_id, one.draws, list(one.results)) == (other.run_id, other.draws, list(other.results)) and all(
        np.array_equal(values, ours[name], equal_nan=True)
        for a, b in pairs
        for theirs, ours in ((a.totals, b.totals), (a.yearly, b.yearly))
        for name, values in theirs.items()
    )


@pytest.fixture(autouse=True)
def before() -> set[psutil.Process]:
    """Processes that other tests have begun."""
    return set(psutil.Process().children())


def left(before: set[psutil.Process]) -> set[psutil.Process]:
    """Processes that this one has begun since, and not ended."""
    return set(psutil.Process().children()) - before


@pytest.mark.parametrize("settings", [{"draws": 10}, {"draws": None}, {"draws": 9, "queue": False}, {"draws": 0}])
def test_a_final_run_has_the_same_numbers(
    scenario: Scenario, settings: dict[str, Any], tmp_path: Path, before: set[psutil.Process]
) -> None:
    usual = compare(scenario, store=STORE, **settings)
    for _ in range(2):  # the second finds draws and waits on the disk
        assert same(compare(scenario, store=Cache(tmp_path), final=True, **settings), usual)
    assert same(compare(scenario, store=STORE, final=True, **settings), usual)
    assert not left(before)


ORDERS = [({"draws": 20}, {"draws": None}), ({"draws": None}, {"draws": 20}), ({"draws": 6}, {"draws": None})]


@pytest.mark.parametrize("apart", [True, False], ids=["apart", "here"])
@pytest.mark.parametrize(
    "order", [ORDERS[0], *(pytest.param(each, marks=pytest.mark.slow) for each in ORDERS[1:])], ids=str
)
def test_runs_of_any_length_share_a_folder(
    scenario: Scenario, order: tuple[Any, ...], apart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of all options and those of limited options alone are told apart: a run may need the one or the other."""
    known = sample._known
    # the limited machine needs more draws than the other, so that some are of all options from the start
    monkeypatch.setattr(sample, "_known", lambda given, blocks: given is scenario or known(given, blocks))
    if not apart:
        monkeypatch.setattr(run, "aside", lambda of, wanted: nullcontext(of))
    for settings in order:
        usual = compare(scenario, store=STORE, **settings)
        assert same(compare(scenario, store=Cache(tmp_path), final=True, **settings), usual)
        assert same(compare(scenario, store=Cache(tmp_path), final=True, **settings), usual)


def test_a_profile_keeps_what_it_discounts(scenario: Scenario, tmp_path: Path) -> None:
    from sim.mechanisms.appraisal import profile

    by = profile("green_book_2022")
    found = compare(scenario, draws=5, profile=by, store=Cache(tmp_path), final=True)
    assert same(found, compare(scenario, draws=5, profile=by, store=STORE)) and not list(tmp_path.glob("*" + SUFFIX))


# --- in another process ---


def test_the_draws_are_computed_elsewhere(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    here, block = os.getpid(), sample.run_block

    def computed(*given: Any, **named: Any) -> Any:
        assert os.getpid() != here
        return block(*given, **named)

    monkeypatch.setattr(sample, "run_block", computed)
    assert compare(scenario, draws=9, store=STORE, final=True).draws == 9


@pytest.mark.parametrize("moves", [False, True], ids=["as foretold", "another limit in the end"])
def test_options_are_costed_again_as_soon_as_their_waits_are_known(
    scenario: Scenario, moves: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And once, unless the limit that was foretold is not the one of all waits together."""
    least = {MACHINE: 0.3, "portfolio": 0.4}
    limits = lambda results, waits: {key: least[key] + 0.1 * moves * (len(waits) > 1) for key in waits}  # noqa: E731
    monkeypatch.setattr(run, "limits", limits)
    usual = compare(scenario, draws=9, store=STORE)
    seen, block = tmp_path / "seen", sample.run_block

    def noted(of: Scenario, draws: Any, *given: Any, **named: Any) -> Any:
        keys = named.get("keys") or (given[2] if len(given) > 2 else None) or ()
        with seen.open("a") as file:
            file.writelines(f"{draws.numbers[0]} {key}\n" for key in keys)
        return block(of, draws, *given, **named)

    monkeypatch.setattr(sample, "run_block", noted)
    assert same(compare(scenario, draws=9, store=STORE, final=True), usual)
    costed = [line for line in seen.read_text().splitlines() if not line.startswith("0 ")]  # but for the central case
    assert len(costed) == len(set(costed)) * (1 + moves) and len(set(costed)) == 3 * len(least)


@pytest.mark.parametrize("covers", ["", 'covers = ["hardware"]'], ids=["all", "hardware"])
def test_what_another_purse_pays_follows_from_the_machine_as_it_is_in_the_end(
    covers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "covers.toml"
    path.write_text(SMALL.replace("years = 2 }", f"years = 2, {covers} }}" if covers else "years = 2 }"))
    scenario, least = load(path), {MACHINE: 0.3, "portfolio": 0.4}
    monkeypatch.setattr(run, "limits", lambda results, waits: {key: least[key] for key in waits})
    assert same(*(compare(scenario, draws=9, store=STORE, final=final) for final in (True, False)))


def test_what_goes_wrong_ahead_is_computed_in_the_end(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = compare(scenario, draws=9, store=STORE)

    def broken(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(sample.Sample, "foretell", broken)
    assert same(compare(scenario, draws=9, store=STORE, final=True), usual)


def test_a_thread_that_is_not_the_first_computes_itself(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("a process of several threads was forked"))
    found: list[Comparison] = []
    thread = threading.Thread(target=lambda: found.append(compare(scenario, draws=5, store=STORE, final=True)))
    thread.start()
    thread.join()
    assert found[0].draws == 5


def test_a_system_that_gives_no_process_costs_nothing_but_time(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    assert compare(scenario, draws=5, store=STORE, final=True).draws == 5


def test_what_goes_wrong_there_is_raised_here(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, before: set[psutil.Process]
) -> None:
    def broken(*given: Any, **named: Any) -> Any:
        raise MemoryError("of the draws")

    monkeypatch.setattr(sample, "run_block", broken)
    with pytest.raises(MemoryError, match="of the draws"):
        compare(scenario, draws=9, store=STORE, final=True)
    assert not left(before)


def test_what_a_process_that_was_killed_owes_is_computed_here(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, before: set[psutil.Process]
) -> None:
    usual = compare(scenario, draws=9, store=STORE)
    here, block = os.getpid(), sample.run_block

    def killed(*given: Any, **named: Any) -> Any:
        return block(*given, **named) if os.getpid() == here else os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(sample, "run_block", killed)
    assert same(compare(scenario, draws=9, store=STORE, final=True), usual)
    assert not left(before)


def test_a_run_that_is_stopped_takes_it_along(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, before: set[psutil.Process]
) -> None:
    monkeypatch.setattr(sample, "run_block", lambda *a, **k: signal.pause())
    begun: list[psutil.Process] = []

    def stop(*_: Any) -> None:
        begun.extend(left(before))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(scenario, draws=9, store=STORE, final=True, on_update=stop)
    assert len(begun) == 1 and not left(before)


def test_it_ends_with_the_one_that_wanted_it(scenario: Scenario) -> None:
    """Though that one could end nothing any more: it is killed."""
    ours, theirs = os.pipe()
    process = os.fork()
    if not process:
        sample.run_block = lambda *a, **k: signal.pause()  # type: ignore[assignment]
        told = lambda *_: os.write(theirs, f"{psutil.Process().children()[0].pid}\n".encode())  # noqa: E731
        compare(scenario, draws=9, store=STORE, final=True, on_update=told)
        os._exit(1)
    draws = int(os.read(ours, 9).split()[0])
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    psutil.wait_procs([psutil.Process(draws)] if psutil.pid_exists(draws) else [], timeout=5)
    assert not psutil.pid_exists(draws)


def test_progress_reaches_its_end(scenario: Scenario) -> None:
    steps: list[tuple[int, int]] = []
    compare(scenario, draws=10, store=STORE, final=True, progress=lambda done, of, what: steps.append((done, of)))
    assert steps == sorted(steps) and steps[-1][0] == steps[-1][1]


def test_one_who_hears_of_no_child_is_served_as_well(scenario: Scenario) -> None:
    """A signal that is ignored before the program begins: the system then buries children itself."""
    usual = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert compare(scenario, draws=5, store=STORE, final=True).draws == 5
    finally:
        signal.signal(signal.SIGCHLD, usual)


# --- on the disk ---


def test_draws_that_were_kept_are_not_computed(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = compare(scenario, draws=6, queue=False, store=Cache(tmp_path), final=True)
    monkeypatch.setattr(sample, "run_block", lambda *a, **k: pytest.fail("draws were computed"))
    assert same(compare(scenario, draws=6, queue=False, store=Cache(tmp_path), final=True), usual)
    longer = compare(scenario, draws=4, queue=False, store=Cache(tmp_path), final=True)
    assert longer.draws == 4, "random draws are the same in runs of any length"


@pytest.mark.parametrize(
    "settings", [{"seed": 2}, {"draw": "all"}, {"sequence": "sobol"}, {"draws": 3}], ids=lambda each: next(iter(each))
)
def test_other_draws_are_others(scenario: Scenario, settings: dict[str, Any], tmp_path: Path) -> None:
    given = {"draws": 4, "queue": False} | settings
    for of in ({"draws": 4, "queue": False}, given):
        compare(scenario, store=Cache(tmp_path), final=True, **of)
    assert len(list(tmp_path.glob("*" + SUFFIX))) == 2
    assert same(compare(scenario, store=Cache(tmp_path), final=True, **given), compare(scenario, store=STORE, **given))


def test_other_limits_versions_and_values_are_others(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    folder: Any = None
    one = Stored(folder, scenario, 1, "headline", "random", 8)
    other = replace(scenario, yardstick="public_cost")
    named = {one._name(1, 5, {}, None), one._name(1, 5, {MACHINE: 0.3}, None), one._name(1, 5, {MACHINE: 0.4}, None)}
    named |= {one._name(5, 9, {}, None), replace(one, scenario=other)._name(1, 5, {}, None)}
    named |= {one._name(1, 5, {MACHINE: 0.3}, [MACHINE])}
    monkeypatch.setattr(stored, "versions", lambda: {"numpy": "0"})
    assert len(named | {one._name(1, 5, {}, None)}) == 7


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: content.replace(b"draws 1", b"draws 2"),
        lambda content: content[:60],
        lambda content: content + b"\0",
    ],
    ids=["empty", "short", "a bit", "another program", "head", "more"],
)
def test_a_damaged_block_counts_as_none(scenario: Scenario, tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    usual = compare(scenario, draws=4, queue=False, store=Cache(tmp_path), final=True)
    (path,) = tmp_path.glob("*" + SUFFIX)
    whole = path.read_bytes()
    path.write_bytes(spoil(whole))
    assert from_bytes(path.read_bytes()) is None
    assert same(compare(scenario, draws=4, queue=False, store=Cache(tmp_path), final=True), usual)
    assert path.read_bytes() == whole, "it is written anew"


def test_a_block_comes_back_to_the_last_bit(scenario: Scenario) -> None:
    found = compare(scenario, draws=3, queue=False)
    measured = {key: result.totals for key, result in found.results.items()}
    again = from_bytes(as_bytes(measured))
    assert again is not None and list(again) == list(measured)
    for key, totals in measured.items():
        assert list(again[key]) == list(totals)
        assert all(again[key][name].tobytes() == np.asarray(values).tobytes() for name, values in totals.items())


def test_runs_of_very_many_draws_are_not_kept(scenario: Scenario, tmp_path: Path) -> None:
    assert Stored.beside(Cache(tmp_path), scenario, 1, "headline", "random", stored.MOST_DRAWS) is not None
    assert Stored.beside(Cache(tmp_path), scenario, 1, "headline", "random", stored.MOST_DRAWS + 1) is None
    assert Stored.beside(STORE, scenario, 1, "headline", "random", 8) is None
