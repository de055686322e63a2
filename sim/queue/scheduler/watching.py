"""Who wants to know when a job ends: SimPy events that succeed at that second, as a user would wait for a result."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from simpy import Environment, Event

if TYPE_CHECKING:
    from sim.queue.kernel.memory import Memory

Fate = Literal["ended", "refused"]
"""What became of a job, the value of its event: it has run to its end or wall limit, or it was never to run."""


class Endings:
    """The events of the jobs that somebody watches."""

    def __init__(self, env: Environment) -> None:
        """Nobody watches anything."""
        self._env = env
        self._awaited: dict[int, Event] = {}

    def __len__(self) -> int:
        """Number of jobs that are watched and not over."""
        return len(self._awaited)

    def __contains__(self, job: int) -> bool:
        """Whether a job is watched and not over."""
        return job in self._awaited

    def of(self, job: int, fate: Fate | None) -> Event:
        """The event of a job, for all who watch it; where its fate is known, one that has happened."""
        if fate is not None:
            return self._env.event().succeed(fate)
        return self._awaited.setdefault(job, self._env.event())

    def tell(self, job: int, fate: Fate) -> None:
        """A job is over: those who watch it learn it in this second, before anything else of the queue happens."""
        if (event := self._awaited.pop(job, None)) is not None:
            event.succeed(fate)


def refuse_unknown(job: int, announced: int) -> None:
    """Refuse to watch a job that nobody has announced."""
    if not 0 <= job < announced:
        raise ValueError(f"job = {job}: must be in 0..{announced - 1}, the jobs announced so far")


class Lookout:
    """Watches jobs for the compiled queue, which runs ahead of the SimPy clock up to the next end that is awaited.

    So it must be the queue that moves the clock: whoever watches jobs drives it by `advance` or `finish`.
    """

    def __init__(self, env: Environment, memory: Memory) -> None:
        """Nobody watches anything."""
        self._env = env
        self._memory = memory
        self._endings = Endings(env)

    def watch(self, job: int, fate: Fate | None) -> Event:
        """The event of a job."""
        event = self._endings.of(job, fate)
        self._note()
        return event

    def sees(self) -> bool:
        """Whether a job that is watched is among those that have finished since the last look."""
        if not self._endings:
            return False
        if any(rank in self._endings for rank in self._new()["rank"].tolist()):
            return True
        self._note()
        return False

    def tell(self) -> None:
        """Tell those who watch what has become of the jobs that have finished since the last look."""
        if self._endings:
            for rank, refused in self._new()[["rank", "refused"]].tolist():
                self._endings.tell(rank, "refused" if refused else "ended")
            self._note()

    def drive(self, until_seconds: int, run: Callable[[int], bool]) -> None:
        """Move the clock up to, not including, the events of `until_seconds`, and the jobs along with it.

        run: lets the jobs go on until a second, and says whether it stopped before at an end that is awaited.
        """
        env = self._env
        while True:
            coming = env.peek()
            if self._endings and coming > env.now and run(ceil(min(coming, until_seconds))):
                if (ended_seconds := int(self._memory.queue["now"])) > env.now:
                    env.run(ended_seconds)
                self.tell()
            elif coming < until_seconds:
                env.step()
            else:
                return

    def _new(self) -> NDArray[np.void]:
        """Records of the jobs that have finished since the last look."""
        queue = self._memory.queue
        return self._memory.finished[int(queue["told"]) : int(queue["finished"])]

    def _note(self) -> None:
        """Nothing is new, and the kernel need only stop where somebody watches."""
        queue = self._memory.queue
        queue["watching"], queue["told"] = len(self._endings), queue["finished"]
