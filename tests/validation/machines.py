"""What the record of public machines says: prices, delays, power and running cost, each fitted and scored.

    python -m tests.validation.machines

prints every fit with its data, its interval and its residuals. The price is scored leave one out: each machine's
accelerators are predicted from its money, date, design and build with a fit to the others. The defaults of
`sim.mechanisms.procurement` and `operations` are these fits to two digits; tests/validation/test_machines.py holds
them together.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from statistics import NormalDist, mean, median, stdev

import numpy as np

from sim import sources
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.coverage import PARTS
from sim.mechanisms.hardware import Hardware
from sim.mechanisms.operations import Operations, running_cost_per_year
from sim.mechanisms.procurement import Procurement, facility_cost_usd
from sim.months import Month
from sim.scenario.machines import REFERENCE_YEAR, design_values
from sim.series import segments, series
from sim.units import BASE_PRICE_YEAR, REFERENCE_ORDER_USD

BUILDS = {
    "existing_hall": ("existing hall", "upgrade in place"),
    "new_machine": ("new machine",),
    "new_hall": ("new hall", "new machine + modular DC"),
    "new_chip": ("new chip",),
}
"""Classes of data/lead_times.csv behind each kind of build; re-tenders and rented capacity are none of them."""
DESIGN_POWER = 1.2
"""Power in data/designs.csv over the thermal design power."""
EIGHTY = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True)
class Purchase:
    """One purchase of the record, in base-year USD."""

    system: str
    ordered: Month
    money_usd: float
    covers: tuple[str, ...]
    operations_years: float
    build: str
    design: str
    accelerators: int

    @property
    def hardware(self) -> Hardware:
        """The design at the date of the purchase."""
        return Hardware(**{name: value for name, (value, _) in design_values(self.design, self.ordered).items()})

    @property
    def year(self) -> float:
        """Date of the order in years."""
        return self.ordered.year + (self.ordered.month - 1) / 12

    @property
    def facility_usd(self) -> float:
        """Building of one accelerator, where the money covers it."""
        if "building" not in self.covers:
            return 0.0
        return float(facility_cost_usd(self.hardware, Procurement(build=self.build), np.zeros(()), 0.2))

    def running_usd(self, price_usd: float) -> float:
        """Running cost of one accelerator at a system price, where the money covers it."""
        years = self.operations_years if "operations" in self.covers else 0.0
        kw, busy = self.hardware.power_kw, PublicCluster().target_utilisation
        cost = running_cost_per_year(kw, price_usd, self.accelerators, Operations(), busy)
        return years * cost

    @property
    def system_usd(self) -> float:
        """System contract per accelerator that the record implies: running cost is linear in it."""
        fixed, full = self.running_usd(0.0), self.running_usd(1.0)
        each = self.money_usd / self.accelerators
        return (each - self.facility_usd - fixed) / (1 + full - fixed)

    def predicted(self, fit: Fit) -> float:
        """Accelerators that the money buys at the price of a fit."""
        size = (self.money_usd / REFERENCE_ORDER_USD) ** fit.exponent
        price = self.hardware.price_usd * fit.ratio * exp(fit.growth * (self.year - REFERENCE_YEAR)) * size
        return self.money_usd / (price + self.facility_usd + self.running_usd(price))


@dataclass(frozen=True)
class Fit:
    """log(system price / market price) = log ratio + growth * (year - 2020) + exponent * log(money / 100 M$)."""

    ratio: float  # in 2020, at 100 M$
    growth: float  # per year
    exponent: float
    spread: float  # standard deviation of the residual, in logs
    errors: tuple[float, float, float]  # standard errors of the three, of the ratio in its log


@cache
def purchases() -> tuple[Purchase, ...]:
    """Every row of data/purchases.csv."""
    return tuple(_purchase(row) for row in sources.facts("purchases").values())


def _purchase(row: dict[str, str]) -> Purchase:
    ordered = Month.read(row["ordered"])
    assert ordered is not None, row["ordered"]
    rate = 1.0 if row["currency"] == "USD" else sources.exchange_rates()[row["currency"], int(row["price_year"])]
    level = sources.deflator(BASE_PRICE_YEAR) / sources.deflator(int(row["price_year"]))
    covers = tuple(part for part in PARTS if part in row["covers"].split(";"))
    return Purchase(
        row["system"], ordered, float(row["amount"]) * rate * level, covers,
        float(row["operations_years"] or 0), row["build"], row["design"], int(row["accelerators"]),
    )  # fmt: skip


def fitted(rows: Sequence[Purchase]) -> Fit:
    """Ordinary least squares over the rows."""
    known = np.array([[1.0, row.year - REFERENCE_YEAR, log(row.money_usd / REFERENCE_ORDER_USD)] for row in rows])
    ratios = np.array([log(row.system_usd / row.hardware.price_usd) for row in rows])
    found, *_ = np.linalg.lstsq(known, ratios, rcond=None)
    spread = float(np.sqrt(((ratios - known @ found) ** 2).sum() / (len(rows) - len(found))))
    level, growth, exponent = map(float, found)
    errors = spread * np.sqrt(np.diag(np.linalg.inv(known.T @ known)))
    return Fit(exp(level), growth, exponent, spread, tuple(map(float, errors)))  # type: ignore[arg-type]


def left_out() -> list[tuple[Purchase, float, Fit]]:
    """Each purchase with its accelerators as the others predict them."""
    rows = purchases()
    fits = [fitted([*rows[:n], *rows[n + 1 :]]) for n in range(len(rows))]
    return [(row, row.predicted(fit), fit) for row, fit in zip(rows, fits, strict=True)]


def plain_left_out() -> list[float]:
    """Log errors of a regression of accelerators on money and year alone, leave one out: what there is to beat."""
    rows = purchases()
    table = np.array([[1.0, log(row.money_usd), row.year - 2018] for row in rows])
    counts = np.log([row.accelerators for row in rows])
    errors = []
    for n in range(len(rows)):
        rest = np.arange(len(rows)) != n
        found, *_ = np.linalg.lstsq(table[rest], counts[rest], rcond=None)
        errors.append(float(table[n] @ found - counts[n]))
    return errors


@cache
def lead_times() -> list[dict[str, str]]:
    """Rows of data/lead_times.csv."""
    with (sources.share("data") / "lead_times.csv").open(encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


def of_build(build: str) -> list[dict[str, str]]:
    """Machines of one kind of build."""
    return [row for row in lead_times() if row["build_class"] in BUILDS[build]]


def slip(rows: Sequence[dict[str, str]]) -> float:
    """Geometric mean of the months that machines came late."""
    return exp(mean(log(float(row["slip_months"])) for row in rows))


def slip_errors() -> list[float]:
    """Log errors of months to service, each machine's slip taken from the others of its kind."""
    errors = []
    for build in BUILDS:
        rows = of_build(build)
        for row in rows:
            late = slip([other for other in rows if other is not row])
            errors.append(log((float(row["plan_months"]) + late) / float(row["lead_months"])))
    return errors


def slip_spread() -> float:
    """Standard deviation of the log of months late within kinds of build."""
    within = [
        log(float(row["slip_months"])) - log(slip(of_build(build))) for build in BUILDS for row in of_build(build)
    ]
    return (sum(error**2 for error in within) / (len(within) - len(BUILDS))) ** 0.5


def design_decline() -> float:
    """Fall of the real price of one design a year, over all years for which designs were observed, in logarithms."""
    fallen = years = 0.0
    for design in segments("accelerator"):
        seen = series("accelerator", design).observations
        # a GH200 has the price of an H100
        if len(seen) > 1 and design != "GH200":
            fallen += log(seen[0].usd / seen[-1].usd)
            years += seen[-1].month.months_since(seen[0].month) / 12
    return fallen / years


def power_ratio() -> list[tuple[str, float]]:
    """Power of the whole machine per accelerator over the thermal design power of one."""
    designs = {row["system"].split(" (")[0]: row["generation"] for row in lead_times()}
    watts = {"PVC": "Max1550"}
    found = []
    for row in lead_times():
        design = watts.get(designs[row["system"].split(" (")[0]], row["generation"])
        if row["power_mw"] and design in sources.facts("designs"):
            kw = float(sources.facts("designs")[design]["power_kw"]) / DESIGN_POWER
            found.append((row["system"], float(row["power_mw"]) * 1e3 / float(row["gpus"]) / kw))
    return found


def score(errors: Sequence[float]) -> str:
    """Mean signed log error and median absolute error in words."""
    typical = median(abs(exp(error) - 1) for error in errors)
    return f"mean signed log error {mean(errors):+.2f}, median absolute error {typical:.0%}"


def report() -> str:
    """Every fit, its data and its residuals."""
    whole, rows = fitted(purchases()), left_out()
    errors = [log(count / row.accelerators) for row, count, _ in rows]
    inside = [abs(error) <= EIGHTY * fit.spread for error, (_, _, fit) in zip(errors, rows, strict=True)]
    lines = [
        "System price over the market price of the design, by the money of the order (16 purchases)",
        f"  ratio in 2020 at 100 M$ {whole.ratio:.3f} (log +- {whole.errors[0]:.2f}), growth a year "
        f"{whole.growth:+.3f} +- {whole.errors[1]:.3f}, exponent {whole.exponent:+.3f} +- {whole.errors[2]:.2f}, "
        f"spread {whole.spread:.2f}",
        "  machine            bought  predicted by the others  log error  in its 80 % interval",
        *(
            f"  {row.system:16s} {row.accelerators:8,d} {count:10,.0f} {error:+20.2f}  {'yes' if held else 'no'}"
            for (row, count, _), error, held in zip(rows, errors, inside, strict=True)
        ),
        f"  {score(errors)}; {sum(inside)} of {len(inside)} inside",
        f"  money and year alone: {score(plain_left_out())}",
        "",
        "Months late by kind of build (plan + geometric mean of the others against what came)",
        *(
            f"  {build:14s} plan {median(float(row['plan_months']) for row in of_build(build)):5.1f}, "
            f"late {slip(of_build(build)):5.1f} ({len(of_build(build))} machines)"
            for build in BUILDS
        ),
        f"  spread of the log {slip_spread():.2f}; leave one out: {score(slip_errors())}",
        "",
        f"Price of one design: {design_decline():.2f} a year less in logarithms, in real terms",
        "",
        "Power of a machine per accelerator over the thermal design power of one",
        *(f"  {system:24s} {ratio:.2f}" for system, ratio in power_ratio()),
        f"  geometric mean {exp(mean(log(ratio) for _, ratio in power_ratio())):.2f}, "
        f"spread of the log {stdev(log(ratio) for _, ratio in power_ratio()):.2f}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
