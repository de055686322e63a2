"""What waiting in the queue of a public machine costs researchers, where it is counted.

One researcher stands behind each campaign: while its jobs wait, a part of that researcher's working time is lost.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor

import numpy as np

from sim.costs.fullness import MACHINE, typical_gpus
from sim.costs.result import OptionResult
from sim.mechanisms.access import queueing_cost_usd
from sim.mechanisms.workload import Workload, job_model
from sim.parameters import Array


def used_share(result: OptionResult) -> Array:
    """Part of the hours in service that people keep busy [draw, month]: what is attained, where they need it."""
    assert result.fullness is not None
    # firms' jobs fill the machine as researchers' do: what is let stands in the same queue
    supplied = result.h100e_hours[MACHINE] + result.leased
    busy = result.allocation.used[MACHINE] + result.leased
    wanted = np.divide(busy, supplied, out=np.zeros_like(supplied), where=supplied > 0)
    return np.asarray(result.fullness.attained * wanted)


def work_brought(result: OptionResult) -> Array:
    """GPU-hours that researchers' jobs would take at the speed that the workload is declared for, [draw, month]."""
    assert result.fullness is not None
    supplied = result.h100e_hours[MACHINE]
    hours = result.gpu_hours[MACHINE] * result.allocation.used[MACHINE]
    return np.divide(hours, supplied, out=np.zeros_like(supplied), where=supplied > 0) * result.fullness.pace


def with_queueing(result: OptionResult) -> OptionResult:
    """The result with that cost among the private accounts, where it is counted."""
    if not result.context.world.access.queue_idle_share:
        return result
    return replace(result, private=result.private | {"queueing": queueing_usd(result)})


def queueing_usd(result: OptionResult) -> Array:
    """Working time that researchers lose while the jobs of their campaigns wait, USD, [draw, month].

    Zero without a machine, and where the response surface says nothing of its waits.
    """
    world, fullness = result.context.world, result.fullness
    if fullness is None or result.in_service is None or MACHINE not in result.allocation.used:
        return np.zeros(result.context.budget.shape)
    gpus = typical_gpus(result.in_service, world.queue)
    if fullness.remark:
        return np.zeros(result.context.budget.shape)
    # draws of how bursty campaigns are leave their mean work as it is in the central case
    campaigns = work_brought(result) / campaign_work(world.at(0).workload, gpus)[:, None]
    waits = fullness.monthly("mean", used_share(result))
    return queueing_cost_usd(campaigns * waits, world.access.queue_idle_share, world.grants.day_usd)


def campaign_work(workload: Workload, gpus: Array) -> Array:
    """Mean GPU-hours of a campaign on machines of so many GPUs [draw]; where jobs come one by one, of a job.

    Between doublings of the machine it is interpolated, so that thousands of draws cost a few integrals.
    """
    # Here, not above: SciPy takes longer to load than a scenario to check.
    from sim.queue.workload.tables import campaign_gpu_hours

    doublings = np.log2(gpus)
    ends = np.arange(floor(doublings.min()), ceil(doublings.max()) + 1)
    model = job_model(workload)
    return np.interp(doublings, ends, [campaign_gpu_hours(model, int(2**end)) for end in ends])
