"""One look at each record of a finished job, compiled: what a `Tally` adds up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.queue.compiler.library import Library
from sim.queue.compiler.primitives import rows
from sim.queue.kernel import layout
from sim.queue.kernel.layout import TOO_LARGE

LIBRARY = Library(
    "tally",
    [Path(__file__), Path(layout.__file__)],
    {"nogil": True, "error_model": "numpy", "boundscheck": False, "_nrt": False},
)
entry, part = LIBRARY.entry, LIBRARY.part

SUMS = len(("absent", "absent_seconds", "ended", "ended_seconds", "stayed_seconds", "lost"))
ABSENT, ABSENT_SECONDS, ENDED, ENDED_SECONDS, STAYED_SECONDS, LOST = range(SUMS)


@part
def period_of(ends: Any, second: int, guess: int) -> int:
    """The period in which a second lies, or the last one; looked for from another, which is near as a rule."""
    while guess > 0 and second < ends[guess - 1]:
        guess -= 1
    while guess < len(ends) - 1 and second >= ends[guess]:
        guess += 1
    return guess


@part
def add_passing(total: Any, ends: Any, start: int, end: int, weight: int, guess: int) -> int:
    """Add `weight` times the seconds from `start` to `end` to the periods in which they pass; returns the last one."""
    end = min(end, ends[-1])
    start = min(start, end)
    period = period_of(ends, start, guess)
    while end > ends[period]:
        total[period] += weight * (ends[period] - start)
        start = ends[period]
        period += 1
    total[period] += weight * (end - start)
    return period


@entry
def pass_by(total: Any, ends: Any, start: int, end: int, weight: int) -> None:
    """Add `weight` times the seconds from `start` to `end` to the periods [period] in which they pass."""
    add_passing(total, ends, start, end, weight, 0)


@entry
def count(
    finished: Any, bins: Any, ends: Any, least_gpus: Any, bound_seconds: int,
    counts: Any, waited: Any, slowdown: Any, held: Any, refused: Any, course: Any, sums: Any,
) -> None:  # fmt: skip
    """Add jobs that have finished, been rejected or been withdrawn to the sums of a tally; see there.

    finished: records of `layout.FINISHED` [job]. bins [job]: of their waits. ends [period]: where periods end.
    least_gpus [size]: where classes of size begin. bound_seconds: the shortest run that the slowdown counts as such.
    sums: by the numbers above.
    """
    records = rows(finished)
    came, held_in = 0, 0  # the periods of the job before
    parts, length = course.shape[1], max(ends[-1], 1)
    for row in range(len(finished)):
        job = records[row]
        came = period_of(ends, job.submit, came)
        if job.rejected != 0:
            sums[ABSENT] += 1
            sums[ABSENT_SECONDS] += job.submit
            refused[came] += job.rejected == TOO_LARGE
            continue
        size = -1
        for least in least_gpus:
            size += job.held >= least
        counts[came, job.tier, size, bins[row]] += 1
        wait, run = job.first_start - job.submit, job.end - job.start
        waited[came] += wait
        slowdown[came] += max(1.0, (wait + run) / max(run, bound_seconds))
        if parts > 0:
            place = min(job.submit * parts // length, parts - 1)
            course[0, place] += 1
            course[1, place] += wait
        held_in = add_passing(held, ends, job.start, job.end, job.held, held_in)
        sums[ENDED] += 1
        sums[ENDED_SECONDS] += job.end
        sums[STAYED_SECONDS] += job.end - job.submit
        sums[LOST] += job.held * job.lost
