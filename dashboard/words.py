"""Every sentence of the page, and the names of parameters and units on it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from dashboard import names, texts
from dashboard.amounts import count, is_foreign, local, percent
from dashboard.markdown import bullets, literal
from dashboard.state import Pair, Side
from sim.comparison.centre import OUTSIDE
from sim.formatting import format_bound, format_percent, format_value, lower_first, upper_first
from sim.mechanisms.appraisal import profiles
from sim.mechanisms.sampling import Drawn
from sim.outcomes import BY_NAME, Outcome
from sim.parameters import Spec
from sim.scenario import Scenario
from sim.scenario.changes import change_cells, change_words
from sim.scenario.dated import LEVEL, RENT
from sim.scenario.model import Change
from sim.scenario.overrides import FIXED
from sim.scenario.ranges import RANGES
from sim.sources import is_assumption, resolve
from sim.units import BASE_PRICE_YEAR, UNIT_WORDS

LANGUAGES = texts.LANGUAGES


def __getattr__(name: str) -> str:
    """A fixed text by its name, in the language of the session."""
    return texts.text(name)


# --- parameters ---

PER_CENT_UNITS = ("fraction", "1/year")
THOUSAND, MILLION = 1_000, 1_000_000
MOST_DECIMALS = 10


def unit_words(unit: str, value: float | None = None) -> str:
    """The unit beside a label or after `value`, empty where the number explains itself.

    >>> unit_words("month"), unit_words("FE_hour", 1.0), unit_words("USD/kWh"), unit_words("fraction")
    ('months', 'FE-hour', 'USD per kWh', '')
    """
    if unit in ("fraction", "ratio"):
        return ""
    if unit == "percent":
        return "%"
    return names.unit(unit, many=unit in UNIT_WORDS and value != 1)


def label(path: str, spec: Spec) -> str:
    """The label of a parameter: name and unit; path: the instrument or group that declares it, and its name."""
    unit = unit_words(spec.unit) if spec.kind in ("number", "series") else ""
    text = names.parameter(path, spec)
    return f"{text} ({unit})" if unit and unit != text.lower() else text


def control_label(path: str, spec: Spec) -> str:
    """The label of a control: a short one where the table of texts has one for what is declared there."""
    return texts.text(f"label {path}") if texts.has(f"label {path}") else label(path, spec)


def value_text(value: object, spec: Spec) -> str:
    """The value of a parameter in a sentence, without its unit.

    >>> value_text(0.035, Spec("1/year", 0, 1, "A", "x", "")), value_text(45e3, Spec("USD", 0, 1, "A", "x", ""))
    ('3.5 %', '45,000')
    """
    if isinstance(value, str):
        return names.choice(value, spec)
    if isinstance(value, bool):
        return texts.text("SWITCHED_ON" if value else "SWITCHED_OFF")
    if isinstance(value, tuple | list):
        return texts.text("SERIES_JOINT").join(value_text(item, spec) for item in value) or texts.text("NO_ITEMS")
    return local(format_value(value, spec.unit in PER_CENT_UNITS))


def help_text(path: str, spec: Spec, default: object) -> str:
    """The help of a control: what it means, how good the evidence is, and where the number comes from.

    path: the instrument or group that declares it, and its name.
    """
    parts, usual = [literal(names.help(path, spec))], value_text(default, spec)
    if spec.kind == "number":
        said = {"low": value_text(spec.low, spec), "high": value_text(spec.high, spec), "usual": usual}
        unit = unit_words(spec.unit)
        parts.append(literal(texts.text("HELP_RANGE").format(**said, unit=f" {unit}" if unit else "")))
    else:
        parts.append(literal(texts.text("HELP_USUAL").format(usual=usual)))
    parts.append(literal(grade_text(spec.grade)))
    if is_assumption(spec.source):
        parts.append(literal(texts.text("HELP_NO_SOURCE").format(why=names.reason(spec.source))))
    else:
        parts.append(f"{texts.text('HELP_SOURCES')}\n\n{bullets(resolve(spec.source))}")
    return "\n\n".join(parts)


def own_outside(value: object, spec: Spec) -> str:
    """The sentence on a scenario's value that is none of the plausible ones: worlds differ round it all the same."""
    return texts.text("OWN_OUTSIDE").format(value=value_text(value, spec))


def grade_text(grade: str) -> str:
    """The grade of the evidence in words.

    >>> grade_text("D"), grade_text("-")
    ('Evidence grade D: assumed: no evidence found.', 'A choice, not a fact.')
    """
    meaning = names.grade(grade)
    if grade == "-":
        return f"{upper_first(meaning)}."
    return texts.text("HELP_GRADE").format(grade=grade, meaning=meaning)


def changed(value: object, scenario: object, spec: Spec) -> str:
    """The mark under a control that is not where the scenario has it."""
    return texts.text("CHANGED_FROM").format(old=value_text(scenario, spec), new=value_text(value, spec))


def count_changed(count: int) -> str:
    """The number of controls under a heading that were moved."""
    return texts.text("COUNT_CHANGED").format(count=count) if count else ""


# --- the result ---


def better(direction: str) -> str:
    """Which direction is better, empty where neither is."""
    return "" if direction == "neither" else texts.text(f"IS_BETTER_{direction}")


def best(direction: str, drawn: bool) -> str:
    """The heading of the option that leads: in most draws where there are any, which need not be the best median."""
    which = "lower" if direction == "lower" else "higher"
    return texts.text(f"OFTEN_{which}" if drawn else f"BEST_{which}")


def exchange(currency: str, year: int, usd: float) -> str:
    """The exchange rate between the scenario's money and that of the model."""
    rate = local(f"{usd:.4g}")
    return texts.text("EXCHANGE").format(currency=currency, year=year, usd=rate, base=BASE_PRICE_YEAR)


def leader_note(share: float, ends: tuple[float, float], draws: int, in_centre: str = "") -> str:
    """The note on how often the leader leads, how sure that is, and what the central case names in its place.

    >>> leader_note(0.625, (0.49, 0.74), 64, "Cloud credits")
    'Median; first in 62 % of 64 worlds (95 % interval: 49 to 74 %). In the central case Cloud credits.'
    """
    low, high = (100 * end for end in ends)
    said = {"share": percent(share), "draws": count(draws), "low": f"{low:.0f}", "high": f"{high:.0f}"}
    note = texts.text("LEADER_NOTE").format(**said)
    return f"{note} {texts.text('LEADER_IN_CENTRE').format(option=in_centre)}" if in_centre else note


def money_line(currency: str, total: str, years: int, start: str, horizon: int, price_year: int) -> str:
    """The sentence on the money and the years of the scenario."""
    spent = texts.text("SPENT_IN_ONE") if years == 1 else texts.text("SPENT_OVER").format(years=years)
    said = {"currency": currency, "total": total, "start": start, "horizon": horizon, "price_year": price_year}
    return texts.text("MONEY_LINE").format(**said, spent=spent)


def range_note(draws: int, seed: int, pending: bool) -> str:
    """The note on what stands in the cells."""
    if not draws:
        more = texts.text("REST_TO_COME" if pending else "CHOOSE_DRAWS")
        return f"{texts.text('RANGES_IN_CENTRE')} {more}"
    return texts.text("RANGES_NOTE").format(draws=count(draws), seed=seed, mark=OUTSIDE)


@dataclass(frozen=True)
class How:
    """How a run was computed; waits: "off", "instant", or empty for those that the scenario asks for."""

    seed: int
    draws: int
    draw: Drawn = "headline"
    waits: str = ""
    profile: str = ""


def reproduce(scenario: str, how: How) -> str:
    """The command that gives the same numbers; `scenario`: a file, or a name with what was changed.

    >>> reproduce("nairr_us --set cloud.price_usd=3", How(1, 64, waits="off", profile="eu_2014"))
    'heavypress compare nairr_us --set cloud.price_usd=3 --seed 1 --draws 64 --no-queue --profile eu_2014'
    """
    varied = f" --draw {how.draw}" if how.draw != "headline" else ""
    waits = {"off": " --no-queue", "instant": " --fidelity instant"}.get(how.waits, "")
    by = f" --profile {how.profile}" if how.profile else ""
    return f"heavypress compare {scenario} --seed {how.seed} --draws {how.draws}{varied}{waits}{by}"


def python_call(side: Side, how: How) -> str:
    """The call of Python that gives the same numbers as the command.

    >>> print(python_call(Side("nairr_us", {"cloud.price_usd": 3.0}), How(1, 64)))
    import sim
    comparison = sim.compare("nairr_us", settings={"cloud.price_usd": 3}, seed=1, draws=64)
    """
    settings = {path: python_text(value) for path, value in side.settings.items()}
    if side.known:
        settings[FIXED] = python_text(sorted(side.known))
    given = {
        "settings": _braced(settings),
        "ranges": _braced({path: f"({low:.12g}, {high:.12g})" for path, (low, high) in side.ranges.items()}),
        "seed": str(how.seed),
        "draws": str(how.draws),
        "draw": python_text(how.draw) if how.draw != "headline" else "",
        "queue": "False" if how.waits == "off" else "",
        "fidelity": python_text(how.waits) if how.waits == "instant" else "",
        "profile": python_text(how.profile) if how.profile else "",
    }
    arguments = [python_text(side.scenario), *(f"{name}={text}" for name, text in given.items() if text)]
    return f"import sim\ncomparison = sim.compare({', '.join(arguments)})"


def _braced(items: Mapping[str, str]) -> str:
    """A dictionary of Python; nothing where it would be empty."""
    inner = ", ".join(f"{python_text(name)}: {text}" for name, text in items.items())
    return f"{{{inner}}}" if inner else ""


def python_text(value: object) -> str:
    """A value as Python writes it, numbers with as many digits as on the command line.

    >>> python_text(True), python_text(0.1 + 0.2), python_text("a\\"b"), python_text([1, 2.5])
    ('True', '0.3', '"a\\\\"b"', '[1, 2.5]')
    """
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(python_text, value))}]"
    return value_text_of(value)


def estimate(spread: str) -> str:
    """The line below an estimate."""
    return texts.text("ESTIMATE_OF").format(spread=spread)


def refining(share: float, draws: str, queue: bool) -> str:
    """The text of the progress bar."""
    what = names.listed([draws, *[texts.text("THE_QUEUE")] * queue])
    return texts.text("REFINING").format(what=what, share=format_percent(share, ".0f"))


def draws_asked(draws: int | None) -> str:
    """How many draws are asked for, in words."""
    return texts.text("AS_NEEDED") if draws is None else texts.text("DRAWS_ASKED").format(draws=count(draws))


def draws_text(draws: int | None) -> str:
    """A choice of the number of draws."""
    return texts.text("AS_NEEDED") if draws is None else str(draws) if draws else texts.text("NO_ITEMS")


def changes(scenario: Scenario) -> str:
    """What differs from the scenario's file, as Markdown, and what is peculiar to rents; empty where nothing does."""
    moved, cloud = {change.path for change in scenario.changes}, scenario.world.cloud
    idle = cloud.record is None or cloud.segment == "list"
    notes = [*["RENT_SET"] * (RENT in moved), *["LEVEL_IDLE"] * (LEVEL in moved and idle)]
    listed = "; ".join(change_text(change, scenario.ranges) for change in scenario.changes)
    doubted = {warning.partition(": ")[0] for warning in scenario.warnings}
    beyond = ", ".join(sorted(moved & doubted))
    warned = texts.text("BEYOND_PLAUSIBLE").format(paths=beyond) if beyond else ""
    said = [literal(text) for text in (listed, warned, *map(texts.text, notes)) if text]
    return ". ".join(said)


def change_text(change: Change, ranges: Container[str] = ()) -> str:
    """A change as people read it: of which path, from what to what, and whether draws still vary it.

    `ranges`: what has a range of its own, which stays.
    """
    if not is_foreign():
        return change_words(change, ranges)
    what, old, new = change_cells(change)
    if change.path.startswith(f"{RANGES}."):
        what = texts.text("CHANGE_RANGE").format(path=change.path.removeprefix(f"{RANGES}."))
        old, new = map(_ends, (change.old, change.new))
    moved = f"{local(old)} → {local(new)}" if change.old != change.new else local(new)
    moves = "CHANGE_STAYS" if change.path in ranges else "CHANGE_MOVES"
    known = {True: "CHANGE_KNOWN", False: moves, None: ""}[change.known]
    return f"{what} {moved}{texts.text(known) if known else ''}"


def _ends(ends: Sequence[float] | None) -> str:
    """Both ends of a range, which is none of what is taken as known."""
    if ends is None:
        return texts.text("CHANGE_NO_RANGE")
    low, high = map(format_bound, ends)
    return texts.text("range between").format(low=low, high=high)


def failed(kind: str) -> str:
    """The message on a run that ended without a result."""
    return texts.text("RUN_FAILED").format(kind=kind)


# --- the arguments ---


def argue(asked: str, argument: str) -> str:
    """The command that evaluates one argument in the draws of the world; asked: the scenario and what was changed."""
    return f"heavypress argue {asked} --only {argument}"


def grade_of_argument(grade: str) -> str:
    """The sentence on how good the evidence is on which the switch rests.

    >>> grade_of_argument("D")
    'The weakest number that this rests on: evidence grade D: assumed: no evidence found.'
    """
    said = grade_text(grade)
    return texts.text("WEAKEST").format(grade=said if is_foreign() else lower_first(said))


def near(name: str | None) -> str:
    """The nearest valid name at the end of a sentence, nothing where none is near."""
    return texts.text("DID_YOU_MEAN").format(name=name) if name else ""


def title(name: str) -> str:
    """A fixed text by a name that is only known when the page runs."""
    return texts.text(name)


def language_name(code: str) -> str:
    """A language in its own words."""
    return {"en": "English", "de": "Deutsch"}[code]


def profile_name(name: str) -> str:
    """An appraisal profile in the list."""
    return profiles()[name].title if name else texts.text("OWN_RATES")


def command_options(side: Side) -> tuple[str, ...]:
    """What a side changes, as options of the command line."""
    found = []
    for path, value in side.settings.items():
        flag = "--fix" if path in side.known else "--set"
        found.append(f"{flag} {shlex.quote(f'{path}={value_text_of(value)}')}")
    found += [f"--fix {path}" for path in sorted(side.known) if path not in side.settings]
    return (*found, *(f"--range {path}={low:.12g}:{high:.12g}" for path, (low, high) in side.ranges.items()))


def value_text_of(value: object) -> str:
    """A value as the command line and an address write it.

    >>> value_text_of(3.0), value_text_of(0.1 + 0.2), value_text_of(True), value_text_of([1, 2.5])
    ('3', '0.3', 'true', '[1, 2.5]')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text_of, value))}]"
    return str(value)


def figure_head(name: str, scenario: Scenario) -> str:
    """The heading of a figure of every option: a short one where there is one."""
    if texts.has(f"FIGURE_{name}"):
        return texts.text(f"FIGURE_{name}").format(money=scenario.currency)
    return names.row(BY_NAME[name], scenario)


def worlds_note(draws: int) -> str:
    """The note on how many worlds stand behind the figures."""
    notes = {0: "CENTRAL_ONLY", 1: "WORLD_NOTE"}
    return texts.text(notes.get(draws, "WORLDS_NOTE")).format(draws=count(draws))


@dataclass(frozen=True)
class AxisScale:
    """By what the numbers of an axis are divided, and their unit then."""

    by: float
    unit: str


def axis_scale(most: float, unit: str) -> AxisScale:
    """Thousands, millions or thousands of millions, so that an axis has numbers of few digits; shares in per cent.

    >>> axis_scale(0.4, "fraction")
    AxisScale(by=0.01, unit='percentage points')
    """
    if unit == "fraction":
        return AxisScale(0.01, texts.text("POINTS"))
    of = names.unit(unit, is_foreign())
    for by, name in ((1e9, "billion"), (1e6, "million"), (1e4, "thousand")):
        if most >= by:
            return AxisScale(1e3 if by == 1e4 else by, f"{texts.text(f'scale {name}')} {of}")
    return AxisScale(1.0, of)


def axis_of_difference(outcome: Outcome, unit: str) -> str:
    """The title of the axis of a difference."""
    return texts.text("AXIS_OF_DIFFERENCE").format(outcome=names.outcome(outcome), unit=unit)


def sides_of_zero(labels: Mapping[str, str], pair: Pair, ahead: str, behind: str) -> str:
    """The sentence on who is ahead on which side of zero."""
    said = {"first": labels[pair.first], "second": labels[pair.second], "ahead": ahead, "behind": behind}
    return texts.text("SIDES_OF_ZERO").format(**said)


def outcomes_of(part: str) -> str:
    """The heading of the tables of a part of the outcomes."""
    name = names.section(part)
    return texts.text("OUTCOMES_OF").format(part=name if is_foreign() else lower_first(name))
