"""Sentences from draws of their own: what each part of a switch does by itself, what a drawn date decides."""

from __future__ import annotations

import numpy as np

from sim.arguments.text import gap_text
from sim.comparison.evaluation import evaluate
from sim.comparison.memory import CalendarMemory
from sim.comparison.worlds import draw_worlds
from sim.outcomes import BY_NAME
from sim.parameters import Array
from sim.scenario import Scenario, pinned, with_settings

_DRAWS = 32  # paired: enough for a count
_DATES = 64
_OPTION = "public_cluster"
_READ = BY_NAME["lower_tiers_share"]
_OFF = {"access.rule": "merit"}
_RULE, _HELP = {"access.rule": "tier_floor"}, {"access.help_share": 0.3}


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
    """What the rule moves without help, what help moves without the rule, and in how many draws help moves more."""
    memory, key = CalendarMemory(), scenario.by_instrument[_OPTION].key

    def shares(**values: str | float) -> Array:
        side = with_settings(scenario, pinned(_OFF | values))
        world, numbers = draw_worlds(side, seed, _DRAWS, "arguments"), np.arange(1 + _DRAWS)
        found = evaluate(side, world, numbers, seed=seed, options=[key], outcomes=[_READ.name], memory=memory)
        return found[key][_READ.name]

    before = shares()
    rule, desks, both = (shares(**part) - before for part in (_RULE, _HELP, _RULE | _HELP))
    alone, helped, joint = (gap_text(_READ, float(part[0]), scenario=scenario) for part in (rule, desks, both))
    more = int((np.abs(desks[1:]) > np.abs(rule[1:])).sum())
    return (
        f"By itself the part reserved moves it by {alone}, help by itself by {helped}, both by {joint}; help moves it "
        f"more than the part reserved in {more} of {_DRAWS} draws. No published shares of the reasons for not applying "
        "were found: those of the model are guesses (grade D)."
    )
