"""How every option stands over the worlds drawn: regret, closeness to the best, and its worst worlds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.decision.case import Case
from sim.decision.robustness import Robustness, regret, robustness
from sim.decision.sections.section import Section, Table, number, unit
from sim.formatting import format_percent, lower_first

NEAR_SHARE = 0.1  # of the best of a draw: an option that loses no more suffices


@dataclass(frozen=True)
class Standing:
    """Robustness of the options `keys`, and the share of the draws in which each is near the best."""

    keys: tuple[str, ...]
    found: Robustness
    near_share: np.ndarray


def standing(case: Case) -> Standing:
    """From the gains of the worlds drawn."""
    best = case.values.max(axis=1, keepdims=True)
    near = (regret(case.values) <= NEAR_SHARE * np.abs(best)).mean(axis=0)
    return Standing(case.keys, robustness(case.values), near)


def section(case: Case, found: Standing) -> Section:
    """A row an option, and who has the least regret."""
    least = {
        "largest regret": found.found.largest_regret.argmin(),
        "90th percentile of regret": found.found.p90_regret.argmin(),
        "mean of the worst tenth": found.found.worst_decile_mean.argmax(),
    }
    best = ", ".join(f"{what} {case.label(found.keys[n])}" for what, n in least.items())
    lines = [
        f"Regret is what an option falls short of the best option of the same world; best by each measure: {best}.",
    ]
    if absent := [case.label(key) for key in case.comparison.results if key not in found.keys]:
        lines.append(f"Left out, since the yardstick does not exist for them in any world: {', '.join(absent)}.")
    heads = (
        "Option", f"Largest regret ({unit(case)})", "90th percentile of regret",
        f"{case.outcome.label}: mean of the worst tenth of worlds", f"Within {NEAR_SHARE:.0%} of the best", "Best",
    )  # fmt: skip
    rows = tuple(
        (
            case.label(key),
            number(case, found.found.largest_regret[n]),
            number(case, found.found.p90_regret[n]),
            number(case, case.sign * found.found.worst_decile_mean[n]),
            format_percent(found.near_share[n], ".0f"),
            format_percent(found.found.first_share[n], ".0f"),
        )
        for n, key in enumerate(found.keys)
    )
    columns = {**vars(found.found), "near_share": found.near_share}
    del columns["satisficing_share"]
    columns["worst_decile_mean"] = case.sign * found.found.worst_decile_mean
    data = {key: {name: column[n] for name, column in columns.items()} for n, key in enumerate(found.keys)}
    title = f"Regret, worst worlds, and how often {lower_first(case.outcome.label)} is near the best"
    return Section("regret", title, tuple(lines), (Table(tuple(h.replace("%", " %") for h in heads), rows),), data)
