"""Prices that a scenario does not set, as they were when and where it starts: rents and electricity."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from sim.formatting import format_rounded, format_value, nearest_name, short_repr, unit_text
from sim.mechanisms.carbon import GIVEN
from sim.mechanisms.cloud import LEVEL_MONTH, Cloud, Record, deviations, middle_years, price_path_usd
from sim.mechanisms.world import World
from sim.months import Month
from sim.scenario.machines import held
from sim.scenario.model import Scenario
from sim.scenario.problems import Problems
from sim.series import SeriesError, segments, series
from sim.sources import grid_intensities
from sim.units import BASE_PRICE_YEAR, MONTHS_PER_YEAR

RENT, ELECTRICITY = "cloud.price_usd", "operations.electricity_usd_per_kwh"
LEVEL = "cloud.long_run_usd"  # to which rents return that follow their record
DECIMALS = {RENT: 2, ELECTRICITY: 4}
RECENT_MONTHS = 12  # that the newest price may be older than the start without a word about it
IN_DOLLARS = f"prices in dollars of {BASE_PRICE_YEAR}"


def read_country(table: dict[str, Any], problems: Problems) -> str | None:
    """The country whose grid and electricity the programme uses; None where none is named, or after a fault."""
    value, known = table.get("country"), tuple(grid_intensities())
    if value is None or value in known:
        return value
    near = nearest_name(value, known) if isinstance(value, str) else None
    if near:
        listed = "heavypress params carbon lists them all, under grid"
        problems.fault("country", f"no country {short_repr(value)}; did you mean {near!r}? ({listed})")
    else:
        problems.fault("country", f"no country {short_repr(value)}; there are: {', '.join(known)}")
    return None


def with_prices(
    world: World, own: frozenset[str], start: Month, country: str | None, problems: Problems
) -> tuple[World, dict[str, str]]:
    """(world with the prices of its month and country, their sources by path); paths in `own` stay as they are."""
    found: dict[str, str] = {}
    try:
        if RENT not in own:
            world = world.having({"cloud": _with_rent(world.cloud, start, found, problems)})
        if country is not None and ELECTRICITY not in own:
            world = _with_electricity(world, start, country, found, problems)
    except SeriesError as error:
        problems.fault("start", str(error))
    if country is not None and "carbon.grid" not in own and world.carbon.grid == GIVEN:
        world = world.having({"carbon": replace(world.carbon, grid=country)})
    return world, found


def _with_rent(cloud: Cloud, start: Month, found: dict[str, str], problems: Problems) -> Cloud:
    """The market with what is known of its rents, and the rent at the start."""
    rents = series("rent", cloud.segment)
    if start < rents.first:
        which = "rents" if cloud.segment == Cloud.segment else f"rents of {cloud.segment!r}"
        how = f"set world.{RENT} ({unit_text(Cloud.spec('price_usd').unit)})"
        problems.fault("start", f"{which} are known from {rents.first}; to start in {start} {how}")
        return cloud
    years = start.months_since(LEVEL_MONTH) / MONTHS_PER_YEAR
    ahead = start.months_since(rents.last)
    stop = start if cloud.hindsight == "start" else rents.last
    known = rents.known(start, stop) if ahead <= 0 else (rents.usd(rents.last),)
    cloud = replace(cloud, record=Record(min(-ahead, 0), known, years))
    price = float(price_path_usd(cloud, np.array([middle_years(0)]), deviations(cloud, 1))[0])
    found[RENT] = "; ".join(each.row for each in rents.around(start))
    return replace(cloud, price_usd=round(price, DECIMALS[RENT]))


def _with_electricity(world: World, start: Month, country: str, found: dict[str, str], problems: Problems) -> World:
    """The world with the country's price of electricity at the start; the first and the last known hold beyond them."""
    if country not in segments("electricity"):
        value = format_value(world.operations.electricity_usd_per_kwh)
        problems.warn(f"world.{ELECTRICITY}", f"no price is known for {country!r}; taken as {value} (USD per kWh)")
        return world
    prices = series("electricity", country)
    month = held(start, prices)
    usd = prices.usd(month)
    if start < prices.first:
        first = f"electricity of {country} is known from {prices.first}"
        problems.warn(f"world.{ELECTRICITY}", f"{first}; its price of that month, {usd:.4g} (USD per kWh), is taken")
    found[ELECTRICITY] = "; ".join(each.row for each in prices.around(month))
    return world.having(
        {"operations": replace(world.operations, electricity_usd_per_kwh=round(usd, DECIMALS[ELECTRICITY]))}
    )


def dated_texts(scenario: Scenario) -> dict[str, str]:
    """Every value that is that of the start, rounded, with the rows behind it; by path."""
    return {
        path: f"{format_rounded(scenario.world.value(path))} ({rows}{_age(path, rows, scenario.start)})"
        for path, rows in scenario.dated.items()
    }


def _age(path: str, rows: str, start: Month) -> str:
    """The month from which a price is held, where the newest row is old at the start; else nothing.

    A rent is not held: it follows its trend from the last that is known.

    >>> _age("hardware.price_usd", "price_series:accelerator:GB300:2025-07", Month(2027, 1))
    '; held from 2025-07'
    """
    months = [month for text in re.findall(r"price_series:[^;]*:([0-9-]+)", rows) if (month := Month.read(text))]
    old = months and start.months_since(max(months)) > RECENT_MONTHS
    return f"; {'known until' if path == RENT else 'held from'} {max(months)}" if old else ""
