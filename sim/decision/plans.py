"""Plans: what a government may commit itself to, each an option of the same money, with what it may do later in it.

A plan that leaves money unspent says how much: `Plan.unspent_share`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sim.comparison.run import compare
from sim.formatting import format_rounded
from sim.instruments import INSTRUMENTS
from sim.instruments.base import Instrument
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.public_cluster import PublicCluster
from sim.scenario import Option, Scenario
from sim.units import MONTHS_PER_YEAR

DECISION_MONTH, SECOND_SHARE = 24.0, 0.5  # of the second tranche, where the scenario's machine has one alone
WAIT_MONTHS = 12.0
PILOT_SHARE = 0.02  # of the money
MOST_BRIDGE_SHARE = 0.5


@dataclass(frozen=True)
class Plan:
    """One plan as an option of a derived scenario."""

    key: str
    label: str
    instrument: Instrument
    unspent_share: float = 0.0  # of the money


@dataclass(frozen=True)
class Plans:
    """The plans of a scenario with one public machine, and when what may be decided anew."""

    scenario: Scenario  # the derived one, with the plans after its own options
    machine: Option
    credits: Option
    plans: tuple[Plan, ...]
    decision_month: float  # of the second tranche
    second_share: float  # of the money, that the second tranche costs
    wait_months: float
    pilot_share: float

    def plan(self, key: str) -> Plan:
        """One plan; KeyError where there is none."""
        return {plan.key: plan for plan in self.plans}[key]


def plans_of(
    scenario: Scenario,
    *,
    decision_month: float | None = None,
    second_share: float | None = None,
    wait_months: float = WAIT_MONTHS,
    pilot_share: float = PILOT_SHARE,
) -> Plans:
    """The plans of a scenario: its machine in two tranches, or only the first of them, later, bridged, with a pilot.

    `decision_month` and `second_share` of the money are those of the machine's own second tranche, else two years and
    a half. Raises KeyError with a sentence where there is no machine to decide on, a date is not in the horizon, or a
    share is not between nothing and all.
    """
    options = scenario.by_instrument
    if PublicCluster.name not in options:
        raise KeyError(f"{scenario.key} has no public_cluster among its options: there is nothing to buy in parts")
    machine = options[PublicCluster.name]
    credits = options.get(CloudCredits.name) or Option("plan_credits", CloudCredits.label, CloudCredits())
    assert isinstance(machine.instrument, PublicCluster) and isinstance(credits.instrument, CloudCredits)
    own = machine.instrument
    month = (
        decision_month
        if decision_month is not None
        else (own.tranche_months[1] if len(own.tranche_months) > 1 else DECISION_MONTH)
    )
    share = (
        second_share
        if second_share is not None
        else (sum(own.tranche_shares[1:]) if len(own.tranche_shares) > 1 else SECOND_SHARE)
    )
    for what, date in (("the decision", month), ("waiting", wait_months)):
        if not 0 < date < scenario.months:
            raise KeyError(f"{what} is at month {date:g}, must be within the horizon, month 1 to {scenario.months - 1}")
    for what, part in (("the second tranche", share), ("a pilot", pilot_share)):
        if not 0 < part < 1:
            raise KeyError(f"{what} takes {part:g} of the money, must be between 0 and 1, ends left out")
    first, second = _tranches(own, month)
    plans = [
        *_of_tranches(scenario, own, credits.instrument, first, second, share, month),
        *_of_time(scenario, own, credits.instrument, wait_months, pilot_share),
    ]
    derived = _derived(scenario, plans, credits)
    return Plans(derived, machine, credits, tuple(plans), month, share, wait_months, pilot_share)


def _derived(scenario: Scenario, plans: list[Plan], credits: Option) -> Scenario:
    """The scenario with plans as further options."""
    more = () if credits in scenario.options else (credits,)
    added = tuple(Option(plan.key, plan.label, plan.instrument) for plan in plans)
    return replace(scenario, options=scenario.options + more + added)


def _tranches(own: PublicCluster, month: float) -> tuple[PublicCluster, PublicCluster]:
    """The machine's first tranche alone, and what comes at the decision month or after it."""
    later = [(m, s) for m, s in zip(own.tranche_months, own.tranche_shares, strict=True) if m >= month]
    months, shares = zip(*later, strict=True) if later else ((month,), (1.0,))
    first = replace(own, tranche_months=own.tranche_months[:1], tranche_shares=(1.0,))
    whole = sum(shares)
    return first, replace(own, tranche_months=tuple(months), tranche_shares=tuple(share / whole for share in shares))


def _of_tranches(
    scenario: Scenario, own: PublicCluster, credits: CloudCredits, first: PublicCluster, second: PublicCluster,
    share: float, month: float,
) -> list[Plan]:  # fmt: skip
    """Both tranches, the first and then credits, or the first alone; the same first tranche in each.

    Tranches of one machine are shares of its size: those that the money of each buys in the central case.
    """
    stop = Plan("plan_stop", "Stop after the first tranche", mixed(first, public_cluster=1 - share), share)
    rest = Plan("plan_second", "Second tranche", mixed(second, public_cluster=share))
    sizes = [_central_size(scenario, plan, credits) for plan in (stop, rest)]
    whole = sum(sizes) or 1.0
    both = replace(
        own,
        tranche_months=first.tranche_months + second.tranche_months,
        tranche_shares=(sizes[0] / whole, *(part * sizes[1] / whole for part in second.tranche_shares)),
    )
    then = mixed(first, replace(credits, from_month=month), public_cluster=1 - share, cloud_credits=share)
    return [
        Plan("plan_both", "Both tranches", both),
        Plan("plan_then_credits", "First tranche, then credits", then),
        stop,
    ]


def _central_size(scenario: Scenario, plan: Plan, credits: CloudCredits) -> float:
    """Accelerators of a plan in the central case."""
    machine = scenario.by_instrument[PublicCluster.name]
    alone = replace(scenario, options=(scenario.options[0], machine, Option(plan.key, plan.label, plan.instrument)))
    if scenario.options[0] is machine:
        alone = replace(alone, options=alone.options[1:])
    return float(compare(alone, queue=False).results[plan.key].central.size[PublicCluster.name][0])


def _of_time(
    scenario: Scenario, own: PublicCluster, credits: CloudCredits, wait_months: float, pilot_share: float
) -> list[Plan]:
    """The machine or credits after waiting, with and without the cost of a pilot, and the machine with a bridge."""
    later = replace(own, tranche_months=tuple(month + wait_months for month in own.tranche_months))
    kept = replace(credits, from_month=wait_months)
    left = 1 - pilot_share
    ordered = own.tranche_months[0] + own.tender_months
    rent = replace(credits, from_month=0.0, until_month=ordered, until_delivery=True)
    part = _bridge_share(scenario, ordered)
    wait = f"Wait {format_rounded(wait_months)} months"
    return [
        Plan("plan_later", f"{wait}, then the machine", later),
        Plan("plan_later_credits", f"{wait}, then credits", kept),
        Plan("plan_pilot_machine", "Pilot, then the machine", mixed(later, public_cluster=left)),
        Plan("plan_pilot_credits", "Pilot, then credits", mixed(kept, cloud_credits=left)),
        Plan("plan_bridge", "Credits until delivery", mixed(own, rent, public_cluster=1 - part, cloud_credits=part)),
    ]


def _bridge_share(scenario: Scenario, ordered: float) -> float:
    """Money of the bridge: as much a month, until the machine is planned to serve, as if all were spent on credits."""
    planned = ordered + float(scenario.world.procurement.lead_months) + float(scenario.world.procurement.slip_months)
    return min(planned / (len(scenario.budget.yearly) * MONTHS_PER_YEAR), MOST_BRIDGE_SHARE)


def mixed(*members: Instrument, **shares: float) -> Instrument:
    """Instruments at these shares of the money; shares that sum to less than one leave the rest unspent."""
    kind = INSTRUMENTS["portfolio"]
    levers: dict[str, Any] = dict.fromkeys(kind.names(), 0.0) | {f"{key}_share": each for key, each in shares.items()}
    return kind(**levers, **{"members": members})
