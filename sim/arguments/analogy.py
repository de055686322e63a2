"""Does the analogy hold: which assumption of 'ages like a press' carries the lead of owning over renting?

The shipped scenario `press_world` changes four things about accelerators at once. All of them are applied to any
other scenario, then all but one; the outcome compared is how many frontier-equivalent hours a public cluster yields
more than cloud credits of the same money, in the central case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.comparison.evaluation import evaluate
from sim.formatting import format_short
from sim.scenario import Scenario, load, pinned, with_settings

PRESET = "press_world"


@dataclass(frozen=True)
class Assumption:
    """One thing that the preset says of accelerators."""

    path: str  # of the parameter; a lever is named by its instrument
    claim: str


ASSUMPTIONS = (
    Assumption("hardware.doubling_years", "new machines are hardly better than old ones"),
    Assumption("cloud.decline_per_year", "rents hardly fall"),
    Assumption("public_cluster.retirement", "machines serve to the horizon and beyond"),
    Assumption("hardware.resale_decay_per_year", "machines keep most of their value"),
)


def preset_values() -> dict[Assumption, Any]:
    """Values that the preset sets, by assumption."""
    preset = load(PRESET)
    owners = {**preset.world.groups(), "public_cluster": preset.by_instrument["public_cluster"].instrument}
    split = ((item, item.path.partition(".")) for item in ASSUMPTIONS)
    return {item: getattr(owners[group], name) for item, (group, _, name) in split}


def lead(scenario: Scenario, seed: int, assumed: Mapping[Assumption, Any] | None = None) -> float:
    """Public FE-hours of the cluster less those of the credits in the central case, with these assumptions set."""
    key = scenario.by_instrument["public_cluster"].key
    given = {item.path.replace("public_cluster.", f"{key}."): value for item, value in (assumed or {}).items()}
    changed = with_settings(scenario, pinned(given))  # ranges of the scenario's own are of no account without draws
    pair = [changed.by_instrument[name].key for name in ("public_cluster", "cloud_credits")]
    totals = evaluate(changed, changed.world, 0, seed=seed, options=pair, outcomes=["fe_hours"])
    owned, rented = (float(totals[key]["fe_hours"][0]) for key in pair)
    return owned - rented


def carrier_sentence(scenario: Scenario, seed: int) -> str:
    """Sentence that names the assumption without which the cluster's lead over credits would be smallest."""
    preset = preset_values()
    whole = lead(scenario, seed, preset)
    if whole <= 0:
        return "Even then owning yields less than renting."
    without = {item: lead(scenario, seed, {k: v for k, v in preset.items() if k != item}) for item in preset}
    carrier = min(without, key=without.__getitem__)
    if without[carrier] >= whole:
        return "No single assumption of the four carries it."
    left = "nothing" if without[carrier] <= 0 else f"only {format_short(without[carrier])} FE-hours"
    return (
        f"What carries the analogy is that {carrier.claim} ({carrier.path}): without that, of a lead "
        f"over renting of {format_short(whole)} FE-hours {left} would be left in the central case."
    )
