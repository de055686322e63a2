"""Who needs compute: research groups in four tiers, what they need and what they have.

Each tier is represented by 20 equally weighted lognormal quantiles, so 80 weighted groups stand for all of them. Levels
are grade D throughout: a country that uses the model seriously replaces them with its own survey.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, normal_scores, param, series
from sim.units import GROUP_QUANTILES

TIERS = ("elite", "intensive", "regional", "startups")
TIER_LABELS = {
    "elite": "Elite groups",
    "intensive": "Research-intensive",
    "regional": "Regional and teaching",
    "startups": "Start-ups and public bodies",
}
QUANTILES = GROUP_QUANTILES

_LEVEL = "assumption: no census of groups by compute need exists; replace with local data"
_FITTED = "programmes:N006; programmes:N007; programmes:P129"  # level fitted to these rounds; the ratios are assumed
_share = partial(param, unit="fraction", floor=0, ceiling=1, grade="D", source=_LEVEL)
_hours = partial(param, unit="H100e_hour/group/year", floor=0, ceiling=1e9, grade="D", source=_LEVEL)
_need = partial(param, unit="H100e_hour/group/year", floor=0, ceiling=1e9, grade="D", source=_FITTED)
_sizes = partial(
    series, (), "ratio", low=0, high=1e6, floor=0, ceiling=1e9, source=_LEVEL, may_be_empty=True, role="setting"
)


@dataclass(frozen=True, kw_only=True)
class Demand(Parameters):
    """Research groups and their compute."""

    group: ClassVar[str] = "demand"
    about: ClassVar[str] = "Demand"

    groups: float = param(
        5_000, "group", low=500, high=50_000, floor=1, ceiling=1e7, grade="D", main=True, source=_LEVEL, role="setting",
        label="Research groups",
        help="Research groups that could use accelerators; a country's own number, which draws leave alone.",
    )
    spread: float = param(
        1.0, "ratio", low=0.5, high=1.5, floor=0, ceiling=4, grade="D", source=_LEVEL,
        help="Standard deviation of the log of need, and of own compute, within a tier.",
    )
    growth_per_year: float = param(
        0.05, "1/year", low=0, high=0.3, floor=-0.5, ceiling=3, grade="D", main=True,
        source="programmes:P129",
        label="Growth of need",
        help="Yearly growth of need at the start, at constant rents; with falling rents it makes up the 9 % of Canada.",
    )
    saturation_ratio: float = param(
        10, "ratio", low=3, high=100, floor=1, ceiling=1e9, grade="D",
        source="assumption: nobody has seen need saturate; without a limit its growth alone decides how much is met",
        help="Need at which it stops growing, over need at the start, at constant rents.",
    )
    rent_elasticity: float = param(
        0.25, "ratio", low=0, high=1.3, floor=0, ceiling=5, grade="D",
        source="hardware:HW325; programmes:P129",
        help="Percent by which need grows when rents fall by one percent (1.3 recalled for all demand, with firms).",
    )
    new_only_share_per_year: float = param(
        0.0, "1/year", low=0, high=0.1, floor=0, ceiling=1, grade="D", role="setting",
        source="assumption: no survey of what old designs cannot run was found; off until set",
        help="Share of need that a design cannot run for each year of its age; it holds for every provider alike.",
    )
    own_growth_per_year: float = param(
        0.18, "1/year", low=0, high=0.45, floor=-0.5, ceiling=3, grade="B", source="campus_capacity",
        help="Yearly growth of the compute that groups have themselves (university capacity +18 % a year).",
    )
    share_elite: float = _share(0.05, low=0.02, high=0.10, help="Share of groups in the elite tier.")
    share_intensive: float = _share(0.25, low=0.15, high=0.35, help="Share of groups in the research-intensive tier.")
    share_regional: float = _share(0.50, low=0.35, high=0.65, help="Share of regional and teaching groups.")
    share_startups: float = _share(0.20, low=0.10, high=0.30, help="Share of start-ups, firms and public bodies.")
    need_elite: float = _need(88_000, low=44_000, high=176_000, help="Need of an elite group at the start.")
    need_intensive: float = _need(22_000, low=11_000, high=44_000, help="Need of a research-intensive group.")
    need_regional: float = _need(4_400, low=2_200, high=8_800, help="Need of a regional or teaching group.")
    need_startups: float = _need(11_700, low=5_850, high=23_400, help="Need of a start-up or public body.")
    own_elite: float = _hours(20_000, low=10_000, high=40_000, help="Own compute of an elite group at the start.")
    own_intensive: float = _hours(2_000, low=1_000, high=4_000, help="Own compute of a research-intensive group.")
    own_regional: float = _hours(150, low=0, high=500, help="Own compute of a regional or teaching group.")
    own_startups: float = _hours(800, low=400, high=1_600, help="Own compute of a start-up or public body.")
    large_elite: float = _share(0.5, low=0, high=0.8, help="Part of an elite group's need that fits no single node.")
    large_intensive: float = _share(0.35, low=0, high=0.8, help="Part of an intensive group's need that fits no node.")
    large_regional: float = _share(0.1, low=0, high=0.5, help="Part of a regional group's need that fits no node.")
    large_startups: float = _share(0.3, low=0, high=0.8, help="Part of a start-up's need that fits no node.")
    size_elite: tuple[float, ...] = _sizes(
        help="Relative sizes of elite groups, as many groups behind each; lognormal by `spread` where there are none."
    )
    size_intensive: tuple[float, ...] = _sizes(help="The same for research-intensive groups.")
    size_regional: tuple[float, ...] = _sizes(help="The same for regional and teaching groups.")
    size_startups: tuple[float, ...] = _sizes(help="The same for start-ups and public bodies.")


def need_growth(demand: Demand, t_years: Array, rent_ratio: Array | float = 1.0) -> Array:
    """Need over that at the start in each month, [draw or 1, month]: an S-curve, and what falling rents add.

    `t_years` [month] are years since the start, `rent_ratio` rents over those at the start, [draw, month].
    The curve is logistic: it grows by `growth_per_year` at first and ends at `saturation_ratio`.

    >>> need_growth(Demand(growth_per_year=0.2, saturation_ratio=5.0), np.array([0.0, 1e3])).round(6).tolist()
    [[1.0, 5.0]]
    """
    most = np.maximum(np.asarray(demand.saturation_ratio, dtype=np.float64), 1.0)
    room = most - 1
    rate = np.log1p(np.asarray(demand.growth_per_year)) * np.divide(most, room, out=np.zeros_like(room), where=room > 0)
    curve = most / (1 + room * np.exp(-rate * t_years))
    return np.atleast_2d(curve * np.asarray(rent_ratio) ** -np.asarray(demand.rent_elasticity))


def runnable_share(age_years: Array | float, new_only_share_per_year: Array | float) -> Array:
    """Share of need that a design of this age can run."""
    return np.asarray(np.clip(1 - np.asarray(new_only_share_per_year) * np.maximum(age_years, 0), 0, 1))


def by_tier(group: Parameters, stem: str) -> Array:
    """The four values `stem`_elite.. of a group of parameters, [tier] or [draw, tier]."""
    values = [np.asarray(getattr(group, f"{stem}_{tier}"), dtype=np.float64) for tier in TIERS]
    return np.concatenate(np.broadcast_arrays(*[np.atleast_2d(v) for v in values]), axis=-1)


def group_counts(demand: Demand) -> Array:
    """Groups in each tier, [draw, tier]; the tier shares are scaled to sum to one."""
    shares = by_tier(demand, "share")
    return np.asarray(np.asarray(demand.groups).reshape(-1, 1) * shares / shares.sum(axis=-1, keepdims=True))


def within_tier(spread: Array | float) -> Array:
    """Size of each representative group over its tier's mean, [draw, quantile]."""
    score = normal_scores((np.arange(QUANTILES) + 0.5) / QUANTILES)
    size = np.exp(np.atleast_2d(np.asarray(spread, dtype=np.float64)) * score)
    return np.asarray(size / size.mean(axis=-1, keepdims=True))


def tier_sizes(demand: Demand) -> Array:
    """Size of each representative group over its tier's mean, [draw, tier, quantile]: as given, or lognormal."""
    lognormal = within_tier(demand.spread)
    given = [getattr(demand, f"size_{tier}") for tier in TIERS]
    every = [quantile_means(sizes, [1.0] * len(sizes))[None, :] if len(sizes) else lognormal for sizes in given]
    return np.stack(np.broadcast_arrays(*every), axis=1)


def quantile_means(sizes: Sequence[float], counts: Sequence[float]) -> Array:
    """Means of as many equal parts of the groups as there are quantiles, smallest first, over the mean of all.

    A group on the edge of two parts belongs to both with its shares, so nothing is lost: [size] -> [quantile].

    >>> quantile_means([1.0, 3.0], [1.0, 1.0])[[0, -1]].tolist()
    [0.5, 1.5]
    """
    order = np.argsort(sizes, kind="stable")
    size, count = np.asarray(sizes, dtype=np.float64)[order], np.asarray(counts, dtype=np.float64)[order]
    heads = np.concatenate([[0.0], np.cumsum(count)])
    held = np.concatenate([[0.0], np.cumsum(size * count)])
    edges = np.interp(np.linspace(0, heads[-1], QUANTILES + 1), heads, held)
    return np.asarray(np.diff(edges) * QUANTILES / held[-1])
