"""What the compiled queue keeps in memory: one record of scalars, one record a job, one long array of numbers.

A job lives in a slot from its submission to its end; then the slot serves another job, so memory follows the number of
jobs that wait or run, not the number that ever were. All numbers are int64 unless a field says otherwise; times are
whole seconds.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Queue: TypeAlias = Any
"""A record of QUEUE: the scalars and the pools."""
Queues: TypeAlias = Any
"""An array of one such record, which is how Python hands it over."""
Slots: TypeAlias = Any
"""Records of SLOT [slot]: the jobs that wait or run."""
Store: TypeAlias = Any
"""int64: every heap, list and tree has its segment here; `queue.<name>_at` says where it begins."""

MOST_POOLS = 64  # bits of the mask of a job
MOST_SHAPES = 64  # different (GPUs held, mask) that have buckets; more than that, and the tree takes over
MOST_WALLS = 64  # different estimates that have buckets
NONE = -1
NEVER = 1 << 60  # beyond any time that a key can hold, and still far from overflow when times are added
NOTED = 4  # numbers of an interruption: job, start, end, pool

# A running job is known by one number, its time and then its slot, so that sorting numbers sorts jobs.
SLOT_BITS = 24
MOST_SLOTS = 1 << SLOT_BITS
SLOT_MASK = MOST_SLOTS - 1
LATEST_SECONDS = (1 << 39) - 1  # 17,000 years
BASE_SPEED = 1000  # thousandths

PER_INSTANT, PER_EVENT = 0, 1
LINE, BUCKETS, TREE = 0, 1, 2  # how waiting jobs are found
IN_ORDER, BY_NUMBER, SHORTEST = 0, 1, 2  # the scan of the candidates
FCFS, SJF, F1, WFP3, UNICEF, MULTIFACTOR = 0, 1, 2, 3, 4, 5  # what the queue is sorted by
NO_BACKFILL, EASY, CONSERVATIVE = 0, 1, 2

TOO_LARGE, WITHDRAWN = 1, 2  # why a job never joined the queue
MILLE = 1000.0  # speeds are thousandths
WORD_BITS = 6  # a word holds the verdicts on 64 campaigns
WORD_MASK = (1 << WORD_BITS) - 1
ANY_BACKLOG = int(np.iinfo(np.int64).max)  # as in `jobs`

DONE, NEEDS_JOBS, NEEDS_SLOTS, NEEDS_DRAIN = 0, 1, 2, 3  # why `advance` came back
FREE, WAITING, RUNNING = 0, 1, 2  # state of a slot


def _record(*integers: str, reals: tuple[str, ...] = (), small: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """Fields of a record: int64, then float64, then int32."""
    kinds = ((np.int64, integers), (np.float64, reals), (np.int32, small))
    return [(name, kind) for kind, names in kinds for name in names]


def _rows(length: int, *names: str) -> list[tuple[Any, ...]]:
    """Fields of a record that are int64 arrays of that length."""
    return [(name, np.int64, (length,)) for name in names]


QUEUE = np.dtype(
    _record(
        # the rules
        *("order", "sorted_by", "backfilling", "index", "depth", "scan", "clairvoyant", "checkpoint"),
        # the clock: `pass_due` asks for a pass at `now`, `open` says that more jobs will follow those in `incoming`
        *("now", "pass_due", "open", "arrival", "arrivals", "ranks", "starts"),
        # counters; records of finished jobs and of interrupted attempts that have not been handed on, and their limits
        *("waiting", "longest_queue", "running", "backlog"),
        *("finished", "most_finished", "interruptions", "most_interruptions"),
        # free slots form a chain; so do waiting jobs in the order of their number
        *("free_slot", "first", "last"),
        # the last job that backfilling looks at, and how many jobs are up to it
        *("cut", "cut_count"),
        # the reservation of the head, as long as it stands, and the job for which `first_fit` was computed
        *("reserved_for", "reserved_pool", "shadow", "extra", "fits_for"),
        # GPUs have come free since the last pass that left nobody out; and how many jobs had come by then
        *("changed", "seen"),
        # reservations of conservative backfilling are void after a change that no estimate foresaw
        *("reservations_void",),
        # what waited before the first submission of which second; work and requests of all who came, work of the others
        *("looked_at", "looked_backlog", "work", "asked", "withdrawn"),
        *("pending",),  # seconds in which a job waited
        # fair share
        *("next_tick", "last_tick_over", "period", "users", "accounts", "longest_age", "size_scale"),
        # where the segments of the store begin, and the lengths that vary
        *("heap_at", "held_at", "lists_at", "line_at", "scratch_at", "bucket_at", "tree_at", "plan_at", "verdicts_at"),
        *("list_length", "tree_size", "plan_length"),
        *("pools", "shapes", "walls"),
        reals=("weight", "growth", "total_usage", "age_weight", "share_weight", "size_weight"),
    )
    + _rows(MOST_POOLS, "free", "usable", "capacity", "retires", "speed", "largest", "listed")
    + _rows(MOST_POOLS, "plan_points", "stale", "first_fit", "left_over")
    + _rows(MOST_SHAPES, "shape_gpus", "shape_pools", "shape_bits")
    + _rows(MOST_WALLS, "wall")
)

# Three lines of the processor's cache. The first has what a job shares with its neighbours in a chain, the second what
# else every job needs; once more jobs wait than a cache holds, that is where time goes.
SLOT = np.dtype(
    _record(
        *("rank", "submit", "remaining", "request", "held"),
        small=("next", "previous", "after", "bucket", "state", "pool"),
    )
    + _record(
        *("first_start", "start", "end", "expected_end", "lost", "started_as", "pools"),
        small=("tier", "restarts"),
    )
    + _record(
        *("estimate", "position", "reserved_start", "reserved_end"),
        reals=("score", "static"),
        small=("user", "reserved_pool"),
    )
    + _record("to_the_end_of_the_line")
)

ARRIVAL = np.dtype(
    _record(
        *("submit", "run", "request", "held", "pools", "campaign", "tolerance"),
        reals=("static",),
        small=("user", "tier", "bucket"),
    )
)

FINISHED = np.dtype(
    _record(
        *("rank", "submit", "first_start", "start", "end", "lost"),
        small=("held", "restarts", "tier", "pool", "rejected"),
    )
)

USER = np.dtype(_record("account", "accrued", "fair_at", reals=("usage", "fair")))
ACCOUNT = np.dtype(_record("users", reals=("usage",)))
