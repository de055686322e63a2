"""Money over time: discounting, capital recovery, levelised cost, equal present value.

Pure functions on arrays `[draw, month]`. Rates are real. A flow in month m is
discounted from the middle of the month, t = (m + 0.5) / 12 years.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from sim.mechanisms.appraisal import OWN, Profile, profiles
from sim.parameters import Array, Parameters, Role, choice, param, switch
from sim.units import MONTHS_PER_YEAR

_ROUNDING = 1e-12  # of what was spent: that much ahead is on time


@dataclass(frozen=True, kw_only=True)
class Money(Parameters):
    """How public money is counted."""

    group: ClassVar[str] = "money"
    about: ClassVar[str] = "Public money"
    role: ClassVar[Role] = "setting"

    profile: str = choice(
        OWN, (OWN, *profiles()), source="assumption: a choice; data/appraisal_profiles.toml has the documents",
        help="Appraisal profile that sets the rates below and the excess burden, by document and year; 'own': those "
        "that stand here.",
    )
    discount_rate: float = param(
        0.035, "1/year", low=0.02, high=0.07, floor=0, ceiling=0.3, grade="A", main=True, source="green_book_discount",
        label="Discount rate, in real terms",
        help="Real social discount rate of the first 30 years (Green Book 3.5 %; presets 2, 3 and 7 %).",
    )
    declining: bool = switch(
        True, source="green_book_discount",
        label="Discount rate falls later, as in the Green Book",
        help="Let the rate fall to the later values after 30 and 75 years, as the Green Book schedule does.",
    )
    later_rate: float = param(
        0.030, "1/year", low=0.02, high=0.05, floor=0, ceiling=0.3, grade="A",
        source="green_book_discount", help="Real rate between years 30 and 75.",
    )
    last_rate: float = param(
        0.025, "1/year", low=0.01, high=0.04, floor=0, ceiling=0.3, grade="A",
        source="green_book_discount", help="Real rate after year 75.",
    )
    later_from_years: float = param(
        30, "year", low=30, high=30, floor=0, grade="A",
        source="green_book_discount", help="Year from which the later rate holds.",
    )
    last_from_years: float = param(
        75, "year", low=75, high=75, floor=0, grade="A",
        source="green_book_discount", help="Year from which the last rate holds.",
    )
    excess_burden_ratio: float = param(
        0.0, "ratio", low=0, high=0.5, floor=0, ceiling=2, grade="A", source="omb_a94_1992; bos_2019",
        label="Loss to the economy per dollar of tax (excess burden)",
        help="Marginal excess burden of a public dollar; 0.25 in US A-94 (1992), 0 argued by Bos et al.",
    )
    normalisation: str = choice(
        "equal_outlay", ("equal_outlay", "equal_pv", "equal_cash", "as_entered"),
        source="assumption: rule 1 of the model, options are compared at equal present value of public money spent",
        label="How options are made equal",
        labels=(
            "equal public money spent", "equal public money spent, less residual values", "equal undiscounted cash",
            "as entered",
        ),
        help="Size options to equal present value of what is spent, of that less what machines fetch in the end, to "
        "equal undiscounted cash, or as their levers enter them.",
    )
    cut_per_year: float = param(
        0.0, "1/year", low=0, high=0.2, floor=0, ceiling=1, grade="B",
        source="programmes:P032; programmes:P033; programmes:P034",
        help="Chance a year that parliament cuts what is still to be appropriated (off by default).",
    )
    cut_share: float = param(
        0.5, "fraction", low=0, high=1, floor=0, ceiling=1, grade="D",
        source="assumption: no distribution of cuts was found; the documented one was total, then restored",
        help="Part of the remaining appropriation lost in a cut.",
    )


APPRAISED = (
    "discount_rate", "declining", "later_rate", "last_rate", "later_from_years", "last_from_years",
    "excess_burden_ratio",
)  # fmt: skip
"""What a profile sets."""


def appraised(money: Money, profile: Profile) -> Money:
    """The same money under a profile; of rates that fall the first two falls count, for no horizon is longer.

    >>> from sim.mechanisms.appraisal import profile
    >>> appraised(Money(), profile("omb_a94_1992")).excess_burden_ratio
    0.25
    """
    money = replace(
        money, profile=profile.name, discount_rate=profile.rate, declining=bool(profile.later),
        excess_burden_ratio=profile.excess_burden_ratio,
    )  # fmt: skip
    if not profile.later:
        return money
    (later_from, later), (last_from, last) = (*profile.later, *profile.later[-1:])[:2]  # a single fall twice
    return replace(
        money, later_rate=later, last_rate=last, later_from_years=later_from, last_from_years=last_from
    )


def month_middles_years(months: int) -> Array:
    """Middle of each month in years, [month]."""
    return (np.arange(months) + 0.5) / MONTHS_PER_YEAR


def discount_factor(t_years: Array | float, money: Money) -> Array:
    """Worth today of one dollar at `t_years`; broadcasts rates [draw, 1] with times [month].

    Source: HM Treasury Green Book schedule [green_book_discount].

    >>> round(float(discount_factor(31.0, Money())), 6)
    0.345901
    """
    t = np.asarray(t_years, dtype=np.float64)
    if not money.declining:
        return np.asarray(np.exp(-np.log1p(money.discount_rate) * t))
    early = np.minimum(t, money.later_from_years)
    middle = np.clip(t - money.later_from_years, 0, money.last_from_years - money.later_from_years)
    late = np.maximum(t - money.last_from_years, 0)
    exponent = np.log1p(money.discount_rate) * early + np.log1p(money.later_rate) * middle
    return np.asarray(np.exp(-exponent - np.log1p(money.last_rate) * late))


def present_value(flow: Array, discount: Array) -> Array:
    """Present value of a monthly flow, [draw, month] -> [draw]."""
    return np.asarray((flow * discount).sum(axis=-1))


def capital_recovery(rate: float, years: float) -> float:
    """Yearly payment that repays one dollar over `years` [finance_textbook].

    Written with expm1 and log1p: the textbook form loses all digits as the rate nears zero.

    >>> round(capital_recovery(0.035, 5), 6), round(capital_recovery(1e-12, 5), 6)
    (0.221481, 0.2)
    """
    if rate == 0:
        return 1 / years
    return float(-rate / np.expm1(-years * np.log1p(rate)))


def sinking_fund(rate: float, years: float) -> float:
    """Yearly payment that grows to one dollar after `years` [finance_textbook].

    >>> round(sinking_fund(0.035, 5), 6)
    0.186481
    """
    if rate == 0:
        return 1 / years
    return float(rate / np.expm1(years * np.log1p(rate)))


def levelised_cost(cost: Array, hours: Array, discount: Array) -> Array:
    """Discounted cost over discounted hours, [draw, month] -> [draw]; NaN where there are no hours.

    Discounting the denominator makes this the constant price that pays the cost, as in LCOE.
    """
    below = present_value(hours, discount)
    return np.divide(present_value(cost, discount), below, out=np.full_like(below, np.nan), where=below > 0)


def affordable_size(budget_pv: Array, unit_pv: Array, fixed_pv: Array) -> Array:
    """Size at which unit and fixed costs together have the present value of the budget, [draw].

    All costs are linear in size plus a fixed term, so the answer is exact. A budget below
    the fixed term buys nothing (0), and then the fixed term is not paid either.
    """
    left = budget_pv - fixed_pv
    size = np.divide(left, unit_pv, out=np.zeros_like(left), where=unit_pv > 0)
    return np.asarray(np.maximum(size, 0))


def cash_peak(outlay: Array, window_months: int = MONTHS_PER_YEAR) -> Array:
    """Largest outlay in any `window_months` in a row, [draw, month] -> [draw]."""
    summed = np.cumsum(outlay, axis=-1)
    width = min(window_months, outlay.shape[-1])
    before = np.concatenate([np.zeros_like(summed[..., :1]), summed[..., :-width]], axis=-1)
    return np.asarray((summed[..., width - 1 :] - before).max(axis=-1))


def advance(outlay: Array, granted: Array) -> Array:
    """Money spent ahead of what has been granted, at the end of each month, [draw, month].

    `granted` [draw, month] falls in the month from which it may be spent.
    """
    spent = np.cumsum(outlay, axis=-1)
    ahead = spent - np.cumsum(granted, axis=-1)
    return np.where(ahead > _ROUNDING * np.abs(spent), ahead, 0.0)


def interest_pv(owed: Array, discount: Array) -> Array:
    """Present value of real interest on what is owed at the end of each month, [draw].

    `discount` [draw or 1, month + 1] reaches a month further than `owed` [draw, month]: a dollar owed from one month
    to the next costs the fall of the discount factor between them. What is still owed at the end bears one month more.
    """
    return np.asarray((owed * (discount[:, :-1] - discount[:, 1:])).sum(axis=-1))
