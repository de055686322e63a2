"""Verdicts as documents: Markdown for people, JSON for programs, and the lines that sum them up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean
from typing import Any

from sim.comparison.run import DEFAULT_SEED
from sim.formatting import format_count, format_percent, format_short, markdown_table, with_range
from sim.sources import resolve
from sim.validation.evaluation import DRAWS, Verdict
from sim.validation.targets import abouts
from sim.version import __version__

SCHEMA = "heavypress/validation/1"
HEADS = ("target", "published", "row", "ours [80 % interval]", "off by", "allowed", "verdict")
RIGHT = (1, 3, 4, 5)  # columns of numbers
MACHINES = "machine"
_WORDS = {"range": "published range", "interval": "our interval"}
_PAGE = """# The model against the record

Written by `heavypress validate --format markdown`; do not edit.

Each case is a setting of the record as a scenario of its own in `scenarios/validation/`. *Published* is a row of the
tables in `data/`: read where it stands in the source, recalled where nothing was opened, derived where it is arithmetic
on what was. *Ours* is what the model gives: its central case, and between brackets the 10th and the 90th percentile
over draws of the world. A target passes where ours is as near as the tolerance allows, or, where a range or
an interval is the test, where the published range holds ours or our interval holds the published value. Failures stay
here until the model is better: nothing is tuned until a target passes.
"""


@dataclass(frozen=True)
class Report:
    """The verdicts of one validation, and what it takes to get them again."""

    verdicts: tuple[Verdict, ...]
    seed: int = DEFAULT_SEED
    draws: int = DRAWS

    @property
    def passed(self) -> bool:
        """Whether every target passed."""
        return all(verdict.passed for verdict in self.verdicts)


def cells(verdict: Verdict) -> list[str]:
    """One target under HEADS."""
    tolerance = verdict.target.tolerance
    allowed = _WORDS[tolerance] if isinstance(tolerance, str) else format_percent(tolerance, ".3g")
    return [
        verdict.target.name,
        f"{format_short(verdict.published)} {verdict.target.unit}",
        f"{verdict.target.source.partition(':')[2]}, {verdict.target.row['basis']}",
        with_range(*(_short(value) for value in (verdict.ours, verdict.low, verdict.high))),
        format_percent(verdict.residual, "+.1f"),
        allowed,
        "pass" if verdict.passed else "FAIL",
    ]


def _short(value: float) -> str:
    """A number, or that none came within the horizon."""
    return format_short(value) if isfinite(value) else "never"


def sentences(verdicts: Iterable[Verdict]) -> list[str]:
    """What each of their cases can show and what it cannot."""
    said = {verdict.case.scenario: f"{verdict.title}: {verdict.case.shows}" for verdict in verdicts}
    return list(said.values())


def summary(report: Report) -> list[str]:
    """How many targets passed, in all and by kind, and how far off the machines are."""
    kinds = list(dict.fromkeys(verdict.case.kind for verdict in report.verdicts))
    lines = [f"Passed: {_of(report.verdicts)}."]
    if len(kinds) > 1:
        lines.append("By kind: " + ", ".join(f"{kind} {_of(_of_kind(report, kind))}" for kind in kinds) + ".")
    for measure, of in machine_errors(report).items():
        held = (
            f"the 80 % interval holds the published value in {format_percent(of['coverage'], '.0f')} of {of['targets']}"
        )
        label = measure.replace("_", " ").replace("gpu", "GPU")
        lines.append(f"Machines, {label}: mean log of ours over published {of['mean_log_error']:+.2f}; {held}.")
    return [*lines, f"{format_count(report.draws, 'draw')}, seed {report.seed}, heavypress {__version__}."]


def machine_errors(report: Report) -> dict[str, dict[str, float]]:
    """Of each measure over the machines: mean log of ours over published, and how often the interval holds the latter.

    By measure, for a machine that comes out too small also comes out too dear by the hour, and the two would cancel.
    """
    machines, found = _of_kind(report, MACHINES), {}
    for measure in dict.fromkeys(verdict.target.measure for verdict in machines):
        verdicts = [verdict for verdict in machines if verdict.target.measure == measure]
        errors = [verdict.log_error for verdict in verdicts if isfinite(verdict.log_error)]
        found[measure] = {
            "targets": len(verdicts),
            "mean_log_error": fmean(errors) if errors else float("nan"),
            "coverage": fmean(verdict.covered for verdict in verdicts),
        }
    return found


def _of_kind(report: Report, kind: str) -> list[Verdict]:
    """The verdicts of one kind."""
    return [verdict for verdict in report.verdicts if verdict.case.kind == kind]


def _of(verdicts: Sequence[Verdict]) -> str:
    """How many of them passed."""
    return f"{sum(verdict.passed for verdict in verdicts)} of {len(verdicts)}"


def markdown(report: Report) -> str:
    """The page: a table for each kind, then each case with its sentence, then the sources."""
    lines = [_PAGE, *(f"- {line}" for line in summary(report))]
    for kind in dict.fromkeys(verdict.case.kind for verdict in report.verdicts):
        verdicts = _of_kind(report, kind)
        lines += ["", f"## {kind.capitalize()}", "", abouts()[kind], ""]
        lines += markdown_table(HEADS, [cells(verdict) for verdict in verdicts], right=RIGHT)
        lines += ["", *(f"- {sentence}" for sentence in sentences(verdicts))]
    lines += ["", "## Sources", ""]
    keys = dict.fromkeys(verdict.target.source for verdict in report.verdicts)
    lines += (f"- `{key}`: {'; '.join(resolve(key))}" for key in keys)
    return "\n".join([*lines, ""])


def document(report: Report) -> dict[str, Any]:
    """The verdicts for programs; null where a number does not exist."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "seed": report.seed,
        "draws": report.draws,
        "passed": sum(verdict.passed for verdict in report.verdicts),
        "of": len(report.verdicts),
        "machines": {
            measure: {name: _number(value) for name, value in of.items()}
            for measure, of in machine_errors(report).items()
        },
        "targets": [_entry(verdict) for verdict in report.verdicts],
    }


def _entry(verdict: Verdict) -> dict[str, Any]:
    """One target."""
    numbers = ("published", "ours", "low", "high", "residual", "log_error")
    return {
        "name": verdict.target.name,
        "case": verdict.case.scenario,
        "kind": verdict.case.kind,
        "title": verdict.title,
        "measure": verdict.target.measure,
        "unit": verdict.target.unit,
        "source": verdict.target.source,
        **{name: _number(getattr(verdict, name)) for name in numbers},
        "tolerance": verdict.target.tolerance,
        "passed": verdict.passed,
        "covered": verdict.covered,
        "shows": verdict.case.shows,
    }


def _number(value: float) -> float | None:
    """A number, or None where there is none."""
    return value if isfinite(value) else None


def as_json(report: Report) -> str:
    """The document as text."""
    return json.dumps(document(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
