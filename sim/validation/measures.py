"""What a case of the record is compared on: measures of one option's run, a number a draw.

A target may also name an outcome, or a parameter by its path; these are what no outcome gives in the form that the
record prints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim import sources
from sim.calendar.records import Kind, Ledger
from sim.comparison.results import in_own_money
from sim.mechanisms.complement import natural_share, price_usd
from sim.mechanisms.finance import present_value
from sim.mechanisms.grants import direct_share
from sim.mechanisms.reliability import goodput_share, mean_hours_between_interruptions
from sim.outcomes import BY_NAME, Measures
from sim.outcomes.access import granted_hours
from sim.parameters import Array
from sim.scenario import Scenario
from sim.series import series
from sim.units import BASE_PRICE_YEAR, MONTHS_PER_YEAR


@dataclass(frozen=True)
class Run:
    """One option of a scenario in the central case, draw 0, and in states of the world."""

    scenario: Scenario
    ledger: Ledger
    measures: Measures

    def total(self, outcome: str) -> Array:
        """An outcome in the scenario's own money, [draw]."""
        declared = BY_NAME[outcome]
        return in_own_money(declared, declared.total(self.measures), self.scenario)


def _accelerators(run: Run) -> Array:
    """Accelerators that the money buys, [draw]."""
    return run.measures.result.size["public_cluster"]


def _months(run: Run) -> Array:
    """Months from the decision to the service of the first machine, [draw]; infinite where none comes."""
    machines = max(run.ledger.items(Kind.ACCEPTANCE, 0), 1)  # a scenario that ships may buy several
    return run.ledger.months_of(Kind.ACCEPTANCE, 0, machines)[:, 0]


def _spent_per_gpu_hour(run: Run) -> Array:
    """All public money over all GPU-hours, neither discounted, [draw]."""
    return run.total("outlay") / run.total("gpu_hours")


def _cost_by_use(run: Run, low: float, high: float) -> Array:
    """Cost per GPU-hour on machines used from `low` to `high` of their time, one a draw; draw 0 as the option has it.

    The energy of idle hours is saved in part; all else costs the same however a machine is used.
    """
    result, operations = run.measures.result, run.measures.world.operations
    assert result.fullness is not None
    own, draws = result.fullness.target, len(result.cost_pv)
    use = np.append(own, np.linspace(low, high, draws - 1))
    idle = np.reshape(operations.idle_power_share, -1)
    energy = present_value(result.cash["energy"], result.context.grid.discount) / result.cost_pv
    load = (use + idle * (1 - use)) / (own + idle * (1 - own))
    return np.asarray(run.total("cost_per_gpu_hour") * (1 + energy * (load - 1)) * own / use)


def _energy_per_month(run: Run) -> Array:
    """Electricity of the dearest month, own money, [draw]."""
    return np.asarray(run.measures.result.cash["energy"].max(axis=-1) / run.scenario.usd_per_currency)


def _rent(run: Run, month: int, price_year: int) -> Array:
    """Rent of an H100e-hour in a month, dollars of a year, [draw]."""
    level = sources.deflator(price_year) / sources.deflator(BASE_PRICE_YEAR)
    return np.asarray(run.measures.context.grid.rent_usd[:, month] * level)


def _record_in_band(run: Run) -> Array:
    """Part of the recorded months from the start on whose rent lies between the 5th and 95th percentile, [draw]."""
    rents, start = series("rent", run.scenario.world.cloud.segment), run.scenario.start
    known = np.array(rents.known(start, rents.last))
    paths = run.measures.context.grid.rent_usd[1:, : len(known)]
    if not len(paths):
        return np.full(1, np.nan)
    low, high = np.quantile(paths, (0.05, 0.95), axis=0)
    known = known[: paths.shape[1]]
    return np.full(len(paths) + 1, ((known >= low) & (known <= high)).mean())


def _applications(run: Run) -> Array:
    """Applications in a year, while there is something to apply for, [draw]."""
    asked = run.measures.result.applications
    return np.asarray(MONTHS_PER_YEAR * asked.sum(axis=-1) / np.maximum((asked > 0).sum(axis=-1), 1))


def _awarded(run: Run) -> tuple[Array, Array]:
    """Public hours of the first year that each representative group has, and the groups behind it, [draw, group]."""
    context = run.measures.context
    awards = run.measures.result.allocation.by_group[:, 0] - context.groups.own_by_group[:, 0]
    return np.asarray(awards), context.groups.count


def _award(run: Run, share: float) -> Array:
    """The award below which a share of the groups lie, H100e-hours a year, [draw]."""
    awards, count = _awarded(run)
    return np.array([np.quantile(award[behind > 0], share) for award, behind in zip(awards, count, strict=True)])


def _awards(run: Run) -> Array:
    """Groups that are awarded anything, [draw]."""
    awards, count = _awarded(run)
    return np.asarray((count * (awards > 0)).sum(axis=-1))


def _granted(run: Run) -> Array:
    """Hours granted in all, H100e-hours, [draw]."""
    return np.asarray(granted_hours(run.measures).sum(axis=-1))


def _hours_between_interruptions(run: Run, gpus: float) -> Array:
    """Mean time between interruptions of a job, hours, [draw]."""
    rate = run.measures.world.reliability.interruptions_per_gpu_hour
    return mean_hours_between_interruptions(gpus, rate).reshape(-1)


def _goodput(run: Run, gpus: float) -> Array:
    """Useful part of the time of a job, [draw]."""
    return goodput_share(np.array([gpus]), np.ones(1), run.measures.world.reliability).reshape(-1)


def _indirect_share(run: Run) -> Array:
    """Indirect costs in an award, [draw]."""
    return 1 - direct_share(run.measures.world.grants.indirect_ratio).reshape(-1)


def _saving_by_open_models(run: Run) -> Array:
    """What users of models would save if all of them took open ones, [draw]."""
    complement = run.measures.world.complement
    now = price_usd(natural_share(complement, np.zeros(1)), complement)
    return np.asarray(1 - price_usd(1.0, complement) / now).reshape(-1)


def _working_years(run: Run, days_per_year: float) -> Array:
    """Time that applicants spend, [draw]."""
    return run.total("applicant_days") / days_per_year


def _parameter(run: Run, path: str) -> Array:
    """A parameter of the world by its path, as 'cloud.price_usd', [draw]."""
    group, name = path.split(".")
    return np.asarray(getattr(getattr(run.measures.world, group), name), dtype=np.float64).reshape(-1)


MEASURES: Mapping[str, Callable[..., Array]] = {
    "accelerators": _accelerators,
    "months": _months,
    "spent_per_gpu_hour": _spent_per_gpu_hour,
    "cost_by_use": _cost_by_use,
    "energy_per_month": _energy_per_month,
    "rent": _rent,
    "record_in_band": _record_in_band,
    "applications": _applications,
    "award": _award,
    "awards": _awards,
    "granted": _granted,
    "hours_between_interruptions": _hours_between_interruptions,
    "goodput_of_a_job": _goodput,
    "indirect_share": _indirect_share,
    "saving_by_open_models": _saving_by_open_models,
    "working_years": _working_years,
}


def measured(run: Run, measure: str, of: Mapping[str, Any]) -> Array:
    """A measure, a parameter by its path, or an outcome in the scenario's own money, [draw]."""
    if "." in measure:
        return _parameter(run, measure)
    return MEASURES[measure](run, **of) if measure in MEASURES else run.total(measure)
