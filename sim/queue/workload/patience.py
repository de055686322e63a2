"""Which backlog puts a campaign off: users look at the queue, and some keep their jobs to themselves."""

from __future__ import annotations

import numpy as np

from sim.queue.jobs import ANY_BACKLOG, AS_FIRST, Integers
from sim.queue.workload.counter import stream_key, uniforms_at
from sim.queue.workload.model import JobModel
from sim.units import SECONDS_PER_HOUR

NOBODY_HOURS = 1e6  # of backlog at which every other campaign is withdrawn: beyond it nobody is put off
MOST_SECONDS = 2**59  # of a campaign that may be put off


def tolerated_seconds(model: JobModel, seed: int, replication: int, campaign: Integers, place: Integers) -> Integers:
    """The largest backlog at which a campaign is still submitted, in seconds of the whole machine's work [job].

    Campaign `campaign` stays with probability 1 / (1 + (backlog / backlog_hours) ** backlog_power), by its own number
    alone: two machines with equal queues lose the same campaigns. The jobs after the first have AS_FIRST.
    """
    if model.backlog_hours >= NOBODY_HOURS:
        return np.full(campaign.size, ANY_BACKLOG, np.int64)
    first = np.flatnonzero(place == 0)
    share = uniforms_at(stream_key(seed, "jobs.patience", replication), campaign[first])
    hours = model.backlog_hours * (1 / share - 1) ** (1 / model.backlog_power)
    tolerated = np.full(campaign.size, AS_FIRST, np.int64)
    tolerated[first] = np.minimum(hours * SECONDS_PER_HOUR, MOST_SECONDS)
    return tolerated
