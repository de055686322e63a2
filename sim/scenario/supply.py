"""Supply from elsewhere: an embargo that the horizon does not hold, a second vendor that nothing runs on."""

from __future__ import annotations

from sim.formatting import format_bound, format_range
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.world import World
from sim.scenario.model import Option
from sim.scenario.problems import Problems


def check_embargo(world: World, months: int, problems: Problems) -> None:
    """The embargo must begin and end within the horizon, or what it costs would not be seen."""
    terms, whole = world.independence, f"the {months} months of the horizon"
    if not terms.shock:
        return
    start, length = terms.shock_start_months, terms.shock_months
    if start >= months:
        late = f"{format_bound(start)} is after {whole}, so the embargo never comes"
        problems.fault(
            "world.independence.shock_start_months", f"{late}; allowed: {format_range(0, months - 1, 'month')}"
        )
    elif start + length > months:
        begins = f"that begins in month {start:g}, before the end of {whole}"
        long = f"{format_bound(length)} is too long for an embargo {begins}"
        floor = world.independence.spec("shock_months").floor
        problems.fault(
            "world.independence.shock_months", f"{long}; allowed: {format_range(floor, months - start, 'month')}"
        )


def check_vendors(options: tuple[Option, ...], world: World, budget_usd: float | None, problems: Problems) -> None:
    """Something must run on machines of a second vendor, and porting must leave money for machines."""
    for option in options:
        member = option.instrument
        if not isinstance(member, PublicCluster):
            continue
        share, porting = member.alternative_share, member.porting_usd
        if share > 0 and porting == 0 and world.vendors.portable_at_start_share == 0:
            idle = f"0 leaves {format_bound(share)} of the machine (alternative_share) idle, since no code runs on it"
            other = "or vendors.portable_at_start_share above 0, or alternative_share = 0"
            problems.fault(f"{option.key}.porting_usd", f"{idle}; allowed: above 0 (USD), {other}")
        spent, what = (porting, "porting_usd") if porting > 0 else (0.0, "alternative_share")
        legal = world.vendors.legal_usd if share > 0 else 0.0
        if budget_usd is not None and spent + legal >= budget_usd:
            whole = f"porting and lawyers cost {spent + legal:,.0f} USD of a budget of {budget_usd:,.0f} USD"
            problems.fault(f"{option.key}.{what}", f"{whole}, which leaves nothing for a machine; allowed: less")
