"""Commoditise your complement: public open models may lower the price that users of all models pay.

The price of a constant quality falls for open and closed models alike and so cancels; what is
left is the mix. How far public compute moves the mix is unknown: the block is off, and the
honest number is the effect that one would have to believe in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, param, switch
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True, kw_only=True)
class Complement(Parameters):
    """The market for answers of language models, and what public open models do to it."""

    group: ClassVar[str] = "complement"
    about: ClassVar[str] = "Commoditised complement"

    counted: bool = switch(
        False, main=True, role="setting",
        source="assumption: what part of the fall of prices is due to open weights is unknown (programmes:P361)",
        label="Count cheaper models for users",
        help="Count what public open models do to the price of using models.",
    )
    open_price_usd: float = param(
        0.23, "USD/Mtoken", low=0.07, high=0.5, floor=1e-6, ceiling=1000, grade="B",
        source="nagle_2025; programmes:P358",
        help="Price of a million tokens of an open model, on average on one marketplace.",
    )
    closed_price_usd: float = param(
        1.86, "USD/Mtoken", low=1.0, high=3.0, floor=1e-6, ceiling=1000, grade="B",
        source="nagle_2025; programmes:P360",
        help="The same of a closed model; taken as of like quality, though open ones perform somewhat worse.",
    )
    open_share: float = param(
        0.20, "fraction", low=0.1, high=0.35, floor=0, ceiling=1, grade="B", source="nagle_2025",
        help="Part of all tokens that open models answer at the start (of those of one marketplace).",
    )
    open_growth_per_year: float = param(
        0.10, "1/year", low=-0.1, high=0.4, floor=-0.95, ceiling=3, grade="D",
        source="assumption: the quality gap fell to 1.7 % by 2025 (programmes:P359); no series of the share of use "
        "was found",
        help="Yearly growth of open over closed tokens without public help: 0.10 makes 1.00 into 1.10 a year later.",
    )
    pull_ratio: float = param(
        0.02, "ratio", low=0, high=0.2, floor=0, ceiling=100, grade="D",
        source="assumption: unknown; nobody has measured it (programmes:P361)",
        help="Rise of the open part of tokens if public open compute were as much as all other open compute.",
    )
    world_open_compute: float = param(
        2e9, "FE_hour/year", low=5e8, high=1e10, floor=1, ceiling=1e14, grade="D",
        source="assumption: a quarter of a million accelerators of the day make open models worldwide",
        help="FE-hours a year that go into open models worldwide.",
    )
    spend_usd_per_year: float = param(
        5e9, "USD/year", low=1e9, high=3e10, floor=0, ceiling=1e13, grade="D",
        source="assumption: spending of the country's users on models of either kind; no register exists",
        help="What users in the country pay for tokens in a year.",
    )
    demand_elasticity: float = param(
        1.5, "ratio", low=0.5, high=3, floor=0, ceiling=10, grade="D",
        source="assumption: use has grown faster than prices fell",
        help="Per cent more tokens used when their price falls by one per cent.",
    )


def natural_share(complement: Complement, t_years: Array) -> Array:
    """Open part of tokens without public help, logistic in time, [draw or 1, month].

    >>> float(natural_share(Complement(), np.array([0.0]))[0])
    0.2
    """
    odds = (1 + np.asarray(complement.open_growth_per_year)) ** t_years
    start = np.asarray(complement.open_share, dtype=np.float64)
    return np.asarray(start * odds / (1 - start + start * odds))


def price_usd(open_share: Array | float, complement: Complement) -> Array:
    """Mean price of a million tokens, USD, at an open part of tokens [draw, month].

    >>> [round(float(price_usd(s, Complement())), 3) for s in (0, 0.2, 1)]
    [1.86, 1.534, 0.23]
    """
    share = np.asarray(open_share, dtype=np.float64)
    return np.asarray(share * complement.open_price_usd + (1 - share) * complement.closed_price_usd)


def public_part(open_fe_hours: Array, complement: Complement) -> Array:
    """Public open FE-hours of a month over all other open FE-hours of a month, [draw, month]."""
    return np.asarray(open_fe_hours * MONTHS_PER_YEAR / complement.world_open_compute)


def pulled_share(natural: Array, part: Array, pull_ratio: Array | float) -> Array:
    """Open part of tokens with public help, never more than the whole, [draw, month]."""
    return np.asarray(np.minimum(natural + pull_ratio * part, np.maximum(natural, 1.0)))


def consumer_gain_usd(before: Array, after: Array, complement: Complement) -> Array:
    """What users gain in a month from a price that falls from `before` to `after`, USD, [draw, month].

    A trapezoid between the two prices: old users pay less, new ones gain half of it on average.
    """
    ratio = after / before
    tokens_now = ratio ** -np.asarray(complement.demand_elasticity)
    spent = np.asarray(complement.spend_usd_per_year) / MONTHS_PER_YEAR
    return np.asarray(spent * (1 - ratio) * (1 + tokens_now) / 2)


def gain_at(pull_ratio: Array, natural: Array, part: Array, complement: Complement, discount: Array) -> Array:
    """Present value of all users' gain at a pull [draw, 1], USD, [draw]."""
    before, after = (price_usd(share, complement) for share in (natural, pulled_share(natural, part, pull_ratio)))
    return np.asarray((consumer_gain_usd(before, after, complement) * discount).sum(axis=-1))


def pull_needed(cost_usd: Array, natural: Array, part: Array, complement: Complement, discount: Array) -> Array:
    """The pull at which users gain as much as the option costs, [draw]; NaN where no pull is enough.

    By halving the interval up to the pull at which all tokens are open wherever there is public compute.
    """
    short = np.divide(1 - natural, part, out=np.zeros_like(part), where=part > 0)
    high = short.max(axis=-1, keepdims=True)
    enough = (gain_at(high, natural, part, complement, discount) >= cost_usd) & (high[:, 0] > 0)
    low = np.zeros_like(high)
    for _ in range(100):
        middle = (low + high) / 2
        reached = gain_at(middle, natural, part, complement, discount)[:, None] >= cost_usd[:, None]
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return np.where(enough, high[:, 0], np.nan)
