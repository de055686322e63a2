"""What each chart of a comparison finds: its result in one short sentence, the title, and what else is worth saying.

Findings are computed from the very numbers that a chart shows. Where options are ranked, the draws must bear it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.charts.leads import Lead, lead
from sim.charts.numbers import ALL, ESTIMATE, FRONTIER, labels, queue_left_out
from sim.charts.pairs import NEITHER, pair_of
from sim.charts.titles import Finding
from sim.comparison.answer import headline, measure_words, percent
from sim.comparison.immediacy import immediacy_of
from sim.comparison.immediacy_table import claim
from sim.comparison.results import Comparison
from sim.comparison.verdict import FEWEST_DRAWS
from sim.formatting import (
    format_count,
    format_duration,
    format_in_unit,
    format_percent,
    format_typeset,
    join_first,
    join_words,
    lower_first,
    plural_unit,
    unit_text,
)
from sim.mechanisms.demand import TIER_LABELS
from sim.outcomes import BY_NAME

_ROUNDING = 1e-9  # of a coefficient
NO_MACHINE = "no option has a public machine in service within the horizon"
NO_QUEUE = "no job waits in a queue: no option has a public machine in service"
NOT_SIMULATED = "waits are not known: the queue was not simulated in this run"
NO_PAIR = "there are no two options to compare"


# --- two options, world by world ---


def difference(frame: pd.DataFrame, comparison: Comparison) -> Finding:
    """How often the one option is better than the other in the same worlds, and by how much."""
    if frame.empty and not comparison.answer.between:
        return Finding(NO_PAIR)
    if frame.empty:
        few = f"only {format_count(comparison.draws, 'draw')}" if comparison.draws else "no draws"
        made = "was made" if comparison.draws == 1 else "were made"
        return Finding(
            f"how far the two differ is not known: {few} of the world {made}", f"it takes {FEWEST_DRAWS} or more"
        )
    row, names = frame.iloc[0], labels(comparison)
    outcome, one, other = BY_NAME[row.outcome], names[row["first"]], names[row.second]
    measured = f"measured by {measure_words(outcome)}"
    if (frame.side == NEITHER).all():
        return Finding(f"neither {one} nor {other} has a value in any world", measured)
    better = "higher" if outcome.better == "neither" else "better"
    result = headline(pair_of(comparison, row["first"], row.second, outcome.name), names, better)
    if not np.isfinite(row["median"]):
        return Finding(result, f"{measured}, of which only one of the two has a value")

    def side(value: float) -> str:
        """Who is ahead at a difference, and by how much."""
        by = " ".join(filter(None, [format_in_unit(abs(value), outcome.unit), gap_unit(row.unit)]))
        return f"{one if value > 0 else other} {better} by {by}" if value else "no difference"

    middle, low, high = (side(row[column]) for column in ("median", "low", "high"))
    if low == high == middle:
        return Finding(result, f"{measured}, {middle} in 80 % of worlds" if any(row[["low", "high"]]) else measured)
    return Finding(result, f"{measured}, the median world has {middle}; 80 % of worlds lie between {low} and {high}")


def gap_unit(unit: str) -> str:
    """The unit of a difference, in own money."""
    return "percentage points" if unit == "fraction" else "" if unit == "ratio" else plural_unit(unit)


# --- who leads, and how surely ---


def _leads(frame: pd.DataFrame, comparison: Comparison, column: str, outcome: str = "{}") -> dict[str, Lead]:
    """Who leads by the values of a chart, by the entry of its `column`; `outcome`: what an entry stands for."""
    groups = frame[frame.value.notna()].groupby(column, sort=False)
    shown = {str(name): dict(zip(rows.option, rows.value, strict=True)) for name, rows in groups}
    return {name: lead(comparison, outcome.format(name), values) for name, values in shown.items()}


def _basis(comparison: Comparison) -> str:
    """On what a ranking rests that rests on less than a verdict needs; begins a sentence."""
    if comparison.draws >= FEWEST_DRAWS:
        return ""
    few = f"in the median of {format_count(comparison.draws, 'draw')}, too few for a verdict, "
    return few if comparison.draws else "in the central case "


def _grouped(leads: Mapping[str, Lead]) -> list[tuple[tuple[str, ...], str, list[str]]]:
    """(who leads, what is said in the place of a leader, names in which that is so), those without a leader last."""
    found: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name, each in sorted(leads.items(), key=lambda item: bool(item[1].doubt)):
        found.setdefault(((), each.doubt) if each.doubt else (each.keys, ""), []).append(name)
    return [(*who, names) for who, names in found.items()]


def _who(keys: Sequence[str], comparison: Comparison) -> str:
    """Labels of options that lead together."""
    names = labels(comparison)
    return join_first([names[key] for key in keys])


def _ahead(found: Lead, value: pd.Series, comparison: Comparison, what: str, than: str) -> str:
    """The value of the leader of `what`, and in how many worlds it is ahead of the nearest other."""
    first = f"{what} {format_typeset(value[found.keys[0]])} under {_who(found.keys, comparison)}"
    if found.pair is None:
        return first
    other = f"{labels(comparison)[found.pair.second]} ({format_typeset(value[found.pair.second])})"
    return f"{first}, {than} {other} in {percent(found.pair.share)} of {found.pair.draws:,} worlds"


def cost_per_hour(frame: pd.DataFrame, comparison: Comparison) -> Finding:
    """Under which option a useful hour is cheapest, in each unit, and whether the draws bear it out."""
    leads = {name: each for name, each in _leads(frame, comparison, "outcome").items() if each.keys}
    if not leads:
        return Finding("no option gives public hours, so there is no cost per hour")
    values = {name: frame[frame.outcome == name].set_index("option").value for name in leads}
    units = {name: unit_text(str(frame[frame.outcome == name].unit.iloc[0])) for name in leads}
    price = {name: f"{format_typeset(values[name][each.keys[0]])} {units[name]}" for name, each in leads.items()}
    if frame[frame.value.notna()].option.nunique() == 1:
        (key,) = {each.keys[0] for each in leads.values()}
        return Finding(f"only {labels(comparison)[key]} gives public hours, at {join_words(list(price.values()))}")
    clauses = []
    for keys, doubt, names in _grouped(leads):
        what = join_words([price[name] if keys else f"per {units[name].partition(' per ')[2]}" for name in names])
        clauses.append(f"under {_who(keys, comparison)}, {what}" if keys else f"{doubt} {what}")
    begin = "a useful hour is cheapest " if clauses[0].startswith("under ") else "the cheapest useful hour is "
    more = [
        _ahead(each, values[name], comparison, f"per {units[name].partition(' per ')[2]}", "less than")
        for name, each in leads.items()
    ]
    return Finding(f"{_basis(comparison)}{begin}{'; '.join(clauses)}", "; ".join(more))


def delivered(frame: pd.DataFrame, comparison: Comparison) -> Finding:
    """Under which option most hours come, in each unit, and whether the draws bear it out."""
    leads = _leads(frame[frame.value > 0], comparison, "outcome")
    if not leads:
        return Finding("no option delivers public compute")
    values = {name: frame[frame.outcome == name].set_index("option").value for name in leads}
    units = {name: f"{unit_text(str(frame[frame.outcome == name].unit.iloc[0]))}s" for name in leads}
    clauses = []
    for keys, doubt, names in _grouped(leads):
        what = join_words([units[name] for name in names])
        clauses.append(
            f"most {what} come under {_who(keys, comparison)}" if keys else f"{doubt} under which most {what} come"
        )
    more = [_ahead(each, values[name], comparison, units[name], "more than") for name, each in leads.items()]
    return Finding(f"{_basis(comparison)}{'; '.join(clauses)}", "; ".join(more))


def need_met(frame: pd.DataFrame, comparison: Comparison) -> Finding:
    """Under which option most need is met, and the tiers served best and least, each beside doing nothing."""
    baseline, known = comparison.baseline.key, frame[frame.value.notna()]
    level = {row.tier: float(row.value) for row in _rows(known[known.option == baseline])}
    if not level:
        return Finding("no group needs compute")
    leads = {tier: each for tier, each in _leads(known, comparison, "tier", "need_met_{}").items() if tier in level}
    best = {tier: known[(known.tier == tier) & (known.option == each.keys[0])].iloc[0] for tier, each in leads.items()}

    def met_in(tier: str) -> str:
        met = f"{format_percent(best[tier].value)} for {lower_first(TIER_LABELS[tier])}"
        if not best[tier].value > level[tier]:
            return f"{met}, as with doing nothing"
        return f"{met} under {best[tier].label} ({format_percent(level[tier])} with doing nothing)"

    top, low = max(level, key=lambda tier: best[tier].value), min(level, key=level.__getitem__)
    first = f"need met is highest at {met_in(top)}"
    more = first if top == low else f"{first}; where doing nothing meets least, it reaches {met_in(low)}"
    return Finding(f"{_basis(comparison)}{_met_most(leads, best, comparison)}", more)


def _met_most(leads: Mapping[str, Lead], best: dict[str, Any], comparison: Comparison) -> str:
    """Under which option most need is met, in how many tiers, part of a sentence."""
    baseline, tiers = comparison.baseline.key, len(leads)
    clauses: list[str] = []
    for keys, doubt, names in _grouped(leads):
        where = f"in {len(names)} of {tiers} tiers" if len(names) < tiers else "in every tier"
        values = sorted(float(best[tier].value) for tier in names)
        least, met = f"{100 * values[0]:.1f}", format_percent(values[-1])
        met = met if met.startswith(f"{least} ") else f"{least} to {met}"
        said = f"most need is met under {_who(keys, comparison)} {where}, {met} of the hours needed"
        if baseline in keys:
            said = f"no option meets more need than doing nothing {where}"
        unsure = f"{doubt} {where}" if clauses else f"under which option most need is met is {doubt} {where}"
        clauses.append(said if keys else unsure)
    return "; ".join(clauses)


def lorenz(frame: pd.DataFrame, comparison: Comparison) -> Finding:
    """Under which option hours are spread most equally, by the Gini coefficient, and how it is with doing nothing."""
    names, baseline = labels(comparison), comparison.baseline.key
    rows = frame[frame.gini.notna()].drop_duplicates("option")
    gini = dict(zip(rows.option, rows.gini, strict=True))
    if baseline not in gini or frame.hours_share.max() == 0:
        return Finding("no group has any hours")
    found, nothing = lead(comparison, "gini", gini), format_typeset(gini[baseline])
    if baseline in found.keys:
        return Finding(f"no option spreads hours more equally than doing nothing, Gini coefficient {nothing}")
    most = f"{format_typeset(gini[found.keys[0]])} under {_who(found.keys[:1], comparison)}"
    if found.doubt and found.pair:
        near = f"{format_typeset(gini[found.pair.second])} under {names[found.pair.second]}"
        said = f"{found.doubt} under which option hours are spread most equally: Gini coefficient {most}, {near}"
    else:
        case = "" if comparison.draws >= FEWEST_DRAWS else "in the central case "
        under = f"under {_who(found.keys, comparison)}: Gini coefficient {format_typeset(gini[found.keys[0]])}"
        said = f"{case}hours are spread most equally {under}, against {nothing} with doing nothing"
    changed = [key for key, value in gini.items() if abs(value - gini[baseline]) > _ROUNDING and key != found.keys[0]]
    last = max(changed, key=gini.__getitem__, default="")
    highest = (
        f"the highest of the options that change it is {format_typeset(gini[last])}, under {names[last]}"
        if last
        else ""
    )
    return Finding(said, highest)


# --- the central case ---


def cash_flow(frame: pd.DataFrame, comparison: Comparison) -> Finding:
    """The heaviest year of all, and the option with the lightest heaviest year, if so it is wherever a year begins."""
    years = frame[frame.year.notna()]
    peaks = years.loc[years.groupby("option", sort=False).outlay.idxmax()]
    peaks = peaks[peaks.outlay > 0].sort_values("outlay", ascending=False, kind="stable")
    if peaks.empty:
        return Finding("no option spends public money in any year")
    outlays = [f"{format_typeset(row.outlay)} {row.unit} under {row.label} in {row.year}" for row in _rows(peaks)]
    first = f"in the central case yearly outlay peaks at {outlays[0]}"
    least = f"{first}, the lowest peak at {outlays[-1]}" if lowest_peak(peaks, comparison) else first
    return Finding(least, brief=first)


def lowest_peak(peaks: pd.DataFrame, comparison: Comparison) -> bool:
    """Whether the last of options by their heaviest year has the lightest twelve months, too, whenever they begin.

    What is bought about the turn of a year is halved by the calendar: an option can have the lowest bars and the
    largest bill.
    """
    most = [float(comparison.own_totals(key, "cash_peak")[0]) for key in peaks.option]
    return len(most) > 1 and most[-1] <= min(most)


def capacity(frame: pd.DataFrame, _: Comparison) -> Finding:
    """Peak and last whole month of service, each in both measures."""
    if frame.empty:
        return Finding(NO_MACHINE)
    total, worth = (frame[frame.series == name] for name in (ALL, FRONTIER))
    peak, last = int(total.value.argmax()), int(np.flatnonzero(total.value > 0)[-1])
    states = [
        f"{format_typeset(h100e)} H100e in {year:.0f}, then worth {format_typeset(fe)} frontier-equivalents"
        for h100e, year, fe in [(*total[["value", "year"]].iloc[at], worth.value.iloc[at]) for at in (peak, last)]
    ]
    end = "the last month of the horizon" if last == len(total) - 1 else "its last whole month of service"
    first = f"the machine under {frame.label.iloc[0]} peaks at {states[0]}"
    return Finding(first, "" if peak == last else f"in {end} it has {states[1]}")


def waits(frame: pd.DataFrame, comparison: Comparison) -> Finding:
    """The shortest wait, and the longest where several options have a queue."""
    if queue_left_out(comparison):
        return Finding(NOT_SIMULATED)
    everybody = frame[(frame.tier == ALL) & frame.value.notna()]
    if everybody.empty:
        return Finding(NO_QUEUE)
    medians = everybody[everybody.statistic == "median"].set_index("option").value
    tails = everybody[everybody.statistic == "p95"].sort_values("value", kind="stable")
    if len(tails) > 1 and tails.value.nunique() == 1:
        return Finding(f"95 % of jobs start {_after(tails.value.iloc[0])} under every option with a queue")
    ends = _rows(tails.iloc[[0]] if len(tails) == 1 else tails.iloc[[0, -1]])
    first = f"{'by estimate, ' if (tails.note == ESTIMATE).any() else ''}95 % of jobs start "
    brief = ", ".join(f"{_after(row.value)} under {row.label}" for row in ends)
    starts = ", ".join(f"{_after(row.value)} under {row.label} (half {_after(medians[row.option])})" for row in ends)
    return Finding(f"{first}{starts}", brief=f"{first}{brief}")


def _after(hours: float) -> str:
    """How long jobs wait at most, in minutes below an hour."""
    if hours == 0:
        return "at once"
    text = format_duration(hours) if hours < 1 else f"{format_typeset(hours)} hours"
    return f"in {text}" if text.startswith("less") else f"within {text}"


def price_of_immediacy(_: pd.DataFrame, comparison: Comparison) -> Finding:
    """What waiting must be worth for credits to win, at the scenario's own target and discipline."""
    said, ends, run = claim(immediacy_of(comparison), comparison.scenario)
    return Finding(f"{said} ({ends})" if ends else said, f"that is for {run}" if run else "")


def _rows(frame: pd.DataFrame) -> list[Any]:
    """Rows with a name for each column."""
    return list(frame.itertuples())
