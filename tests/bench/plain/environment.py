"""Electricity and emissions, one provider and month at a time."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from sim.sources import grid_intensities
from sim.units import HOURS_PER_YEAR
from tests.bench.plain.draw import Draw, Series

if TYPE_CHECKING:
    from tests.bench.plain.option import Months
    from tests.bench.plain.outcomes import Outcomes


def intensity(draw: Draw, month: int) -> float:
    """kgCO2e of a kilowatt-hour at home."""
    terms = draw.world.carbon
    start = terms.grid_kg_per_kwh if terms.grid == "given" else grid_intensities()[terms.grid]
    return start * (1 - terms.fall_per_year) ** draw.t_years[month]


def kw_new(t_years: float, draw: Draw) -> float:
    """IT power of one accelerator bought then."""
    hardware = draw.world.hardware
    return hardware.power_kw * (1 + hardware.power_growth_per_year) ** t_years


def rented_kwh(gpu_hours: Series, draw: Draw) -> Series:
    """Electricity of rented hours: those that work, those that idle, and those that nobody rents."""
    terms, rest = draw.world.carbon, draw.world.operations.idle_power_share
    idle = draw.world.cloud.idle_share
    kwh = []
    for hours, t in zip(gpu_hours, draw.t_years, strict=True):
        full = hours * (1 - idle)
        resting = hours * idle + hours * (1 - terms.cloud_use_share) / terms.cloud_use_share
        kwh.append((full + rest * resting) * kw_new(t, draw) * terms.cloud_pue_ratio)
    return kwh


def rented_worn(gpu_hours: Series, draw: Draw) -> Series:
    """Accelerators that rented hours wear out."""
    terms = draw.world.carbon
    life = terms.cloud_life_years * HOURS_PER_YEAR * terms.cloud_use_share
    return [hours / life for hours in gpu_hours]


def emissions(months: Months, draw: Draw) -> tuple[Series, Series]:
    """Tonnes of running and of making, by month."""
    terms = draw.world.carbon
    running, making = draw.nothing(), draw.nothing()
    for provider, kwh in months.kwh.items():
        where = terms.cloud_grid_ratio if provider == "cloud" else 1.0
        for month, drawn in enumerate(kwh):
            running[month] += drawn * where * intensity(draw, month) / 1000
    for machines in months.worn.values():
        for month, number in enumerate(machines):
            making[month] += number * terms.embodied_kg / 1000
    return running, making


def count_environment(found: Outcomes, months: Months, draw: Draw) -> None:
    """Every outcome of the environment."""
    everything = draw.nothing()
    for provider in ("cluster", "cloud", "workstation"):
        mwh = [drawn / 1000 for drawn in months.kwh.get(provider, draw.nothing())]
        found.flow(f"energy_{provider}_mwh", mwh)
        everything = [so_far + more for so_far, more in zip(everything, mwh, strict=True)]
    found.flow("energy_mwh", everything)
    running, making = emissions(months, draw)
    found.flow("carbon_operational_t", running)
    found.flow("carbon_embodied_t", making)
    avoided, terms = [], draw.world.carbon
    for month, lost in enumerate(months.displaced):
        bought = draw.t_years[month] - terms.own_age_years
        speed = 2 ** (bought / draw.world.hardware.doubling_years)
        speed *= draw.world.hardware.h100e_ratio
        kwh = sum(lost) / speed * kw_new(bought, draw) * terms.own_pue_ratio
        avoided.append(kwh * intensity(draw, month) / 1000)
    found.flow("carbon_avoided_t", avoided)
    hours = 0.0
    for month, new in enumerate(draw.frontier):
        hours += (sum(flow[month] for flow in months.h100e_hours.values()) + months.leased[month]) / new
    found.totals["carbon_per_fe_hour_kg"] = 1000 * (sum(running) + sum(making)) / hours if hours > 0 else nan
