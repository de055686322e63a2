"""Research grants: what is left of an award for compute, and what applying costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, param


@dataclass(frozen=True, kw_only=True)
class Grants(Parameters):
    """How a grant system turns money into compute and labour."""

    group: ClassVar[str] = "grants"
    about: ClassVar[str] = "Grant system"

    indirect_ratio: float = param(
        0.385, "ratio", low=0.15, high=0.60, floor=0, ceiling=3, grade="A", source="crs_in12516",
        help="Indirect costs over direct costs (27.8 % of 33.8 bn$ of NIH awards).",
    )
    success_share: float = param(
        0.21, "fraction", low=0.10, high=0.35, floor=0.001, ceiling=1, grade="A",
        source="herbert_2013; programmes:P237; programmes:P241; programmes:P244",
        help="Share of applications funded at the reference budget.",
    )
    reference_usd_per_year: float = param(
        83e6, "USD/year", low=20e6, high=500e6, floor=1, ceiling=1e12, grade="D",
        source="assumption: the budget at which the success rate was observed is taken as this programme's size",
        help="Yearly budget at which that success rate holds.",
    )
    crowding_elasticity: float = param(
        0.5, "ratio", low=0, high=1, floor=0, ceiling=2, grade="C", source="nih_success",
        help="Growth of applications per growth of money (NIH success stayed at 20 % while its budget rose).",
    )
    displaced_share: float = param(
        0.15, "fraction", low=0, high=0.4, floor=0, ceiling=1, grade="D",
        source="assumption: what winners would have won elsewhere is not measured; studies of crowding out do not "
        "agree (david_2000)",
        help="Part of a grant that only takes the place of grants which its winners would have had from other funders, "
        "who spend theirs on other things.",
    )
    effort_days: float = param(
        34, "researcher_day", low=5, high=40, floor=0, ceiling=1000, grade="A", source="herbert_2013",
        help="Working days to write one proposal.",
    )
    day_usd: float = param(
        600, "USD/researcher_day", low=400, high=900, floor=0, ceiling=1e5, grade="A", source="herbert_2013",
        help="Cost of one of those days (521 A$ implied).",
    )
    workstation_price_usd: float = param(
        20_000, "USD/accelerator", low=12_000, high=35_000, floor=100, ceiling=1e6, grade="D",
        source="assumption: a workstation without data-centre network and storage",
        help="Price of one H100-class accelerator in a laboratory's own machine.",
    )
    workstation_use_share: float = param(
        0.25, "fraction", low=0.1, high=0.5, floor=0, ceiling=1, grade="D", source="lyceum_utilisation",
        help="Part of the hours in which a laboratory's own machine works.",
    )
    workstation_life_years: float = param(
        4, "year", low=3, high=6, floor=0.1, ceiling=30, grade="D",
        source="assumption: usual replacement cycle of laboratory machines", help="Years a workstation serves.",
    )
    hosting_usd_per_year: float = param(
        1_500, "USD/accelerator/year", low=500, high=4_000, floor=0, ceiling=1e5, grade="D",
        source="assumption: space, cooling and care that the host institution gives without charge",
        help="Cost to the institution of hosting one accelerator, electricity aside.",
    )
    researcher_usd_per_year: float = param(
        120_000, "USD/person/year", low=80_000, high=180_000, floor=1, ceiling=1e7, grade="D",
        source="assumption: full cost of a postdoctoral researcher",
        help="Yearly cost of one researcher paid by a grant.",
    )


def direct_share(indirect_ratio: Array | float) -> Array:
    """Part of an award that is left after indirect costs.

    >>> round(400_000 * float(direct_share(0.385)), 2)
    288808.66
    """
    return np.asarray(1 / (1 + np.asarray(indirect_ratio)))


def applications(spend_usd_per_year: Array, award_usd: float, grants: Grants) -> Array:
    """Applications a year when the programme spends `spend_usd_per_year`.

    At the reference budget the observed success rate holds; more money draws more applications by the crowding
    elasticity, and nobody can win twice: at least one application for every award.
    """
    reference = np.asarray(grants.reference_usd_per_year)
    usual = reference / award_usd / grants.success_share
    growth = np.power(np.asarray(spend_usd_per_year) / reference, grants.crowding_elasticity)
    return np.asarray(np.where(spend_usd_per_year > 0, np.maximum(usual * growth, spend_usd_per_year / award_usd), 0))
