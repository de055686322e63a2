"""What becomes of awards: centres award more than they have, holders use less than they were awarded, rules take back.

Use of an award over its plan differs between holders. Its distribution is not published; here its density is a power
that has the declared mean, Beta(k, 1), so that most holders are near their plan and a few have hardly begun.
"""

from __future__ import annotations

import numpy as np

from sim.parameters import Array

# Bands of use over plan at the date of the rule: (below this use, part of what is not used that is taken back).
FORFEITURE: dict[str, tuple[tuple[float, float], ...]] = {
    "none": (),
    # NREL's bands are of planned use already
    "nrel": ((0.20, 0.80), (0.40, 0.55), (0.55, 0.35), (0.70, 0.20)),
    # ALCC looks in January, after half of the year: under 10 % and under 25 % used are a fifth and half of the plan
    "alcc": ((0.20, 0.25), (0.50, 0.15)),
    # and from 2026 in March, after two thirds: under 25 and 50 %
    "alcc_2026": ((0.375, 0.50), (0.75, 0.25)),
    # INCITE looks on 1 September, after two thirds: under 10, 33 and 50 %
    "incite": ((0.15, 0.75), (0.50, 0.50), (0.75, 0.33)),
    # 40 % have to be spent in six months, four fifths of the plan; that all of the rest is lost is assumed
    "lumi": ((0.80, 1.0),),
}


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
    for most, part in FORFEITURE[rule]:
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
