"""Notes on one option: sizes, the verdict on a fab, weight in markets, precision of the waits."""

from __future__ import annotations

import numpy as np

from sim.comparison.results import Result
from sim.formatting import format_percent, format_short
from sim.mechanisms.fab import full_stake_usd, packaged_share
from sim.parameters import Array
from sim.scenario import Scenario
from sim.waits.machine import LIMITS

FAB = "domestic_fab"


def result_notes(result: Result, scenario: Scenario) -> list[str]:
    """Notes on the size, the fab, the markets and the precision of the waits of one option, a line each."""
    lines = []
    sizes = [
        f"{format_short(float(size[0]))} {result.central.size_unit[name]}"
        for name, size in result.central.size.items()
        if result.central.size_unit[name] == "accelerators"
    ]
    if sizes:
        lines.append(f"{', '.join(sizes)} in all tranches.")
    if FAB in result.central.size:
        lines.append(fab_verdict(result, scenario))
    lines += market_note(result)
    if result.waits is not None:
        lines.append(f"waits {result.waits.note()}. {LIMITS[result.central.context.world.at(0).workload.pattern]}.")
    if result.estimate is not None:
        lines.append(f"waits: {result.estimate.note()}.")
    return lines


def fab_verdict(result: Result, scenario: Scenario) -> str:
    """The sentence on a fab: how much of one the stake pays for, whether it is built, what budget would bring one."""
    fab = result.central.context.world.at(0).fab
    stake, full = float(result.central.size[FAB][0]), float(full_stake_usd(fab))
    part = f"the stake is {format_percent(stake / full)} of the public share of one fab"
    through = float(packaged_share(fab))
    bound = "" if through >= 1 else f"; packaging lets {format_percent(through, '.0f')} of its dies through"
    if result.central.fab_output[0].any():
        return f"{part}{bound}."
    if stake < float(result.central.least_size[FAB][0]):
        under = f"under {format_percent(fab.minimum_stake_share, '.0f')} none is built and nothing is made"
        return f"below scale: {part}; {under}{_enough(result, scenario)}."
    return f"{part}; nothing is made before the horizon."


def _enough(result: Result, scenario: Scenario) -> str:
    """The budget at which the stake would bring a fab, in the scenario's money; empty where no budget would."""
    needed = float(result.totals["fab_budget_needed"][0])
    if not np.isfinite(needed):
        return ""
    what = "a stake" if scenario.world.money.normalisation == "as_entered" else "a budget"
    return f"; {what} of {format_short(needed / scenario.usd_per_currency)} {scenario.currency} would bring one"


def market_note(result: Result) -> list[str]:
    """Size of the option's purchases and output beside what they do to prices; no line where it trades nothing."""
    markets = result.central.markets
    world, region = markets.accelerators, markets.rental
    bought = [
        f"{_peak(path.demand_share)} of {market} ({format_percent(float(path.price[0].max()) - 1, '+.3g')}{more})"
        for path, market, more in ((world, "the world accelerator market", " price"), (region, "regional rental", ""))
        if path.demand_share[0].any()
    ]
    lines = [f"purchases peak at {' and '.join(bought)}."] if bought else []
    if world.supply_share[0].any():
        fall = format_percent(float(world.price[0].min()) - 1, "+.2g")
        lines.append(f"output peaks at {_peak(world.supply_share)} of the world accelerator market ({fall} price).")
    return lines


def _peak(share: Array) -> str:
    """Peak share of the central case."""
    return format_percent(float(share[0].max()), ".2g")
