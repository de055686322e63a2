"""Memory of the compiled queue: laid out, enlarged when it runs short, and filled with jobs chunk by chunk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.queue.jobs import Integers, Reals
from sim.queue.kernel.arrivals import load
from sim.queue.kernel.buckets import rebucket
from sim.queue.kernel.layout import (
    ACCOUNT,
    ARRIVAL,
    BUCKETS,
    CONSERVATIVE,
    FINISHED,
    FREE,
    LINE,
    MOST_SHAPES,
    MOST_SLOTS,
    MOST_WALLS,
    NEVER,
    NONE,
    NOTED,
    QUEUE,
    SLOT,
    TREE,
    USER,
)
from sim.queue.kernel.waiting import rebuild_index

_FEWEST_SLOTS = 1024
_MOST_FINISHED = 8192  # jobs held back before they are handed on: half a megabyte, which a processor keeps at hand
_SEGMENTS = ("heap", "held", "lists", "line", "scratch", "bucket", "tree", "plan")


class Memory:
    """The arrays that the kernel works on."""

    def __init__(self, index: int, users: int, accounts: int) -> None:
        """Lay out a small queue without jobs; `index` says how waiting jobs are to be found."""
        self.queues = np.zeros(1, QUEUE)
        self.queue = self.queues[0]
        self.slots = np.zeros(0, SLOT)
        self.store = np.zeros(0, np.int64)
        self.users = np.zeros(users, USER)
        self.accounts = np.zeros(accounts, ACCOUNT)
        self.incoming = np.zeros(0, ARRIVAL)
        self.finished = np.zeros(_MOST_FINISHED, FINISHED)
        self.interrupted = np.zeros(NOTED * _MOST_FINISHED, np.int64)
        for name in ("first", "last", "free_slot", "cut", "reserved_for", "reserved_pool", "fits_for"):
            self.queue[name] = NONE
        self.queue["index"] = index
        self.queue["most_finished"] = self.queue["most_interruptions"] = _MOST_FINISHED
        self._sizes = dict.fromkeys(_SEGMENTS, 0)
        self.enlarge_slots()

    def empty(self) -> tuple[NDArray[np.void], list[tuple[int, ...]]]:
        """Records of jobs that have finished since the last time, and (job, start, end, pool) of interruptions."""
        queue = self.queue
        interrupted = self.interrupted[: NOTED * int(queue["interruptions"])].reshape(-1, NOTED).tolist()
        finished = self.finished[: int(queue["finished"])]
        queue["finished"] = queue["interruptions"] = 0
        return finished, [tuple(one) for one in interrupted]

    def enlarge(self) -> None:
        """Hold more jobs that wait or run: more of them, or, where that will do, numbers further apart."""
        if self.queue["free_slot"] == NONE:
            self.enlarge_slots()
        else:
            self.enlarge_tree(self.span())

    def enlarge_slots(self) -> None:
        """Hold twice as many jobs that wait or run."""
        before, after = len(self.slots), max(2 * len(self.slots), _FEWEST_SLOTS)
        if after > MOST_SLOTS:
            raise MemoryError(f"more than {MOST_SLOTS:,} jobs wait or run at once: the queue has no end in sight")
        slots = np.zeros(after, SLOT)
        slots[:before] = self.slots
        # The free slots form a chain: the new ones in order, then those that were free before.
        slots["next"][before:] = np.append(np.arange(before + 1, after), self.queue["free_slot"])
        slots["state"][before:] = FREE
        self.queue["free_slot"] = before
        self.slots = slots
        self.lay_out()

    def lay_out(self) -> None:
        """Give every segment of the store its size, and move what was in it."""
        queue, slots = self.queue, len(self.slots)
        pools = int(queue["pools"])
        # Between the events of one instant a job may already have the GPUs of another that has yet to leave.
        most_running = 2 * int(queue["capacity"][:pools].max(initial=0))
        length = max(min(most_running, slots), int(queue["list_length"]))
        # Plans last for one pass: the present, an end for each running job, and four points for each waiting one.
        queue["plan_length"] = 4 * slots + 2 if queue["backfilling"] == CONSERVATIVE else 0
        sizes = {
            "heap": slots,
            "held": slots,
            "lists": length * pools,
            "line": slots if queue["index"] == LINE else 0,
            "scratch": slots,
            "bucket": 3 * MOST_SHAPES * MOST_WALLS if queue["index"] == BUCKETS else 0,
            "tree": 5 * int(queue["tree_size"]),
            "plan": 2 * pools * int(queue["plan_length"]),
        }
        if sizes == self._sizes:
            return
        store = np.full(sum(sizes.values()), NEVER, np.int64)
        begin = 0
        for name in _SEGMENTS:
            old = self.store[queue[f"{name}_at"] :][: self._sizes[name]]
            new = store[begin:][: sizes[name]]
            if name == "lists" and old.size:
                kept = int(queue["list_length"])
                rows = old.size // kept
                new[: rows * length].reshape(rows, length)[:, :kept] = old.reshape(rows, kept)
            else:
                new[: old.size] = old
            queue[f"{name}_at"] = begin
            begin += sizes[name]
        queue["list_length"] = length
        self.store, self._sizes = store, sizes

    def extend_lists(self, pool: int, change_gpus: int) -> None:
        """Be ready for as many running jobs as a pool can hold once `change_gpus` have come or gone."""
        most_running = min(2 * (self.queue["capacity"][pool] + change_gpus), len(self.slots))
        if most_running > self.queue["list_length"]:
            self.queue["capacity"][pool] += change_gpus
            self.lay_out()
            self.queue["capacity"][pool] -= change_gpus

    def enlarge_tree(self, span: int) -> None:
        """Lay out a row of leaves for `span` job numbers, and put the waiting jobs on them."""
        size = max(int(self.queue["tree_size"]), _FEWEST_SLOTS)
        while size < span:
            size *= 2
        self.queue["index"], self.queue["tree_size"] = TREE, size
        self._sizes["bucket"] = self._sizes["tree"] = 0
        self.lay_out()
        rebuild_index(self.queues, self.slots, self.store)

    def span(self) -> int:
        """Length of the range of numbers of the jobs that wait or run, the next one to come included."""
        alive = self.slots["rank"][self.slots["state"] != FREE]
        return int(self.queue["ranks"]) - int(alive.min(initial=int(self.queue["ranks"]))) + 1

    def load(self, columns: tuple[Integers | Reals, ...], unit: int) -> None:
        """Give the kernel a chunk of jobs: the columns of `arrivals.load` [job]."""
        jobs = len(columns[0])
        if len(self.incoming) < jobs:
            self.incoming = np.zeros(jobs, ARRIVAL)
        if load(self.queues, self.incoming, unit, *columns):
            self._extend_buckets(self.incoming[:jobs])
            load(self.queues, self.incoming, unit, *columns)
        self.queue["arrival"], self.queue["arrivals"] = 0, jobs

    def _extend_buckets(self, jobs: NDArray[np.void]) -> None:
        """Take new shapes and wall limits into the table of buckets, or give it up for a tree."""
        queue = self.queue
        walls = np.unique(np.append(queue["wall"][: int(queue["walls"])], jobs["request"]))
        if len(walls) >= MOST_WALLS:
            self.enlarge_tree(self.span())
            return
        known = int(queue["shapes"])
        gpus, which_gpus = np.unique(np.append(queue["shape_gpus"][:known], jobs["held"]), return_inverse=True)
        masks, which_mask = np.unique(np.append(queue["shape_pools"][:known], jobs["pools"]), return_inverse=True)
        # One number a pair: sorting numbers is ten times as fast as sorting pairs.
        pairs = np.unique(which_gpus * len(masks) + which_mask)
        if len(pairs) > MOST_SHAPES:
            self.enlarge_tree(self.span())
            return
        shapes = np.stack([gpus[pairs // len(masks)], masks[pairs % len(masks)]], axis=1)
        queue["shapes"], queue["walls"] = len(shapes), len(walls)
        queue["shape_gpus"][: len(shapes)], queue["shape_pools"][: len(shapes)] = shapes.T
        queue["wall"][: len(walls)] = walls
        queue["shape_bits"][:] = 0
        self._sizes["bucket"] = 0
        self.lay_out()
        rebucket(self.queues, self.slots, len(self.slots))
        rebuild_index(self.queues, self.slots, self.store)
