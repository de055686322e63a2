"""Commoditise your complement: two products, one firm, and what a free model does to everybody's research.

One of a few firms with a model at the frontier also sells what a model is used with: compute, cloud, advertising. It
may charge for the model or give it away. Giving it away costs its margin on the model, and what the model costs to
make; in return use grows and with it the complement, the margin of its rivals falls, and fewer firms enter that would
draw users to another complement. The firm sells to the world; users' gains are those of the country's part of it.

Users choose between free and closed models at a constant elasticity of substitution (shares are those of spending).
Closed models carry a Cournot margin, set on the shares of the last year or so; firms enter at a pace that follows it.
Public compute makes open models better: they lag less behind the frontier. All prices are those of constant quality
over its general fall, which is the same with and without.

For research a better free model makes an hour of one's own do more, and cheaper models replace hours: which is the
stronger, and how well people replace compute, decides whether a public machine, credits and grants are worth more or
less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.mechanisms.finance import month_middles_years
from sim.parameters import Array, Parameters, choice, param, switch
from sim.units import MONTHS_PER_YEAR

_LEAST_REACTION = 1 + 1 / 10  # of what a firm sells to its price: where demand hardly reacts no margin has another end
_LEAST_INDEX = 1e-12  # of prices: as good as nothing, and use at any elasticity is still a number
_ROUNDS = np.finfo(float).nmant  # of a search, which takes ten or so
_CLOSE = 1e-12  # to the cost


@dataclass(frozen=True, kw_only=True)
class Complement(Parameters):
    """The market for answers of language models, and what free models do to it."""

    group: ClassVar[str] = "complement"
    about: ClassVar[str] = "Commoditised complement"

    counted: bool = switch(
        False, main=True, role="setting",
        source="assumption: what part of the fall of prices is due to open weights is unknown (programmes:P361)",
        label="Count cheaper models for users",
        help="Count what free models do to the price of using models, and to what hours are worth in research.",
    )
    release: str = choice(
        "where_it_pays", ("never", "where_it_pays", "always"), role="setting",
        source="assumption: a firm does what earns it more",
        label="A firm gives its model away",
        help="Whether one firm gives away a model of the frontier: where that earns it more than charging, or by "
        "law.",
    )
    open_price_usd: float = param(
        0.23, "USD/Mtoken", low=0.07, high=0.5, floor=1e-6, ceiling=1000, grade="B",
        source="nagle_2025; programmes:P358",
        help="Price of a million tokens of an open model, on average on one marketplace.",
    )
    closed_price_usd: float = param(
        1.86, "USD/Mtoken", low=1.0, high=3.0, floor=1e-6, ceiling=1000, grade="B",
        source="nagle_2025; programmes:P360",
        help="The same of a closed model.",
    )
    open_share: float = param(
        0.20, "fraction", low=0.1, high=0.35, floor=0, ceiling=1, grade="B", source="nagle_2025",
        help="Part of all tokens that open models answer at the start (of those of one marketplace).",
    )
    open_growth_per_year: float = param(
        0.10, "1/year", low=-0.1, high=0.4, floor=-0.95, ceiling=3, grade="D",
        source="assumption: the quality gap fell to 1.7 % by 2025 (programmes:P359); no series of the share of use "
        "was found",
        help="Yearly growth of open over closed use without any help: 0.10 makes 1.00 into 1.10 a year later.",
    )
    substitution: float = param(
        2.5, "ratio", low=1.5, high=5, floor=1.01, ceiling=20, grade="D",
        source="assumption: closed models keep most users at eight times the price of open ones (nagle_2025), which "
        "speaks against much more",
        label="Substitution of free for closed models",
        help="Per cent by which spending per token turns from closed to free models if these are one per cent cheaper.",
    )
    demand_elasticity: float = param(
        1.5, "ratio", low=0.5, high=3, floor=0, ceiling=10, grade="D",
        source="assumption: spending doubled in half a year while prices fell (programmes:P904), not for that alone",
        label="Response of the use of models to their price",
        help="Per cent more use of models when their price falls by one per cent.",
    )
    spend_usd_per_year: float = param(
        8.4e9, "USD/year", low=3.5e9, high=3e10, floor=0, ceiling=1e13, grade="C", source="programmes:P904",
        label="Spending on models worldwide",
        help="What users all over the world pay for tokens in a year: firms in 2025, by one account at second hand. It "
        "doubled in half a year, and others than firms pay too, hence the upper end.",
    )
    country_share: float = param(
        0.02, "fraction", low=0.002, high=0.3, floor=0, ceiling=1, grade="D",
        source="assumption: the country's part of the world's product; spending on models by country was not found",
        label="Users of models in the country",
        help="The country's part of what users pay for models worldwide: users' gains count here alone, while the firm "
        "sells to all.",
    )
    lag_months: float = param(
        4, "month", low=3, high=12, floor=0, ceiling=120, grade="B", source="programmes:P900; programmes:P901",
        help="Time by which the best open models trail the best closed ones.",
    )
    lag_response: float = param(
        0.1, "ratio", low=0.02, high=0.4, floor=0, ceiling=100, grade="D",
        source="assumption: unknown; nobody has measured it (programmes:P361)",
        label="Response of open models' lag to compute",
        help="Per cent by which that time shortens if one per cent more compute goes into open models.",
    )
    world_open_compute: float = param(
        2e9, "FE_hour/year", low=5e8, high=1e10, floor=1, ceiling=1e14, grade="D",
        source="assumption: a quarter of a million accelerators of the day make open models worldwide",
        help="FE-hours a year that go into open models worldwide.",
    )
    pace_per_year: float = param(
        10, "ratio/year", low=5, high=50, floor=1, ceiling=1e4, grade="B", source="programmes:P357; programmes:P356",
        help="Factor by which the price of a given quality falls in a year: what a year's lag is worth to users.",
    )
    rivals: float = param(
        4, "ratio", low=3, high=8, floor=1, ceiling=100, grade="D",
        source="assumption: a handful of firms have a model at the frontier; no agreed count exists",
        help="Firms with a model at the frontier at the start, the one that may give its own away among them.",
    )
    entry_per_year: float = param(
        0.5, "1/year", low=0.1, high=1.5, floor=0, ceiling=100, grade="D",
        source="assumption: one firm in two years has come up to the frontier",
        help="Firms that enter in a year at the margin of the start; at half the margin half as many do.",
    )
    complement_share: float = param(
        0.29, "fraction", low=0.1, high=0.6, floor=0, ceiling=1, grade="C", source="programmes:P340; programmes:P343",
        help="The firm's part of what users of models spend on the complement; that of the largest cloud.",
    )
    complement_margin_share: float = param(
        0.47, "fraction", low=0.17, high=0.62, floor=0, ceiling=1, grade="C",
        source="programmes:P907; programmes:P902",
        label="Margin on further sales of the complement",
        help="Part of a further dollar of sales of the complement that the firm keeps, as its operating income grew "
        "with sales; on average it keeps 0.27 to 0.37 of all.",
    )
    complement_ratio: float = param(
        1.5, "ratio", low=1, high=5, floor=0, ceiling=100, grade="D",
        source="assumption: inference alone is 1; storage, software and advertising come on top",
        help="Sales of the complement over what is spent on inference itself.",
    )
    tied_share: float = param(
        0.3, "fraction", low=0, high=0.7, floor=0, ceiling=1, grade="D",
        source="assumption: no study of how cloud customers follow models was found",
        help="Part of those sales that goes where the model is: it thins out as further firms enter.",
    )
    firm_rate_per_year: float = param(
        0.10, "1/year", low=0.07, high=0.15, floor=0, ceiling=1, grade="D",
        source="assumption: usual cost of capital of such firms", help="Rate at which the firm discounts its profits.",
    )
    model_usd_per_year: float = param(
        1e8, "USD/year", low=4e7, high=1e9, floor=0, ceiling=1e13, grade="C", source="programmes:P903",
        help="What it costs the firm to make a model that it gives away, a year, in full: one training run of 2024 at "
        "the rents of 2025 is 62 million, tries and people come on top. 0 where it would make the same to charge for.",
    )
    release_lag_months: float = param(
        2, "month", low=0, high=6, floor=0, ceiling=120, grade="D",
        source="assumption: a free model that its maker sells nothing on is as good as the last of its rivals",
        help="Time by which the model that is given away trails the frontier; never more than open models do.",
    )
    research_share: float = param(
        0.3, "fraction", low=0.1, high=0.6, floor=0, ceiling=1, grade="D",
        source="assumption: no survey says what part of research computing consists of using models",
        help="Part of research, on accelerators and without, that consists of using models.",
    )


@dataclass(frozen=True)
class Market:
    """The market for models over time, [draw, month]."""

    index: Array  # price of use of like quality over that at the start
    free: Array  # part of spending on models without a margin
    margin: Array  # of closed models over their price
    firms: Array  # at the frontier
    lag_months: Array  # of the best free model
    released: Array  # [draw, 1], 1 where the firm gives its model away


_BY_MONTH = ("index", "free", "margin", "firms")


def natural_share(complement: Complement, t_years: Array) -> Array:
    """Open part of tokens at constant prices and quality, logistic in time, [draw or 1, month].

    >>> float(natural_share(Complement(), np.array([0.0]))[0])
    0.2
    """
    odds = (1 + np.asarray(complement.open_growth_per_year)) ** t_years
    start = np.asarray(complement.open_share, dtype=np.float64)
    return np.asarray(start * odds / (1 - start + start * odds))


def price_usd(open_share: Array | float, complement: Complement) -> Array:
    """Mean price of a million tokens, USD, at an open part of tokens [draw, month].

    >>> [round(float(price_usd(s, Complement())), 3) for s in (0, 0.2, 1)]
    [1.86, 1.534, 0.23]
    """
    share = np.asarray(open_share, dtype=np.float64)
    return np.asarray(share * complement.open_price_usd + (1 - share) * complement.closed_price_usd)


def spent_share(complement: Complement) -> Array:
    """Open part of spending at the start: their part of tokens at their price, [draw or 1]."""
    share = _flat(complement.open_share)
    return np.asarray(share * _flat(complement.open_price_usd) / _flat(price_usd(complement.open_share, complement)))


def public_part(open_fe_hours: Array, complement: Complement) -> Array:
    """Public open FE-hours of a month over all other open FE-hours of a month, [draw, month]."""
    return np.asarray(open_fe_hours * MONTHS_PER_YEAR / complement.world_open_compute)


def margin_share(free: Array, firms: Array, complement: Complement) -> Array:
    """Margin of closed models over their price, [draw]: Cournot, 1 / (firms * elasticity of what they sell together).

    That elasticity is the one towards free models where these are, and the one of all use for the rest.
    """
    of_closed, by_free = _reactions(complement)
    return np.asarray(1 / np.maximum(firms * (of_closed + by_free * free), _LEAST_REACTION))


def _reactions(complement: Complement) -> tuple[Array, Array]:
    """That elasticity where nothing is free, and by how much more it is where all is, [draw or 1] each."""
    alone = _flat(complement.demand_elasticity)
    return alone, _flat(complement.substitution) - alone


def market(complement: Complement, part: Array, released: Array, lag_response: Array | None = None) -> Market:
    """The market where public open compute is `part` of the rest [draw, month] and `released` [draw] is 0 or 1.

    Prices and entry of a month follow from the shares of the months before, by a mean that fades within a year: no
    equation is to be solved, and prices do not swing as they would if all firms took last month's shares for lasting.
    Without public compute, growth, entry and release it stays where it starts.
    """
    draws, months = part.shape
    theta, rivals = _flat(complement.substitution) - 1, _flat(complement.rivals)
    response = _flat(complement.lag_response) if lag_response is None else lag_response
    lag = _flat(complement.lag_months)[:, None] * (1 + part) ** -response[:, None]
    free, firms = spent_share(complement), rivals
    seen, first = free, margin_share(free, firms, complement)
    given = released * (1 - free) / rivals * (1 - first) ** -theta  # the firm's users pay for inference alone
    charged = (1 - free) * (1 - released / rivals)
    nearer = (_flat(complement.lag_months)[:, None] - lag) / MONTHS_PER_YEAR
    better = _flat(complement.pace_per_year)[:, None] ** (theta[:, None] * nearer)
    grown = (1 + _flat(complement.open_growth_per_year)[:, None]) ** month_middles_years(months)
    opened = free[:, None] * grown * better
    entry, react = _flat(complement.entry_per_year) / MONTHS_PER_YEAR / first, _reactions(complement)
    rows = np.empty((len(_BY_MONTH), months, draws))
    whole, shares, margins, number = rows
    for month in range(months):
        margins[month] = margin = 1 / np.maximum(firms * (react[0] + react[1] * seen), _LEAST_REACTION)
        closed = charged * ((1 - first) / (1 - margin)) ** -theta
        whole[month] = opened[:, month] + given + closed
        shares[month] = free = 1 - closed / whole[month]
        number[month] = firms
        seen = seen + (free - seen) / MONTHS_PER_YEAR
        firms = firms + entry * margin
    rows[0] = np.maximum(whole ** (-1 / theta), _LEAST_INDEX)
    paths = dict(zip(_BY_MONTH, (np.ascontiguousarray(row.T) for row in rows), strict=True))
    gone = np.broadcast_to(np.reshape(released, (-1, 1)), (draws, 1))
    best = np.where(gone > 0, np.minimum(lag, _flat(complement.release_lag_months)[:, None]), lag)
    return Market(**paths, lag_months=best, released=gone)


def profits(complement: Complement, found: Market) -> tuple[Array, Array]:
    """What the firm earns on its model, and the complement that pays it, both USD [draw, month].

    The second is spending on inference, times what is sold with it, of which the part that is tied to models thins out
    as firms enter; what the firm keeps of a dollar of it is `kept_share`.
    """
    spent = spending_usd(complement, found.index)
    charged = spent * (1 - found.free) * found.margin
    tied, rivals = (np.asarray(each) for each in (complement.tied_share, complement.rivals))
    loyal = 1 - tied * (1 - rivals / found.firms)
    pulled = (spent - charged) * complement.complement_ratio * loyal * complement.complement_share
    return np.asarray(charged / found.firms * (1 - found.released)), np.asarray(pulled)


def spending_usd(complement: Complement, index: Array) -> Array:
    """What users spend on models in a month at a price index [draw, month], USD."""
    usual = np.asarray(complement.spend_usd_per_year) / MONTHS_PER_YEAR
    return np.asarray(usual * index ** (1 - np.asarray(complement.demand_elasticity)))


@dataclass(frozen=True)
class Trade:
    """What giving the model away takes from the firm and brings it, present values in USD, and whom it deters, [draw].

    Entry follows the margin on closed models; where this falls fewer come. Without entry it keeps nobody out.
    """

    lost: Array  # margin on its model
    pulled: Array  # sales of the complement
    cost: Array  # of making the model
    deterred: Array  # firms fewer at the frontier at the end

    def gain(self, complement: Complement) -> Array:
        """What is kept of the complement less the margin on the model and what this costs, [draw]."""
        return np.asarray(self.by_spending(complement) - self.cost)

    def by_spending(self, complement: Complement) -> Array:
        """The part of that which is in proportion to spending: all but the cost of the model, [draw]."""
        return np.asarray(self.pulled * _flat(complement.complement_margin_share) - self.lost)


def compare_release(complement: Complement, closed: Market, opened: Market) -> Trade:
    """The firm's two profits, at its own rate of discount, and its two numbers of rivals."""
    months = closed.index.shape[1]
    worth = (1 + _flat(complement.firm_rate_per_year)[:, None]) ** -month_middles_years(months)
    (model, before), (_, after) = (profits(complement, each) for each in (closed, opened))
    lost, pulled = ((flow * worth).sum(axis=-1) for flow in (model, after - before))
    deterred = closed.firms[:, -1] - opened.firms[:, -1]
    cost = _flat(complement.model_usd_per_year) * worth.sum(axis=-1) / MONTHS_PER_YEAR + np.zeros(len(lost))
    return Trade(lost, pulled, cost, deterred)


def spending_needed_usd(complement: Complement, trade: Trade) -> Array:
    """What all users would have to spend in a year for the firm to gain by giving its model away, USD, [draw].

    Sales pulled and the margin lost are in proportion to spending, the cost of a model is not. NaN, for no spending is
    enough, where what is kept of the sales is no more than the margin.
    """
    kept = trade.by_spending(complement)
    per_usd = np.divide(trade.cost, kept, out=np.full(kept.shape, np.nan), where=kept > 0)
    return np.asarray(_flat(complement.spend_usd_per_year) * per_usd)


@dataclass(frozen=True)
class Choice:
    """The market as the firm makes it, and what it compared."""

    found: Market
    trade: Trade


def chosen(complement: Complement, part: Array) -> Choice:
    """The market after the firm has chosen: it releases where that pays, or as `Complement.release` says."""
    closed, opened = (market(complement, part, np.full(len(part), given)) for given in (0.0, 1.0))
    trade = compare_release(complement, closed, opened)
    releases = {"never": np.zeros(len(part), dtype=bool), "always": np.ones(len(part), dtype=bool)}.get(
        complement.release, trade.gain(complement) > 0
    )[:, None]
    names = (*_BY_MONTH, "lag_months", "released")
    found = {name: np.where(releases, getattr(opened, name), getattr(closed, name)) for name in names}
    return Choice(Market(**found), trade)


def consumer_gain_usd(before: Array, after: Array, complement: Complement) -> Array:
    """What the country's users gain in a month from a price that falls from `before` to `after`, USD, [draw, month].

    A trapezoid between the two prices: old users pay less, new ones gain half of it on average.
    """
    ratio = after / before
    tokens_now = ratio ** -np.asarray(complement.demand_elasticity)
    spent = complement.spend_usd_per_year * np.asarray(complement.country_share) / MONTHS_PER_YEAR
    return np.asarray(spent * (1 - ratio) * (1 + tokens_now) / 2)


def users_gain_usd(before: Market, after: Market, complement: Complement) -> Array:
    """The same between two markets, at what users spend in the first, USD, [draw, month]."""
    spent = before.index ** (1 - np.asarray(complement.demand_elasticity))
    return np.asarray(consumer_gain_usd(before.index, after.index, complement) * spent)


def response_needed(cost_usd: Array, part: Array, nothing: Market, here: Market, complement: Complement,
                    discount: Array) -> Array:  # fmt: skip
    """The response of the lag at which users gain as much as the option costs, [draw]; NaN where none is enough.

    What the firm does stays as it is. Looked for in what is left of the lag in the month with most public compute: from
    all of it, at no response, to nothing.
    """
    most = np.log1p(part.max(axis=-1))

    def excess(left: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            response = np.where(most > 0, -np.log(left) / most, 0.0)
        after = market(complement, part, here.released[:, 0], response)
        return np.asarray((users_gain_usd(nothing, after, complement) * discount).sum(axis=-1) - cost_usd)

    none, whole = np.zeros(len(part)), np.ones(len(part))
    above, below = excess(none), excess(whole)
    at_once, enough = (below >= 0) & (most > 0), (above >= 0) & (most > 0)
    sought = enough & ~at_once
    left = _root(excess, none, whole, above, below, _CLOSE * cost_usd, sought) if sought.any() else none
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(at_once, 0.0, np.where(enough, -np.log(left) / most, np.nan))


def _root(
    excess: Callable[[Array], Array], low: Array, high: Array, above: Array, below: Array, close: Array,
    sought: NDArray[np.bool_],
) -> Array:  # fmt: skip
    """Where `excess` is within `close` of nothing between two ends at which it is `above` and `below`, [draw].

    Inverse quadratic interpolation where that is safe, else halving (Chandrupatla 1997).
    """
    a, b, c, fa, fb, fc = high, low, low, below, above, above
    part = np.full(len(low), 1 / 2)
    for _ in range(_ROUNDS):
        tried = a + part * (b - a)
        now = excess(tried)
        same = (now > 0) == (fa > 0)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = tried, now
        if (np.abs(now) <= close)[sought].all():
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            place, rise = (a - b) / (c - b), (fa - fb) / (fc - fb)
            safe = (rise**2 < place) & ((1 - rise) ** 2 < 1 - place)
            bent = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        part = np.where(safe & np.isfinite(bent), np.clip(bent, 0, 1), 1 / 2)
        done = np.abs(fa) <= close
        part = np.where(done, 0.0, part)  # it stays where it is
    return a


def research_factors(complement: Complement, found: Market) -> tuple[Array, Array]:
    """What an hour does in research, and what is done without any, over the start, both [draw, month].

    Hours run the best free model, bought answers any: hours gain by its quality, answers by their price.
    """
    part = np.asarray(complement.research_share)
    nearer = (np.asarray(complement.lag_months) - found.lag_months) / MONTHS_PER_YEAR
    better = np.asarray(complement.pace_per_year) ** nearer
    more = found.index ** -np.asarray(complement.demand_elasticity)
    return np.asarray(1 - part + part * better), np.asarray(1 - part + part * more)


def _flat(value: Array | float) -> Array:
    """A parameter, scalar or [draw, 1], as [draw or 1]."""
    return np.reshape(np.asarray(value, dtype=np.float64), -1)
