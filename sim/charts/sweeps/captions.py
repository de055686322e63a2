"""The words round the chart of a sweep: the answer, what its marks are, what is missing, and where it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from matplotlib.figure import Figure

from sim.charts.captions import LETTERS, setting_of
from sim.charts.sheet import Entry, Sheet, Words, clip
from sim.charts.sweeps.view import View
from sim.charts.titles import Finding
from sim.comparison.answer import measure_words
from sim.comparison.table import purse_words
from sim.formatting import format_count, format_number, join_words, lower_first
from sim.labels import gloss
from sim.outcomes import OF_THE_QUEUE
from sim.sweeps.plan import SIMULATED, Plan
from sim.sweeps.planning import warnings
from sim.version import __version__
from sim.waits.estimate import STATISTIC

NO_VALUE = "no option has a value"
_LONGEST_REASON = 160  # letters


def words(view: View, found: Finding, marks: str, notes: Sequence[str] = (), key: Sequence[Entry] = ()) -> Words:
    """The text around a chart; `marks` says what the marks mean."""
    same = ", ".join(f"{lower_first(each.label)} {each.text(0)}" for each in view.single)
    subtitle = (
        f"{marks} {f'In every run: {same}. ' if same else ''}Where no axis says otherwise: "
        f"{lower_first(setting_of(view.plan.base))}"
    )
    below = [*notes, *(f"Move together: {each.beside}." for each in view.coordinates if each.beside)]
    below += [valueless(view), waits(view), *purse(view), *warnings_of(view.plan), replications(view), missing(view)]
    title, reading = answer(view, found)
    shown = [subtitle, title, reading, *notes, view.measure, *(each.title for each in view.coordinates)]
    return Words(
        title=title,
        reading=reading,
        subtitle=subtitle,
        notes=[*below, *gloss(shown), LETTERS],
        source=source(view),
        key=key,
    )


def blank(view: View, why: str) -> Figure:
    """A sheet without a chart, whose title says why there is nothing to see."""
    return Sheet(words(view, Finding(why), ""), 0.0).figure


def answer(view: View, found: Finding) -> tuple[str, str]:
    """(what is found, as the title; the sweep with its question, where the file has one, and what measures it)."""
    topic = " ".join(filter(None, [_ended(view.plan.title), view.plan.question]))
    more = "; ".join(filter(None, [found.more, measured(view)]))
    return found._replace(more=more).above(topic, view.labels.values())


def source(view: View) -> str:
    """The line on where a chart comes from."""
    plan = view.plan
    last = plan.seed + plan.replications - 1
    seeds = f"seed {plan.seed}" if plan.replications == 1 else f"seeds {plan.seed} to {last}"
    draws = f"{format_count(plan.draws, 'draw')} of the world a run" if plan.draws else "central case alone, no draws"
    return (
        f"Source: Heavy Press {__version__}, sweep {plan.digest}, {format_count(plan.runs, 'run')}, {seeds}, {draws}. "
        f"Sweep: {_ended(plan.title)} Scenario: {_ended(plan.base.title)}"
    )


def _ended(title: str) -> str:
    """A title as a sentence."""
    return title if title.endswith((".", "?", "!")) else f"{title}."


def measured(view: View) -> str:
    """The clause on the outcome and on what of it is better."""
    way = {"higher": "more is better", "lower": "less is better", "neither": "neither more nor less is better"}
    return f"measured by {measure_words(view.outcome)} ({way[view.outcome.better]})"


def valueless(view: View) -> str:
    """The note on options that have no value anywhere, or at some points only."""
    points = len(view.points)
    absent = view.wide("value").isna().sum()
    if absent.sum() == points * len(view.labels):
        return ""  # nothing is drawn, and the reading says why
    never = [label for key, label in view.labels.items() if absent[key] == points]
    some = [f"{label} ({absent[key]})" for key, label in view.labels.items() if 0 < absent[key] < points]
    said = [f"No value anywhere: {'; '.join(never)}."] if never else []
    said += [f"No value at some of {format_count(points, 'point')}: {'; '.join(some)}."] if some else []
    behind = ["An option without a value counts as behind those that have one."]
    return " ".join(said + behind * (bool(said) and view.outcome.better != "neither"))


def waits(view: View) -> str:
    """The note on where an outcome of the queue comes from, where no queue was simulated."""
    if view.outcome not in OF_THE_QUEUE or view.plan.waits in SIMULATED:
        return ""
    if view.plan.waits == "none" and view.outcome.name in STATISTIC:
        return 'This sweep leaves the queue out (waits = "none"): its waits are not computed.'
    return "Waits and use of machines are those of the response surface: no queue was simulated."


def purse(view: View) -> list[str]:
    """The note on what of the machine another purse pays, and what that means along an axis."""
    base = view.plan.base
    if base.budget.coverage.complete:
        return []
    moves = "An axis that moves what that purse pays moves the money of every alternative by as much."
    return [" ".join([purse_words(base), *[moves] * (base.world.money.normalisation != "as_entered")])]


def warnings_of(plan: Plan) -> list[str]:
    """The notes on values outside their plausible ranges, and the warnings of the scenario."""
    return [_ended(f"Warning: {each}") for each in warnings(plan)]


def replications(view: View) -> str:
    """The note on how replications are put together."""
    if view.plan.replications == 1:
        return ""
    return (
        f"Each point is run {view.plan.replications} times with another seed: values are the mean of the medians of "
        "these replications, ranges the mean of their percentiles; a point is too close to call where one of them is, "
        "or where they name different winners."
    )


def missing(view: View) -> str:
    """The note on runs that failed, with the main reason, on those not computed yet, and on points without a value."""
    failures = view.results.failures.drop_duplicates("number")
    runs, failed = format_count(view.plan.runs, "run"), len(failures)
    absent = view.plan.runs - failed - view.results.done["number"].nunique()
    said = []
    if failed:
        reason, times = Counter(str(each) for each in failures["reason"]).most_common(1)[0]
        how = "" if times == failed else f", in {format_number(times)} of them"
        said.append(f"{format_number(failed)} of {runs} failed{how}: {clip(reason, _LONGEST_REASON)}")
    if absent:
        said.append(f"{format_number(absent)} of {runs} not computed yet")
    if idle := sum(each.key is None for each in view.judged.values()) if view.outcome.better != "neither" else 0:
        said.append(f"No option has a value at {idle} of {format_count(view.plan.points, 'point')}")
    return " ".join([*(_ended(each.rstrip(".")) for each in said), "What is missing is left blank." if said else ""])


def nothing(view: View) -> str:
    """Why no chart can be drawn; empty where one can."""
    if view.results.done.empty:
        return f"none of {format_count(view.plan.runs, 'run')} has a result"
    if not view.table["value"].notna().any():
        return NO_VALUE
    return ""


def unnamed(view: View) -> str:
    """Why no option is the best anywhere, where none is."""
    if view.outcome.better == "neither":
        return f"by {measure_words(view.outcome)} no option is the best, since neither more nor less is better"
    return NO_VALUE


def tally(view: View, points: Sequence[int], noun: str) -> str:
    """How often each option is the best among these points, those too close to call apart; part of a sentence."""
    known = [each for each in map(view.at, points) if each.key is not None]
    if not known:
        return unnamed(view)
    counts = Counter(view.labels[each.key] for each in known if each.key is not None and not each.close)
    close, total = sum(each.close for each in known), format_count(len(known), noun)
    won = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if close == len(known):
        said = f"who is the best is too close to call{f' in every one of {total}' if close > 1 else ''}"
    elif len(won) == 1 and not close:
        said = f"the best is {won[0][0]} in {'the one ' + noun if len(known) == 1 else 'all ' + total}"
    else:
        first, *others = (f"{label} in {format_number(count)}" for label, count in won)
        said = f"the best is {join_words([f'{first} of {total}', *others])}"
        said += f"; {format_number(close)} {'is' if close == 1 else 'are'} too close to call" if close else ""
    return said


def who_is_best(view: View) -> str:
    """What it is to be the best at a point: in the most worlds drawn, or in the central case."""
    if view.plan.draws:
        return "the option that is the best in more worlds than any other"
    return "the best option of the central case"
