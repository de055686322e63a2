"""Arguments in words: the switch as it is typed, the numbers as they are read out, one sentence each."""

from __future__ import annotations

from math import isfinite
from typing import Any

from sim.arguments.base import ASSUMED, Argument, Setting, Settings, spec_at
from sim.arguments.evaluation import Answer, Weighed
from sim.comparison.results import unit_of
from sim.formatting import format_in_unit, format_percent, format_short, plural_unit, unit_text
from sim.instruments import INSTRUMENTS
from sim.mechanisms.world import World
from sim.outcomes import Outcome
from sim.parameters import GRADES
from sim.scenario import Scenario
from sim.scenario.overrides import FIXED
from sim.scenario.ranges import RANGES

_MOST_NAMED = 3  # assumptions that a caution names


def switch_words(settings: Settings) -> str:
    """Settings as one types them on the command line.

    >>> switch_words({"safety.harm": True, "cloud.price_usd": 2.5, "fixed": ["cloud.price_usd"]})
    '--set safety.harm=true --fix cloud.price_usd=2.5'
    """
    fixed: Any = settings.get(FIXED, ())
    ranges: Any = settings.get(RANGES, {})
    words = [
        f"{'--fix' if path in fixed else '--set'} {path}={_typed(value)}"
        for path, value in settings.items()
        if path not in (FIXED, RANGES)
    ]
    words += [f"--range {path}={low:g}:{high:g}" for path, (low, high) in ranges.items()]
    return " ".join(words) or "the scenario as it is"


def _typed(value: Setting) -> str:
    """A value as TOML, which `--set` and `--fix` read."""
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def sides(answer: Answer) -> tuple[str, str]:
    """Settings off and on as they are typed, with the option that is read where the two differ."""
    first = answer.argument.readings[0]
    off, on = (switch_words(answer.argument.known(settings)) for settings in answer.switches)
    if not first.against:
        return off, on
    labels = answer.weighed[0].labels if answer.weighed else tuple(INSTRUMENTS[name].label for name in first.options)
    return f"option {labels[0]}, {off}", f"option {labels[1]}, {on}"


def quantity(outcome: Outcome, value: float, scenario: Scenario) -> str:
    """A value with its unit, as it stands in a sentence."""
    if not isfinite(value):
        return "no value"
    return _with_unit(format_in_unit(value, outcome.unit), "%", outcome, scenario)


def _with_unit(numbers: str, percent: str, outcome: Outcome, scenario: Scenario) -> str:
    """Numbers with the unit of an outcome once behind them; that of shares is `percent`."""
    unit = unit_of(outcome, scenario)
    if outcome.unit in ("fraction", "percent"):
        unit = percent
    elif unit in ("ratio", "index"):
        unit = ""
    else:
        unit = unit_text(unit) if numbers.strip("+-") == "1" else plural_unit(unit)
    return f"{numbers} {unit}".strip()


def gap_text(outcome: Outcome, *gaps: float, scenario: Scenario, sign: bool = True) -> str:
    """A difference, or the two ends of its range, with the unit once; shares differ by percentage points."""
    points, unit = (100, "percent") if outcome.unit == "fraction" else (1, outcome.unit)
    numbers = [format_in_unit(points * (gap if sign else abs(gap)), unit, signed=sign) for gap in gaps]
    return _with_unit(" to ".join(numbers), "percentage points", outcome, scenario)


def change(weighed: Weighed, scenario: Scenario) -> str:
    """Text of the change from off to on: 'rises by 3.00 USD (+2.00 to +4.10 USD in 80 % of draws)'."""
    outcome, gap = weighed.outcome, weighed.difference
    if weighed.verdict == "no visible difference":
        return "does not change"
    if weighed.verdict == "no value":
        return "cannot be read"
    size = gap_text(outcome, gap, scenario=scenario, sign=False)
    moved = f"{'rises' if gap > 0 else 'falls'} by {size}" if gap else "stays as it is in the central case"
    if not isfinite(weighed.low):
        return f"{moved} in the central case"
    return f"{moved} ({gap_text(outcome, weighed.low, weighed.high, scenario=scenario)} in 80 % of draws)"


def sentence(answer: Answer) -> str:
    """The one sentence of an argument, what its difference is worth, and a caution where it rests on assumptions."""
    if not answer.weighed:
        return f"Not applicable: {answer.refusal}."
    first = answer.weighed[0]
    also = {w.outcome.name: quantity(w.outcome, w.on, answer.scenario) for w in answer.weighed[1:]}
    text = answer.argument.sentence.format(
        **also,
        **rested_on(answer),
        off=quantity(first.outcome, first.off, answer.scenario),
        on=quantity(first.outcome, first.on, answer.scenario),
        change=change(first, answer.scenario),
        against=first.labels[0],
        option=first.labels[1],
    )
    ahead, behind = (answer.remark, "") if answer.argument.leads else ("", answer.remark)
    parts = [ahead, text, _verdict_remark(first), _range_remark(first), behind, caution(answer.argument)]
    return " ".join(filter(None, parts))


def rested_on(answer: Answer) -> dict[str, str]:
    """The numbers of the world that it rests on, as they are with the switch on and as a sentence has them, by name."""
    found = {}
    for path in answer.argument.rests_on:
        group, _, name = path.partition(".")
        if group in World.kinds():
            value = answer.switches[1].get(path, getattr(getattr(answer.scenario.world, group), name))
            unit = spec_at(path).unit
            found[name] = format_percent(value, ".0f") if unit == "fraction" else format_short(value)
    return found


def _verdict_remark(weighed: Weighed) -> str:
    """A remark where a difference is none, or none in some of the draws."""
    if weighed.verdict == "too close to call":
        moves = f"it rises in {weighed.rising} and falls in {weighed.falling}"
        return f"Not certain: of {weighed.counted} draws {moves}."
    if weighed.verdict == "no visible difference":
        return "No visible difference."
    still = weighed.counted - weighed.rising - weighed.falling
    return f"In {still} of {weighed.counted} draws it does not change." if still else ""


def _range_remark(weighed: Weighed) -> str:
    """A remark where the central case is outside the range that stands beside it."""
    if not isfinite(weighed.low) or weighed.low <= weighed.difference <= weighed.high:
        return ""
    return (
        "The central case lies outside that range, since many numbers are more uncertain on one side than on the other."
    )


def caution(argument: Argument) -> str:
    """A warning where the argument rests on what has not been measured."""
    if argument.grade != ASSUMED:
        return ""
    named = argument.assumed
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    verb = "is" if len(named) == 1 else "are"
    return f"Caution: {', '.join(named[:_MOST_NAMED])}{more} {verb} {GRADES[ASSUMED].partition(':')[0]}, not measured."


def verdict_text(weighed: Weighed, scenario: Scenario) -> str:
    """The difference of one reading for a table: with its range, or why there is none; how often it goes either way."""
    if weighed.verdict in ("no value", "no visible difference"):
        return weighed.verdict
    text = gap_text(weighed.outcome, weighed.difference, scenario=scenario)
    if isfinite(weighed.low):
        text = f"{text} [{gap_text(weighed.outcome, weighed.low, weighed.high, scenario=scenario)}]"
    if weighed.verdict != "too close to call":
        return text
    return f"{text}, up in {weighed.rising} and down in {weighed.falling} of {weighed.counted} draws"
