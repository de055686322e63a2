"""What projects release, who uses it, what can be run again: one class at a time."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from sim.mechanisms.openness import Openness
from sim.mechanisms.world import World
from tests.bench.plain.draw import Draw

if TYPE_CHECKING:
    from tests.bench.plain.option import Months
    from tests.bench.plain.outcomes import Outcomes

PUBLISHES = {
    "closed": "",
    "api": "documentation",
    "restricted": "documentation weights",
    "open_weights": "documentation weights use",
    "open_code": "documentation weights use code",
    "fully_open": "documentation weights use code data",
}
ONE_CLASS = {"open_weights": "open_weights", "restricted": "restricted", "closed_api": "api"}


def mixed(terms: Openness) -> dict[str, float]:
    """The usual mix, scaled to one."""
    every = sum(getattr(terms, f"share_{kind}") for kind in PUBLISHES)
    return {kind: getattr(terms, f"share_{kind}") / every for kind in PUBLISHES}


def releases(terms: Openness) -> dict[str, float]:
    """Share of projects in each class, by preset and mandate."""
    law, mandate = terms.legal_ceiling_share, terms.mandate_share
    if terms.release == "osi":
        before = dict.fromkeys(PUBLISHES, 0.0) | {"open_code": 1 - law, "fully_open": law}
    elif terms.release == "mixed":
        before = mixed(terms)
    else:
        before = dict.fromkeys(PUBLISHES, 0.0) | {ONE_CLASS[terms.release]: 1.0}
    told_full = max(law, before["fully_open"])  # of all projects, where all are told
    told = {"open_code": 1 - told_full, "fully_open": told_full}
    return {kind: (1 - mandate) * share + mandate * told.get(kind, 0.0) for kind, share in before.items()}


def left_for_research(world: World) -> float:
    """Part of public hours that releasing, determinism and further seeds leave."""
    terms = world.openness
    now, usual = releases(terms), mixed(terms)
    publishing = max(now["fully_open"] - usual["fully_open"], 0.0)  # data
    publishing += max(sum(now[k] - usual[k] for k in ("open_code", "fully_open")), 0.0)  # code
    hours = 1 + terms.compliance_share * publishing
    hours += hours * terms.deterministic_share * terms.determinism_overhead_ratio
    hours += hours * terms.replicated_share * (terms.seeds - 1)
    return 1 / hours


def count_openness(found: Outcomes, months: Months, draw: Draw) -> None:
    """Every outcome of openness."""
    terms = draw.world.openness
    shares = releases(terms)
    weights = {part: getattr(terms, f"counts_{part}") for part in PUBLISHES["fully_open"].split()}
    index, wanted, excluded = 0.0, 0.0, 0.0
    uses = {
        "closed": 0.0, "api": terms.reuse_api, "restricted": terms.reuse_weights, "open_weights": terms.reuse_weights,
        "open_code": terms.reuse_code, "fully_open": terms.reuse_full,
    }  # fmt: skip
    for kind, share in shares.items():
        index += share * sum(weights[part] for part in PUBLISHES[kind].split()) / sum(weights.values())
        wanted += share * uses[kind]
        if kind == "restricted":
            excluded = share * uses[kind] * min(terms.over_700m_share + terms.prohibited_share, 1.0)
    supported = [
        sum(tiers) / new / terms.hours_per_project for tiers, new in zip(months.public, draw.frontier, strict=True)
    ]
    found.flow("projects", supported)
    found.flow("reuse_outputs", [number * (wanted - excluded) for number in supported])
    second_run = terms.replicated_share if terms.seeds >= 2 else terms.replicated_share * (terms.seeds - 1)
    to_check = shares["fully_open"]  # the only class with both code and data
    known = terms.deterministic_share + (1 - terms.deterministic_share) * second_run
    for name, value in {
        "openness_index": index,
        "excluded_use_share": excluded / wanted if wanted > 0 else nan,
        "bitwise_reproducible_share": to_check * terms.deterministic_share,
        "statistically_reproducible_share": to_check * known,
        "openness_overhead_share": 1 - left_for_research(draw.world),
    }.items():
        found.totals[name] = value if sum(supported) > 0 else nan
