"""Research production: what hours and people make together, and what is left of it in a later year.

Output of a group in a year is Z (x / F^w + c0)^a L^b: hours x, weighed by the frontier F, with falling returns, times
people L. Nothing says how much a paper is worth: output is only ever read against that of doing nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Array, Parameters, param, switch

_people = partial(
    param, unit="person/group", floor=0, ceiling=1e5, grade="D",
    source="assumption: no census of groups by size exists; replace with local data",
)  # fmt: skip
_EFFECT = "hpc_efficiency; top500_papers; hpc_production; programmes:P321"

_CLOSE = 10 * np.finfo(float).eps  # to an exponent: rounding lets nobody come closer
_STEPS = 10  # from the exponent 0 to 1, in which the first that is large enough is looked for


@dataclass(frozen=True, kw_only=True)
class Output(Parameters):
    """How compute and people become research."""

    group: ClassVar[str] = "output"
    about: ClassVar[str] = "Research output"

    alpha: float = param(
        0.25, "ratio", low=0.05, high=0.5, floor=0, ceiling=1, grade="D", main=True, source=_EFFECT,
        label="Growth of research output with compute (exponent)",
        help="Growth of output per growth of compute; studies find effects in some fields and none in others.",
    )
    beta: float = param(
        0.5, "ratio", low=0.2, high=0.7, floor=0, ceiling=1, grade="D", source=_EFFECT,
        label="Growth of research output with people (exponent)",
        help="Growth of output per growth of people.",
    )
    floor_hours: float = param(
        200, "H100e_hour/group/year", low=20, high=1_000, floor=0, ceiling=1e9, grade="D",
        source="assumption: laptops and desktops that no list of accelerators counts",
        help="Work that a group can do without any accelerator, in hours of one.",
    )
    frontier_weight: float = param(
        0.5, "ratio", low=0, high=1, floor=0, ceiling=2, grade="D", main=True,
        source="assumption: whether an operation or the rank against the frontier counts is disputed",
        label="How much old hours lose to new hardware",
        help="How much hours lose as the frontier moves on: 0 for not at all, 1 for as much as new hardware gains.",
    )
    productivity_elite: float = param(
        1.0, "ratio", low=1, high=2, floor=0.01, ceiling=100, grade="D", role="setting",
        source="assumption: off; above 1 elite groups make more of the same hours and people",
        help="Output of an elite group over that of another with the same hours and people.",
    )
    people_elite: float = _people(20, low=10, high=40, help="Researchers in an elite group.")
    people_intensive: float = _people(10, low=5, high=20, help="Researchers in a research-intensive group.")
    people_regional: float = _people(5, low=2, high=10, help="Researchers in a regional or teaching group.")
    people_startups: float = _people(8, low=3, high=15, help="Researchers in a start-up, firm or public body.")
    workdays_in_year: float = param(
        220, "researcher_day/person/year", low=200, high=230, floor=1, ceiling=366, grade="D",
        source="assumption: usual working days of a full-time post", help="Working days of a researcher.",
    )
    rebought_share: float = param(
        0.4, "fraction", low=0.1, high=0.8, floor=0, ceiling=1, grade="D",
        source="assumption: no study follows the money that public hours free",
        help="Part of the own money that public hours free which groups spend on compute again.",
    )
    rehired_share: float = param(
        0.5, "fraction", low=0.1, high=0.9, floor=0, ceiling=1, grade="D",
        source="assumption: no study follows the money that public hours free",
        help="Part of the rest of it that pays people; what is left groups keep.",
    )
    spillover: bool = switch(
        False, role="setting", source="assumption: off, since no estimate for compute exists",
        help="Let the output of earlier years add to that of later ones.",
    )
    spillover_ratio: float = param(
        0.5, "ratio", low=0, high=4, floor=0, ceiling=100, grade="D", source="jones_summers_2020",
        help="Output that others build on a unit of output, later.",
    )
    spillover_lag_years: float = param(
        3, "year", low=1, high=8, floor=0, ceiling=100, grade="D",
        source="assumption: a doctorate and a round of publication", help="Years until they do.",
    )


def column(value: Array | float) -> Array:
    """A parameter, scalar or [draw, 1], made to broadcast over [draw, year, group]."""
    array = np.asarray(value, dtype=np.float64)
    return array.reshape(-1, 1, 1) if array.ndim else array


def people_with_grants(people: Array, weight: Array, count: Array, grant_years: Array) -> Array:
    """Researchers of one group of each kind when grants pay for more, [draw, year, group].

    `people` and `weight` [draw, group] are a group's own people and its chance of a grant,
    `count` [draw, group] the groups behind each entry; `grant_years` [draw, year] are
    person-years paid for. Where nobody can win, every group gets the same.
    """
    drawing = (weight * count).sum(axis=-1, keepdims=True)
    chance = np.where(drawing > 0, weight, 1.0) / np.where(drawing > 0, drawing, count.sum(axis=-1, keepdims=True))
    return np.asarray(people[:, None, :] + grant_years[..., None] * chance[:, None, :])


def produced(
    hours: Array, people: Array, frontier: Array, productivity: Array, output: Output,
    models: tuple[Array, Array] | None = None,
) -> Array:  # fmt: skip
    """Output of one group of each kind in each year, [draw, year, group].

    `hours` are H100e-hours a year, `people` full-time researchers, both [draw, year, group];
    `frontier` [draw, year] is what new hardware does, `productivity` [draw, group] a factor.
    Cobb-Douglas, as in the production functions fitted to research computing [hpc_production].

    >>> plain = Output(alpha=1, beta=0, floor_hours=0, frontier_weight=1)
    >>> produced(np.full((1, 1, 1), 6.0), np.ones((1, 1, 1)), np.full((1, 1), 2.0), np.ones((1, 1)), plain).item()
    3.0
    """
    return by_people(people, productivity, output) * work_done(hours, frontier, output, models) ** column(output.alpha)


def work_done(hours: Array, frontier: Array, output: Output, models: tuple[Array, Array] | None = None) -> Array:
    """Hours as far as they count against the frontier, with what needs no accelerator, [draw, year, group].

    `models` are the factors by which better free models raise the one and cheaper models the other, [draw, year] each.
    """
    worth = frontier ** -np.reshape(np.asarray(output.frontier_weight, dtype=np.float64), (-1, 1))
    if models is None:
        return np.asarray(hours * worth[..., None] + column(output.floor_hours))
    on_hours, without = models
    return np.asarray(hours * (worth * on_hours)[..., None] + column(output.floor_hours) * without[..., None])


def by_people(people: Array, productivity: Array, output: Output) -> Array:
    """The part of people in output, [draw, year, group]."""
    return np.asarray(productivity[:, None, :] * people ** column(output.beta))


def break_even_exponent(made: tuple[Array, Array], alone: tuple[Array, Array], gain: Array) -> Array:
    """The least exponent of work at which output with an option is 1 + `gain` times that without, [draw].

    Each side is (weight, logarithm of work), [draw, any]: output at the exponent a is the sum of weight * work^a.
    0 where people alone bring the gain, NaN where no exponent up to 1 does. The gain need not rise all the way, for the
    largest groups weigh most at the highest exponents: the first step that reaches it is found, then Newton's method
    searches within.

    >>> ours, theirs = (np.ones((1, 1)), np.log([[8.0]])), (np.ones((1, 1)), np.log([[2.0]]))
    >>> break_even_exponent(ours, theirs, np.ones(1)).round(12)  # 4^a = 2
    array([0.5])
    """
    wanted = np.log(np.maximum(1 + gain, np.finfo(float).tiny))
    low, high = _step_that_reaches(made, alone, wanted)
    found, moves = (low + high) / 2, low < high
    for _ in range(np.finfo(float).nmant):  # as many halvings exhaust the digits, should Newton never get closer
        if not moves.any():
            break
        total, slope = _excess(made, alone, wanted, found)
        low, high = np.where(total < 0, found, low), np.where(total < 0, high, found)
        step = np.divide(-total, slope, out=np.full_like(total, np.inf), where=slope != 0)
        moves &= np.abs(step) > _CLOSE  # a draw's answer does not hang on the others'
        following = found + step
        following = np.where((following > low) & (following < high), following, (low + high) / 2)
        found = np.where(moves, following, found)
    return found


def _step_that_reaches(
    made: tuple[Array, Array], alone: tuple[Array, Array], wanted: Array
) -> tuple[Array, Array]:
    """Ends of the first step of the exponent in which output reaches what is wanted, [draw].

    Both are 0 where it does at once, NaN where it never does.
    """
    sides = [(np.array(weight), np.exp(log_work / _STEPS)) for weight, log_work in (made, alone)]
    low, high = np.full_like(wanted, np.nan), np.full_like(wanted, np.nan)
    for number in range(_STEPS + 1):
        ours, theirs = (np.log(terms.sum(axis=-1)) for terms, _ in sides)
        reached = np.isnan(high) & (ours - theirs >= wanted)
        low = np.where(reached, max(number - 1, 0) / _STEPS, low)
        high = np.where(reached, number / _STEPS, high)
        if not np.isnan(high).any():
            break
        for terms, factor in sides:
            terms *= factor  # a power that is built up costs a tenth of one that is taken
    return low, high


def _excess(
    made: tuple[Array, Array], alone: tuple[Array, Array], wanted: Array, exponent: Array
) -> tuple[Array, Array]:
    """Logarithm of output over that without the option and over what is wanted, and its slope, [draw]."""
    total, slope = -wanted, np.zeros_like(wanted)
    for sign, (weight, log_work) in ((1, made), (-1, alone)):
        terms = weight * np.exp(exponent[:, None] * log_work)
        output = terms.sum(axis=-1)
        total = total + sign * np.log(output)
        slope = slope + sign * np.einsum("da,da->d", terms, log_work) / output
    return total, slope


def with_spillover(made: Array, output: Output) -> Array:
    """Output with what others build on it after the lag, [draw, year, ...]; `made` itself where that is off.

    A lag between two whole years takes a part of each. What was made before the first year is the
    same under every option and left out.
    """
    if not output.spillover:
        return made
    draws, years = made.shape[:2]
    lag = np.broadcast_to(np.reshape(np.asarray(output.spillover_lag_years, dtype=np.float64), -1), (draws,))
    whole = np.floor(lag).astype(np.int64)
    part = lag - whole
    year, draw = np.arange(years), np.arange(draws)[:, None]
    shape = (draws, years) + (1,) * (made.ndim - 2)

    def earlier(steps: NDArray[np.int64]) -> Array:
        source = year - steps[:, None]
        return np.asarray(made[draw, np.maximum(source, 0)] * (source >= 0).reshape(shape))

    lifted = part.reshape(-1, *(1,) * (made.ndim - 1))
    built_on = (1 - lifted) * earlier(whole) + lifted * earlier(whole + 1)
    ratio = np.asarray(output.spillover_ratio, dtype=np.float64)
    return np.asarray(made + ratio.reshape(-1, *(1,) * (made.ndim - 1)) * built_on)
