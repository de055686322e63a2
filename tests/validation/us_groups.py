"""Where `data/groups_us_rd.csv` comes from: US research money by institution, a law of sizes, and the model's defaults.

`python tests/validation/us_groups.py` writes the table anew; `test_institutions.py` compares it with what is shipped.
"""

from __future__ import annotations

import csv
import sys
from io import StringIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sim.mechanisms.demand import TIERS, Demand
from sim.sources import share
from tests.validation.institutions import classes, fitted, sizes

FILE = share("data") / "groups_us_rd.csv"
INSTITUTIONS = 681
TOP = {5: 0.11, 10: 0.18, 20: 0.31}  # programmes:P336, shares of the largest institutions
GINI = 0.70  # programmes:P337, derived
CUTS = {  # last ranks of the size classes
    "elite": (5, 10, 20, 30),
    "intensive": (60, 80, 100, 130, 170, 210),
    "regional": (300, 350, 420, 500, 590),
}
ACADEMIC = tuple(CUTS)
COLUMNS = ("name", "tier", "groups", "need", "own", "source", "basis")


def fit() -> tuple[float, float]:
    """Exponent and offset of the law."""
    return fitted(TOP, GINI, INSTITUTIONS)


def last_ranks() -> dict[str, int]:
    """Where a tier ends: institutions in the proportions in which the defaults have academic groups."""
    demand, ends, passed = Demand(), {}, 0.0
    academic = sum(getattr(demand, f"share_{tier}") for tier in ACADEMIC)
    for tier in ACADEMIC:
        passed += getattr(demand, f"share_{tier}") / academic
        ends[tier] = round(passed * INSTITUTIONS)
    return ends


def rows() -> list[dict[str, str]]:
    """The table: need follows research money, its sum is that of the defaults, own compute is the tier's part of it."""
    demand = Demand()
    shares = {tier: getattr(demand, f"share_{tier}") * demand.groups for tier in TIERS}
    need = sum(shares[tier] * getattr(demand, f"need_{tier}") for tier in ACADEMIC)
    each = sum(shares[tier] for tier in ACADEMIC) / INSTITUTIONS  # groups behind one institution
    ends = last_ranks()
    cuts = [cut for tier in ACADEMIC for cut in (*CUTS[tier], ends[tier])]
    found, first = [], 1
    for last, (institutions, size) in zip(cuts, classes(sizes(*fit(), INSTITUTIONS), tuple(cuts)), strict=True):
        tier = next(tier for tier in ACADEMIC if last <= ends[tier])
        per_group = size * need / each
        own = per_group * getattr(demand, f"own_{tier}") / getattr(demand, f"need_{tier}")
        found.append(_row(f"ranks {first} to {last}", tier, institutions * each, per_group, own))
        first = last + 1
    startups = _row(
        "firms and public bodies", "startups", shares["startups"], demand.need_startups, demand.own_startups
    )
    return [*found, startups]


def _row(name: str, tier: str, groups: float, need: float, own: float) -> dict[str, str]:
    basis = "assumed" if tier == "startups" else "derived"
    source = "own_derivation" if tier == "startups" else "programmes:P336;programmes:P337"
    cells = (name, tier, f"{groups:.2f}", f"{need:.0f}", f"{own:.0f}", source, basis)
    return dict(zip(COLUMNS, cells, strict=True))


def text() -> str:
    """The table as a file."""
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows())
    return out.getvalue()


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf8")
