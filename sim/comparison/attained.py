"""What the simulated queue attains, where it is less than the cost core took for granted: hours follow the queue.

Two estimates of one number are at hand. The response surface has an error, and is silent on rules and jobs that it was
not made with; the windows of the central case have their own. Their mean, each weighed by the inverse of its variance
(Cochran 1954, Biometrics 10:101), is what the machine of every draw attains. A seed moves the hours a little, and none
of two machines that are alike falls short by a chance that the other just escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf

import numpy as np

from sim.costs.fullness import Fullness
from sim.costs.queueing import used_share
from sim.costs.result import OptionResult
from sim.costs.surfaces import USUAL, disciplines, surface
from sim.instruments import Instrument
from sim.instruments.portfolio import Portfolio
from sim.instruments.public_cluster import PublicCluster
from sim.parameters import normal_scores
from sim.queue.surface import inverse_transformed, transformed
from sim.queue.surface.functions import COVERED
from sim.scenario import Scenario
from sim.waits.statistics import CONFIDENCE, Waits, half_width

LEAST = 0.0005  # of the hours: less than that no table shows
MOSTLY = 0.9  # of the months of a whole run
NEARLY = 0.99  # of what the surface has the queue attain, from which on people need all that they can get


def limits(results: Mapping[str, OptionResult], waits: Mapping[str, Waits]) -> dict[str, float]:
    """Utilisation that the queue attains, of options [key] that it leaves less full than the cost core has them."""
    found = {}
    for key, seen in waits.items():
        fullness = results[key].fullness
        if fullness is not None and not fullness.as_wanted:
            short = shortfall(seen, results[key], fullness)
            if short > LEAST:
                found[key] = _of_hours_held(fullness) * (1 - short)
    return found


def _of_hours_held(fullness: Fullness) -> float:
    """What the surface has the queue of the central case attain, of the hours held."""
    return float(fullness.attained[0, 0]) / fullness.packed


def shortfall(seen: Waits, result: OptionResult, fullness: Fullness) -> float:
    """Part of what the surface has the queue attain that the machine falls short of, below 0 where it has more.

    Only where people need all that they can get: in windows of other months, or whole runs with many of them, a machine
    is as empty as the jobs of those weeks happen to be few, and its queue has no part in it. 0 where too few are left.
    """
    held = used_share(result)[0] / fullness.packed
    needed = held > NEARLY * _of_hours_held(fullness)
    if seen.fidelity == "windows":
        months = seen.month.astype(np.int64)
        missing = (held[months] - seen.used)[needed[months]]
        wanted = float(held[months][needed[months]].mean()) if missing.size else 0.0
    else:
        wanted = float(held[held > 0].mean())
        missing = wanted - seen.used if needed.sum() > MOSTLY * (held > 0).sum() else np.zeros(0)
    if missing.size < 2:
        return 0.0
    own = half_width(missing) / _score(CONFIDENCE)
    other = inf if fullness.silence else _surface_error(result.context.world.at(0).queue.discipline, wanted)
    weight = 1.0 if own == 0 or other == inf else other**2 / (own**2 + other**2)
    return weight * float(missing.mean()) / wanted


def _surface_error(discipline: str, used: float) -> float:
    """Standard error of the response surface where a machine is so full."""
    functions, scaled = surface(discipline if discipline in disciplines() else USUAL), transformed("used", used)
    error = float(functions.error("used", scaled))
    low, high = (float(inverse_transformed("used", scaled + end)) for end in (-error, error))
    return (high - low) / 2 / _score(COVERED)


def _score(covered: float) -> float:
    """Half-width of the interval that covers so much of a normal distribution, standard deviations."""
    return float(normal_scores(np.array((1 + covered) / 2)))


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
