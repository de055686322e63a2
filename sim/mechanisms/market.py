"""What public purchases do to others: prices, who gains from a subsidy, and crowding out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, param


@dataclass(frozen=True, kw_only=True)
class Market(Parameters):
    """Sizes and elasticities of the accelerator market."""

    group: ClassVar[str] = "market"
    about: ClassVar[str] = "Market"

    accelerators_usd_per_year: float = param(
        200e9, "USD/year", low=150e9, high=400e9, floor=1e6, ceiling=1e14, grade="C", source="nvidia_fy2026",
        help="World sales of accelerators a year.",
    )
    supply_elasticity: float = param(
        0.3, "ratio", low=0.1, high=2, floor=0, ceiling=100, grade="D", source="omdia_lead",
        help="Growth of supply per growth of price; lead times of 36 to 52 weeks mean little response.",
    )
    demand_elasticity: float = param(
        0.5, "ratio", low=0.2, high=2, floor=0, ceiling=100, grade="B", source="jiang_lee_zomaya",
        help="Fall of demand per growth of price.",
    )


def price_index(
    demand_share: Array | float,
    supply_share: Array | float,
    supply_elasticity: Array | float,
    demand_elasticity: Array | float,
) -> Array:
    """Price, 1 without the policy, that clears the market with extra demand and supply.

    Root of P**es = P**-ed + demand - supply, both as shares of the market. Newton on
    log P from 0: the left side less the right one is increasing in log P. Raises
    ValueError where added supply leaves no positive price or both elasticities are zero.

    >>> round(100 * (float(price_index(0.2, 0.0, 0.3, 0.5)) - 1), 4)
    29.1799
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
    for _ in range(100):
        up, down = np.exp(es * log_price), np.exp(-ed * log_price)
        step = (up - down - shift) / (es * up + ed * down)
        log_price = log_price - np.clip(step, -rise, fall)
        if np.all(np.abs(step) < 1e-12):
            break
    return np.asarray(np.exp(log_price))


def buyer_share(supply_elasticity: float, demand_elasticity: float) -> float:
    """Part of a marginal subsidy that stays with buyers; sellers keep the rest.

    >>> round(buyer_share(0.3, 0.5), 3)
    0.375
    """
    return supply_elasticity / (supply_elasticity + demand_elasticity)


def crowded_out(public_hours: Array, own_hours: Array, crowd_out_share: Array) -> Array:
    """Own hours that groups give up because the public pays, never more than they had."""
    return np.asarray(crowd_out_share * np.minimum(public_hours, own_hours))
