"""Need and applications fitted to Canada's rounds of 2020 and 2021, and checked on that of 2023.

`python tests/validation/canada.py` prints data, fit and residuals; `test_canada.py` compares the defaults with it.

From the registers come professors, applications, GPUs of the pool and the part of what was asked for that was granted.
Two numbers are fitted: how many of all groups apply, and a scale of the needs of all four tiers. Three things are
assumed: that a group applies the likelier the more it lacks, in proportion; that the tiers' needs are as 60, 15, 3 and
8 and their own compute is the default; and that requests are padded by the default `access.asking_ratio`. A GPU of the
pool counts as 0.35 H100e, a judgement; needs are in proportion to it, shares granted do not depend on it. Applications
are all that were sent, those for CPUs alone among them, which are not told apart.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sim.costs.groups import Groups
from sim.mechanisms.access import Access
from sim.mechanisms.cloud import Cloud
from sim.mechanisms.demand import TIERS, Demand, by_tier, group_counts
from sim.sources import share
from sim.units import HOURS_PER_YEAR

PROFESSORS = {2020: 4_400, 2021: 4_800, 2022: 5_100, 2023: 5_376}  # programmes:N008
H100E_PER_GPU = 0.35
RATIOS = {"elite": 60_000.0, "intensive": 15_000.0, "regional": 3_000.0, "startups": 8_000.0}
FITTED, CHECKED = (2020, 2021), 2023
STEPS = 100
# registers without a number of groups behind them: a check of order (projects a year or so, row)
REGISTERS = {
    "ACCESS Bridges-2, GPU, a quarter": (319, "N012"),
    "NAIRR pilot, two years": (700, "N013"),
    "NREL, a year": (138, "N003"),
}


@dataclass(frozen=True)
class Round:
    """A year's round: professors, applications, H100e-hours to be competed for and asked for."""

    year: int
    professors: float
    applications: float
    competed: float
    granted_share: float

    @property
    def asked(self) -> float:
        """H100e-hours asked for."""
        return self.competed / self.granted_share


def rounds() -> dict[int, Round]:
    """The rounds whose share of GPUs granted is known."""
    with (share("data") / "canada_allocations.csv").open(encoding="utf8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["gpu_award_fraction"]]
    found = {}
    for row in rows:
        year, pool = int(row["year"]), float(row["pool_gpus"]) * float(row["allocatable_share"])
        competed = pool * H100E_PER_GPU * HOURS_PER_YEAR
        granted = float(row["gpu_award_fraction"])
        found[year] = Round(year, PROFESSORS[year], float(row["applications"]), competed, granted)
    return found


def solved(function: Any, target: float, low: float, high: float) -> float:
    """Where a rising function takes a value."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < target else (low, middle)
    return (low + high) / 2


def worlds(scale: float, applying: float) -> tuple[Demand, Access]:
    """Groups whose needs are `scale` times the ratios, of whom a share `applying` applies, by what they lack."""
    demand = replace(Demand(), **{f"need_{tier}": scale * hours for tier, hours in RATIOS.items()})
    lacking, heads = (by_tier(demand, "need") - by_tier(demand, "own"))[0], group_counts(demand)[0] / demand.groups

    def rates(level: float) -> np.ndarray:
        return np.minimum(level * lacking / lacking.max(), 1.0)

    level = solved(lambda x: float((heads * rates(x)).sum()), applying, 0.0, 1e3)
    return demand, replace(Access(), **{f"apply_{t}": float(r) for t, r in zip(TIERS, rates(level), strict=True)})


def asked(demand: Demand, access: Access, years: float = 0.0, rent_ratio: float = 1.0) -> float:
    """H100e-hours that the model's groups ask for in a year, `years` after its start, at these rents."""
    groups = Groups.of(demand, access, np.array([years]), np.array([[rent_ratio]]))
    need, own = groups.levels()
    return float((12 * (need - own)[0, 0] * by_tier(access, "apply")[0]).sum() * access.asking_ratio)


def fit() -> tuple[float, float]:
    """Scale of needs and share of groups that apply, from the rounds of 2020 and 2021."""
    some = [rounds()[year] for year in FITTED]
    applying = float(np.mean([each.applications / each.professors for each in some]))
    each_asks = float(np.mean([each.asked / each.professors for each in some]))

    def of_scale(scale: float) -> float:
        demand, access = worlds(scale, applying)
        return asked(demand, access) / demand.groups

    return solved(of_scale, each_asks, 0.5, 10.0), applying


def predictions(demand: Demand, access: Access) -> dict[str, float]:
    """Share granted in 2023, by what need is taken to have done since 2020 and 2021."""
    found, known = {}, rounds()
    goal = known[CHECKED]
    per_head = asked(demand, access) / demand.groups
    found["need of a professor unchanged"] = goal.competed / (per_head * goal.professors)
    since, mean = CHECKED - np.mean(FITTED), np.mean([known[year].professors for year in FITTED])
    country, rents = replace(demand, groups=float(mean)), float((1 - Cloud().decline_per_year) ** since)
    found["need of all growing by the defaults"] = goal.competed / asked(country, access, float(since), rents)
    first, last = (known[year].asked for year in FITTED)
    found["requests growing as from 2020 to 2021"] = goal.competed / (last * (last / first) ** (CHECKED - FITTED[-1]))
    return found


def main() -> None:
    """Data, fit and residuals."""
    print("year  professors  applications  applying  asked, million H100e-hours  a professor  granted")
    for each in rounds().values():
        applying = each.applications / each.professors
        print(
            f"{each.year}  {each.professors:10,}  {each.applications:12,.0f}  {applying:8.3f}"
            f"  {each.asked / 1e6:26.1f}  {each.asked / each.professors:11,.0f}  {each.granted_share:7.2f}"
        )
    scale, applying = fit()
    demand, access = worlds(scale, applying)
    print(f"\nfit to {FITTED}: needs times {scale:.3f}, {applying:.3f} of all groups apply")
    for tier in TIERS:
        now = f"{getattr(Demand(), f'need_{tier}'):,.0f}, {getattr(Access(), f'apply_{tier}')}"
        then = f"{getattr(demand, f'need_{tier}'):,.0f} H100e-hours a year"
        print(f"  {tier}: {then}, {getattr(access, f'apply_{tier}'):.3f} apply (defaults {now})")
    for year in FITTED:
        each = rounds()[year]
        share_of = each.competed / (asked(demand, access) / demand.groups * each.professors)
        print(f"  {year}: granted {share_of:.3f}, published {each.granted_share:.2f}")
    print(f"\ncheck on {CHECKED}: published {rounds()[CHECKED].granted_share:.2f}")
    for name, value in predictions(demand, access).items():
        print(f"  {name}: {value:.3f}, off by {value - rounds()[CHECKED].granted_share:+.3f}")
    print("\nprojects in other registers, a check of order: Canada's professors would send", end=" ")
    print(f"{applying * PROFESSORS[CHECKED]:,.0f} applications a year")
    for name, (projects, row) in REGISTERS.items():
        print(f"  {name}: {projects} (programmes:{row})")


if __name__ == "__main__":
    main()
