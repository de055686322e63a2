"""Outcomes of free models: what users gain, what the firm that gives one away gains, and what one has to believe."""

from __future__ import annotations

import numpy as np

from sim.costs.models import choice_of, of_models
from sim.mechanisms import complement
from sim.mechanisms.complement import Choice
from sim.mechanisms.finance import present_value
from sim.outcomes.measures import MODELS, Measure, Measures, Outcome, by_year, quotient
from sim.outcomes.money import public_cost
from sim.outcomes.safety import open_fe_hours
from sim.parameters import Array


def choice(measures: Measures) -> Choice | None:
    """The market for models under the option; None where it is not counted."""
    return choice_of(measures.world.complement, open_fe_hours(measures)) if _counted(measures) else None


def models(measures: Measures) -> tuple[Array, Array] | None:
    """What free models do to work under the option, [draw, year] each; None where they are not counted."""
    return of_models(measures.world.complement, measures.cached(choice))


def _counted(measures: Measures) -> bool:
    return measures.world.complement.counted


def token_price(measures: Measures) -> Array:
    """Price of a million tokens of like quality, USD, [draw, month]; NaN where the block is off."""
    block, made = measures.world.complement, measures.cached(choice)
    if made is None:
        return np.full(measures.context.budget.shape, np.nan)
    return complement.price_usd(block.open_share, block) * made.found.index


def yearly_token_price(measures: Measures) -> Array:
    """Its mean in each year, [draw, year]."""
    price = token_price(measures)
    return np.asarray(by_year(price) / by_year(np.ones_like(price)))


def consumer_gain(measures: Measures) -> Array:
    """Present value of what users gain from cheaper models over doing nothing, USD, [draw]; NaN where off."""
    context, made = measures.context, measures.cached(choice)
    if made is None or context.models is None:
        return _nothing(measures)
    gain = complement.users_gain_usd(context.models.found, made.found, measures.world.complement)
    return present_value(gain, context.grid.discount)


def response_to_pay(measures: Measures) -> Array:
    """The response of the lag at which users gain what the treasury pays, [draw]; NaN where none does, or off."""
    context, made = measures.context, measures.cached(choice)
    if made is None or context.models is None:
        return _nothing(measures)
    block = measures.world.complement
    part = complement.public_part(open_fe_hours(measures), block)
    return complement.response_needed(
        public_cost(measures), part, context.models.found, made.found, block, context.grid.discount
    )


def release_gain(measures: Measures) -> Array:
    """What the firm gains by giving its model away, if it does, USD, [draw]; NaN where off."""
    made = measures.cached(choice)
    if made is None:
        return _nothing(measures)
    return np.asarray(made.trade.gain(measures.world.complement) * made.found.released[:, 0])


def earned_to_release(measures: Measures) -> Array:
    """What the firm would have to keep of a dollar of the complement to give its model away, [draw]; NaN: no part."""
    made = measures.cached(choice)
    return _nothing(measures) if made is None else quotient(made.trade.lost + made.trade.cost, made.trade.pulled)


def spending_to_pay(measures: Measures) -> Array:
    """Spending of all users from which giving the model away pays, USD/year, [draw]; NaN: at none."""
    made, block = measures.cached(choice), measures.world.complement
    return _nothing(measures) if made is None else complement.spending_needed_usd(block, made.trade)


def firms_at_end(measures: Measures) -> Array:
    """Firms at the frontier at the horizon, [draw]; NaN where off."""
    made = measures.cached(choice)
    return _nothing(measures) if made is None else np.asarray(made.found.firms[:, -1])


def entry_deterred(measures: Measures) -> Array:
    """Firms that the model given away, if it is, keeps from the frontier by the horizon, [draw]; NaN where off."""
    made = measures.cached(choice)
    return _nothing(measures) if made is None else np.asarray(made.trade.deterred * made.found.released[:, 0])


def _nothing(measures: Measures) -> Array:
    return np.full(len(measures.context.budget), np.nan)


def _mean(pick: Measure) -> Measure:
    return lambda measures: np.asarray(pick(measures).mean(axis=-1))


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "api_price_index", "Price of using models, apart from its general fall", "USD/Mtoken", "lower",
        "mean over months of the price at the start * (free + given away + closed * (price / first price)^-theta)"
        "^(-1 / theta): of like quality, over the general fall", MODELS, _mean(token_price), yearly_token_price,
    ),
    Outcome(
        "consumer_gain", "Users' gain from cheaper models, present value", "USD", "higher",
        "sum D * the country's spending / 12 * (1 - P/P0) * (1 + (P/P0)^-elasticity) / 2, P0 under doing nothing",
        MODELS, consumer_gain, discounted=True,
    ),
    Outcome(
        "mu_needed", "Shortening of open models' lag, in % for 1 % more compute, at which users gain the public cost",
        "ratio", "neither",
        "root of users' gain = public cost over the response of the lag of open models: what would you have to "
        "believe? Nothing where no response is enough", MODELS, response_to_pay, discounted=True,
    ),
    Outcome(
        "release_gain", "Gain of the firm that gives its model away, at its own rate", "USD", "neither",
        "margin kept * sales of the complement pulled - margin lost on the model - cost of the model, worldwide; 0 "
        "where the firm keeps it",
        MODELS, release_gain,
    ),
    Outcome(
        "complement_needed", "Margin on the complement from which giving the model away pays", "ratio", "neither",
        "(lost margin on the model + its cost) / sales of the complement pulled: what would you have to believe? "
        "Nothing where none is pulled", MODELS, earned_to_release,
    ),
    Outcome(
        "spending_needed", "Spending on models worldwide from which giving one away pays", "USD/year", "neither",
        "cost of the model / (margin kept * sales pulled - margin lost, of a dollar of spending a year); nothing where "
        "that is none", MODELS, spending_to_pay,
    ),
    Outcome(
        "frontier_firms", "Firms with a model at the frontier at the horizon", "firm", "neither",
        "rivals at the start + sum of entry / 12 * margin / first margin, under what the firm does", MODELS,
        firms_at_end,
    ),
    Outcome(
        "entry_deterred", "Entrants that a free model deters by the horizon", "firm", "neither",
        "firms at the horizon with the model charged for - with it given away; 0 where the firm keeps it, less than 0 "
        "where a free model raises margins", MODELS, entry_deterred,
    ),
)  # fmt: skip
