"""Outcomes of markets: how large the programme is in them, what prices do, and who gains or pays."""

from __future__ import annotations

import numpy as np

from sim.costs.groups import over_tiers
from sim.mechanisms.market import MarketPath, surplus_lost, wage_share
from sim.outcomes.measures import MARKET, Measures, Outcome, flow, quotient, ratio
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


def peak_share(path: MarketPath) -> Array:
    """Largest share of a market's yearly sales that public money buys in twelve months, [draw]."""
    return np.asarray(path.demand_share.max(axis=-1))


def peak_rise_percent(path: MarketPath) -> Array:
    """Price rise in the month in which it is largest; negative where it only falls, [draw]."""
    with np.errstate(over="ignore"):
        return np.asarray(100 * np.expm1(path.log_price.max(axis=-1)))


def bought_usd(measures: Measures) -> Array:
    """Public money spent on machines and on rented hours, [draw, month]."""
    return np.asarray(measures.result.trade.accelerators + measures.result.trade.rent)


def sellers_usd(measures: Measures) -> Array:
    """Part of that money that ends in higher prices, [draw, month]."""
    markets, trade = measures.result.markets, measures.result.trade
    return np.asarray(trade.accelerators * markets.accelerators.seller_share + trade.rent * markets.rental.seller_share)


def others_usd(measures: Measures) -> Array:
    """What the prices cost other buyers at home: a share of the world's machines, all of the region's rent."""
    world, markets = measures.world.market, measures.result.markets
    machines = np.asarray(world.domestic_share) * world.accelerators_usd_per_year
    lost = machines * surplus_lost(markets.accelerators.log_price, world.demand_elasticity)
    rent = world.rental_usd_per_year * surplus_lost(markets.rental.log_price, world.rental_demand_elasticity)
    return np.asarray((lost + rent) / MONTHS_PER_YEAR)


def wages_usd(measures: Measures) -> Array:
    """Public money for people that raises wages, [draw, month]; 0 where the mechanism is off."""
    return np.asarray(measures.result.trade.wages * wage_share(measures.world.market))


def abroad_share(measures: Measures) -> Array:
    """Part of all public spending that leaves the country, [draw]; NaN where nothing is spent."""
    world, trade = measures.world, measures.result.trade
    rent = trade.rent + np.asarray(trade.breakage)
    abroad = (
        trade.accelerators * np.asarray(world.market.hardware_abroad_share)
        + rent * np.asarray(world.market.rent_abroad_share)
        + trade.tools * np.asarray(world.fab.tools_abroad_share)
    )
    spent = sum(np.maximum(account, 0.0).sum(axis=-1) for account in measures.result.cash.values())
    return quotient(np.asarray(abroad).sum(axis=-1), np.zeros(len(abroad)) + spent)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "accelerator_shock_share", "Public purchases of accelerators", "fraction", "lower",
        "max over months of machines bought in 12 months / world sales of a year", MARKET,
        lambda measures: peak_share(measures.result.markets.accelerators),
    ),
    Outcome(
        "accelerator_price_rise_percent", "Largest rise of the accelerator price", "percent", "lower",
        "100 * max over months of (root of P^es = P^-ed + G/Q - S/Q - 1); es grows from the first purchase", MARKET,
        lambda measures: peak_rise_percent(measures.result.markets.accelerators),
    ),
    Outcome(
        "rental_shock_share", "Public purchases of rented hours", "fraction", "lower",
        "max over months of rent paid in 12 months and felt in the region / regional sales of a year", MARKET,
        lambda measures: peak_share(measures.result.markets.rental),
    ),
    Outcome(
        "rental_price_rise_percent", "Largest rise of regional rent", "percent", "lower",
        "100 * max over months of (root of P^es = P^-ed + G/Q - 1); es grows from the first purchase", MARKET,
        lambda measures: peak_rise_percent(measures.result.markets.rental),
    ),
    Outcome(
        "seller_share", "Part of the spending that sellers gain", "fraction", "lower",
        "sum of spending * (1 - es / (es + ed)) / sum of spending on machines and rent (a marginal subsidy)", MARKET,
        *ratio(sellers_usd, bought_usd),
    ),
    Outcome(
        "cost_to_other_buyers", "Cost of the prices to other buyers", "USD", "lower",
        "sum of Q/12 * integral of p^-ed from 1 to P, over domestic buyers of machines and regional renters", MARKET,
        *flow(others_usd),
    ),
    Outcome(
        "displaced_spend", "Own compute given up, at rent", "USD", "lower",
        "own H100e-hours crowded out * rent of the month", MARKET,
        *flow(lambda each: over_tiers(each.result.allocation.displaced) * each.context.grid.rent_usd),
    ),
    Outcome(
        "breakage", "Prepaid vouchers that expire", "USD", "lower",
        "prepaid share * (1 - spent share) * vouchers, at their expiry: the provider's gain; hours bought ahead are "
        "prepaid", MARKET, *flow(lambda measures: np.asarray(measures.result.trade.breakage)),
    ),
    Outcome(
        "returned_vouchers", "Vouchers that stay with the treasury", "USD", "neither",
        "(1 - prepaid share) * (1 - spent share) * vouchers, at their expiry", MARKET,
        *flow(lambda measures: np.asarray(measures.result.trade.returned)),
    ),
    Outcome(
        "wages_bid_up", "Money for people that raises wages", "USD", "lower",
        "money for people * ed / (es + ed) of researchers; 0 where wage incidence is off", MARKET, *flow(wages_usd),
    ),
    Outcome(
        "spend_abroad_share", "Spending that leaves the country", "fraction", "lower",
        "(machines * a_h + (rent + breakage) * a_r + stake * a_f) / public spending, fees and residuals aside", MARKET,
        abroad_share,
    ),
)  # fmt: skip
