"""The price of immediacy: what a useful hour costs, and how long jobs wait for it, as a machine is run fuller.

A machine that is run fuller costs less per useful hour, and its jobs wait longer. Cloud credits cost what they cost,
and their jobs start at once: they are the point at zero wait. Where a machine's hour is the cheaper one, there is a
value of waiting at which both are equal:

    break-even = (credits' cost of a useful hour - the machine's) x useful hours of a job / mean wait of a job

in money per hour that one job waits; waits of less than a minute count as a minute. The useful hours of a job are its
mean work in GPU-hours (used GPU-hours over the number of jobs), times the H100e-hours that a GPU-hour in use brings;
later and faster GPUs do a job in fewer hours. Hours and jobs are discounted like money, as in the cost of an hour.

All of it is the central case, with the waits of the response surface: no queue is simulated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import nan

import pandas as pd

from sim.comparison.blocks import computed
from sim.comparison.calendars import Draws
from sim.comparison.results import Comparison, in_own_money
from sim.comparison.run import DEFAULT_SEED
from sim.comparison.worlds import draw_worlds
from sim.costs.fullness import MACHINE, typical_gpus
from sim.costs.queueing import work_brought
from sim.costs.result import OptionResult
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.finance import present_value
from sim.mechanisms.workload import job_model
from sim.outcomes import BY_NAME, Measures
from sim.outcomes.money import cost_per_hour
from sim.scenario import Option, Scenario
from sim.units import MINUTES_PER_HOUR
from sim.waits.estimate import STATISTIC, Estimate, estimate
from sim.waits.foretold import model_error_factor

DISCIPLINES = ("easy", "fcfs", "multifactor", "sjf")
TARGETS = (0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.94, 0.97)
SHORT = 0.005  # below its target by which a machine counts as not as full as wanted
FORMULA = (
    "break-even = (cost of a useful hour of credits - of the machine) * useful H100e-hours of a job / "
    "mean wait of a job"
)
COLUMNS = (
    "option", "discipline", "target", "attained", "short", "cost", "median", "p95", "p95_low", "p95_high", "mean",
    "withdrawn", "break_even", "break_even_low", "break_even_high", "silent",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Immediacy:
    """Points of the central case, and the labels of the two options; empty texts where the scenario has no such option.

    points: the columns COLUMNS. target, attained: parts of the GPU-hours in service that the operator wants busy, and
    that people keep busy; short: the second is below the first. cost: public money of the scenario per H100e-hour that
    people use. Waits: hours; p95_low, p95_high: the error of the surface. break_even: the scenario's money per hour of
    a job's waiting, above which credits are cheaper; 0 where they are cheaper anyway, NaN where it is not known.
    Credits have neither discipline nor target. discipline, target: as the scenario has them.
    """

    points: pd.DataFrame
    machine: str
    credits: str
    discipline: str
    target: float
    remark: str  # why the surface is silent, or nothing

    @property
    def of_machine(self) -> pd.DataFrame:
        """The points of the machine."""
        return self.points[self.points.discipline != ""]

    @property
    def usual(self) -> pd.Series:
        """The point that is run as the scenario runs it; under the first discipline where its own is not drawn."""
        rows = self.of_machine
        own = rows[(rows.discipline == self.discipline) & (rows.target == self.target)]
        return (own if len(own) else rows[rows.target == self.target]).iloc[0]


def immediacy_of(comparison: Comparison) -> Immediacy:
    """The price of immediacy in the scenario of a comparison, computed once for all that ask for it."""
    return comparison.cached(_of_scenario)


def _of_scenario(comparison: Comparison) -> Immediacy:
    return price_of_immediacy(comparison.scenario, seed=comparison.seed)


def price_of_immediacy(
    scenario: Scenario,
    disciplines: Sequence[str] = DISCIPLINES,
    targets: Sequence[float] = TARGETS,
    seed: int = DEFAULT_SEED,
) -> Immediacy:
    """Cost and wait of the scenario's first machine under each discipline and target, beside its first credits.

    The target of the scenario itself is one of them in any case.
    """
    machine, credits = (scenario.by_instrument.get(kind.name) for kind in (PublicCluster, CloudCredits))
    own = nan if machine is None else machine.instrument.target_utilisation  # type: ignore[attr-defined]
    rows, remarks = [], []
    credits_cost = nan
    if credits is not None:
        credits_cost = _cost(scenario, Measures(_result(scenario, credits, seed)))
        rows.append(_row(option=credits.key, cost=credits_cost, median=0.0, p95=0.0, mean=0.0))
    if machine is not None:
        for changed, at in _variants(scenario, machine, disciplines, sorted({*targets, own})):
            row, remark = _point(changed, _result(changed, changed.options[0], seed), at, credits_cost)
            rows.append(row)
            remarks.append(remark)
    return Immediacy(
        points=pd.DataFrame(rows, columns=list(COLUMNS)),
        machine="" if machine is None else machine.label,
        credits="" if credits is None else credits.label,
        discipline=scenario.world.queue.discipline,
        target=own,
        remark=next(filter(None, remarks), ""),
    )


def _variants(
    scenario: Scenario, machine: Option, disciplines: Sequence[str], targets: Sequence[float]
) -> Iterator[tuple[Scenario, dict[str, object]]]:
    """The scenario with the machine alone, under every discipline and target; and which of them it is."""
    for discipline in disciplines:
        world = replace(scenario.world, queue=replace(scenario.world.queue, discipline=discipline))
        for target in targets:
            instrument = replace(machine.instrument, target_utilisation=target)  # type: ignore[call-arg]
            option = replace(machine, instrument=instrument)
            at = {"option": machine.key, "discipline": discipline, "target": target}
            yield replace(scenario, world=world, options=(option,)), at


def _result(scenario: Scenario, option: Option, seed: int) -> OptionResult:
    """One option of a scenario in the central case; the others are left out unless the money is sized by them."""
    kept = [each for each in (option, scenario.by_instrument.get(PublicCluster.name)) if each is not None]
    alone = replace(scenario, options=tuple({each.key: each for each in kept}.values()))
    world = draw_worlds(alone, seed, 0)
    draws = Draws.of(world.between(0, 1), seed, 0, alone.months)
    return next(result for each, _, result in computed(alone, draws) if each.key == option.key)


def _cost(scenario: Scenario, measures: Measures) -> float:
    """Public cost of an H100e-hour that people use, the scenario's money; the headline's is of those supplied."""
    per_hour = cost_per_hour(lambda each: each.result.public_hours)(measures)
    return float(in_own_money(BY_NAME["cost_per_h100e_hour"], per_hour, scenario)[0])


def _point(
    scenario: Scenario, result: OptionResult, at: dict[str, object], credits_cost: float
) -> tuple[dict[str, object], str]:
    """The row of one discipline and target, and why the surface says nothing of it."""
    found = estimate(result)
    measures = Measures(result, found)
    waits = {STATISTIC[name]: float(BY_NAME[name].total(measures)[0]) for name in STATISTIC}
    cost, attained = _cost(scenario, measures), float(BY_NAME["utilisation"].total(measures)[0])
    band = found.bands.get("p95") if found is not None else None
    worth, factor = break_even(credits_cost - cost, job_h100e_hours(result), waits["mean"]), model_error_factor()
    row = _row(
        **at,
        attained=attained,
        short=attained < float(str(at["target"])) - SHORT,
        cost=cost,
        **{name: waits[name] for name in ("median", "p95", "mean", "withdrawn")},
        p95_low=nan if band is None else band.low,
        p95_high=nan if band is None else band.high,
        break_even=worth,
        break_even_low=worth / factor,
        break_even_high=worth * factor,
        silent=band is None,
    )
    return row, _remark(found)


def _remark(found: Estimate | None) -> str:
    """Why there are no waits; nothing where there are."""
    if found is None:
        return "the machine has no jobs to run"
    return "" if found.bands else found.remark.removeprefix("no instant estimate: ")


def _row(**values: object) -> dict[str, object]:
    """A row of the points; what is not given is not known."""
    blank = {"discipline": "", "short": False, "silent": False}
    return {name: values.get(name, blank.get(name, nan)) for name in COLUMNS}


def break_even(gap: float, job_hours: float, wait_hours: float) -> float:
    """Money per hour of a job's waiting at which credits, dearer by `gap` a useful hour, cost as much as the machine.

    `job_hours`: useful hours of a job. Waits of less than a minute count as a minute: they do not differ.

    >>> break_even(0.5, 6.0, 2.0), break_even(-0.1, 6.0, 2.0), break_even(0.5, 6.0, 0.0)
    (1.5, 0.0, 180.0)
    """
    return gap * job_hours / max(wait_hours, 1 / MINUTES_PER_HOUR) if not gap <= 0 else 0.0


def job_h100e_hours(result: OptionResult) -> float:
    """Useful H100e-hours of a mean job on the machine of the central case; NaN where it has no jobs."""
    # Here, not above: SciPy takes longer to load than a scenario to check.
    from sim.queue.workload.tables import job_gpu_hours

    world, discount = result.context.world.at(0), result.context.grid.discount
    if result.in_service is None or MACHINE not in result.allocation.used:
        return nan
    gpus = int(typical_gpus(result.in_service[:1], world.queue)[0])
    brought, useful = (
        float(present_value(each, discount)[0]) for each in (work_brought(result), result.allocation.used[MACHINE])
    )
    return useful / (brought / job_gpu_hours(job_model(world.workload), gpus)) if brought > 0 else nan
