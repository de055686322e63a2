"""What public purchases do to others: prices, who gains from a subsidy, and crowding out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Array, Parameters, param, switch
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True, kw_only=True)
class Market(Parameters):
    """Sizes and elasticities of the markets for accelerators, rented hours and researchers."""

    group: ClassVar[str] = "market"
    about: ClassVar[str] = "Market"

    accelerators_usd_per_year: float = param(
        200e9, "USD/year", low=150e9, high=400e9, floor=1e6, ceiling=1e14, grade="C", source="nvidia_fy2026",
        help="World sales of accelerators a year (one vendor's data-centre sales, networks included, are 194 bn$).",
    )
    supply_elasticity: float = param(
        0.3, "ratio", low=0.1, high=2, floor=0, ceiling=100, grade="D", source="omdia_lead",
        help="Growth of supply per growth of price; lead times of 36 to 52 weeks mean little response.",
    )
    demand_elasticity: float = param(
        0.5, "ratio", low=0.2, high=2, floor=0, ceiling=100, grade="C", source="jiang_lee_zomaya",
        help="Fall of demand per growth of price (sales of servers were found extremely inelastic; the value is "
        "assumed).",
    )
    long_run_ratio: float = param(
        4, "ratio", low=1, high=8, floor=1, ceiling=1000, grade="D",
        source="assumption: plants and packaging lines can be added in years, not in months",
        help="Supply elasticity of accelerators in the long run over that in the short run.",
    )
    half_life_months: float = param(
        18, "month", low=9, high=36, floor=0.1, ceiling=600, grade="D",
        source="assumption: about the time from an order of tools to their output",
        help="Months from the first purchase in which supply goes half the way to its long-run elasticity.",
    )
    rental_usd_per_year: float = param(
        2e9, "USD/year", low=0.5e9, high=20e9, floor=1e6, ceiling=1e14, grade="D",
        source="assumption: sales of rented accelerators in one region are not published",
        help="Sales of rented accelerators a year in the region that the programme rents in.",
    )
    rental_supply_elasticity: float = param(
        1.0, "ratio", low=0.3, high=2, floor=0, ceiling=100, grade="D",
        source="assumption: machines can be moved between regions faster than they can be built",
        help="Growth of hours offered in the region per growth of rent, in the short run.",
    )
    rental_demand_elasticity: float = param(
        1.2, "ratio", low=0.5, high=2, floor=0, ceiling=100, grade="B", source="jiang_lee_zomaya",
        help="Fall of hours rented per growth of rent (public clouds were found modestly elastic).",
    )
    rental_long_run_ratio: float = param(
        2, "ratio", low=1, high=6, floor=1, ceiling=1000, grade="D",
        source="assumption: new halls take as long as new chips, moved machines do not",
        help="Supply elasticity of rented hours in the long run over that in the short run.",
    )
    rental_segment_share: float = param(
        1.0, "fraction", low=0.25, high=1, floor=0, ceiling=1, grade="D",
        source="assumption: the cautious case, vouchers may only be spent in the region",
        help="Part of publicly paid rent that the region feels; the rest of the world does not notice its part.",
    )
    domestic_share: float = param(
        0.05, "fraction", low=0.005, high=0.4, floor=0, ceiling=1, grade="D",
        source="assumption: a middle-sized economy; the United States would be near the upper end",
        help="Part of the world's accelerators that other buyers at home buy.",
    )
    hardware_abroad_share: float = param(
        0.8, "fraction", low=0.4, high=0.98, floor=0, ceiling=1, grade="D",
        source="assumption: accelerators, memory and boards are imported; integration is not",
        help="Part of what is spent on machines that leaves the country.",
    )
    rent_abroad_share: float = param(
        0.5, "fraction", low=0.1, high=0.9, floor=0, ceiling=1, grade="D",
        source="assumption: halls, power and staff are at home, machines and profit are not",
        help="Part of what is spent on rented hours that leaves the country.",
    )
    feedback: bool = switch(
        False, main=True, role="setting",
        source="assumption: off; the prices that a programme makes are shown beside its result, not inside it",
        label="Purchases raise prices",
        help="Let the programme pay the prices that it drives up itself, a month later.",
    )
    wage_incidence: bool = switch(
        False, role="setting", source="goolsbee_1998",
        help="Let money for people raise wages as well as hire, so that it pays for less research labour.",
    )
    labour_supply_elasticity: float = param(
        0.6, "ratio", low=0.4, high=1, floor=0, ceiling=100, grade="C", source="goolsbee_1998",
        help="Growth of researchers per growth of wage; 0.6 against 0.4 puts two fifths of the money in wages "
        "(assumed from 30 to 50 %).",
    )
    labour_demand_elasticity: float = param(
        0.4, "ratio", low=0.3, high=0.6, floor=0, ceiling=100, grade="C", source="goolsbee_1998",
        help="Fall of hiring by others per growth of wage (effects of public R&D were put 30 to 50 % too high for "
        "that).",
    )


@dataclass(frozen=True)
class MarketPath:
    """One market over time under one option, [draw, month]."""

    demand_share: Array  # bought with public money in 12 months over sales of a year
    supply_share: Array  # made with public money in 12 months over sales of a year
    log_price: Array  # 0 without the policy
    seller_share: Array  # of a marginal subsidy

    @property
    def price(self) -> Array:
        """Price index, 1 without the policy."""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(self.log_price))


def price_index(
    demand_share: Array | float, supply_share: Array | float, supply_elasticity: Array | float,
    demand_elasticity: Array | float,
) -> Array:
    """Price, 1 without the policy, that clears the market with extra demand and supply; see `log_price_index`.

    >>> round(100 * (float(price_index(0.2, 0.0, 0.3, 0.5)) - 1), 4)
    29.1799
    """
    with np.errstate(over="ignore"):  # a price beyond all numbers is infinite
        return np.asarray(np.exp(log_price_index(demand_share, supply_share, supply_elasticity, demand_elasticity)))


def log_price_index(
    demand_share: Array | float, supply_share: Array | float, supply_elasticity: Array | float,
    demand_elasticity: Array | float,
) -> Array:
    """Logarithm of the price that clears the market, exact however small the shock.

    Root of P**es = P**-ed + demand - supply, both as shares of the market. Newton on
    log P from 0: the left side less the right one is increasing in log P. Each price
    stays once it has converged, so that none depends on what is solved beside it. Raises
    ValueError where added supply leaves no positive price or both elasticities are zero.
    """
    es, ed = np.asarray(supply_elasticity, dtype=np.float64), np.asarray(demand_elasticity, dtype=np.float64)
    if np.any(es + ed <= 0):
        raise ValueError("supply_elasticity + demand_elasticity = 0: no price clears the market")
    shift = np.asarray(demand_share, dtype=np.float64) - supply_share
    if np.any((es == 0) & (shift >= 1)):
        raise ValueError(f"extra demand of {float(np.max(shift)):g} of a market whose supply cannot grow")
    if np.any((ed == 0) & (shift <= -1)):
        raise ValueError(f"extra supply of {-float(np.min(shift)):g} of a market whose demand cannot grow")
    # the longest steps that cannot overflow either power
    rise, fall = (np.divide(1, e, out=np.full(e.shape, np.inf), where=e > 0) for e in (es, ed))
    log_price = np.zeros(np.broadcast_shapes(shift.shape, es.shape, ed.shape))
    moving = np.ones(log_price.shape, dtype=bool)
    for _ in range(100):
        up, down = np.expm1(es * log_price), np.expm1(-ed * log_price)
        step = (up - down - shift) / (es * (1 + up) + ed * (1 + down))
        log_price = np.where(moving, log_price - np.clip(step, -rise, fall), log_price)
        moving &= np.abs(step) >= 1e-12
        if not moving.any():
            break
    return log_price


def supply_elasticity_after(
    months: Array, short_run: Array | float, long_run_ratio: Array | float, half_life_months: Array | float
) -> Array:
    """Supply elasticity `months` after the first purchase: half the way to the long run each half-life.

    >>> supply_elasticity_after(np.array([0.0, 18.0, 36.0]), 0.4, 3.0, 18.0).round(3).tolist()
    [0.4, 0.8, 1.0]
    """
    left = np.exp2(-np.maximum(months, 0) / np.asarray(half_life_months))
    return np.asarray(np.asarray(short_run) * (long_run_ratio - (np.asarray(long_run_ratio) - 1) * left))


def over_a_year(flow: Array) -> Array:
    """Sums of each month and the eleven before it, [draw, month].

    Makers fill an order from the output of about a year, so a tranche ordered in one month
    weighs on the market for twelve.
    """
    if not flow.any():
        return np.zeros_like(flow)
    total = flow.copy()
    for back in range(1, min(MONTHS_PER_YEAR, flow.shape[-1])):
        total[:, back:] += flow[:, :-back]
    return total


def market_path(
    bought_usd: Array, made_usd: Array, sales_usd_per_year: Array | float,
    elasticities: tuple[Array | float, Array | float], adjustment: tuple[Array | float, Array | float],
) -> MarketPath:
    """How public purchases and publicly paid output, USD [draw, month], move one market.

    `elasticities` of supply (short run) and demand; `adjustment`: long-run over short-run
    supply elasticity, and half-life in months from the first month in which anything is
    bought or made. Where supply cannot grow at all and more than the market is bought, no
    price clears it: infinite.
    """
    traded = bought_usd + made_usd
    if not traded.any():
        nothing = np.zeros_like(traded)
        return MarketPath(nothing, nothing, nothing, np.broadcast_to(_seller_share(*elasticities), traded.shape))
    demand = over_a_year(bought_usd) / sales_usd_per_year
    supply = over_a_year(made_usd) / sales_usd_per_year
    begun: NDArray[np.intp] = (traded > 0).argmax(axis=-1)[:, None]
    months: Array = (np.arange(traded.shape[-1]) - begun) * traded.any(axis=-1, keepdims=True).astype(np.float64)
    ratio, half_life = adjustment
    elastic = supply_elasticity_after(months, elasticities[0], ratio, half_life)
    shape = np.broadcast_shapes(demand.shape, elastic.shape)
    none = (elastic <= 0) & (demand - supply >= 1)
    log_price = np.zeros(shape)
    felt = np.broadcast_to((demand != supply) & ~none, shape)
    every = (demand, supply, elastic, np.asarray(elasticities[1]))
    log_price[felt] = log_price_index(*(np.broadcast_to(array, shape)[felt] for array in every))
    sellers = _seller_share(elastic, elasticities[1])
    return MarketPath(demand, supply, np.where(none, np.inf, log_price), np.broadcast_to(sellers, shape))


def _seller_share(supply_elasticity: Array | float, demand_elasticity: Array | float) -> Array:
    """Part of a marginal subsidy that sellers keep."""
    supply = np.asarray(supply_elasticity, dtype=np.float64)
    return np.asarray(1 - supply / (supply + np.asarray(demand_elasticity)))


def surplus_lost(log_price: Array, demand_elasticity: Array | float) -> Array:
    """What a price, 1 without the policy, costs buyers who spend 1 without it: the area left of their demand.

    Integral of p**-ed from 1 to the price: they pay more, and they buy less. Negative where the price falls.

    >>> surplus_lost(np.log([1.0, 1.1]), 0.0).round(3).tolist()
    [0.0, 0.1]
    """
    power = 1 - np.asarray(demand_elasticity, dtype=np.float64)
    flat = power == 0
    with np.errstate(over="ignore"):
        area = np.expm1(np.where(flat, 1.0, power) * log_price) / np.where(flat, 1.0, power)
    return np.where(flat, log_price, area)


def wage_share(market: Market) -> Array:
    """Part of money for people that raises wages instead of hiring; 0 where `wage_incidence` is off.

    Source: Goolsbee [goolsbee_1998], 30 to 50 %.
    """
    supply, demand = np.asarray(market.labour_supply_elasticity), np.asarray(market.labour_demand_elasticity)
    return np.asarray(demand / (supply + demand)) if market.wage_incidence else np.zeros(1)
