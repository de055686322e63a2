"""Outcomes of the environment: electricity, and emissions of running and of making machines. Never money."""

from __future__ import annotations

import numpy as np

from sim.costs.groups import over_tiers
from sim.mechanisms.carbon import grid_intensity, operational_kg, own_kwh
from sim.outcomes.measures import ENVIRONMENT, Measure, Measures, Outcome, flow, quotient
from sim.parameters import Array
from sim.units import KG_PER_TONNE, KWH_PER_MWH

PROVIDERS = {"cluster": "public cluster", "cloud": "rented", "workstation": "laboratories"}


def _nothing(measures: Measures) -> Array:
    return np.zeros(measures.context.budget.shape)


def kwh_of(provider: str) -> Measure:
    """Electricity of one provider's machines, MWh, [draw, month]."""
    return lambda measures: measures.result.kwh.get(provider, _nothing(measures)) / KWH_PER_MWH


def energy_mwh(measures: Measures) -> Array:
    """Electricity of all machines that the option runs or rents, MWh, [draw, month]."""
    return np.asarray(sum(measures.result.kwh.values(), start=_nothing(measures)) / KWH_PER_MWH)


def operational_t(measures: Measures) -> Array:
    """Emissions of that electricity, tCO2e, [draw, month]."""
    context = measures.context
    kg = operational_kg(measures.result.kwh, context.world.carbon, context.grid.t_years)
    return np.asarray(sum(kg.values(), start=_nothing(measures)) / KG_PER_TONNE)


def embodied_t(measures: Measures) -> Array:
    """Emissions of making what was delivered, and of what rented hours wear out, tCO2e, [draw, month]."""
    made = sum(measures.result.embodied.values(), start=_nothing(measures))
    return np.asarray(made * np.asarray(measures.world.carbon.embodied_kg) / KG_PER_TONNE)


def avoided_t(measures: Measures) -> Array:
    """Emissions of own hours that groups give up because public ones come, tCO2e, [draw, month]."""
    world, t_years = measures.world, measures.context.grid.t_years
    drawn = own_kwh(over_tiers(measures.result.allocation.displaced), world.carbon, world.hardware, t_years)
    return np.asarray(drawn * grid_intensity(world.carbon, t_years) / KG_PER_TONNE)


def kg_per_fe_hour(measures: Measures) -> Array:
    """All emissions over all frontier-equivalent hours of the machines, leased ones too, kgCO2e, [draw]."""
    result = measures.result
    hours = ((result.supplied + result.leased) / result.context.grid.frontier).sum(axis=-1)
    kg = KG_PER_TONNE * (measures.years(operational_t) + measures.years(embodied_t)).sum(axis=-1)
    return quotient(kg, hours)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "energy_mwh", "Electricity", "MWh", "lower",
        "sum of kW * (busy + idle power * (1 - busy)) * PUE * hours of all machines, rented ones included",
        ENVIRONMENT, *flow(energy_mwh),
    ),
    *(
        Outcome(
            f"energy_{provider}_mwh", f"Electricity: {where}", "MWh", "lower", "the same of this provider",
            ENVIRONMENT, *flow(kwh_of(provider)),
        )
        for provider, where in PROVIDERS.items()
    ),
    Outcome(
        "carbon_operational_t", "Emissions of electricity", "tCO2e", "lower",
        "kWh * grid intensity at the start * (1 - fall)^t (rented hours: * their grid's ratio)", ENVIRONMENT,
        *flow(operational_t),
    ),
    Outcome(
        "carbon_embodied_t", "Emissions of making machines", "tCO2e", "lower",
        "accelerators delivered * embodied; rented hours / hours of a provider's working life * embodied", ENVIRONMENT,
        *flow(embodied_t),
    ),
    Outcome(
        "carbon_avoided_t", "Emissions of own hours given up", "tCO2e", "higher",
        "own hours crowded out / speed of their age * kW * own PUE * grid intensity (not taken off the others)",
        ENVIRONMENT, *flow(avoided_t),
    ),
    Outcome(
        "carbon_per_fe_hour_kg", "Emissions per FE-hour", "kgCO2e/FE_hour", "lower",
        "(electricity + making) / (public + leased FE-hours)", ENVIRONMENT, kg_per_fe_hour,
    ),
)  # fmt: skip
