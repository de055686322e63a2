"""The cost core once more, as plain Python: one draw, one option, one month, one group at a time.

Floats, lists and loops, no arrays: the yardstick of the bench, and a second opinion on the
cost core. It shares with it the records, the parameters, the units and no formula:
`tests/theory/test_plain_core.py` holds the two together to one part in a milliard.

    draw.py      what the options of a draw share: months, money, prices, groups
    unit.py      what one unit of size costs and yields
    machines.py  a public cluster, from its records
    schemes.py   credits, grants and a fab, from theirs
    vendors.py   a second source of accelerators
    embargo.py   what an embargo lets through
    option.py    sizes, accounts and supply of one option
    sharing.py   who gets the hours
    outcomes.py  what the options are compared on
    openness.py  releases, licences and uses
    reproduction.py  re-runs, what they cost and find
    safety.py    screening, the risk of releases, the price of using models
"""

from __future__ import annotations

from tests.bench.plain.draw import Draw
from tests.bench.plain.option import Months, compute_option, outside, struck
from tests.bench.plain.outcomes import Outcomes, measure
from tests.bench.plain.sharing import waterfill

__all__ = ["Draw", "Months", "Outcomes", "compute_option", "measure", "outside", "struck", "waterfill"]
