"""Limits of a server: each in a sentence, each for an operator to change."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import jobs, leash, limits, worker
from dashboard.worker import Request
from sim.scenario import Scenario
from tests.dashboard.conftest import Page
from tests.dashboard.test_jobs import alive, finished, pid_of, until

ROOT = Path(__file__).resolve().parents[2]
HOSTING = ROOT / "docs" / "hosting.md"


@pytest.mark.parametrize("name", limits.LIMITS)
def test_a_limit_is_what_the_environment_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known, variable = limits.LIMITS[name], limits.PREFIX + name
    monkeypatch.delenv(variable, raising=False)
    assert limits.limit(name) == known.default and known.low <= known.default <= known.high
    monkeypatch.setenv(variable, str(known.low))
    assert limits.limit(name) == known.low
    for wrong in (known.low - 1, known.high + 1, "x", "1.5", "٣", "9" * 5_000):
        monkeypatch.setenv(variable, str(wrong))
        with pytest.raises(
            ValueError, match=rf"{variable}: .* is not a whole number from {known.low} to {known.high}$"
        ):
            limits.check([variable])


def test_a_limit_that_is_none_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValueError, match=r"HEAVYPRESS_MOST_SESSION: no limit .* HEAVYPRESS_MOST_SESSIONS\?"):
        limits.check(["HOME", "HEAVYPRESS_CACHE", "HEAVYPRESS_MOST_SESSION"])


def test_a_run_that_is_too_large_is_refused_before_a_worker_starts(
    tiny: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEAVYPRESS_MOST_RUN_CELLS", str(11 * 36 * 4))
    assert Request.of(tiny, 1, 10, False).extent.refused() == ""
    job = jobs.Job(Request.of(tiny, 1, 11, False))
    assert job.poll() == "failed" and not job.under_way and pid_of(job) is None
    assert job.why == (
        "11 draws x 36 months x 4 options are 1,728, and a run on this server may have 1,584: "
        "choose fewer draws, a shorter horizon or fewer options."
    )


def test_what_the_page_offers_is_granted(tiny: Scenario) -> None:
    """The most draws of the page, over the longest of the shipped horizons, for twice as many options."""
    assert limits.Extent(draws=1_024, months=30 * 12, options=20).refused() == ""


def test_a_run_that_needs_too_much_memory_is_ended_and_says_so(tiny: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAVYPRESS_MOST_RUN_GIB", "3")
    monkeypatch.setattr(jobs, "GIB", 1_000_000)
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.01)
    job = finished(jobs.Job(Request.of(tiny, 1, 20_000, False)))
    assert (job.state, job.why) == ("failed", "it needed more than the 3 GiB of memory that a run may take")
    assert until(lambda: not alive(pid_of(job)))


def test_the_memory_of_a_worker_is_also_that_of_the_processes_it_has_forked() -> None:
    before = leash.resident_bytes(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", "held = bytearray(200_000_000); print(flush=True); input()"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert child.stdout is not None and child.stdout.readline()
    assert leash.resident_bytes(os.getpid()) > before + 190_000_000
    child.communicate(b"\n")
    assert leash.resident_bytes(child.pid) == 0


def test_what_is_asked_for_at_once_and_is_too_much_is_not_given() -> None:
    bounded = "from dashboard import leash; leash.tie(50_000_000); bytearray(20_000_000); bytearray(600_000_000)"
    ended = subprocess.run([sys.executable, "-c", bounded], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.stderr.rstrip().endswith("MemoryError") and "line 1, in <module>" in ended.stderr


def test_a_worker_says_that_its_memory_was_too_little(tiny: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: Any, **__: Any) -> None:
        raise MemoryError

    sent: list[Any] = []
    monkeypatch.setattr(worker, "compare", greedy)
    monkeypatch.setattr(worker.leash, "tie", lambda most: None)
    worker.run(SimpleNamespace(send=sent.append), Request.of(tiny, 1, 0, False))  # type: ignore[arg-type]
    assert sent == [("failed", "it needed more than the 4 GiB of memory that a run may take")]


def test_a_session_keeps_its_place_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAVYPRESS_MOST_SESSIONS", "2")
    monkeypatch.setattr(limits, "_seats", weakref.WeakSet())
    states: list[dict[str, Any]] = [{}, {}, {}]
    assert [limits.refused_session(state) for state in states[:2]] == ["", ""]
    assert limits.refused_session(states[2]) == limits.FULL.format(most=2)
    assert limits.refused_session(states[0]) == "", "who has a place keeps it"
    states.pop(0)
    assert limits.refused_session(states[-1]) == "", "and who leaves makes room"


def test_the_notes_for_operators_name_every_limit() -> None:
    rows = re.findall(r"^\| `(HEAVYPRESS_MOST_\w+)` \| ([\d,]+|[^|]+) \| ([^|]+) \|$", HOSTING.read_text("utf8"), re.M)
    assert {name: about for name, _, about in rows} == {
        limits.PREFIX + name: known.about for name, known in limits.LIMITS.items()
    }
    stated = {name: default.replace(",", "") for name, default, _ in rows}
    assert all(
        stated[limits.PREFIX + name] == str(known.default) for name, known in limits.LIMITS.items() if name != "RUNS"
    )


def test_a_page_for_which_there_is_no_place_says_so(open_page: Callable[..., Page], monkeypatch: Any) -> None:
    first = open_page()
    monkeypatch.setenv("HEAVYPRESS_MOST_SESSIONS", "1")
    second = AppTest.from_file(ROOT / "dashboard" / "app.py", default_timeout=60).run()
    assert [each.value for each in second.warning] == [limits.FULL.format(most=1)]
    assert not second.exception and not second.slider
    assert first.run().at.slider, "who has a place keeps it"
