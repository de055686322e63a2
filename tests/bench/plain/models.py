"""The market for models in one draw, month by month, and what it makes of research."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, log, nan
from typing import TYPE_CHECKING

from sim.units import MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw, Series
from tests.bench.plain.safety import weights_part

if TYPE_CHECKING:
    from tests.bench.plain.option import Months
    from tests.bench.plain.outcomes import Outcomes

LEAST_PRICE = 1e-12  # over that at the start
ENTRY = ("frontier_firms", "entry_deterred")


@dataclass
class Path:
    """What users pay and choose, month by month."""

    released: bool
    price: Series = field(default_factory=list)  # over that at the start
    closed: Series = field(default_factory=list)  # part of spending that is charged a margin
    margin: Series = field(default_factory=list)
    firms: Series = field(default_factory=list)
    lag: Series = field(default_factory=list)  # of the best free model


def public_parts(months: Months, draw: Draw) -> Series:
    """Public FE-hours that make open models over what others spend on them, of each month."""
    others = draw.world.complement.world_open_compute / MONTHS_PER_YEAR
    part = weights_part(draw)
    return [sum(tiers) / new * part / others for tiers, new in zip(months.public, draw.frontier, strict=True)]


def cournot(closed: float, firms: float, draw: Draw) -> float:
    """Margin over price of so many firms that sell this part of all."""
    block = draw.world.complement
    reaction = firms * (block.demand_elasticity * closed + block.substitution * (1 - closed))
    return min(1 / reaction, 1 / 1.1) if reaction > 0 else 1 / 1.1


def walk(parts: Series, released: bool, draw: Draw, left: float | None = None) -> Path:
    """The market; `left` is what remains of the lag in the month with most public compute, where that is given."""
    block = draw.world.complement
    opened, closed = block.open_share * block.open_price_usd, (1 - block.open_share) * block.closed_price_usd
    first_closed = seen = closed / (opened + closed)
    firms, power = block.rivals, block.substitution - 1
    first = cournot(first_closed, firms, draw)
    path = Path(released)
    for month, part in enumerate(parts):
        response = block.lag_response
        if left is not None:
            response = -log(left) / log(1 + max(parts)) if left > 0 else inf
        lag = block.lag_months * (1 / (1 + part)) ** response
        margin = cournot(seen, firms, draw)
        dearer = (1 - first) / (1 - margin)
        years = (block.lag_months - lag) / MONTHS_PER_YEAR
        free = (1 - first_closed) * (1 + block.open_growth_per_year) ** draw.t_years[month]
        free *= block.pace_per_year ** (years * power)
        charged = first_closed / dearer**power
        if released:
            own = first_closed / block.rivals
            free += own / (1 - first) ** power
            charged -= own / dearer**power
        path.price.append(max((free + charged) ** (-1 / power), LEAST_PRICE))
        path.closed.append(charged / (free + charged))
        seen += (path.closed[month] - seen) / MONTHS_PER_YEAR
        path.margin.append(margin)
        path.firms.append(firms)
        path.lag.append(min(lag, block.release_lag_months) if released else lag)
        firms += block.entry_per_year * margin / first / MONTHS_PER_YEAR
    return path


def bill(path: Path, month: int, draw: Draw) -> float:
    """What users spend on models in a month."""
    block = draw.world.complement
    return block.spend_usd_per_year / MONTHS_PER_YEAR * path.price[month] ** (1 - block.demand_elasticity)


@dataclass
class Deal:
    """What the firm would lose and pull by giving its model away, at its rate."""

    lost: float
    pulled: float
    making: float
    deterred: float

    def gain(self, draw: Draw) -> float:
        """What is kept of sales, less what is given up and what making costs."""
        return self.pulled * draw.world.complement.complement_margin_share - self.lost - self.making


def deal(parts: Series, draw: Draw) -> Deal:
    """The firm's comparison."""
    block = draw.world.complement
    shut, given = (walk(parts, released, draw) for released in (False, True))
    total = Deal(0.0, 0.0, 0.0, shut.firms[-1] - given.firms[-1])
    for month, t in enumerate(draw.t_years):
        worth = (1 + block.firm_rate_per_year) ** -t
        total.making += worth * block.model_usd_per_year / MONTHS_PER_YEAR
        total.lost += worth * bill(shut, month, draw) * shut.closed[month] * shut.margin[month] / shut.firms[month]
        for sign, path in ((1, given), (-1, shut)):
            inference = bill(path, month, draw) * (1 - path.closed[month] * path.margin[month])
            kept = 1 - block.tied_share + block.tied_share * block.rivals / path.firms[month]
            total.pulled += sign * worth * inference * block.complement_ratio * block.complement_share * kept
    return total


def decided(parts: Series, draw: Draw) -> Path:
    """The market as the firm makes it."""
    rule = draw.world.complement.release
    given = rule == "always" or (rule == "where_it_pays" and deal(parts, draw).gain(draw) > 0)
    return walk(parts, given, draw)


def factors(path: Path, draw: Draw) -> list[tuple[float, float]]:
    """What models make of an hour and of work without any, mean of each year."""
    block, means = draw.world.complement, []
    for start in range(0, draw.months, MONTHS_PER_YEAR):
        hours = answers = 0.0
        for month in range(start, min(start + MONTHS_PER_YEAR, draw.months)):
            ahead = (block.lag_months - path.lag[month]) / MONTHS_PER_YEAR
            hours += 1 + block.research_share * (block.pace_per_year**ahead - 1)
            answers += 1 + block.research_share * (path.price[month] ** -block.demand_elasticity - 1)
        length = min(MONTHS_PER_YEAR, draw.months - start)
        means.append((hours / length, answers / length))
    return means


def gain(before: Path, after: Path, draw: Draw) -> float:
    """Area between two prices left of a straight demand curve: use as before, and half of what is new."""
    elasticity, total = draw.world.complement.demand_elasticity, 0.0
    for month, worth in enumerate(draw.discount):
        dear, cheap = before.price[month], after.price[month]
        use = bill(before, month, draw) * draw.world.complement.country_share / dear
        total += worth * (dear - cheap) * use * (1 + (dear / cheap) ** elasticity) / 2
    return total


def needed(cost: float, parts: Series, before: Path, here: Path, draw: Draw) -> float:
    """Response at which the gain is the cost, by bisection in what is left of the lag."""
    if max(parts) <= 0:
        return nan

    def enough(left: float) -> bool:
        return gain(before, walk(parts, here.released, draw, left), draw) >= cost

    if enough(1.0):
        return 0.0
    if not enough(0.0):
        return nan
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if enough(middle):
            low = middle
        else:
            high = middle
    return -log(low) / log(1 + max(parts)) if low > 0 else inf


def count_models(found: Outcomes, months: Months, draw: Draw) -> None:
    """Every outcome of free models; the public cost must have been found before."""
    block, names = draw.world.complement, ("release_gain", "complement_needed", "spending_needed", *ENTRY)
    if not block.counted:
        found.totals |= dict.fromkeys(("api_price_index", "consumer_gain", "mu_needed", *names), nan)
        found.yearly["api_price_index"] = [nan] * (draw.months // MONTHS_PER_YEAR)
        return
    parts, nothing = public_parts(months, draw), decided([0.0] * draw.months, draw)
    here, trade = decided(parts, draw), deal(parts, draw)
    start = block.closed_price_usd - block.open_share * (block.closed_price_usd - block.open_price_usd)
    prices = [start * price for price in here.price]
    found.totals["api_price_index"] = sum(prices) / len(prices)
    found.yearly["api_price_index"] = [
        sum(prices[year : year + MONTHS_PER_YEAR]) / MONTHS_PER_YEAR for year in range(0, draw.months, MONTHS_PER_YEAR)
    ]
    found.totals["consumer_gain"] = gain(nothing, here, draw)
    found.totals["mu_needed"] = needed(found.totals["public_cost"], parts, nothing, here, draw)
    found.totals["release_gain"] = trade.gain(draw) if here.released else 0.0
    found.totals["complement_needed"] = (trade.lost + trade.making) / trade.pulled if trade.pulled > 0 else nan
    kept = trade.pulled * block.complement_margin_share - trade.lost
    found.totals["spending_needed"] = block.spend_usd_per_year * trade.making / kept if kept > 0 else nan
    found.totals["frontier_firms"] = here.firms[-1]
    found.totals["entry_deterred"] = trade.deterred if here.released else 0.0
