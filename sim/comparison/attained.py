"""What the simulated queue attains, where it is less than the cost core took for granted: hours follow the queue.

The response surface has an error, and is silent on rules and jobs that it was not made with. Where the windows of the
central case are less full than they should be, by more than their error, the machine of every draw attains no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sim.costs.queueing import used_share
from sim.costs.result import OptionResult
from sim.instruments import Instrument
from sim.instruments.portfolio import Portfolio
from sim.instruments.public_cluster import PublicCluster
from sim.scenario import Scenario
from sim.waits.statistics import Waits, half_width

LEAST = 0.02  # of the hours: below it the queue is as full as it should be


def limits(results: Mapping[str, OptionResult], waits: Mapping[str, Waits]) -> dict[str, float]:
    """Utilisation that the queue attains, of options [key] that it leaves less full than the cost core has them."""
    found = {}
    for key, seen in waits.items():
        fullness = results[key].fullness
        if fullness is None or fullness.as_wanted or seen.used.size < 2:
            continue
        wanted = used_share(results[key])[0, seen.month.astype(np.int64)] / fullness.packed
        short = seen.used - (wanted if seen.fidelity == "windows" else used_share(results[key])[0].mean())
        if short.mean() < -LEAST and short.mean() + half_width(short) < 0:
            found[key] = float(fullness.target * seen.used.mean() / wanted.mean())
    return found


def with_limits(scenario: Scenario, attained: Mapping[str, float]) -> Scenario:
    """A scenario whose machines [key] attain no more than that."""
    options = tuple(
        replace(option, instrument=_limited(option.instrument, attained[option.key]))
        if option.key in attained
        else option
        for option in scenario.options
    )
    return replace(scenario, options=options)


def _limited(instrument: Instrument, most: float) -> Instrument:
    """An instrument whose machine attains no more."""
    if isinstance(instrument, PublicCluster):
        return replace(instrument, attainable=most)
    if isinstance(instrument, Portfolio):
        return replace(instrument, members=tuple(_limited(member, most) for member in instrument.members))
    return instrument
