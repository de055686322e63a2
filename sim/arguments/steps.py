"""Sentences from draws of their own: what each part of a switch does by itself, and what a drawn date decides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.arguments.evaluation import visible
from sim.arguments.text import gap_text
from sim.comparison.evaluation import Totals, evaluate
from sim.comparison.memory import CalendarMemory
from sim.comparison.worlds import draw_worlds
from sim.formatting import format_short
from sim.mechanisms.access import help_cost_usd
from sim.mechanisms.demand import group_counts
from sim.outcomes import BY_NAME
from sim.outcomes.output import PUBLISHED
from sim.scenario import Scenario, pinned, with_settings

_DRAWS = 32  # paired: enough for a count
_DATES = 64
_OPTION = "public_cluster"
_READ = BY_NAME["lower_tiers_share"]
_OFF = {"access.rule": "merit"}
_RULE, _HELP = {"access.rule": "tier_floor"}, {"access.help_share": 0.3}
_NEED = {"access.rule": "need"}
_RATIO = "benefit_cost_ratio"
_NO_COMPUTE = {"output.alpha": 0.0}  # more compute adds nothing: what is left people bring


class _Paired:
    """A scenario read with some of its values set, always in the same draws."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.seed, self.memory = scenario, seed, CalendarMemory()

    def totals(self, values: Mapping[str, str | float], options: list[str], outcomes: list[str]) -> Totals:
        """Outcomes by option and name, [draw], draw 0 the central case."""
        side = with_settings(self.scenario, pinned(values)) if values else self.scenario
        world, numbers = draw_worlds(side, self.seed, _DRAWS, "arguments"), np.arange(1 + _DRAWS)
        return evaluate(side, world, numbers, seed=self.seed, options=options, outcomes=outcomes, memory=self.memory)


def dates_sentence(scenario: Scenario, seed: int) -> str:
    """What an embargo at a drawn date leaves with machines against credits: the median, and how many draws differ."""
    side = with_settings(scenario, {"independence.shock": True})
    read, names = BY_NAME["retained_share"], ("cloud_credits", "public_cluster")
    credits_, machine = (scenario.by_instrument[name].key for name in names)
    world, numbers = draw_worlds(side, seed, _DATES, "arguments"), np.arange(1 + _DATES)
    found = evaluate(
        side, world, numbers, seed=seed, options=[credits_, machine], outcomes=[read.name], memory=CalendarMemory()
    )
    gap = (found[machine][read.name] - found[credits_][read.name])[1:]
    gap = gap[np.isfinite(gap)]
    if not gap.size:
        return ""
    middle = float(np.median(gap))
    other = int((gap < 0).sum() if middle > 0 else (gap > 0).sum())
    return (
        f"With the start of the embargo drawn as all else, the median is {gap_text(read, middle, scenario=scenario)}, "
        f"and {other} of {gap.size} draws go the other way."
    )


def access_sentence(scenario: Scenario, seed: int) -> str:
    """What the rule moves without help, what help moves without the rule and by need, and what help costs.

    The effect of help by need instead of merit says why help by itself may lower what it is to raise.
    """
    paired, key = _Paired(scenario, seed), scenario.by_instrument[_OPTION].key
    before, rule, desks, both, need, fair = (
        paired.totals(part, [key], [_READ.name])[key][_READ.name]
        for part in (_OFF, _OFF | _RULE, _OFF | _HELP, _HELP | _RULE, _NEED, _NEED | _HELP)
    )
    gaps = rule - before, desks - before, both - before, fair - need
    alone, helped, joint, by_need = (gap_text(_READ, float(part[0]), scenario=scenario) for part in gaps)
    more = int((np.abs(gaps[1][1:]) > np.abs(gaps[0][1:])).sum())
    world = with_settings(scenario, pinned(_HELP)).world
    price = float(help_cost_usd(group_counts(world.demand), world.access).item()) / scenario.usd_per_currency
    why = "Merit gives most to those with much compute of their own, whom help brings in as well. "
    return (
        f"By itself the part reserved moves it by {alone}, help by itself by {helped}, both by {joint}; help moves it "
        f"more than the part reserved in {more} of {_DRAWS} draws. By need instead of merit, help by itself would move "
        f"it by {by_need}. {why if gaps[1][0] < gaps[3][0] else ''}Help costs {format_short(price)} "
        f"{scenario.currency} a year while hours are given out: a private cost of the host, so that public money is "
        "the same on both sides and all cost is not. No published shares of the reasons for not applying were found: "
        "those of the model are guesses (grade D)."
    )


def grants_sentence(scenario: Scenario, seed: int) -> str:
    """What people and what compute bring to the ratio of grants and of machines, and what ratios are published.

    People bring what is left where more compute adds nothing, compute the rest.
    """
    paired = _Paired(scenario, seed)
    chosen = [scenario.by_instrument[name] for name in ("research_grants", _OPTION)]
    keys = [option.key for option in chosen]
    whole, left = (paired.totals(values, keys, [_RATIO]) for values in ({}, _NO_COMPUTE))
    people = [left[key][_RATIO] for key in keys]
    compute = [visible(left[key][_RATIO], whole[key][_RATIO]) for key in keys]
    by_people, by_compute = (visible(machines, grants) for grants, machines in (people, compute))
    more = int((np.abs(by_compute[1:]) > np.abs(by_people[1:])).sum())
    parts = [
        f"'{option.label}' {format_short(float(each[0]))} by people and {format_short(float(other[0]))} by compute"
        for option, each, other in zip(chosen, people, compute, strict=True)
    ]
    gaps = [gap_text(BY_NAME[_RATIO], float(each[0]), scenario=scenario) for each in (by_people, by_compute)]
    ratios = {option.label: float(whole[option.key][_RATIO][0]) for option in chosen}
    return (
        f"Where more compute adds nothing only what people bring is left: so split, a dollar adds in {parts[0]}, in "
        f"{parts[1]}; the difference is {gaps[0]} by people and {gaps[1]} by compute; compute is the larger part of it "
        f"in {more} of {_DRAWS} draws. {_published(ratios)}"
    )


def _published(ratios: Mapping[str, float]) -> str:
    """The ratios that were published, and which of these, by option, lie above all of them."""
    known = [f"{each.low:g} to {each.high:g} ({each.what})" for each in PUBLISHED]
    most = max(each.high for each in PUBLISHED)
    above = [f"'{label}' ({format_short(ratio)})" for label, ratio in ratios.items() if ratio > most]
    if not above:
        which = "No ratio here lies above all of these."
    elif len(above) == 1:
        which = f"{above[0]} lies above all of these, which is implausible."
    else:
        which = f"{above[0]} and {above[1]} lie above all of these, which is implausible."
    return f"Published ratios are {known[0]} and {known[1]}. {which}"
