"""Defaults that depend on the date and the kind of machine: what the data say where a scenario says nothing.

A design has a price at a date, a speed and a power (data/designs.csv, accelerator_prices.csv); a kind of build has
months planned and months late (data/builds.csv). A scenario's own values stay.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from math import exp, log
from typing import Any, TypeVar

from sim import sources
from sim.mechanisms.hardware import NEWEST, Hardware
from sim.mechanisms.procurement import Procurement
from sim.mechanisms.world import World
from sim.scenario.problems import Problems
from sim.units import BASE_PRICE_YEAR, MONTHS_PER_YEAR

REFERENCE_YEAR = 2020
"""Year at which the fitted system ratio stands as it is."""
Group = TypeVar("Group", Hardware, Procurement)


def dated(world: World, start: tuple[int, int], named: Collection[str], problems: Problems) -> World:
    """The world with what it does not name (`named`: paths) set for a start in (year, month)."""
    hardware, buying = world.hardware, world.procurement
    design = newest_design(start) if hardware.design == NEWEST else hardware.design
    if design is None:
        if "hardware.price_usd" not in named:
            first = min(row["available"] for row in sources.facts("designs").values())
            about = f"no accelerator was on sale at the start; the first came in {first}: set hardware.price_usd"
            problems.fault("world.hardware.design", about)
    else:
        hardware = _having(hardware, "hardware", design_values(design, start), named)
    row = sources.facts("builds")[buying.build]
    usual = {name: float(row[name]) for name in ("lead_months", "slip_months")}
    usual["system_ratio"] = usual_system_ratio(start)
    buying = _having(buying, "procurement", usual, named)
    return replace(world, hardware=hardware, procurement=buying)


def newest_design(start: tuple[int, int]) -> str | None:
    """The newest design on sale at the start; None before the first.

    >>> newest_design((2023, 11)), newest_design((1950, 1))
    ('H100', None)
    """
    month = f"{start[0]:04d}-{start[1]:02d}"
    rows = sources.facts("designs").values()
    sold = [row for row in rows if row["newest"] == "yes" and row["available"] <= month]
    return max(sold, key=lambda row: row["available"])["id"] if sold else None


def design_values(design: str, start: tuple[int, int]) -> dict[str, float]:
    """Price (base-year USD), work and power of one accelerator of a design at a date."""
    row = sources.facts("designs")[design]
    return {
        "price_usd": design_price_usd(design, start),
        "h100e_ratio": float(row["h100e_ratio"]),
        "power_kw": float(row["power_kw"]),
    }


def design_price_usd(design: str, start: tuple[int, int]) -> float:
    """Market price of one accelerator of a design, base-year USD.

    Log-linear between two observations. Before the first it is the first: who orders ahead pays the price of the
    launch. After the last it is the last.

    >>> [round(design_price_usd("H100", month), -2) for month in ((2022, 7), (2025, 7), (2030, 1))]
    [40400.0, 23200.0, 23200.0]
    """
    points = [_point(row) for row in sources.facts("accelerator_prices").values() if row["design"] == design]
    at = _years(*start)
    before = [point for point in points if point[0] <= at]
    after = [point for point in points if point[0] > at]
    if not before or not after:
        return points[0][1] if not before else points[-1][1]
    (early, low), (late, high) = before[-1], after[0]
    return exp(log(low) + (log(high) - log(low)) * (at - early) / (late - early))


def usual_system_ratio(start: tuple[int, int]) -> float:
    """System contract per accelerator over its market price at a date, at an order of 100 million dollars.

    Server, network, storage and what else is in such a contract have grown faster than the accelerator; held where the
    record ends.
    """
    fits = sources.facts("fits")
    years = min(_years(*start), float(fits["system_ratio_until"]["value"])) - REFERENCE_YEAR
    return float(fits["system_ratio_2020"]["value"]) * exp(float(fits["system_growth_per_year"]["value"]) * years)


def _point(row: dict[str, str]) -> tuple[float, float]:
    """Date in years and price in base-year USD of one observation."""
    year, month = map(int, row["month"].split("-"))
    level = sources.deflator(BASE_PRICE_YEAR) / sources.deflator(min(int(row["price_year"]), BASE_PRICE_YEAR))
    return _years(year, month), float(row["price"]) * level


def _years(year: int, month: int) -> float:
    """Start of a month in years."""
    return year + (month - 1) / MONTHS_PER_YEAR


def _having(group: Group, prefix: str, values: dict[str, Any], named: Collection[str]) -> Group:
    """The group with the values that the scenario does not name."""
    return replace(group, **{name: value for name, value in values.items() if f"{prefix}.{name}" not in named})
