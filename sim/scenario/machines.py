"""The machine that a scenario does not describe: what the data say of its design, its date and its build.

A design has a price at a date, a speed and a power (data/price_series.csv, data/designs.csv); a kind of build has
months planned and months late (data/builds.csv). A scenario's own values stay.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from math import exp
from typing import Any, TypeVar

from sim import sources
from sim.mechanisms.hardware import NEWEST, Hardware, performance
from sim.mechanisms.procurement import Procurement
from sim.mechanisms.world import World
from sim.months import Month
from sim.scenario.problems import Problems
from sim.series import Series, series
from sim.units import MONTHS_PER_YEAR

REFERENCE_YEAR = 2020
"""Year at which the fitted system ratio stands as it is."""
MONTHS_OF_A_BUILD = ("lead_months", "slip_months")
MONTHS_PATHS = tuple(f"procurement.{name}" for name in MONTHS_OF_A_BUILD)
FORESEEABLE_YEARS = 3  # after the last design that is known
RATIO = ("system_ratio_2020", "system_log_growth_per_year", "system_ratio_until")
Group = TypeVar("Group", Hardware, Procurement)


def with_machine(world: World, own: Collection[str], start: Month, found: dict[str, str], problems: Problems) -> World:
    """The world with the machine of its month; paths in `own` stay. Sources of what is filled in go to `found`."""
    hardware, buying = world.hardware, world.procurement
    design = newest_design(start) if hardware.design == NEWEST else hardware.design
    filled: dict[str, tuple[float, str]] = {}
    if design is not None:
        values = design_values(design, start)
        if hardware.design == NEWEST:
            values |= _later_values(values, hardware, start, problems)
        filled |= {f"hardware.{name}": value for name, value in values.items()}
    elif "hardware.price_usd" not in own:
        first = min(row["available"] for row in sources.facts("designs").values())
        about = f"no accelerator was on sale in {start}; the first came in {first}: set hardware.price_usd"
        problems.fault("world.hardware.design", about)
    row = sources.facts("builds")[buying.build]
    filled |= {f"procurement.{name}": (float(row[name]), f"builds:{buying.build}") for name in MONTHS_OF_A_BUILD}
    filled["procurement.system_ratio"] = usual_system_ratio(start), "; ".join(f"fits:{name}" for name in RATIO)
    filled = {path: value for path, value in filled.items() if path not in own}
    if design is not None:
        lead, slip = (filled.get(path, (getattr(buying, path.split(".")[1]), ""))[0] for path in MONTHS_PATHS)
        _check_on_sale(design, start, float(lead) + float(slip), problems)
    found |= {path: source for path, (_, source) in filled.items()}
    return world.having({"hardware": _having(hardware, filled), "procurement": _having(buying, filled)})


def _later_values(
    values: dict[str, tuple[float, str]], hardware: Hardware, start: Month, problems: Problems
) -> dict[str, tuple[float, str]]:
    """Work and power of what is the newest design after the last that is known, at the price of that one.

    New accelerators go on doing more for the same money, as within a scenario; rents go on falling as well.
    """
    last = Month.read(max(row["available"] for row in sources.facts("designs").values()))
    assert last is not None
    years = start.months_since(last) / MONTHS_PER_YEAR
    if years <= 0:
        return {}
    if years > FORESEEABLE_YEARS:
        problems.warn("start", f"the last design known is of {last}: prices and designs of {start} are extrapolated")
    more, growth = float(performance(years, hardware.doubling_years)), 1 + hardware.power_growth_per_year
    (work, about), (kw, _) = values["h100e_ratio"], values["power_kw"]
    path = f"{about}; assumption: performance grows on from {last} as within a scenario"
    price = design_values(newest_design(last) or "", last)["price_usd"]
    return {"price_usd": price, "h100e_ratio": (work * more, path), "power_kw": (kw * growth**years, path)}


def _check_on_sale(design: str, start: Month, months: float, problems: Problems) -> None:
    """Warn of a machine that would serve before its design is on sale."""
    sold = sources.facts("designs")[design]["available"]
    served = start.later(int(months))
    if str(served) < sold:
        problems.warn("world.hardware.design", f"{design!r} is on sale from {sold}, after the service of {served}")


def newest_design(start: Month) -> str | None:
    """The newest design on sale at the start; None before the first.

    >>> newest_design(Month(2023, 11)), newest_design(Month(1950, 1))
    ('H100', None)
    """
    rows = sources.facts("designs").values()
    sold = [row for row in rows if row["newest"] == "yes" and row["available"] <= str(start)]
    return max(sold, key=lambda row: row["available"])["id"] if sold else None


def design_values(design: str, start: Month) -> dict[str, tuple[float, str]]:
    """Price (base-year USD), work and power of one accelerator of a design at a date, each with its source."""
    row = sources.facts("designs")[design]
    observed = design_prices(design).around(held(start, design_prices(design)))
    about = f"designs:{design}"
    return {
        "price_usd": (design_price_usd(design, start), "; ".join(each.row for each in observed)),
        "h100e_ratio": (float(row["h100e_ratio"]), about),
        "power_kw": (float(row["power_kw"]), about),
    }


def design_prices(design: str) -> Series:
    """Market prices of one accelerator of a design."""
    return series("accelerator", design)


def design_price_usd(design: str, start: Month) -> float:
    """Market price of one accelerator of a design, base-year USD.

    Before the first observation it is the first: who orders ahead pays the price of the launch. After the last it goes
    on falling as those of designs that were observed for years.

    >>> [round(design_price_usd("H100", Month(*month)), -2) for month in ((2020, 1), (2025, 7), (2030, 7))]
    [40100.0, 23200.0, 12800.0]
    """
    prices = design_prices(design)
    years = max(start.months_since(prices.last), 0) / MONTHS_PER_YEAR
    decline = float(sources.facts("fits")["design_log_decline_per_year"]["value"])
    return prices.usd(held(start, prices)) * exp(-decline * years)


def held(month: Month, prices: Series) -> Month:
    """The month, or the nearest with a price."""
    return min(max(month, prices.first), prices.last)


def usual_system_ratio(start: Month) -> float:
    """System contract per accelerator over its market price at a date, at an order of 100 million dollars.

    Server, network, storage and what else is in such a contract have grown faster than the accelerator; held where the
    record ends.
    """
    ratio, growth, until = (float(sources.facts("fits")[name]["value"]) for name in RATIO)
    years = min(start.months_since(Month(REFERENCE_YEAR, 1)) / MONTHS_PER_YEAR, until - REFERENCE_YEAR)
    return ratio * exp(growth * years)


def _having(group: Group, filled: dict[str, tuple[float, str]]) -> Group:
    """The group with the values that were filled in."""
    mine: dict[str, Any] = {
        path.split(".")[1]: value for path, (value, _) in filled.items() if path.startswith(f"{group.group}.")
    }
    return replace(group, **mine)
