"""What becomes of awards: centres award more than they have, holders use less than they were awarded, rules take back.

Use of an award over its plan differs between holders. Its distribution is not published; here its density is a power
that has the declared mean, Beta(k, 1), so that most holders are near their plan and a few have hardly begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from sim.parameters import Array, Parameters, series

_shares = partial(series, unit="fraction", low=0, high=1, floor=0, ceiling=1)
BELOW = "Use over plan at the date of the rule below which it takes back, lowest band first."
TAKEN = "Part of what is not used that is taken back in each band."


@dataclass(frozen=True, kw_only=True)
class Nrel(Parameters):
    """NREL: bands of planned use, every quarter."""

    below: tuple[float, ...] = _shares((0.20, 0.40, 0.55, 0.70), source="programmes:N009", help=BELOW)
    taken: tuple[float, ...] = _shares((0.80, 0.55, 0.35, 0.20), source="programmes:N009", help=TAKEN)


@dataclass(frozen=True, kw_only=True)
class Alcc(Parameters):
    """ALCC, in January after half of the year: under 10 and 25 % used are a fifth and half of the plan."""

    below: tuple[float, ...] = _shares((0.20, 0.50), source="programmes:N010", help=BELOW)
    taken: tuple[float, ...] = _shares((0.25, 0.15), source="programmes:N010", help=TAKEN)


@dataclass(frozen=True, kw_only=True)
class Alcc2026(Parameters):
    """ALCC as of 2026, in March after two thirds of the year: under 25 and 50 % used."""

    below: tuple[float, ...] = _shares((0.375, 0.75), source="programmes:N010", help=BELOW)
    taken: tuple[float, ...] = _shares((0.50, 0.25), source="programmes:N010", help=TAKEN)


@dataclass(frozen=True, kw_only=True)
class Incite(Parameters):
    """INCITE at Oak Ridge, on 1 September after two thirds of the year: under 10, 33 and 50 % used."""

    below: tuple[float, ...] = _shares((0.15, 0.50, 0.75), source="programmes:P191", help=BELOW)
    taken: tuple[float, ...] = _shares((0.75, 0.50, 0.33), source="programmes:P191", help=TAKEN)


@dataclass(frozen=True, kw_only=True)
class Lumi(Parameters):
    """Denmark's share of LUMI: 40 % spent in six months are four fifths of the plan; that all else goes is assumed."""

    below: tuple[float, ...] = _shares((0.80,), source="programmes:N011", help=BELOW)
    taken: tuple[float, ...] = _shares((1.0,), source="assumption: what others lose was not read", help=TAKEN)


RULES: dict[str, Nrel | Alcc | Alcc2026 | Incite | Lumi] = {
    "nrel": Nrel(), "alcc": Alcc(), "alcc_2026": Alcc2026(), "incite": Incite(), "lumi": Lumi(),
}  # fmt: skip
NOBODY = "none"


def bands(rule: str) -> list[tuple[float, float]]:
    """(use over plan below which a band lies, part taken back) of a rule, lowest first; empty where there is none."""
    found = RULES.get(rule)
    return [] if found is None else list(zip(found.below, found.taken, strict=True))


def returned_share(rule: str, unused_share: Array | float) -> Array:
    """Part of the hours that holders do not use that a rule takes back, shape of `unused_share`.

    With use v distributed as v^(k - 1), k = (1 - unused) / unused, the hours not used by holders with v up to x are
    x^k - k / (k + 1) * x^(k + 1); over all holders, `unused_share`.

    >>> returned_share("lumi", 1 / 2).round(6).item(), returned_share("none", 0.1).item()
    (0.96, 0.0)
    """
    unused = np.asarray(unused_share, dtype=np.float64)
    kept = 1 - unused
    power = kept / np.maximum(unused, np.finfo(np.float64).tiny)
    returned, before = np.zeros_like(unused), np.zeros_like(unused)
    for most, part in bands(rule):
        below = most**power * (1 - kept * most)
        returned = returned + part * (below - before)
        before = below
    return np.asarray(np.divide(returned, unused, out=np.zeros_like(unused), where=unused > 0))


def filled_share(overbooking: Array | float, unused_share: Array | float, returned: Array | float) -> Array:
    """Part of a machine's hours that holders and those who get what is taken back keep busy; never more than all.

    >>> filled_share(1.11, 0.10, 0.0).round(6).item(), filled_share(1.0, 0.5, 0.5).item()
    (0.999, 0.75)
    """
    idle = np.asarray(unused_share) * (1 - np.asarray(returned))
    return np.asarray(np.minimum(np.asarray(overbooking) * (1 - idle), 1.0))
