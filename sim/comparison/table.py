"""A comparison as tables with notes for people, and as the JSON document that others script against (docs/json.md)."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from sim.comparison.answer import Answer, amount, percent
from sim.comparison.centre import OUTSIDE, draw_notes, outside
from sim.comparison.leftover import headed, leftover_note
from sim.comparison.results import SUMMARY, Comparison, Result, row_label, unit_of
from sim.comparison.verdict import paired
from sim.formatting import (
    format_in_unit,
    format_percent,
    format_short,
    join_words,
    lower_first,
    markdown_cell,
    markdown_table,
    with_range,
)
from sim.labels import gloss
from sim.mechanisms.appraisal import OWN, profile
from sim.mechanisms.coverage import PARTS
from sim.mechanisms.fab import full_stake_usd, packaged_share, stake_output_share
from sim.mechanisms.finance import APPRAISED, present_value
from sim.outcomes import BY_NAME, HEADLINE, OUTCOMES, Outcome
from sim.outcomes.industry import FAB
from sim.outcomes.output import PUBLISHED_RATIOS
from sim.parameters import Array
from sim.scenario import Scenario
from sim.scenario.appraisal import appraisal_words
from sim.scenario.changes import changes_note
from sim.scenario.dated import IN_DOLLARS, dated_texts
from sim.version import __version__
from sim.waits.estimate import ABOUT, estimated
from sim.waits.foretold import caveat
from sim.waits.statistics import paired_waits, sentences

LESS_FULL = 0.02  # of its hours: what a note is worth
SCHEMA = "heavypress/comparison/2"
BRIEF = ("public_cost", "first_month", "need_met", "wait_p50", "wait_p95", "lower_tiers_share")
OTHERWISE = ("additional_fe_hours", "h100e_hours", "need_met", "public_cost", "first_month", "ede")
GROUPS, RENT = "demand.groups", "cloud.price_usd"
SIZED = {
    "equal_outlay": "options sized to equal present value of public money spent",
    "equal_pv": "options sized to equal present value of public money, residual values taken off",
    "equal_cash": "options sized to equal undiscounted cash",
    "as_entered": "options as entered, not sized to equal money",
}
_MATCHED = dict.fromkeys(SIZED, ", and every alternative gets as much") | {"as_entered": ""}
_LEFT = {"hardware": "the hardware", "building": "the building", "operations": "operating the machine"}
FIRST = "Best of all, share of worlds"
_OF_THE_SCENARIO = ("key", "title", "question", "yardstick", "between", "horizon_years", "currency", "price_year")
_OF_AN_OUTCOME = ("name", "label", "unit", "better", "formula", "section")


def cell(
    outcome: Outcome, value: float, low: float = float("nan"), high: float = float("nan"), signed: bool = False
) -> str:
    """A value as it stands in a table, with its range where there is one; `signed` for a difference."""

    def one(number: float) -> str:
        if not np.isfinite(number):
            return "–"
        text = format_in_unit(number, outcome.unit, signed=signed)
        return f"{text} {'pp' if signed else '%'}" if outcome.unit == "fraction" else text

    return with_range(one(value), one(low), one(high)) if np.isfinite(low) else one(value)


def brief(comparison: Comparison, awaited: Collection[str] = ()) -> tuple[str, ...]:
    """The outcomes of the short table: the yardstick of the question first, then what decides beside it.

    Without those that no option has, such as waits where no queue was simulated, unless they are still `awaited`.
    """
    names, results = dict.fromkeys((comparison.scenario.yardstick, *BRIEF)), comparison.results.values()
    return tuple(n for n in names if n in awaited or any(np.isfinite(r.totals[n]).any() for r in results))


def texts(comparison: Comparison, difference: bool = False, outcomes: tuple[str, ...] = HEADLINE) -> list[list[str]]:
    """Rows as text: label, then one cell an option; a mark where the central case is outside the range.

    `difference` is taken from doing nothing, and only for outcomes that doing nothing has too:
    where it has none, or zero, the value itself is the difference.
    """
    frame = comparison.summary.set_index(["outcome", "option"])
    columns = ["difference", "difference_low", "difference_high"] if difference else ["value", "low", "high"]
    rows = []
    for name in outcomes:
        outcome = BY_NAME[name]
        level = comparison.baseline.totals[name][0]
        if difference and not (np.isfinite(level) and level):
            continue
        cells = []
        for key in comparison.results:
            value, low, high = (float(frame[column][name, key]) for column in columns)
            about = ABOUT if estimated(comparison.results[key].estimate, name) else ""
            mark = OUTSIDE if not difference and name in outside(comparison, key) else ""
            cells.append(about + cell(outcome, value, low, high, signed=difference) + mark)
        rows.append([row_label(outcome, comparison.scenario), *cells])
    return rows


def firsts(comparison: Comparison) -> list[list[str]]:
    """The row that says in how many worlds each option is the best on the yardstick; none without a verdict."""
    shares = comparison.answer.first_shares
    return [[FIRST, *(percent(shares[key]) for key in comparison.results)]] if shares else []


def markdown(comparison: Comparison, outcomes: tuple[str, ...] | None = None) -> str:
    """The answer, the short table or other outcomes, and the notes, as Markdown."""
    heads = [comparison.scenario.title, *(headed(result.label, result) for result in comparison.results.values())]
    rows = [*texts(comparison, outcomes=outcomes or brief(comparison)), *firsts(comparison)]
    lines = markdown_table(heads, rows, right=range(1, len(heads)))
    answer = f"**{markdown_cell(comparison.answer.text)}**"
    return "\n".join([answer, "", *lines, "", *(f"- {note}" for note in notes(comparison, outcomes))]) + "\n"


def notes(comparison: Comparison, outcomes: tuple[str, ...] | None = None) -> list[str]:
    """Notes below the tables, a line each: money, sizes, precision, what is assumed, what short terms mean."""
    scenario = comparison.scenario
    found = [
        f"Money in {scenario.currency} of {scenario.price_year}, real; {SIZED[scenario.world.money.normalisation]}; "
        f"horizon {scenario.horizon_years} years from {scenario.start.words}.",
        appraisal_note(comparison),
        *purse_notes(comparison),
        *changes_note(scenario),
    ]
    if RENT in scenario.own and scenario.world.cloud.record is None:
        found.append(
            f"Rents begin at {RENT} as set and fall from there; where none is set they follow what is recorded, and "
            "revert to their long-run level."
        )
    if GROUPS not in scenario.own:
        about = scenario.world.kinds()["demand"].spec("groups")
        assumed = f"{scenario.world.value(GROUPS):,g} research groups assumed (grade {about.grade})"
        found.append(f"{assumed}; set {GROUPS}.")
    if scenario.dated:
        values = "; ".join(f"{path} {text}" for path, text in dated_texts(scenario).items())
        found.append(f"As in {scenario.start.words}, {IN_DOLLARS}: {values}.")
    if comparison.draws:
        found += [*otherwise(comparison), *draw_notes(comparison)]
    else:
        found.append("Central case only; without --draws 0 there are ranges.")
    if any(result.estimate for result in comparison.results.values()):
        found.append(f"{ABOUT} estimate [its band]: read from a table of machines, the queue was not simulated.")
    for result in comparison.results.values():
        found += [f"{result.label}: {line}" for line in result_notes(result, scenario)]
    found += implied_note(comparison)
    found += sentences(pairs(comparison), {key: result.label for key, result in comparison.results.items()})
    found += [f"Warning: {warning}" for warning in scenario.warnings]
    heads = [row_label(BY_NAME[name], scenario) for name in outcomes or brief(comparison)]
    found += gloss([*heads, comparison.answer.text, *found])
    found.append(f"Run {comparison.run_id}, heavypress {__version__}.")
    return found


def appraisal_note(comparison: Comparison) -> str:
    """By which profile sums over time are discounted, and which sized the options where that is another."""
    scenario = comparison.scenario
    own, by = appraisal_words(scenario.world.money, scenario.horizon_years), comparison.profile
    if by is None:
        return f"Discounted by {own}."
    return (
        f"Discounted anew by {by.words}. Sizes and hours stay as procured under {own}; to size the options by it too, "
        f"set money.profile={by.name}."
    )


def otherwise(comparison: Comparison) -> list[str]:
    """Who is ahead by other outcomes than the yardstick, a line; none where there is no verdict."""
    answer = comparison.answer
    if answer.pair is None:
        return []
    first, second = answer.between
    parts = []
    for name in OTHERWISE:
        outcome = BY_NAME[name]
        one, other = (comparison.own_totals(key, name)[1:] for key in (first, second))
        pair = paired(one, other, outcome.better, (first, second))
        ahead, share = (first, pair.share) if pair.share >= 0.5 else (second, 1 - pair.share)
        if outcome != answer.yardstick and pair.verdict != "the same":
            parts.append(f"{lower_first(outcome.label)}: {comparison.results[ahead].label} in {percent(share)}")
    lines = [f"Better by other yardsticks, in so many of the worlds: {'; '.join(parts)}."] if parts else []
    mean = float(answer.pair.difference.mean()) if answer.pair.difference.size else 0.0
    if mean * answer.pair.median < 0:
        ahead = first if (mean > 0) == (answer.yardstick.better == "higher") else second
        by = amount(abs(mean), answer.yardstick, comparison.scenario)
        label = comparison.results[ahead].label
        lines.append(f"By the mean of all worlds {label} would be ahead, by {by}: a few worlds decide it.")
    return lines


def purse_notes(comparison: Comparison) -> list[str]:
    """What of the machine another purse pays, and how much; no line where the budget pays for everything."""
    scenario, context = comparison.scenario, comparison.baseline.central.context
    if scenario.budget.coverage.complete or context.outside is None:
        return []
    amount = float(present_value(context.outside, context.grid.discount)[0]) / scenario.usd_per_currency
    return [purse_words(scenario, f" ({format_short(amount)} {scenario.currency}, present value)")]


def purse_words(scenario: Scenario, amount: str = "") -> str:
    """The sentence on what of the machine a budget pays for that does not pay for everything, and who pays the rest."""
    coverage = scenario.budget.coverage
    left = [_LEFT[part] for part in PARTS if part not in coverage.parts]
    paid = list(coverage.parts)
    if coverage.operations_years is not None:
        left.append("operating the machine after that")
        paid[-1] = f"{coverage.operations_years:g} years of operation"
    comes = "comes" if len(left) == 1 else "come"
    matched = _MATCHED[scenario.world.money.normalisation]
    return f"The budget pays for {join_words(paid)}; {join_words(left)}{amount} {comes} from another purse{matched}."


def implied_note(comparison: Comparison) -> list[str]:
    """What the assumed exponents of research output imply, beside published ratios; no line where nothing is made."""
    ratios = {r.label: float(r.totals["benefit_cost_ratio"][0]) for r in comparison.results.values()}
    made = {label: ratio for label, ratio in ratios.items() if ratio > 0}
    if not made:
        return []
    ends = (min(made, key=made.__getitem__), max(made, key=made.__getitem__))
    implied = " to ".join(f"{format_short(made[end])} ({end})" for end in dict.fromkeys(ends))
    worth = f"the worth of what a unit of public money adds, in research at its usual cost, at {implied}"
    return [
        f"Research output is no headline, for some of its numbers are assumed (grade D): they put {worth}; "
        f"published are {PUBLISHED_RATIOS}."
    ]


def pairs(comparison: Comparison) -> pd.DataFrame:
    """Simulated waits of options side by side, see `paired_waits`."""
    return paired_waits({key: result.waits for key, result in comparison.results.items()})


def result_notes(result: Result, scenario: Scenario) -> list[str]:
    """Notes on the size, the fab, the markets and the precision of the waits of one option, a line each."""
    units, sizes = result.central.size_unit, result.central.size
    built = [f"{format_short(float(sizes[n][0]))} accelerators" for n in sizes if units[n] == "accelerators"]
    lines = [f"{', '.join(built)} in all tranches."] if built else []
    if FAB in result.central.size:
        lines.append(fab_verdict(result, scenario))
    lines += leftover_note(result, scenario)
    lines += market_note(result)
    if later := float(result.totals["runoff_fe_hours"][0]):
        lines.append(f"what is charged by the horizon brings {format_short(later)} FE-hours after it, counted apart.")
    lines += fullness_note(result)
    lines += _uncounted(result)
    if result.waits is not None:
        lines.append(f"waits {result.waits.note()}; {caveat(result.central.context.world.at(0).workload.pattern)}.")
    if result.estimate is not None:
        lines.append(f"waits: {result.estimate.note()}.")
    return lines


def fullness_note(result: Result) -> list[str]:
    """Why a machine is not as full as its operator wants, and whether its surface is known; no line where it is."""
    fullness, used = result.central.fullness, float(result.totals["utilisation"][0])
    if fullness is None or not np.isfinite(used):
        return []
    lines = (
        [f"its load and fullness are those of the nearest machine that is known: {why}."]
        if (why := fullness.silence)
        else []
    )
    attained, wanted = float(fullness.attained[0, 0]), fullness.target
    if used > wanted - LESS_FULL:
        return lines
    reasons = []
    if fullness.packed < 1:
        reasons.append(f"jobs use {format_percent(fullness.packed, '.0f')} of the whole nodes that they hold")
    if attained / fullness.packed < wanted - LESS_FULL:
        reasons.append(f"its queue attains {format_percent(attained / fullness.packed, '.0f')} at most")
    if used < attained - LESS_FULL:
        reasons.append("people need no more in some of its months")
    of_hours = f"{format_percent(used, '.0f')} of its hours are used where {format_percent(wanted, '.0f')} are wanted"
    return [*lines, f"{of_hours}: {', and '.join(reasons)}."]


def _uncounted(result: Result) -> list[str]:
    """A line where waiting in the queue is counted, and nothing is known of it."""
    fullness, access = result.central.fullness, result.central.context.world.access
    if fullness is None or not access.queue_idle_share or not fullness.remark:
        return []
    return [f"researchers' time lost in the queue is not in the private cost: {fullness.remark}."]


def fab_verdict(result: Result, scenario: Scenario) -> str:
    """The sentence on a fab: what part of one the stake pays for and brings, what budget would decide on one."""
    fab = result.central.context.world.at(0).fab
    stake, full = float(result.central.size[FAB][0]), float(full_stake_usd(fab))
    part = f"the stake is {format_percent(stake / full)} of the public share of one fab"
    through = float(packaged_share(fab))
    bound = f"; packaging and memory suffice for {format_percent(through, '.0f')} of its dies" if through < 1 else ""
    if not result.central.fab_output[0].any():
        bound = "; nothing is made before the horizon"
    if (least := float(result.central.least_size[FAB][0])) <= stake:
        return f"{part}{bound}."
    brought = format_percent(float(stake_output_share(stake / full, least / full, fab.public_share)))
    joins = f"it joins a plant that others fund as well and brings {brought} of its output"
    return f"below scale: {part}; {joins}{bound}{_enough(result, scenario)}."


def _enough(result: Result, scenario: Scenario) -> str:
    """The budget at which the stake would bring a fab, in the scenario's money; empty where no budget would."""
    needed = float(result.totals["fab_budget_needed"][0])
    if not np.isfinite(needed):
        return ""
    what = "a stake" if scenario.world.money.normalisation == "as_entered" else "a budget"
    return f"; {what} of {format_short(needed / scenario.usd_per_currency)} {scenario.currency} would decide on one"


def market_note(result: Result) -> list[str]:
    """Size of the option's purchases and output beside what they do to prices; no line where it trades nothing."""
    markets = result.central.markets
    world, region = markets.accelerators, markets.rental
    bought = [
        f"{_peak(path.demand_share)} of {market} ({format_percent(float(path.price[0].max()) - 1, '+.3g')}{more})"
        for path, market, more in ((world, "the world accelerator market", " price"), (region, "regional rental", ""))
        if path.demand_share[0].any()
    ]
    lines = [f"purchases peak at {' and '.join(bought)}."] if bought else []
    if world.supply_share[0].any():
        fall = format_percent(float(world.price[0].min()) - 1, "+.2g")
        lines.append(f"output peaks at {_peak(world.supply_share)} of the world accelerator market ({fall} price).")
    return lines


def _peak(share: Array) -> str:
    """Peak share of the central case."""
    return format_percent(float(share[0].max()), ".2g")


def document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain lists and mappings; null where a number does not exist."""
    scenario = comparison.scenario
    frame = comparison.summary.set_index(["option", "outcome"])
    paired = pairs(comparison).to_dict("records")
    return {
        "schema": SCHEMA,
        "run": comparison.run_id,
        "version": __version__,
        "seed": comparison.seed,
        "draws": comparison.draws,
        "draw": comparison.draw,
        "sequence": comparison.sequence,
        "answer": answer_document(comparison.answer),
        "scenario": {
            **{name: getattr(scenario, name) for name in _OF_THE_SCENARIO},
            "start": str(scenario.start),
            "start_year": scenario.start.year,
            "normalisation": scenario.world.money.normalisation,
        },
        "changes": [asdict(change) for change in scenario.changes],
        "appraisal": _appraisal(comparison),
        "outcomes": [
            {**{name: getattr(outcome, name) for name in _OF_AN_OUTCOME}, "unit": unit_of(outcome, scenario)}
            for outcome in OUTCOMES
        ],
        "options": [
            {
                "key": key,
                "label": result.label,
                "instrument": scenario.option(key).instrument.name,
                "notes": result_notes(result, scenario),
                "waits": "estimate" if result.estimate else result.waits and result.waits.fidelity,
                "outcomes": {outcome.name: _numbers(frame.loc[[(key, outcome.name)]]) for outcome in OUTCOMES},
            }
            for key, result in comparison.results.items()
        ],
        "paired_waits": [{str(name): _known(value) for name, value in row.items()} for row in paired],
        "notes": notes(comparison),
        "warnings": list(scenario.warnings),
    }


def answer_document(answer: Answer) -> dict[str, Any]:
    """The answer as plain lists and mappings: its text, the pairs that it rests on, what it turns on."""
    turns = answer.hinge
    return {
        "text": answer.text,
        "yardstick": answer.yardstick.name,
        "between": list(answer.between),
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "verdict": pair.verdict,
                "draws": pair.draws,
                "ahead": pair.ahead,
                "behind": pair.behind,
                "share": pair.share,
                "share_interval": list(pair.share_interval),
                "median_difference": _known(pair.median),
                "difference_interval": [_known(end) for end in pair.interval],
                "chance": pair.chance,
            }
            for pair in answer.pairs.values()
        ],
        "first_shares": answer.first_shares,
        "hinge": None if turns is None else asdict(turns),
    }


def _appraisal(comparison: Comparison) -> dict[str, Any]:
    """The rates by which sums are discounted, and the profile that they are from; 'own': the scenario's rates."""
    money, sized = comparison.baseline.central.context.world.money, comparison.scenario.world.money.profile
    found = {"profile": money.profile, "sized_by": sized, "document": None, "status": None, "basis": None}
    if money.profile != OWN:
        found |= {name: getattr(profile(money.profile), name) for name in ("document", "status", "basis")}
    return found | {name: getattr(money, name) for name in APPRAISED}


def _numbers(row: pd.DataFrame) -> dict[str, float | None]:
    """Numbers of one row; null where a number does not exist."""
    return {name: _known(float(row[name].iloc[0])) for name in SUMMARY[3:]}


def _known(value: Any) -> Any:
    """A value of the document; null in the place of a number that does not exist.

    >>> _known(float("nan")), _known(1.5)
    (None, 1.5)
    """
    return None if isinstance(value, float) and not np.isfinite(value) else value


def as_json(comparison: Comparison) -> str:
    """The document as text."""
    return json.dumps(document(comparison), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
