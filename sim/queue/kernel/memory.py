"""Memory of the compiled queue: laid out, enlarged when it runs short, and filled with rules and jobs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.queue.compiler.primitives import CACHE_LINE
from sim.queue.disciplines.priority import Priority, qos_points
from sim.queue.disciplines.rules import Rules, fixed_parts
from sim.queue.jobs import Integers, Jobs
from sim.queue.kernel import layout
from sim.queue.kernel.buckets import rebucket
from sim.queue.kernel.waiting import load, rebuild_index
from sim.queue.pools import BASE_SPEED, Pool

CHUNK_JOBS = 1 << 16  # jobs that the kernel is given at once
SCORED = ("sjf", "f1", "wfp3", "unicef")
_FEWEST_SLOTS = 1024
_MOST_FINISHED = 8192  # jobs held back before they are handed on: half a megabyte, which a processor keeps at hand
_SEGMENTS = ("heap", "held", "lists", "line", "scratch", "bucket", "tree", "plan", "verdicts")


def index_for(rules: Rules, pools: Sequence[Pool]) -> int:
    """The way to find waiting jobs: a line where they are not in the order of their numbers, or estimates vary."""
    uneven = any(pool.speed != BASE_SPEED for pool in pools)
    if rules.discipline not in ("easy", "fcfs") or (rules.estimates == "actual" and uneven):
        return layout.LINE
    return layout.TREE if rules.estimates == "actual" else layout.BUCKETS


def _free_slots(count: int) -> NDArray[np.void]:
    """Records of so many slots, each at the beginning of a line of the processor's cache."""
    size = count * layout.SLOT.itemsize
    room = np.zeros(size + CACHE_LINE, np.uint8)
    begin = -room.ctypes.data % CACHE_LINE
    return room[begin : begin + size].view(layout.SLOT)


class Memory:
    """The arrays that the kernel works on."""

    def __init__(self, rules: Rules, pools: Sequence[Pool], now: int) -> None:
        """Lay out a small queue without jobs."""
        priority = rules.priority or Priority()
        accounts = priority.accounts if rules.discipline == "multifactor" else (0,)
        self.queues = np.zeros(1, layout.QUEUE)
        self.queue = self.queues[0]
        self.slots = np.zeros(0, layout.SLOT)
        self.store = np.zeros(0, np.int64)
        self.users = np.zeros(len(accounts), layout.USER)
        self.accounts = np.zeros(max(accounts) + 1, layout.ACCOUNT)
        self.incoming = np.zeros(0, layout.ARRIVAL)
        self.finished = np.zeros(_MOST_FINISHED, layout.FINISHED)
        self.interrupted = np.zeros(layout.NOTED * _MOST_FINISHED, np.int64)
        for name in ("first", "last", "free_slot", "cut", "reserved_for", "reserved_pool", "fits_for"):
            self.queue[name] = layout.NONE
        self.queue["most_finished"] = self.queue["most_interruptions"] = _MOST_FINISHED
        self._sizes = dict.fromkeys(_SEGMENTS, 0)
        self._verdicts = 0  # words, for campaigns that a backlog may put off
        self.queue["looked_at"] = layout.NONE
        self._write_rules(rules, pools, now)
        for number, pool in enumerate(pools):
            self.queue["capacity"][number] = self.queue["free"][number] = pool.gpus
            self.queue["speed"][number] = pool.speed
            self.queue["retires"][number] = min(pool.retires_seconds, layout.NEVER)
        self.enlarge_slots()
        if self.queue["index"] == layout.TREE:
            self.enlarge_tree(1)

    def _write_rules(self, rules: Rules, pools: Sequence[Pool], now: int) -> None:
        """Write the rules into the record of the queue."""
        queue = self.queue
        queue["now"], queue["pools"], queue["index"] = now, len(pools), index_for(rules, pools)
        queue["order"] = ("per_instant", "per_event").index(rules.order)
        queue["sorted_by"] = {
            "sjf": layout.SJF, "f1": layout.F1, "wfp3": layout.WFP3, "unicef": layout.UNICEF,
            "multifactor": layout.MULTIFACTOR,
        }.get(rules.discipline, layout.FCFS)  # fmt: skip
        queue["backfilling"] = {"fcfs": layout.NO_BACKFILL, "conservative": layout.CONSERVATIVE}.get(
            rules.discipline, layout.EASY
        )
        queue["depth"] = min(rules.backfill_depth, layout.NEVER)
        queue["scan"] = ("queue", "fcfs", "sjbf").index(rules.backfill_scan)
        queue["clairvoyant"] = rules.estimates == "actual"
        queue["checkpoint"] = rules.checkpoint_seconds
        queue["next_tick"] = layout.NEVER
        if rules.discipline == "multifactor":
            self._write_priority(rules.priority or Priority(), now)

    def _write_priority(self, priority: Priority, now: int) -> None:
        """Write the weights of multifactor priority, and the account of every user."""
        queue = self.queue
        queue["period"] = priority.period_seconds
        queue["next_tick"] = (now // priority.period_seconds + 1) * priority.period_seconds
        queue["weight"] = 1.0
        queue["growth"] = 2.0 ** (priority.period_seconds / priority.half_life_seconds)
        queue["age_weight"], queue["share_weight"] = priority.age_weight, priority.fair_share_weight
        queue["size_weight"] = priority.size_weight
        queue["longest_age"], queue["size_scale"] = priority.longest_age_seconds, priority.largest_gpus
        queue["users"], queue["accounts"] = len(self.users), len(self.accounts)
        self.users["account"] = priority.accounts
        self.accounts["users"] = np.bincount(priority.accounts, minlength=len(self.accounts))

    def empty(self) -> tuple[NDArray[np.void], list[tuple[int, ...]]]:
        """Records of jobs that have finished since the last time, and (job, start, end, pool) of interruptions."""
        queue = self.queue
        interrupted = self.interrupted[: layout.NOTED * int(queue["interruptions"])].reshape(-1, layout.NOTED).tolist()
        finished = self.finished[: int(queue["finished"])]
        queue["finished"] = queue["interruptions"] = 0
        return finished, [tuple(one) for one in interrupted]

    def enlarge(self) -> None:
        """Hold more jobs that wait or run: more of them, or, where that will do, numbers further apart."""
        if self.queue["free_slot"] == layout.NONE:
            self.enlarge_slots()
        else:
            self.enlarge_tree(self.span())

    def enlarge_slots(self) -> None:
        """Hold twice as many jobs that wait or run."""
        before, after = len(self.slots), max(2 * len(self.slots), _FEWEST_SLOTS)
        if after > layout.MOST_SLOTS:
            raise MemoryError(f"more than {before:,} jobs wait or run at once: the queue has no end in sight")
        slots = _free_slots(after)
        slots[:before] = self.slots
        # The free slots form a chain: the new ones in order, then those that were free before.
        slots["next"][before:] = np.append(np.arange(before + 1, after), self.queue["free_slot"])
        slots["state"][before:] = layout.FREE
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
        queue["plan_length"] = 4 * slots + 2 if queue["backfilling"] == layout.CONSERVATIVE else 0
        sizes = {
            "heap": slots,
            "held": slots,
            "lists": length * pools,
            "line": slots if queue["index"] == layout.LINE else 0,
            "scratch": slots,
            "bucket": 3 * layout.MOST_SHAPES * layout.MOST_WALLS if queue["index"] == layout.BUCKETS else 0,
            "tree": 5 * int(queue["tree_size"]),
            "plan": 2 * pools * int(queue["plan_length"]),
            "verdicts": self._verdicts,
        }
        if sizes == self._sizes:
            return
        store = np.full(sum(sizes.values()), layout.NEVER, np.int64)
        begin = 0
        for name in _SEGMENTS:
            old = self.store[queue[f"{name}_at"] :][: self._sizes[name]]
            new = store[begin:][: sizes[name]]
            if name == "verdicts":
                new[:] = 0  # nobody has been put off
            if name == "lists" and old.size:
                kept = int(queue["list_length"])
                rows = old.size // kept
                new[: rows * length].reshape(rows, length)[:, length - kept :] = old.reshape(rows, kept)
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
        self.queue["index"], self.queue["tree_size"] = layout.TREE, size
        self._sizes["bucket"] = self._sizes["tree"] = 0
        self.lay_out()
        rebuild_index(self.queues, self.slots, self.store)

    def span(self) -> int:
        """Length of the range of numbers of the jobs that wait or run, the next one to come included."""
        alive = self.slots["rank"][self.slots["state"] != layout.FREE]
        return int(self.queue["ranks"]) - int(alive.min(initial=int(self.queue["ranks"]))) + 1

    def load(self, rules: Rules, jobs: Jobs, part: slice) -> None:
        """Give the kernel a part of `jobs`."""
        submit, run, request = jobs.submit_seconds[part], jobs.run_seconds[part], jobs.request_seconds[part]
        gpus, static = jobs.gpus[part], np.zeros(len(submit))
        if rules.discipline == "multifactor":
            static = qos_points(rules.priority or Priority(), jobs.tier[part])
        if rules.discipline in SCORED:
            estimate = np.minimum(run, request) if rules.estimates == "actual" else request
            static = fixed_parts(rules.discipline, submit, estimate, rules.held_gpus(gpus))
        campaign, tolerance = jobs.campaign[part], jobs.tolerance_seconds[part]
        self._extend_verdicts(campaign[tolerance < layout.ANY_BACKLOG])
        labels = (jobs.pools[part], jobs.user[part], jobs.tier[part], campaign, tolerance)
        columns = (submit, run, request, gpus, *labels, static)
        if len(self.incoming) < len(submit):
            self.incoming = np.zeros(len(submit), layout.ARRIVAL)
        if load(self.queues, self.incoming, rules.unit_gpus, *columns):
            self._extend_buckets(self.incoming[: len(submit)])
            load(self.queues, self.incoming, rules.unit_gpus, *columns)
        self.queue["arrival"], self.queue["arrivals"] = 0, len(submit)

    def _extend_verdicts(self, campaigns: Integers) -> None:
        """Have a bit for each campaign that a backlog may put off."""
        words = (int(campaigns.max(initial=-1)) >> layout.WORD_BITS) + 1
        if words > self._verdicts:
            self._verdicts = max(words, 2 * self._verdicts)
            self.lay_out()

    def _extend_buckets(self, jobs: NDArray[np.void]) -> None:
        """Take new shapes and wall limits into the table of buckets, or give it up for a tree."""
        queue = self.queue
        walls = np.unique(np.append(queue["wall"][: int(queue["walls"])], jobs["request"]))
        if len(walls) >= layout.MOST_WALLS:
            self.enlarge_tree(self.span())
            return
        known = int(queue["shapes"])
        gpus, which_gpus = np.unique(np.append(queue["shape_gpus"][:known], jobs["held"]), return_inverse=True)
        masks, which_mask = np.unique(np.append(queue["shape_pools"][:known], jobs["pools"]), return_inverse=True)
        # One number a pair: sorting numbers is ten times as fast as sorting pairs.
        pairs = np.unique(which_gpus * len(masks) + which_mask)
        if len(pairs) > layout.MOST_SHAPES:
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
