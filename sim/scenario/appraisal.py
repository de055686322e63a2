"""The appraisal profile that a scenario names: it sets the rates, so that the file may not set them as well."""

from __future__ import annotations

from collections.abc import Collection

from sim.mechanisms.appraisal import OWN, excess_burden_words, profile, rate_words
from sim.mechanisms.finance import APPRAISED, Money, appraised
from sim.mechanisms.world import World
from sim.scenario.problems import Problems


def with_profile(world: World, own: Collection[str], problems: Problems) -> World:
    """The world with the rates of the profile that it names; paths in `own` are those that the file gives."""
    name = world.money.profile
    if name == OWN:
        return world
    for each in APPRAISED:
        if f"money.{each}" in own:
            both = f"is set by the appraisal profile {name!r} as well; leave it out, or write profile = {OWN!r}"
            problems.fault(f"world.money.{each}", both)
    return world.having({"money": appraised(world.money, profile(name))})


def appraisal_words(money: Money, horizon_years: int) -> str:
    """How a scenario discounts, as a note names it: by its profile, or by rates of its own within the horizon."""
    if money.profile != OWN:
        return profile(money.profile).words
    later = [(money.later_from_years, money.later_rate), (money.last_from_years, money.last_rate)]
    within = tuple(step for step in later if money.declining and step[0] < horizon_years)
    return (
        f"the scenario's own, {rate_words(money.discount_rate, within)}{excess_burden_words(money.excess_burden_ratio)}"
    )
