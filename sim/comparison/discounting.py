"""Discounting anew: a comparison under another appraisal profile, without running it again.

Only sums over time move, of costs, hours and output, each weighed by the factors of its month or year; and with them
the excess burden. Machines and vouchers stay what they were procured as: what has been bought does not depend on who
appraises it. A profile that shall also size the options is the scenario's own (`money.profile`), and another run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from sim.comparison.results import Comparison, Kept, Result
from sim.costs.allocation import Allocation
from sim.costs.awards import Awards
from sim.costs.context import Context
from sim.instruments.base import Trade
from sim.mechanisms.appraisal import Profile, profile
from sim.mechanisms.finance import appraised
from sim.outcomes import DISCOUNTED, Measures
from sim.outcomes.advance import advances
from sim.outcomes.output import hired_of_own, tier_outputs
from sim.parameters import Array

MOST_KEPT = 1_024  # draws: what discounting needs of one is some hundred kilobytes
RUN_JOINT = "-"  # between the digest of a run and the profile
_NOTHING = np.zeros((1, 1))
_SHARED = (tier_outputs, hired_of_own, advances)  # of what measures remember, that which no discounting moves


def kept(measures: Mapping[str, Measures]) -> Kept:
    """Of a block of draws, by option, what discounting reads; all else is let go.

    Open models and harm look at more than money: where they are counted, results are kept whole.
    """
    context, found = None, {}
    for key, each in measures.items():
        context = context or _lean(each.context)
        whole = each.world.complement.counted or each.world.safety.harm
        result = each.result if whole else replace(
            each.result, cash={"all": each.result.cost}, private={"all": each.result.private_cost},
            gpu_hours={"all": each.result.supplied_gpu}, h100e_hours={"all": each.result.supplied},
            allocation=Allocation(_NOTHING, _NOTHING, {}, each.result.allocation.by_group),
            awards=Awards([], _NOTHING, _NOTHING), applications=_NOTHING, decision_delay=_NOTHING,
            fab_output=_NOTHING, trade=Trade(), leased=_NOTHING, kwh={}, embodied={}, peer_hours=_NOTHING,
            vendors=None, fullness=None, in_service=None, vintage_years=None,
        )  # fmt: skip
        found[key] = Measures(
            result if whole else result.in_context(context),
            _cached=_shared(each),
        )
    return found


def _lean(context: Context) -> Context:
    """The context of a block without what no discounting reads; its sums are computed first."""
    lean, _ = copy(context), (context.own_output, context.total_own)
    vars(lean).update(need=_NOTHING, own=_NOTHING, own_output=context.own_output, total_own=context.total_own)
    return lean


def _shared(measures: Measures) -> dict[Callable[[Measures], Any], Any]:
    """What measures remember and no discounting moves."""
    return {pick: measures.cached(pick) for pick in _SHARED}


def discounted(block: Kept, by: Profile | None) -> dict[str, dict[str, Array]]:
    """Outcomes that discounting moves, by option and name, [draw]; `by` None: under the scenario's own rates."""
    context, found = None, {}
    for key, each in block.items():
        if context is None:
            money = each.world.money
            context = each.context.appraised(money if by is None else appraised(money, by))
        again = Measures(each.result.in_context(context), _years=each._years, _cached=_shared(each))
        found[key] = {outcome.name: outcome.total(again) for outcome in DISCOUNTED}
    return found


def rediscount(comparison: Comparison, by: Profile | str | None) -> Comparison:
    """The comparison with its sums discounted under a profile, or its name; None: the scenario's own rates.

    Sizes and hours stay. Raises KeyError for a name that does not exist, ValueError where the comparison kept too
    little: with more than MOST_KEPT draws, or out of a store of results.
    """
    chosen = profile(by) if isinstance(by, str) else by
    if not comparison.kept:
        raise ValueError(f"only comparisons of at most {MOST_KEPT:,} draws can be discounted anew; name it in the run")
    blocks = [discounted(block, chosen) for block in comparison.kept]
    own = next(iter(comparison.kept[0].values())).world.money
    money = own if chosen is None else appraised(own, chosen)
    context = comparison.baseline.central.context.appraised(money)
    results = {
        key: _appraised(result, context, [block[key] for block in blocks]) for key, result in comparison.results.items()
    }
    run = comparison.run_id.partition(RUN_JOINT)[0]  # the same run, appraised otherwise
    run += RUN_JOINT + chosen.name if chosen else ""
    return replace(comparison, results=results, profile=chosen, run_id=run)


def _appraised(result: Result, context: Context, blocks: list[dict[str, Array]]) -> Result:
    """An option with the outcomes that discounting moves replaced, its central case in the context of the profile."""
    totals = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return replace(result, totals=result.totals | totals, central=result.central.in_context(context))
