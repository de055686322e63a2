"""Verdicts as documents: Markdown for people, JSON for programs, and the lines that sum them up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, isfinite, isnan
from statistics import fmean
from typing import Any

from sim.comparison.run import DEFAULT_SEED
from sim.formatting import format_count, format_percent, format_short, markdown_table, with_range
from sim.sources import resolve
from sim.validation.evaluation import DRAWS, Verdict
from sim.validation.targets import abouts, cases
from sim.version import __version__
from sim.waits.foretold import logs_foretold, model_error_factor

SCHEMA = "heavypress/validation/1"
HEADS = ("target", "published", "row", "ours [80 % interval]", "off by", "allowed", "verdict")
RIGHT = (1, 3, 4, 5)  # columns of numbers
BOUGHT = {"machines": "machine", "machines_derived": "machine (derived)", "shipped": "shipped"}  # kinds, by JSON entry
_LABELS = dict(zip(BOUGHT.values(), ("Machines", "Machines (derived)", "Shipped scenarios"), strict=True))
FORETOLD = "foretold"  # the kind of logs that are foretold from others
_WORDS = {"range": "published range", "interval": "our interval", "factor": "twice or half"}
_PAGE = """# The model against the record

Written by `heavypress validate --format markdown`; do not edit.

Each case is a setting of the record as a scenario of its own in `scenarios/validation/`, or a scenario that ships.
*Published* is a row of the tables in `data/`: read where it stands in the source, recalled where nothing was opened,
derived where it is arithmetic on what was. *Ours* is what the model gives: its central case, and between brackets the
10th and the 90th percentile over draws of the world. A target passes where ours is as near as the tolerance allows, or,
where a range or an interval is the test, where the published range holds ours or our interval holds the published
value. What the queue gave before logs that are not part of this project, or took minutes, was stored in
data/foretold_waits.csv and data/queue_record.csv; its interval is over replications. Of waits that are foretold twice
or half is allowed, a minute added to both sides. Failures stay here until the model is better: nothing is tuned until a
target passes.
"""
_IN_SAMPLE = """
## Predicted from the others

The machines below are among those that the price of a system and the months late are fitted to, so their intervals of
80 % and how often these hold the published value are in sample. `make calibrate` prints the leave-one-out scores: each
machine predicted by a fit to the others.
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
        f"{with_range(*map(format_short, (verdict.published, *_ends(verdict))))} {verdict.target.unit}",
        f"{verdict.target.source.partition(':')[2]}, {verdict.target.row['basis']}",
        with_range(*(_short(value) for value in (verdict.ours, verdict.low, verdict.high))),
        format_percent(verdict.residual, "+.1f") if isfinite(verdict.residual) else "-",
        allowed,
        "pass" if verdict.passed else "FAIL",
    ]


def _ends(verdict: Verdict) -> tuple[float, float]:
    """The published range where it is the test; the published value twice where it is not."""
    by_range = verdict.target.tolerance == "range"
    return verdict.target.published_range if by_range else (verdict.published, verdict.published)


def _short(value: float) -> str:
    """A number, that none came within the horizon, or that there is none."""
    return format_short(value) if isfinite(value) else "none" if isnan(value) else "never"


def sentences(verdicts: Iterable[Verdict]) -> list[str]:
    """What each of their cases can show and what it cannot."""
    return list(dict.fromkeys(f"{verdict.title}: {verdict.case.shows}" for verdict in verdicts))


def by_kind(report: Report) -> dict[str, list[Verdict]]:
    """The verdicts of each kind, kinds in the order of the file."""
    kinds = dict.fromkeys(verdict.target.kind for verdict in report.verdicts)
    return {kind: [verdict for verdict in report.verdicts if verdict.target.kind == kind] for kind in kinds}


def summary(report: Report) -> list[str]:
    """How many targets passed, in all and by kind, and how far off the machines are."""
    kinds = by_kind(report)
    lines = [f"Passed: {_of(report.verdicts)}."]
    if len(kinds) > 1:
        lines.append("By kind: " + ", ".join(f"{kind} {_of(verdicts)}" for kind, verdicts in kinds.items()) + ".")
    for kind, title in _LABELS.items():
        for measure, of in machine_errors(report, kind).items():
            label = f"{title}, {measure.replace('_', ' ').replace('gpu', 'GPU')}"
            lines.append(f"{label}: {_on_average(of['mean_log_error'])}; {_coverage(of)}.")
    if FORETOLD in kinds:
        factor, logs = model_error_factor(), logs_foretold()
        lines.append(f"Mean waits of four logs in five were foretold within x {factor:.1f} either way ({logs} logs).")
    return [*lines, f"{format_count(report.draws, 'draw')}, seed {report.seed}, heavypress {__version__}."]


def _on_average(error: float) -> str:
    """A mean log error, and the ratio that it stands for in words."""
    if not isfinite(error):
        return "no value of ours to set against the published"
    share = exp(error) - 1
    more = f"{format_percent(abs(share), '.0f')} {'more' if share > 0 else 'less'}"
    return f"mean log of ours over published {error:+.2f} ({more} on average)"


def _coverage(of: dict[str, float]) -> str:
    """How often the interval holds the published value."""
    return f"the 80 % interval holds the published value in {format_percent(of['coverage'], '.0f')} of {of['targets']}"


def machine_errors(report: Report, kind: str) -> dict[str, dict[str, float]]:
    """Of each measure over the machines of a kind: mean log of ours over published, and how often our interval holds.

    By measure, for a machine that comes out too small also comes out too dear by the hour, and the two would cancel.
    """
    machines, found = by_kind(report).get(kind, []), {}
    for measure in dict.fromkeys(verdict.target.measure for verdict in machines):
        verdicts = [verdict for verdict in machines if verdict.target.measure == measure]
        errors = [verdict.log_error for verdict in verdicts if isfinite(verdict.log_error)]
        found[measure] = {
            "targets": len(verdicts),
            "mean_log_error": fmean(errors) if errors else float("nan"),
            "coverage": fmean(verdict.covered for verdict in verdicts),
        }
    return found


def _of(verdicts: Sequence[Verdict]) -> str:
    """How many of them passed."""
    return f"{sum(verdict.passed for verdict in verdicts)} of {len(verdicts)}"


def markdown(report: Report) -> str:
    """The page: for each kind a table and a sentence a case, then the sources; a part of it without the title."""
    whole = {verdict.target.name for verdict in report.verdicts} >= {
        each.name for case in cases() for each in case.targets
    }
    lines = [_PAGE] if whole else []
    lines += (f"- {line}" for line in summary(report))
    lines += [_IN_SAMPLE.rstrip()] if whole else []
    said: set[str] = set()
    for kind, verdicts in by_kind(report).items():
        lines += ["", f"## {kind.capitalize()}", "", abouts()[kind], ""]
        lines += markdown_table(HEADS, [cells(verdict) for verdict in verdicts], right=RIGHT)
        new = [sentence for sentence in sentences(verdicts) if sentence not in said]
        lines += ["", *(f"- {sentence}" for sentence in new)] if new else []
        said.update(new)
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
        **{entry: _errors(report, kind) for entry, kind in BOUGHT.items()},
        "targets": [_entry(verdict) for verdict in report.verdicts],
    }


def _errors(report: Report, kind: str) -> dict[str, dict[str, float | None]]:
    """How far off the machines of a kind are, by measure."""
    found = machine_errors(report, kind)
    return {measure: {name: _number(value) for name, value in of.items()} for measure, of in found.items()}


def _entry(verdict: Verdict) -> dict[str, Any]:
    """One target."""
    low, high = verdict.target.published_range if verdict.target.tolerance == "range" else (None, None)
    numbers = ("published", "ours", "low", "high", "residual", "log_error")
    return {
        "name": verdict.target.name,
        "case": verdict.case.scenario,
        "kind": verdict.target.kind,
        "title": verdict.title,
        "measure": verdict.target.measure,
        "unit": verdict.target.unit,
        "source": verdict.target.source,
        **{name: _number(getattr(verdict, name)) for name in numbers},
        "published_low": low,
        "published_high": high,
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
