"""Two options at once on two threads, against one after the other: the kernel does without the interpreter's lock."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.bench.measuring import Line, undisturbed
from tests.bench.queue.against_processes import compiled
from tests.bench.queue.problem_r import Problem, problem_r

FASTER = 1.8  # times
ROUNDS = 9


def wall_seconds(work: Callable[[], object]) -> float:
    """By the clock on the wall: processor time knows nothing of two at once."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def time_threads(quick: bool) -> Iterator[Line]:
    """Problem R at two loads, in turn and at once."""
    if len(os.sched_getaffinity(0)) < 2:
        yield Line("two options on two threads", "skipped", "one core only")
        return
    options = [problem_r(300_000 if quick else 1_000_000, load) for load in (0.85, 0.80)]
    for option in options:
        compiled(option)
    ratios = []
    with ThreadPoolExecutor(len(options)) as pool, undisturbed():
        for _ in range(ROUNDS):
            alone = wall_seconds(lambda: [compiled(option) for option in options])
            ratios.append(alone / wall_seconds(partial(_at_once, pool, options)))
    ratio = statistics.median(ratios)
    what = f"two options of {len(options[0].jobs):,} jobs on two threads, by the wall"
    yield Line(what, f"{ratio:.2f} x", f">= {FASTER} x", ratio >= FASTER)
    yield Line("  in single rounds", f"{min(ratios):.2f} to {max(ratios):.2f} x")


def _at_once(pool: ThreadPoolExecutor, options: list[Problem]) -> None:
    """Every option on a thread of its own."""
    list(pool.map(compiled, options))
