"""Events of the job queue on a SimPy clock. Inside one second they happen in this order:

per instant   policy, completions, ticks of the priorities, submissions, then one scheduling pass
per event     policy, submissions, ticks, completions, with a pass after each event
"""

from __future__ import annotations

from collections.abc import Callable

from simpy import Environment, Event
from simpy.events import NORMAL, EventPriority

from sim.queue.disciplines.rules import EventOrder

# SimPy serves equal times by priority, lowest first; policy has that of a calendar's timeouts.
POLICY = NORMAL
COMPLETION: dict[EventOrder, EventPriority] = {"per_instant": EventPriority(2), "per_event": EventPriority(4)}
TICK = EventPriority(3)
SUBMISSION: dict[EventOrder, EventPriority] = {"per_instant": EventPriority(4), "per_event": EventPriority(2)}
PASS = EventPriority(5)


class TimedEvent(Event):
    """An event that is sure to come: one callback, after a delay in seconds, at a given priority."""

    def __init__(
        self, env: Environment, delay_seconds: int, priority: EventPriority, callback: Callable[[Event], None]
    ) -> None:
        """Put the event on the clock, triggered from the first, as SimPy's own timeouts are."""
        self.env = env
        self.callbacks = [callback]
        self._ok = True
        self._value = None
        env.schedule(self, priority, delay_seconds)


def schedule_action(env: Environment, at_seconds: int, act: Callable[[], None]) -> None:
    """Have policy act at a given second, before all else that happens in it."""
    if at_seconds < env.now:
        raise ValueError(f"at_seconds = {at_seconds}: must be at least {env.now} seconds, the present")
    TimedEvent(env, at_seconds - int(env.now), POLICY, lambda _: act())


def present(env: Environment) -> int:
    """The clock in whole seconds; a fraction is a programming error, for then no two queues agree about ties."""
    now = int(env.now)
    if now != env.now:
        raise ValueError(f"the clock stands at {env.now}: the queue needs whole seconds")
    return now
