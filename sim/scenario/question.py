"""What a scenario asks: its question, the yardstick that answers it, and the two options that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.formatting import entry_path, short_repr, unknown_name
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.public_cluster import PublicCluster
from sim.scenario.model import Option
from sim.scenario.options import BASELINE
from sim.scenario.problems import Problems

# Outcomes by which options can be ranked: each has a better and a worse, and no option lacks it by its nature.
YARDSTICKS = (
    "additional_fe_hours", "fe_hours", "h100e_hours", "research_fe_hours", "need_met", "need_met_regional",
    "need_met_startups", "cost_per_fe_hour", "cost_per_h100e_hour", "public_cost", "social_cost", "first_month",
    "lower_tiers_share", "ede", "weighted_additional", "output_percent", "benefit_cost_ratio", "domestic_share",
    "carbon_per_fe_hour_kg",
)  # fmt: skip
USUAL_YARDSTICK = YARDSTICKS[0]


def read_yardstick(table: dict[str, Any], problems: Problems) -> str:
    """The outcome by which the question is answered; the usual one after a fault."""
    name = table.get("yardstick", USUAL_YARDSTICK)
    if name in YARDSTICKS:
        return str(name)
    near = unknown_name("yardstick", name, YARDSTICKS).partition("; there are")[0]
    problems.fault("yardstick", f"{near} (one of {', '.join(YARDSTICKS)})")
    return USUAL_YARDSTICK


def read_between(table: dict[str, Any], options: Sequence[Option], problems: Problems) -> tuple[str, ...]:
    """Keys of the two options that the question is about; the usual two after a fault."""
    usual = usual_pair(options)
    if "between" not in table:
        return usual
    pair, keys = table["between"], [option.key for option in options]
    if not isinstance(pair, list) or len(pair) != 2 or pair[0] == pair[1]:
        like = ", ".join(f'"{key}"' for key in usual or ("public_cluster", "cloud_credits"))
        problems.fault("between", f"{short_repr(pair)} does not name two options; write [{like}]")
        return usual
    lost = [(number, key) for number, key in enumerate(pair, 1) if key not in keys]
    for number, key in lost:
        problems.fault(entry_path("between", number), unknown_name("option", key, keys))
    return usual if lost else tuple(pair)


def usual_pair(options: Sequence[Option]) -> tuple[str, ...]:
    """The first machine and credits where there are both, else the first two, of which doing nothing comes last.

    Empty where there is nothing to compare.
    """
    first = {option.instrument.name: option.key for option in reversed(options)}
    named = [first[kind.name] for kind in (PublicCluster, CloudCredits) if kind.name in first]
    others = sorted((option.key for option in options), key=lambda key: key == first.get(BASELINE))
    pair = named if len(named) == 2 else others[:2]
    return tuple(pair) if len(pair) == 2 else ()
