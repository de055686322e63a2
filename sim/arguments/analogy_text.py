"""Which assumption carries the analogy with a press, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.arguments.analogy import analogy
from sim.formatting import format_short


def carrier_sentence(scenario: str | Path, settings: Mapping[str, Any], seed: int) -> str:
    """What the cluster's lead over credits in public FE-hours hangs on, in the central case."""
    found = analogy(scenario, settings, seed=seed)
    if found.preset.central <= 0:
        return "Even then owning yields less than renting."
    row = found.carrier
    if row is None:
        return "No single assumption of the five carries it."
    left = "nothing" if row.without.central <= 0 else f"only {format_short(row.without.central)} FE-hours"
    return (
        f"What carries the analogy is that {row.assumption.claim} ({row.assumption.path}): without that, of a lead "
        f"over renting of {format_short(found.preset.central)} FE-hours {left} would be left in the central case."
    )
