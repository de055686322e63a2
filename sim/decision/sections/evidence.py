"""How much of the difference rests on numbers that are assumed: shares of its variance by grade of evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.decision.case import Case
from sim.decision.ranking import HELD_SHARE, Drivers, drivers, share_error
from sim.decision.sections.section import Section, Table
from sim.formatting import format_count, format_percent
from sim.parameters import GRADES

ASSUMED = "D"
SHOWN = 10


@dataclass(frozen=True)
class Evidence:
    """Rank regression of the difference on the numbers drawn, and the share of what it explains by grade."""

    drivers: Drivers
    shares: dict[str, float]
    assumed_error: float  # standard error of the share of ASSUMED, by resampling draws


def evidence(case: Case) -> Evidence | None:
    """None where there are fewer draws than a regression takes, or nothing is explained."""
    least = 2 * len(case.names)
    if len(case.x) < least or not np.ptp(case.advantage):
        return None
    found = drivers(case.x, case.advantage)
    if found.adjusted_r2 <= 0:
        return None
    grades = np.array([case.spec(path).grade for path in case.names])
    shares = {grade: _share(found, grades == grade) for grade in GRADES if (grades == grade).any()}
    error = share_error(case.x, case.advantage, grades == ASSUMED, case.seed)
    return Evidence(found, shares, error)


def _share(found: Drivers, chosen: np.ndarray) -> float:
    """Share of what is explained that falls to some numbers."""
    return float(found.share[chosen].sum() / found.share.sum())


def _percent(share: float) -> str:
    """A share in whole per cent; below nothing, as chance has it, is nothing."""
    return format_percent(max(share, 0.0), ".0f")


def section(case: Case, found: Evidence | None) -> Section:
    """The share of grade D, the shares of the other grades, and the numbers that hold most."""
    name, title = "evidence", "How much of the difference rests on assumptions"
    if found is None:
        least = 2 * len(case.names)
        draws = case.comparison.draws
        return Section(name, title, (f"Not known from {draws} worlds drawn: that takes {least} or more.",))
    holding = found.drivers.holding()
    share = found.shares.get(ASSUMED, 0.0)
    others = ", ".join(f"{_percent(s)} on grade {g}" for g, s in found.shares.items() if g != ASSUMED)
    lines = (
        f"{_percent(share)} ± {100 * found.assumed_error:.0f} of what the numbers explain of the difference "
        f"rests on numbers of grade {ASSUMED}, which are assumed ({others}).",
        f"{format_count(len(holding), 'number')} of {len(case.names)} hold {100 * HELD_SHARE:.0f} % of that; all "
        f"of them explain {format_percent(found.drivers.adjusted_r2, '.0f')} of the variance of its ranks.",
    )
    order = np.argsort(-found.drivers.share, kind="stable")[:SHOWN]
    rows = tuple(
        (
            case.words(case.names[n]),
            case.spec(case.names[n]).grade,
            f"{found.drivers.coefficient[n]:+.2f} ± {found.drivers.standard_error[n]:.2f}",
            format_percent(found.drivers.share[n], ".0f"),
        )
        for n in order
    )
    heads = ("Number", "Grade", "Standardised rank coefficient", "Share of the variance of ranks")
    of_numbers = zip(case.names, found.drivers.coefficient, found.drivers.share, strict=True)
    data = {
        "grades": found.shares,
        "assumed_error": found.assumed_error,
        "adjusted_r2": found.drivers.adjusted_r2,
        "numbers": [{"path": p, "coefficient": c, "share": s, "grade": case.spec(p).grade} for p, c, s in of_numbers],
    }
    return Section(name, title, lines, (Table(heads, rows, words=2),), data)
