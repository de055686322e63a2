"""Outcomes of research: what hours and people make of it, against doing nothing.

Some of its numbers are assumed (grade D), so none of these outcomes is in the headline. What they imply stands beside
them: at what society spends on research without the option, as national accounts value it, the extra output of a public
dollar has a worth in research at its usual cost; what such research is worth to society is for others to say. What a
percent costs, and the exponent from which it is worth its cost, are break-even values: who believes in more should
prefer the option to doing nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.costs.context import Context
from sim.costs.groups import inputs_to_output, observed_of, own_people, tier_output, year_parts
from sim.costs.models import of_models
from sim.costs.respending import freed_usd, hired_years
from sim.mechanisms.demand import TIER_LABELS, TIERS
from sim.mechanisms.finance import discount_factor, present_value
from sim.mechanisms.production import Terms, break_even_exponent
from sim.mechanisms.research import terms_of, with_spillover, work_done
from sim.outcomes.complement import models
from sim.outcomes.measures import OUTPUT, Measure, Measures, Outcome, by_year, quotient
from sim.outcomes.money import public_cost, social_cost
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


def tier_outputs(measures: Measures) -> Array:
    """Research output of each tier, [draw, year, tier]."""
    result, context = measures.result, measures.context
    if not (result.labour.any() or result.supplied.any()):
        return context.own_output
    hours, people = result.allocation.by_group, by_year(result.added_labour)
    own_hired = measures.cached(hired_of_own)
    return tier_output(
        context.world, context.groups, hours, people, context.grid.months, measures.cached(models), own_hired
    )


def hired_of_own(measures: Measures) -> Array:
    """Person-years that groups pay out of own money which public hours free, [draw, year, tier]."""
    context, world = measures.context, measures.world
    freed = freed_usd(measures.result.allocation, context.grid.rent_usd)
    return hired_years(freed, world.output, world.grants)


def worth(measures: Measures, yearly: Array) -> Array:
    """Present value of something in the middle of each year, [draw, year] -> [draw]."""
    return np.asarray((yearly * yearly_discount(measures.context)).sum(axis=-1))


def yearly_discount(context: Context) -> Array:
    """Discount factors of the middle of each year, [draw or 1, year]."""
    _, middle = year_parts(context.grid.months)
    return np.atleast_2d(discount_factor(middle, context.world.money))


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
    paid = by_year(result.added_labour) + measures.cached(hired_of_own).sum(axis=-1)
    hired = paid * days + by_year(result.researcher_days)
    outputs = measures.cached(tier_outputs), context.own_output
    made, nothing = (worth(measures, tiers.sum(axis=-1)) for tiers in outputs)
    return more_percent(made / worth(measures, alone + hired), nothing / worth(measures, alone))


def cost_per_output_percent(measures: Measures) -> Array:
    """What a percent more output costs society, USD, [draw]; NaN where there is no more output."""
    more = output_percent(measures)
    return quotient(social_cost(measures), more)


# --- what the exponents imply ---


def research_cost(context: Context) -> Array:
    """Present value of what society spends on research without the option: people, own compute at its rent, [draw]."""
    people = (own_people(context.world, context.groups) * context.groups.count).sum(axis=-1, keepdims=True)
    wages = people * context.world.grants.researcher_usd_per_year / MONTHS_PER_YEAR
    return present_value(wages + context.total_own * context.grid.rent_usd, context.grid.discount)


def benefit_cost_ratio(measures: Measures) -> Array:
    """Worth of the extra output, valued at the cost of research, over public money, [draw]."""
    worth_usd = output_percent(measures) / 100 * measures.context.cached(research_cost)
    return quotient(worth_usd, public_cost(measures))


def break_even_alpha(measures: Measures) -> Array:
    """The exponent of compute at which the extra output is worth its social cost, [draw]; NaN where none is."""
    result, context = measures.result, measures.context
    spent = context.cached(research_cost)
    if not (result.labour.any() or result.supplied.any()) or not spent.all():
        return np.full(spent.shape, np.nan)
    made = _weighed(context, result.allocation.by_group, by_year(result.added_labour), measures.cached(models),
                    measures.cached(hired_of_own))  # fmt: skip
    found = break_even_exponent(made, context.cached(_alone), social_cost(measures) / spent)
    return np.where(output_percent(measures) > 0, found, np.nan)


def _weighed(
    context: Context, hours: Array, grant_years: Array | None, factors: tuple[Array, Array] | None,
    own_hired: Array | None = None,
) -> Terms:  # fmt: skip
    """Output of each group and year, by its part in the present value, in the exponent, [draw, year, group].

    What others build on the output of a year is that year's as well. A group that does no work has no weight.
    """
    world, months = context.world, context.grid.months
    inputs = inputs_to_output(world, context.groups, hours, grant_years, months, own_hired)
    terms = terms_of(*inputs, world.output, factors, observed_of(world, context.groups, months))
    works = work_done(inputs[0], inputs[2], world.output, factors) > 0
    length, _ = year_parts(months)
    years = len(length)
    built_on = with_spillover(np.broadcast_to(np.eye(years), (len(works), years, years)), world.output)
    discount = np.einsum("dys,dy->ds", built_on, np.broadcast_to(yearly_discount(context), works.shape[:2]))
    weight = terms.weight * context.groups.count[:, None, :] * (discount * length)[..., None]
    return replace(terms, weight=np.where(works, weight, 0.0))


def _alone(context: Context) -> Terms:
    """The same of doing nothing."""
    return _weighed(context, context.groups.own_by_group, None, of_models(context.world.complement, context.models))


@dataclass(frozen=True)
class Published:
    """A published ratio of benefits to costs, to hold what the exponents imply against."""

    what: str
    low: float
    high: float
    source: str


PUBLISHED = (
    Published("all research, by its worth to society, Jones and Summers 2020", 4, 13.3, "programmes:P943"),
    Published("XSEDE at market prices", 1.87, 3.24, "programmes:P942"),
)
PUBLISHED_RATIOS = " and ".join(f"{each.low:g} to {each.high:g} ({each.what})" for each in PUBLISHED)

OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "output_percent", "Research output over doing nothing", "percent", "higher",
        "of the groups that could use accelerators, not of all research: 100 * (sum D(y) * n * Z * work^(part * alpha) "
        "* people^beta / the same of doing nothing - 1), work = hours / F^omega + c0, with the elasticity of "
        "substitution of a group's field from the hours and people that it has without the option", OUTPUT,
        output_percent, output_percent_by_year, discounted=True,
    ),
    *(
        Outcome(
            f"output_percent_{tier}", f"Research output: {TIER_LABELS[tier].lower()}", "percent", "higher",
            "the same over the groups of the tier", OUTPUT, output_percent_in(index),
            discounted=True,
        )
        for index, tier in enumerate(TIERS)
    ),
    Outcome(
        "output_per_day_percent", "Research output per researcher-day", "percent", "higher",
        "100 * (output / days of all researchers and days spent applying, / the same of doing nothing - 1)", OUTPUT,
        output_per_day_percent, discounted=True,
    ),
    Outcome(
        "cost_per_output_percent", "Social cost per percent of output", "USD/percent", "lower",
        "social cost / research output over doing nothing, %: worth it to whoever values a percent at more", OUTPUT,
        cost_per_output_percent, discounted=True,
    ),
    Outcome(
        "benefit_cost_ratio", "Implied benefit-cost ratio", "ratio", "higher",
        "research output over doing nothing, % / 100 * sum D * (researchers * their cost + own hours * rent) without "
        "the option / public cost: at 1 a dollar does as much research as the usual one; what the exponents imply; "
        f"published: {PUBLISHED_RATIOS}", OUTPUT,
        benefit_cost_ratio, discounted=True,
    ),
    Outcome(
        "break_even_alpha", "Growth of output with compute from which it pays (exponent)", "ratio", "lower",
        "the least alpha from 0 to 1, other fields in proportion, at which the extra output, so valued, is worth its "
        "social cost: worth it to whoever believes in a larger one", OUTPUT, break_even_alpha, discounted=True,
    ),
)  # fmt: skip
