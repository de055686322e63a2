"""Research production: what hours and people make together, and what is left of it in a later year.

Output of a group in a year is made of work W = x / F^w + c0, hours x weighed by the frontier F, and of people L, with
falling returns to both. Its exponents hold where they were measured: at the compute and the people that a group has,
not at those that it would like to have. From there the elasticity of substitution is that of its field: where it is
small, more of the one adds little without more of the other; at 1 output is Z W^a L^b. Nothing says how much
a paper is worth: output is only read against that of doing nothing, and only of groups that could use accelerators.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.mechanisms.production import Terms
from sim.parameters import Array, Parameters, param, switch

_people = partial(
    param, unit="person/group", floor=0.1, ceiling=1e5, grade="D",
    source="assumption: no census of groups by size exists; replace with local data",
)  # fmt: skip


LEAST_WORK = 1.0  # H100e-hour a year: where a group with no compute at all starts from


@dataclass(frozen=True, kw_only=True)
class Output(Parameters):
    """How compute and people become research."""

    group: ClassVar[str] = "output"
    about: ClassVar[str] = "Research output"

    alpha: float = param(
        0.17, "ratio", low=0.05, high=0.25, floor=0, ceiling=1, grade="C", main=True, source="programmes:P940",
        label="Growth of research output with compute (exponent)",
        help="Growth of output per growth of compute where research is computing, at the compute that groups have; "
        "0.11 and 0.25 in two tasks of deep learning.",
    )
    other_ratio: float = param(
        0.12, "ratio", low=0, high=0.35, floor=0, ceiling=1, grade="D",
        source="assumption: an exponent of 0.02, some six times the part of their money that the groups of nairr_us "
        "spend on compute (0.3 %); studies find no effect in some fields (hpc_efficiency)",
        label="Growth of output with compute in other fields, over that where research is computing",
        help="That exponent in other fields, over the one where research is computing: studies find an effect in some "
        "fields and none in others.",
    )
    beta: float = param(
        0.8, "ratio", low=0.5, high=0.9, floor=0, ceiling=1, grade="B", source="programmes:P941",
        label="Growth of research output with people (exponent)",
        help="Growth of output per growth of people; 0.8 in papers and 0.9 in citations across university fields.",
    )
    substitution_computing: float = param(
        1.0, "ratio", low=0.1, high=2.6, floor=0.05, ceiling=50, grade="C", source="programmes:P905",
        label="Substitution of compute and people where research is computing",
        help="Per cent by which compute over people falls for one per cent more that it costs over them, where "
        "research is computing: near 0 more compute adds little without more people, and the reverse; one study of "
        "AI finds 2.6 or none at all, by what is counted.",
    )
    substitution_other: float = param(
        0.5, "ratio", low=0.3, high=0.9, floor=0.05, ceiling=50, grade="C", source="programmes:P906",
        label="Substitution of compute and people in other fields",
        help="The same in other fields, where machines alone add the less the smaller it is; that of capital and "
        "labour at large, 0.9 as published and 0.3 corrected.",
    )
    computing_share: float = param(
        0.3, "fraction", low=0.1, high=0.6, floor=0, ceiling=1, grade="D",
        source="assumption: no count of groups by how they work exists",
        help="Part of the groups of each kind, those of the largest need, whose research is computing.",
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
    person-years paid for. Where no group has a chance, all get the same.
    """
    drawing = (weight * count).sum(axis=-1, keepdims=True)
    chance = np.where(drawing > 0, weight, 1.0) / np.where(drawing > 0, drawing, count.sum(axis=-1, keepdims=True))
    return np.asarray(people[:, None, :] + grant_years[..., None] * chance[:, None, :])


@dataclass(frozen=True)
class Observed:
    """Where a group is without any option, and how its research grows and replaces inputs from there."""

    hours: Array  # a year, [draw, year, group]
    people: Array  # [draw, group]
    substitution: Array  # elasticity, [draw, group]
    part: Array  # its exponent of work over that where research is computing, [draw, group]
    unit: Array  # work of the mean group at the start, [draw, 1, 1]: what work is counted in

    @staticmethod
    def at(hours: Array, people: Array, output: Output, ranks: Array, unit: Array) -> Observed:
        """From hours, people and each group's place in its tier by need, `ranks` [group], see `computing_part`."""
        computing = np.broadcast_to(computing_part(output, ranks), people.shape)
        heavy, usual, ratio = (
            np.reshape(np.asarray(each, dtype=np.float64), (-1, 1))
            for each in (output.substitution_computing, output.substitution_other, output.other_ratio)
        )
        substitution, part = (other + (own - other) * computing for own, other in ((heavy, usual), (1.0, ratio)))
        return Observed(hours, people, substitution, part, unit)


def produced(
    hours: Array, people: Array, frontier: Array, productivity: Array, output: Output,
    models: tuple[Array, Array] | None = None, observed: Observed | None = None,
) -> Array:  # fmt: skip
    """Output of one group of each kind in each year, [draw, year, group].

    `hours` are H100e-hours a year, `people` full-time researchers, both [draw, year, group];
    `frontier` [draw, year] is what new hardware does, `productivity` [draw, group] a factor.
    Constant elasticity of substitution from where groups are observed; without that, or at an elasticity of 1,
    Cobb-Douglas, as in the production functions fitted to research computing [hpc_production].

    >>> plain = Output(alpha=1, beta=0, floor_hours=0, frontier_weight=1)
    >>> produced(np.full((1, 1, 1), 6.0), np.ones((1, 1, 1)), np.full((1, 1), 2.0), np.ones((1, 1)), plain).item()
    3.0
    """
    if observed is None:
        return by_people(people, productivity, output) * work_done(hours, frontier, output, models) ** column(
            output.alpha
        )
    terms = terms_of(hours, people, frontier, productivity, output, models, observed)
    return terms.weight * np.exp(terms.log_output(column(output.alpha)))


def terms_of(
    hours: Array, people: Array, frontier: Array, productivity: Array, output: Output,
    models: tuple[Array, Array] | None, observed: Observed,
) -> Terms:  # fmt: skip
    """Output as a function of the exponent of work where research is computing, [draw, year, group].

    Exponents differ by field, so work is counted in that of the mean group: no result hangs on the unit of an hour.
    """
    work = work_done(hours, frontier, output, models)
    there = np.maximum(work_done(observed.hours, frontier, output), LEAST_WORK)
    own = observed.people[:, None, :]
    beta = column(output.beta)
    weight = productivity[:, None, :] * own**beta
    works = there / observed.unit, work / observed.unit
    return Terms.of(weight, beta, works, people / own, observed.substitution, observed.part)


def computing_part(output: Output, ranks: Array) -> Array:
    """Part of each group of a kind whose research is computing, [draw or 1, group]: those of largest need in a tier.

    `ranks` [group] are from 0 to 1, the middle of each group's place in its tier by need. The group at the edge is
    in part.
    """
    share = np.reshape(np.asarray(output.computing_share, dtype=np.float64), (-1, 1))
    width = 2 * ranks.min()  # of one group's place
    return np.asarray(np.clip((ranks + width / 2 - (1 - share)) / width, 0, 1))


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
