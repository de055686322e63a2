"""Which GPUs a job gets: any that are free, or GPUs on nodes, packed as tightly as may be.

A `NodeState` is the state of the GPUs of a pool. Both kinds answer the same questions, so that a scheduler can ask them
of the present, of a moment to come, or of a plan, and need not know how jobs are placed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

Places = tuple[tuple[int, int], ...]
"""Where a job stands: (node, GPUs there) for each of its nodes."""


class Running(NamedTuple):
    """A running job as the scheduler sees it; they are sorted by estimated end."""

    end_seconds: int  # by the estimate
    job: int
    places: Places


def gpus_of(places: Places) -> int:
    """GPUs held at `places`.

    >>> gpus_of(((0, 8), (5, 3)))
    11
    """
    return sum(gpus for _, gpus in places)


class NodeState(Protocol):
    """The GPUs of a pool at one moment."""

    @property
    def free_gpus(self) -> int:
        """GPUs that nobody holds; negative while a retirement drains."""

    @property
    def stranded_gpus(self) -> int:
        """Free GPUs on nodes that are partly in use."""

    def copy(self) -> Self:
        """The same state, to be changed on its own."""

    def shared(self, other: Self) -> Self:
        """The state in which only that is free which is free in both."""

    def find(self, gpus: int) -> Places | None:
        """The places that a job of so many GPUs would take, or None where it does not fit."""

    def take(self, places: Places) -> None:
        """A job takes its places."""

    def release(self, places: Places) -> None:
        """A job gives its places back."""

    def resize(self, change_gpus: int) -> None:
        """Deliver (+) or retire (-) GPUs; free ones leave at once, the others when they are given back."""

    def fail(self, uniform: float, running: Sequence[Running]) -> tuple[int, list[int]]:
        """The node that `uniform` in [0, 1) picks, and the jobs that its failure interrupts."""

    def take_down(self, node: int, capacity_gpus: int) -> Places:
        """Take a node out of service, once its jobs are gone; returns what a repair brings back."""

    def repair(self, places: Places) -> None:
        """Bring a node back."""


@dataclass
class AnyGpu:
    """A pool in which any free GPU will do: only their number counts.

    >>> state = AnyGpu(10, node_gpus=4)
    >>> state.find(11), state.find(7)
    (None, ((0, 7),))
    """

    free_gpus: int
    node_gpus: int
    stranded_gpus: int = 0

    def copy(self) -> AnyGpu:
        """The same state, to be changed on its own."""
        return AnyGpu(self.free_gpus, self.node_gpus)

    def shared(self, other: AnyGpu) -> AnyGpu:
        """The state in which as many are free as in the one that has fewer."""
        return AnyGpu(min(self.free_gpus, other.free_gpus), self.node_gpus)

    def find(self, gpus: int) -> Places | None:
        """Any GPUs, if so many are free."""
        return ((0, gpus),) if gpus <= self.free_gpus else None

    def take(self, places: Places) -> None:
        """A job takes its GPUs."""
        self.free_gpus -= gpus_of(places)

    def release(self, places: Places) -> None:
        """A job gives its GPUs back."""
        self.free_gpus += gpus_of(places)

    def resize(self, change_gpus: int) -> None:
        """Deliver or retire; the number of free GPUs is negative while a retirement drains."""
        self.free_gpus += change_gpus

    def fail(self, uniform: float, running: Sequence[Running]) -> tuple[int, list[int]]:
        """A job is hit in proportion to its GPUs; its neighbours run on and the node drains."""
        hit = job_hit(uniform, max(self.free_gpus, 0), [(one.job, gpus_of(one.places)) for one in running])
        return 0, [hit] if hit >= 0 else []

    def take_down(self, node: int, capacity_gpus: int) -> Places:
        """A node's worth of GPUs, or what there is left of the pool."""
        lost = ((node, min(self.node_gpus, max(capacity_gpus, 0))),)
        self.take(lost)
        return lost

    def repair(self, places: Places) -> None:
        """The node's GPUs are free again."""
        self.release(places)


class Nodes:
    """A pool of nodes. A job takes whole free nodes, and its remainder where it fits best.

    The whole nodes are the free ones of the lowest numbers. The remainder goes to the node with the fewest free GPUs
    that holds it: a partly used node before a free one, and then the lowest number.

    Two nodes of eight GPUs and one of four. Three GPUs fit best on the small node, ten need a whole node and two more:

    >>> state = Nodes(20, node_gpus=8)
    >>> state.find(3), state.find(10)
    (((2, 3),), ((0, 8), (2, 2)))

    With two GPUs of node 1 taken, four still go to the small node, five to node 1, and two whole nodes are not there:

    >>> state.take(((1, 2),))
    >>> state.find(4), state.find(5), state.find(16)
    (((2, 4),), ((1, 5),), None)
    >>> state.free_gpus, state.stranded_gpus
    (18, 6)
    """

    def __init__(self, gpus: int, node_gpus: int) -> None:
        """`gpus` GPUs, all of them free, on as few nodes as hold them."""
        self.node_gpus = node_gpus
        self.size: list[int] = []  # GPUs in service [node]
        self.free: list[int] = []  # of them free [node]
        self.owed = 0  # GPUs that still have to leave
        self.resize(gpus)

    @property
    def free_gpus(self) -> int:
        """GPUs that nobody holds; negative while a retirement drains."""
        return sum(self.free) - self.owed

    @property
    def stranded_gpus(self) -> int:
        """Free GPUs on nodes that are partly in use."""
        return sum(free for free, size in zip(self.free, self.size, strict=True) if 0 < free < size)

    def copy(self) -> Nodes:
        """The same state, to be changed on its own."""
        other = Nodes(0, self.node_gpus)
        other.size, other.free, other.owed = self.size.copy(), self.free.copy(), self.owed
        return other

    def shared(self, other: Nodes) -> Nodes:
        """The state in which only that is free which is free in both, node by node."""
        both = self.copy()
        both.free = [min(pair) for pair in zip(self.free, other.free, strict=True)]
        return both

    def find(self, gpus: int) -> Places | None:
        """Whole free nodes and the node that fits the remainder best, if there are such."""
        count, rest = divmod(gpus, self.node_gpus)
        whole = [node for node, free in enumerate(self.free) if free == self.node_gpus][:count]
        if len(whole) < count:
            return None
        places = tuple((node, self.node_gpus) for node in whole)
        if not rest:
            return places
        others = [node for node, free in enumerate(self.free) if free >= rest and node not in whole]
        if not others:
            return None
        best = min(others, key=lambda node: (self.free[node], self.free[node] == self.size[node], node))
        return (*places, (best, rest))

    def take(self, places: Places) -> None:
        """A job takes its places."""
        for node, gpus in places:
            self.free[node] -= gpus

    def release(self, places: Places) -> None:
        """A job gives its places back; what is owed to a retirement leaves."""
        for node, gpus in places:
            self.free[node] += gpus
        self._retire()

    def resize(self, change_gpus: int) -> None:
        """A delivery first replaces what is still to leave, then adds nodes; a retirement begins at the last node."""
        self.owed -= change_gpus
        new_gpus = max(-self.owed, 0)
        self.owed = max(self.owed, 0)
        for first in range(0, new_gpus, self.node_gpus):
            self.size.append(min(self.node_gpus, new_gpus - first))
            self.free.append(self.size[-1])
        self._retire()

    def _retire(self) -> None:
        """Let free GPUs leave, those of the last node first, until no more are owed."""
        for node in reversed(range(len(self.free))):
            leaving = min(self.owed, max(self.free[node], 0))
            self.size[node] -= leaving
            self.free[node] -= leaving
            self.owed -= leaving

    def fail(self, uniform: float, running: Sequence[Running]) -> tuple[int, list[int]]:
        """The nodes in service are equally likely, and every job on the one that fails is interrupted."""
        in_service = [node for node, size in enumerate(self.size) if size]
        if not in_service:
            return -1, []
        failed = in_service[int(uniform * len(in_service))]
        return failed, [one.job for one in running if failed in dict(one.places)]

    def take_down(self, node: int, capacity_gpus: int) -> Places:
        """All GPUs of the node."""
        lost = ((node, self.size[node]),) if node >= 0 else ()
        for _, gpus in lost:
            self.size[node] -= gpus
            self.free[node] -= gpus
        return lost

    def repair(self, places: Places) -> None:
        """The node's GPUs are free again, unless they are owed to a retirement."""
        for node, gpus in places:
            self.size[node] += gpus
        self.release(places)


def job_hit(uniform: float, idle_gpus: int, running: Iterable[tuple[int, int]]) -> int:
    """The job on the GPU that `uniform` in [0, 1) picks, or -1 where that GPU is idle.

    The idle GPUs come first, then those of the running jobs (job, GPUs held) in the order given: a job is hit in
    proportion to the GPUs it holds. Of ten GPUs two are idle, so 0.2 is the first GPU of job 5 and 0.6 that of job 7:

    >>> [job_hit(u, 2, [(5, 4), (7, 4)]) for u in (0.1, 0.2, 0.5, 0.6)]
    [-1, 5, 5, 7]
    """
    owners = list(running)
    position = int(uniform * (idle_gpus + sum(gpus for _, gpus in owners))) - idle_gpus
    if position < 0:
        return -1
    for job, gpus in owners:
        position -= gpus
        if position < 0:
            return job
    return -1
