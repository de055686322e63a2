"""Outcomes of independence: whose machines research runs on."""

from __future__ import annotations

import numpy as np

from sim.comparison.measures import View, ratio
from sim.comparison.outcomes.declaring import INDEPENDENCE, Outcome
from sim.parameters import Array


def domestic_hours(view: View) -> Array:
    """Hours under domestic control: own, on the public cluster, in laboratories."""
    used = view.monthly.shared.used
    return view.monthly.own_hours + sum(used[p] for p in ("cluster", "workstation") if p in used)


def hyperscaler_hours(view: View) -> Array:
    """Rented hours on the three largest providers."""
    rented = view.monthly.shared.used.get("cloud", np.zeros(view.monthly.scene.budget.shape))
    return rented * view.monthly.scene.world.cloud.hyperscaler_share


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "domestic_share", "Compute under domestic control", "fraction", "higher",
        "(own + cluster + laboratory hours) / all hours that groups use", INDEPENDENCE,
        *ratio(domestic_hours, lambda view: view.monthly.research_hours), headline=True,
    ),
    Outcome(
        "hyperscaler_share", "Compute from the three largest clouds", "fraction", "lower",
        "rented hours * their market share / all hours that groups use", INDEPENDENCE,
        *ratio(hyperscaler_hours, lambda view: view.monthly.research_hours),
    ),
)  # fmt: skip
