"""Outcomes of research: what hours and people make of it, against doing nothing.

No value is put on research. What a percent of it costs is a break-even value: who thinks a
percent worth more should prefer the option to doing nothing.
"""

from __future__ import annotations

import numpy as np

from sim.costs.groups import own_people, tier_output, year_parts
from sim.mechanisms.demand import TIER_LABELS, TIERS
from sim.mechanisms.finance import discount_factor
from sim.outcomes.measures import OUTPUT, Measure, Measures, Outcome, by_year, quotient
from sim.outcomes.money import social_cost
from sim.parameters import Array


def tier_outputs(measures: Measures) -> Array:
    """Research output of each tier, [draw, year, tier]."""
    result, context = measures.result, measures.context
    if not (result.labour.any() or result.supplied.any()):
        return context.own_output
    hours, people = result.allocation.by_group, by_year(result.labour)
    return tier_output(context.world, context.groups, hours, people, context.grid.months)


def worth(measures: Measures, yearly: Array) -> Array:
    """Present value of something in the middle of each year, [draw, year] -> [draw]."""
    context = measures.context
    _, middle = year_parts(context.grid.months)
    return np.asarray((yearly * np.atleast_2d(discount_factor(middle, context.world.money))).sum(axis=-1))


def more_percent(found: Array, nothing: Array) -> Array:
    """How much more than nothing, percent; NaN where nothing is made without the option."""
    ratio = np.divide(found, nothing, out=np.full(np.broadcast(found, nothing).shape, np.nan), where=nothing > 0)
    return np.asarray(100 * (ratio - 1))


def output_percent(measures: Measures) -> Array:
    """Present value of output over that of doing nothing, percent, [draw]."""
    made, alone = measures.cached(tier_outputs), measures.context.own_output
    return more_percent(worth(measures, made.sum(axis=-1)), worth(measures, alone.sum(axis=-1)))


def output_percent_by_year(measures: Measures) -> Array:
    """The same in each year, percent, [draw, year]."""
    return more_percent(measures.cached(tier_outputs).sum(axis=-1), measures.context.own_output.sum(axis=-1))


def output_percent_in(tier: int) -> Measure:
    """Output of one tier over what it makes under doing nothing."""

    def percent(measures: Measures) -> Array:
        made, alone = measures.cached(tier_outputs)[..., tier], measures.context.own_output[..., tier]
        return more_percent(worth(measures, made), worth(measures, alone))

    return percent


def output_per_day_percent(measures: Measures) -> Array:
    """Output per day of a researcher over that of doing nothing, percent, [draw].

    Days are those of all researchers, grant-paid ones included, and the days spent applying
    on top of them: what applying takes is not research.
    """
    result, context = measures.result, measures.context
    length, _ = year_parts(context.grid.months)
    staff = (own_people(context.world, context.groups) * context.groups.count).sum(axis=-1, keepdims=True)
    days = np.reshape(np.asarray(context.world.output.workdays_in_year), (-1, 1))
    alone = staff * days * length
    hired = by_year(result.labour) * days + by_year(result.researcher_days)
    outputs = measures.cached(tier_outputs), context.own_output
    made, nothing = (worth(measures, tiers.sum(axis=-1)) for tiers in outputs)
    return more_percent(made / worth(measures, alone + hired), nothing / worth(measures, alone))


def cost_per_output_percent(measures: Measures) -> Array:
    """What a percent more output costs society, USD, [draw]; NaN where there is no more output."""
    more = output_percent(measures)
    return quotient(social_cost(measures), more)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "output_percent", "Research output over doing nothing", "percent", "higher",
        "100 * (sum D(y) * n * Z * (hours / F^omega + c0)^alpha * people^beta / the same of doing nothing - 1)", OUTPUT,
        output_percent, output_percent_by_year, headline=True,
    ),
    *(
        Outcome(
            f"output_percent_{tier}", f"Research output: {TIER_LABELS[tier].lower()}", "percent", "higher",
            "the same over the groups of the tier", OUTPUT, output_percent_in(index),
        )
        for index, tier in enumerate(TIERS)
    ),
    Outcome(
        "output_per_day_percent", "Research output per researcher-day", "percent", "higher",
        "100 * (output / days of all researchers and days spent applying, / the same of doing nothing - 1)", OUTPUT,
        output_per_day_percent,
    ),
    Outcome(
        "cost_per_output_percent", "Social cost per percent of output", "USD/percent", "lower",
        "social cost / research output over doing nothing, %: worth it to whoever values a percent at more", OUTPUT,
        cost_per_output_percent,
    ),
)  # fmt: skip
