"""Independence: how concentrated the providers are, and what the option loses under an embargo."""

from __future__ import annotations

from math import ceil, nan
from typing import TYPE_CHECKING

from sim.units import MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw, Series

if TYPE_CHECKING:
    from tests.bench.plain.option import Months
    from tests.bench.plain.outcomes import Outcomes


def count_independence(found: Outcomes, months: Months, draw: Draw, shocked: tuple[Months, Draw] | None) -> None:
    """Shares of providers over the horizon and by year, and the embargo's toll."""
    known = known_providers(months, draw)
    everything = used(months, draw)
    years = [slice(start, start + MONTHS_PER_YEAR) for start in range(0, draw.months, MONTHS_PER_YEAR)]
    cluster = months.used.get("cluster", draw.nothing())
    abroad = rented(months, draw)
    homes = [whole - public - away for whole, public, away in zip(everything, cluster, abroad, strict=True)]
    found.ratio("own_machines_share", homes, everything)
    found.ratio("public_machine_share", cluster, everything)
    others = 1 - draw.world.cloud.hyperscaler_share
    found.ratio("small_clouds_share", [others * hours for hours in abroad], everything)
    many = draw.world.independence.institutions
    by_year = [concentrated(known, homes, many, everything, year) for year in years]
    found.totals["provider_hhi"], found.totals["largest_provider_share"] = concentrated(
        known, homes, many, everything, slice(None)
    )
    found.yearly["provider_hhi"] = [hhi for hhi, _ in by_year]
    found.yearly["largest_provider_share"] = [largest for _, largest in by_year]
    found.totals["retained_share"] = found.totals["lost_fe_hours_per_year"] = nan
    found.totals["embargo_rent_rise_percent"] = found.totals["embargo_fe_hours"] = nan
    if shocked is None:
        return
    left = [hours / new for hours, new in zip(used(*shocked), draw.frontier, strict=True)]
    usual = [hours / new for hours, new in zip(everything, draw.frontier, strict=True)]
    terms = draw.world.independence
    latest = draw.months - terms.shock_months
    start = terms.shock_start_months
    start = start if start <= latest else max(latest - (start - latest), 0)
    first, end = int(start), start + terms.shock_months
    last = max(first + MONTHS_PER_YEAR, ceil(end))
    found.totals["embargo_fe_hours"] = sum(left[first:last])
    found.totals["retained_share"] = sum(left[first:last]) / sum(usual[first:last])
    found.totals["lost_fe_hours_per_year"] = terms.chance_per_year * (sum(usual) - sum(left))
    siege = shocked[1].siege
    if all(siege.capacity(month) > 0 for month in range(draw.months)):
        rise = max(siege.dearer(month) for month in range(draw.months)) - 1
        found.totals["embargo_rent_rise_percent"] = 100 * rise


def used(months: Months, draw: Draw) -> Series:
    """Hours of all groups, month by month."""
    rows = zip(draw.tier_own, months.displaced, months.public, strict=True)
    return [sum(own) - sum(lost) + sum(public) for own, lost, public in rows]


def rented(months: Months, draw: Draw) -> Series:
    """Hours that groups rent, with public money or their own."""
    public = months.used.get("cloud", draw.nothing())
    part = draw.world.independence.own_cloud_share
    own = [part * (sum(had) - sum(lost)) for had, lost in zip(draw.tier_own, months.displaced, strict=True)]
    return [a + b for a, b in zip(public, own, strict=True)]


def known_providers(months: Months, draw: Draw) -> list[Series]:
    """Hours of the providers that have a name: the public machine and three clouds."""
    terms = draw.world.independence
    sizes = [terms.first_share, terms.second_share, terms.third_share]
    three = draw.world.cloud.hyperscaler_share
    clouds = [[hours * three * size / sum(sizes) for hours in rented(months, draw)] for size in sizes]
    return [*clouds, months.used.get("cluster", draw.nothing())]


def concentrated(
    known: list[Series], homes: Series, many: float, everything: Series, when: slice
) -> tuple[float, float]:
    """Index of Herfindahl and Hirschman, and the largest share, in these months; `many` institutions are alike."""
    whole = sum(everything[when])
    if whole <= 0:
        return nan, nan
    shares = [sum(hours[when]) / whole for hours in known]
    each = sum(homes[when]) / whole / many
    return sum(part * part for part in shares) + many * each * each, max([*shares, each])


def count_vendor_index(found: Outcomes, draw: Draw) -> None:
    """How concentrated the vendors are: the first, one that the public machine may have, the rest alike."""
    many, top = draw.world.independence.other_vendors, draw.world.vendors.top_share

    def index(first: float, machine: float) -> float:
        second = machine - (first - top * (1 - machine))  # of the machine
        each = (1 - first - second) / many
        return first * first + (second + each) ** 2 + (many - 1) * each * each

    firsts, machines = (found.yearly[name] for name in ("top_vendor_share", "public_machine_share"))
    found.totals["vendor_hhi"] = index(found.totals["top_vendor_share"], found.totals["public_machine_share"])
    found.yearly["vendor_hhi"] = [index(*pair) for pair in zip(firsts, machines, strict=True)]
