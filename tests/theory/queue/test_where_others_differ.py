"""docs/queue.md shows where other simulators differ: its examples are true, on both engines, and so is what it says."""

from __future__ import annotations

import doctest
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sim.queue import simulate as module
from sim.queue.jobs import Jobs
from sim.queue.simulate import simulate

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "queue.md"
Job = tuple[int, int, int, int]  # submission, run time, request, GPUs


@pytest.mark.parametrize("engine", ["plain", "compiled"])
def test_the_examples_of_the_document_are_true(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "simulate", partial(simulate, engine=engine))
    found = doctest.testfile(str(DOCUMENT), module_relative=False)
    assert found.failed == 0
    assert found.attempted >= 12


def starts(jobs: list[Job], gpus: int, **rules: Any) -> list[int]:
    """Starts by the queue of this project."""
    return simulate(Jobs(*map(list, zip(*jobs, strict=True))), gpus, **rules).start_seconds.tolist()


def committed(jobs: list[Job], gpus: int) -> list[int]:
    """Starts where the shortest job that waits becomes the head and stays it until it starts; nothing backfills."""
    found, left = [-1] * len(jobs), set(range(len(jobs)))
    clock, head = 0, -1
    while left:
        waiting = [job for job in left if jobs[job][0] <= clock]
        if head < 0 and waiting:
            head = min(waiting, key=lambda job: (jobs[job][2], job))
        held = sum(jobs[n][3] for n in range(len(jobs)) if found[n] >= 0 and clock < found[n] + jobs[n][1])
        if head >= 0 and held + jobs[head][3] <= gpus:
            found[head] = clock
            left.remove(head)
            head = -1
        else:
            clock += 1
    return found


def test_a_committed_head_starts_when_the_document_says() -> None:
    jobs = [(1, 10, 10, 1), (2, 5, 5, 2), (3, 3, 3, 1)]
    assert committed(jobs, 2) == [1, 11, 16]
    assert starts(jobs, 2, discipline="sjf", backfill_depth=0) == [1, 11, 3]


@pytest.mark.parametrize(("first", "expected"), [(2, [0, 0, 13, 10]), (1, [0, 0, 10, 20])])
def test_the_order_of_ends_within_a_second_is_that_of_the_starts(first: int, expected: list[int]) -> None:
    """Two jobs end at second 10, the one with so many GPUs started first; then three or two GPUs are asked for."""
    jobs = [(0, 10, 20, first), (0, 10, 20, 3 - first), (3, 10, 10, 3), (4, 3, 3, 2)]
    assert starts(jobs, 3, order="per_event") == expected
    assert starts(jobs, 3) == [0, 0, 10, 20]


def test_a_request_that_is_lengthened_lets_the_job_run_on() -> None:
    assert starts([(0, 100, 60, 1), (0, 10, 10, 1)], 1) == [0, 60]
    assert starts([(0, 100, 100, 1), (0, 10, 10, 1)], 1) == [0, 100]
