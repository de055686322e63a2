"""What the plan and the state of a sweep are, in words and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from math import prod

from sim.formatting import format_count, format_number, format_range, join_words, short_repr, unit_text
from sim.scenario.changes import changes_note
from sim.sweeps.axes import DESIGNS, Axis, spec_of
from sim.sweeps.estimate import Estimate
from sim.sweeps.ledger import Ledger
from sim.sweeps.plan import Plan
from sim.sweeps.progress import duration
from sim.sweeps.queries import query
from sim.version import __version__

PLAN_SCHEMA, STATUS_SCHEMA = "heavypress/sweep_plan/1", "heavypress/sweep_status/1"
_SHOWN = 6  # values of an axis
MOST_REASONS = 10


def lines(plan: Plan, needs: Estimate, workers: int) -> list[str]:
    """The plan: its title and question, axes, what a run is, how many there are, how long and how large."""
    sides = " x ".join(format_number(len(axis.points)) for axis in plan.axes)
    several = f", {plan.replications} replications each" if plan.replications > 1 else ""
    rows = len(plan.base.options) * len(plan.outcomes)
    of_a_run = "the central case" + (f" and {format_count(plan.draws, 'draw')}" if plan.draws else "")
    kept = f"{format_count(len(plan.base.options), 'option')}, {format_count(len(plan.outcomes), 'outcome')}"
    return [
        plan.title,
        plan.question,
        f"Scenario: {plan.base.title} ({plan.base.key})",
        *(f"Axis: {axis_words(axis)}" for axis in plan.axes),
        *changes_note(plan.base),
        *(f"Warning: {warning}" for warning in warnings(plan)),
        f"Runs: {format_number(plan.runs)} ({sides} points{several}) in {format_count(plan.parts, 'part')}",
        f"Each: {of_a_run}, waits {plan.waits}; {kept}, {format_count(rows, 'row')}",
        f"Needs: about {duration(needs.seconds_on(workers))} on {format_count(workers, 'worker')}, "
        f"{needs.megabytes:.3g} MB (from {format_count(needs.tried, 'run')}"
        + (f", of which {needs.failed} failed: {needs.reason})" if needs.failed else ")"),
        f"Sweep {plan.digest}",
    ]  # fmt: skip


def warnings(plan: Plan) -> list[str]:
    """Values of the axes beyond the plausible, a line a path, and the warnings of the scenario."""
    found = []
    for axis in (each for each in plan.axes if each.kind not in DESIGNS):  # those keep to ranges by themselves
        for column, path in enumerate(axis.paths):
            spec = spec_of(path, plan.base, around=False)
            if spec is None or spec.kind != "number":
                continue
            beyond = sorted({p[column] for p in axis.points if not spec.low <= p[column] <= spec.high})
            if beyond:
                shown = [*map(short_repr, beyond[:_SHOWN]), *(["..."] if len(beyond) > _SHOWN else [])]
                plausible = format_range(spec.low, spec.high, unit_text(spec.unit))
                verb = "is" if len(beyond) == 1 else "are"
                found.append(f"{path}: {', '.join(shown)} {verb} outside the plausible range, {plausible}")
    return [*found, *plan.base.warnings]


def axis_words(axis: Axis) -> str:
    """An axis: what it sets, and where its points are."""
    known = "" if axis.kind == "storylines" else " (drawn around each)" if axis.drawn else " (taken as known)"
    if axis.kind in ("sobol", "latin"):
        name = {"sobol": "a Sobol' sequence", "latin": "a Latin hypercube"}[axis.kind]
        return f"{format_count(len(axis.points), 'point')} of {name} over {join_words(axis.paths)}{known}"
    shown = [", ".join(map(short_repr, point)) if len(point) == 1 else short_repr(list(point)) for point in axis.points]
    if len(shown) > _SHOWN:
        shown = [*shown[:2], "...", shown[-1]]
    return f"{' with '.join(axis.paths)}, {format_count(len(axis.points), 'point')}: {', '.join(shown)}{known}"


def as_json(plan: Plan, needs: Estimate, workers: int) -> str:
    """The same for programs."""
    about = {
        "schema": PLAN_SCHEMA, "version": __version__,
        "sweep": plan.digest, "title": plan.title, "question": plan.question, "scenario": plan.base.key,
        "axes": [{"kind": each.kind, "paths": each.paths, "points": len(each.points)} for each in plan.axes],
        "points": prod(len(axis.points) for axis in plan.axes), "replications": plan.replications,
        "runs": plan.runs, "parts": plan.parts, "runs_per_part": plan.runs_per_part, "draws": plan.draws,
        "waits": plan.waits, "outcomes": plan.outcomes, "rows": plan.runs * len(plan.base.options) * len(plan.outcomes),
        "workers": workers, "seconds": round(needs.seconds_on(workers), 1), "megabytes": round(needs.megabytes, 3),
        "tried": needs.tried, "tried_failed": needs.failed, "reason": needs.reason,
        "changes": [asdict(change) for change in plan.base.changes], "warnings": warnings(plan),
    }  # fmt: skip
    return json.dumps(about, indent=2) + "\n"


def reasons(ledger: Ledger) -> list[tuple[str, int]]:
    """Why runs failed, and how many of them; the most frequent reason first."""
    found = Counter(ledger.status.reasons)
    if any(entry.failed and entry.digest for _, entry in ledger.entries()):
        rows = query(ledger, "select reason, count(*) as runs from failures group by reason order by reason")
        found = Counter(dict(zip(rows["reason"].tolist(), rows["runs"].tolist(), strict=True)))
    return found.most_common()


def status_lines(ledger: Ledger) -> list[str]:
    """How far a sweep is, and why runs failed."""
    status, why = ledger.status, reasons(ledger)
    left = f"; go on with: heavypress sweep resume {ledger.folder}" if not status.complete else ""
    more = [f"and {len(why) - MOST_REASONS} further reasons"] if len(why) > MOST_REASONS else []
    return [
        ledger.plan.title,
        *changes_note(ledger.plan.base),
        f"{format_number(status.done_runs)} of {format_count(status.runs, 'run')} done, in {status.done_parts} of "
        f"{format_count(status.parts, 'part')}; {status.failed} failed{left}",
        *(f"Failed, {format_count(count, 'run')}: {reason}" for reason, count in why[:MOST_REASONS]),
        *more,
        f"Sweep {ledger.identity.sweep}, heavypress {ledger.manifest['heavypress']}",
    ]


def status_json(ledger: Ledger) -> str:
    """The same for programs."""
    status = ledger.status
    about = {
        "schema": STATUS_SCHEMA, "version": ledger.manifest["heavypress"],
        "sweep": ledger.identity.sweep, "title": ledger.plan.title, "runs": status.runs, "done": status.done_runs,
        "failed": status.failed, "parts": status.parts, "done_parts": status.done_parts, "complete": status.complete,
        "reasons": [{"reason": reason, "runs": count} for reason, count in reasons(ledger)],
    }  # fmt: skip
    return json.dumps(about, indent=2) + "\n"
