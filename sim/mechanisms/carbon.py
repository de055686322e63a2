"""Carbon: electricity times the grid's intensity, and what making the accelerators emitted.

Tonnes stand beside money and are never added to it, unless an analyst sets a price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.mechanisms.hardware import Hardware, performance, power_per_h100e_kw, unit_power_kw
from sim.parameters import Array, Parameters, choice, param
from sim.sources import grid_intensities
from sim.units import HOURS_PER_YEAR, KG_PER_TONNE

GIVEN = "given"


@dataclass(frozen=True, kw_only=True)
class Carbon(Parameters):
    """What electricity and the making of accelerators emit."""

    group: ClassVar[str] = "carbon"
    about: ClassVar[str] = "Carbon"

    grid: str = choice(
        GIVEN, (GIVEN, *grid_intensities()), source="codecarbon", main=True, role="setting",
        label="Country that supplies the electricity",
        help="Country whose grid supplies the electricity (data/energy.csv), or `given` for `grid_kg_per_kwh`.",
    )
    grid_kg_per_kwh: float = param(
        0.35, "kgCO2e/kWh", low=0.02, high=0.7, floor=0, ceiling=2, grade="D", source="energy:EN003; codecarbon",
        help="Emissions of a kilowatt-hour at the start, where no country is chosen (assumed; the range is that of "
        "countries).",
    )
    fall_per_year: float = param(
        0.04, "1/year", low=0, high=0.08, floor=-0.5, ceiling=1, grade="D",
        source="assumption: grids of rich countries fell by 2 to 6 % a year (recalled); energy.csv holds one year",
        help="Part by which that intensity falls every year.",
    )
    embodied_kg: float = param(
        200, "kgCO2e/accelerator", low=150, high=320, floor=0, ceiling=1e5, grade="C",
        source="nvidia_pcf; scope3_a100; hardware:HW289; hardware:HW290; hardware:HW291",
        help="Emissions of making one accelerator with its share of the server; charged whole on delivery.",
    )
    cloud_pue_ratio: float = param(
        1.2, "ratio", low=1.05, high=1.5, floor=1, ceiling=4, grade="D",
        source="assumption: large providers report less than public machine rooms, and not per site",
        help="Power drawn by a provider's facility over that of its IT load.",
    )
    cloud_grid_ratio: float = param(
        1.0, "ratio", low=0.3, high=1.5, floor=0, ceiling=50, grade="D",
        source="assumption: where rented hours run is not published",
        help="Grid intensity where rented hours run over that at home.",
    )
    cloud_life_years: float = param(
        5, "year", low=3, high=7, floor=0.1, ceiling=100, grade="D", source="assumption: as long as a public machine",
        help="Years over which a provider's accelerator works; an hour of it bears that part of its making.",
    )
    cloud_use_share: float = param(
        0.6, "fraction", low=0.4, high=0.9, floor=0.01, ceiling=1, grade="D",
        source="assumption: providers publish no utilisation",
        help="Part of those years in which it is rented; rented hours bear the electricity of the rest.",
    )
    own_pue_ratio: float = param(
        1.6, "ratio", low=1.2, high=2.0, floor=1, ceiling=5, grade="D",
        source="assumption: rooms of departments are less efficient than machine rooms",
        help="The same power ratio for compute that groups have themselves.",
    )
    own_age_years: float = param(
        2.5, "year", low=1, high=5, floor=0, ceiling=50, grade="D", source="assumption: half of a life of five years",
        help="Mean age of compute that groups have themselves.",
    )
    price_usd_per_t: float = param(
        0, "USD/tCO2e", low=0, high=300, floor=0, ceiling=1e5, grade="-", role="setting",
        source="assumption: off; tonnes are not money unless somebody says what one costs",
        help="Price of a tonne of CO2e; above 0 emissions are part of social cost.",
    )


def grid_intensity(carbon: Carbon, t_years: Array) -> Array:
    """Emissions of a kilowatt-hour at home in each month, kgCO2e, [draw or 1, month].

    >>> grid_intensity(Carbon(grid="france", fall_per_year=0), np.array([0.0, 5.0])).tolist()
    [[0.056, 0.056]]
    """
    start = carbon.grid_kg_per_kwh if carbon.grid == GIVEN else grid_intensities()[carbon.grid]
    kept = 1 - np.asarray(carbon.fall_per_year, dtype=np.float64)
    return np.atleast_2d(np.asarray(start) * kept**t_years)


def operational_kg(kwh: dict[str, Array], carbon: Carbon, t_years: Array) -> dict[str, Array]:
    """Emissions of the electricity of each provider, kgCO2e, [draw, month].

    >>> flat = Carbon(grid_kg_per_kwh=0.25, fall_per_year=0)
    >>> round(operational_kg({"cluster": np.array([[9417.0]])}, flat, np.array([0.5]))["cluster"].item(), 2)
    2354.25
    """
    home = grid_intensity(carbon, t_years)
    away = np.asarray(carbon.cloud_grid_ratio)
    return {name: drawn * home * (away if name == "cloud" else 1.0) for name, drawn in kwh.items()}


def rented_kwh(gpu_hours: Array, busy_share: Array, kw: Array, carbon: Carbon, idle_power_share: Array) -> Array:
    """Electricity of rented hours, kWh, [draw, month]: `busy_share` of them work, the others idle.

    They also bear what the provider's machines draw while nobody rents them, as an owner's do.
    """
    unrented = 1 / np.asarray(carbon.cloud_use_share) - 1
    load = busy_share + idle_power_share * (1 - busy_share + unrented)
    return np.asarray(gpu_hours * kw * load * np.asarray(carbon.cloud_pue_ratio))


def rented_accelerators(gpu_hours: Array, carbon: Carbon) -> Array:
    """Accelerators whose making rented hours have to bear, [draw, month]: hours over those of a working life."""
    life_hours = np.asarray(carbon.cloud_life_years) * HOURS_PER_YEAR * np.asarray(carbon.cloud_use_share)
    return np.asarray(gpu_hours / life_hours)


def carbon_cost_usd(
    kwh: dict[str, Array], embodied: dict[str, Array], carbon: Carbon, t_years: Array
) -> dict[str, Array]:
    """The account of what emissions cost others, USD, [draw, month]; no account where a tonne has no price."""
    if not np.any(np.asarray(carbon.price_usd_per_t) > 0) or not kwh:
        return {}
    made = np.asarray(carbon.embodied_kg) * sum(embodied.values())
    kg = sum(operational_kg(kwh, carbon, t_years).values()) + made
    return {"carbon": np.asarray(kg / KG_PER_TONNE * carbon.price_usd_per_t)}


def own_kwh(h100e_hours: Array, carbon: Carbon, hardware: Hardware, t_years: Array) -> Array:
    """Electricity of hours of groups' own compute of its mean age, kWh, [draw, month]; older machines need more."""
    bought = t_years - np.asarray(carbon.own_age_years)
    gpu_hours = h100e_hours / performance(bought, hardware.doubling_years)
    kw = unit_power_kw(bought, power_per_h100e_kw(hardware), hardware.power_growth_per_year)
    return np.asarray(gpu_hours * kw * np.asarray(carbon.own_pue_ratio))
