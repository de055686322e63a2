"""The brief of a comparison, from the answer to how to check and to cite it."""

from __future__ import annotations

from functools import partial

from sim import charts
from sim.charts.files import FORMATS
from sim.comparison.record import record_text
from sim.comparison.results import Comparison
from sim.formatting import format_count, lower_first
from sim.reports.answers import answer, headline, verdicts
from sim.reports.assumptions import differences, evidence, limits, sources
from sim.reports.blocks import Block, Brief, Bullets, Figure, Heading, Paragraph
from sim.version import __version__

# What a brief of a few pages shows: the question, then what it costs, when, how long jobs wait, and who is served.
IN_BRIEF = ("difference", "cost_per_hour", "cash_flow", "waits", "need_met")


def contents(comparison: Comparison) -> Brief:
    """The whole brief; its figures are drawn when a format asks for them."""
    scenario = comparison.scenario
    blocks = (
        *answer(comparison), *verdicts(comparison), *headline(comparison), *figures(comparison),
        *differences(comparison), *evidence(comparison), *limits(comparison), *checking(comparison),
        *sources(comparison),
    )  # fmt: skip
    return Brief(scenario.title, scenario.question, about(comparison), comparison.run_id, __version__, blocks,
                 record_text(comparison))  # fmt: skip


def about(comparison: Comparison) -> str:
    """The run in a line."""
    drawn = format_count(comparison.draws, "draw") if comparison.draws else "the central case alone"
    return f"Heavy Press {__version__}, run {comparison.run_id}, seed {comparison.seed}, {drawn}."


def citation(comparison: Comparison) -> str:
    """How to cite the run, in a line."""
    title = comparison.scenario.title
    end = "" if title.endswith((".", "?", "!")) else "."
    return f"{title}{end} {about(comparison)}"


def figures(comparison: Comparison) -> list[Block]:
    """The charts of a brief, numbered, and where the others are."""
    shown = [name for name in charts.CHARTS if name in IN_BRIEF]
    others = [lower_first(charts.SUBJECTS[name].title) for name in charts.CHARTS if name not in IN_BRIEF]
    more = f"heavypress export writes every figure of the run with its numbers; not shown here: {'; '.join(others)}."
    found = (_figure(comparison, number, name) for number, name in enumerate(shown, 1))
    return [Heading("Figures"), *found, *([Paragraph(more)] if others else [])]


def _figure(comparison: Comparison, number: int, name: str) -> Figure:
    """One chart; its alternative text names run and figure, by which it is found in whatever it is pasted into."""
    mark = f"Heavy Press run {comparison.run_id}, figure {name}"
    caption = f"Figure {number}. {charts.SUBJECTS[name].title}. Run {comparison.run_id}, figure {name}."
    return Figure(name, caption, f"{charts.alt(comparison, name)} {mark}", partial(_file, comparison, name))


def _file(comparison: Comparison, name: str, suffix: str) -> bytes:
    """The file of a chart in one of the formats of charts."""
    return FORMATS[suffix](charts.CHARTS[name](comparison), comparison, name)


def checking(comparison: Comparison) -> list[Block]:
    """How a reader checks the figures, and how to cite them."""
    run = comparison.run_id
    steps = [
        "The record of the run (run.json) travels in this file: settings, scenario, digests, results and sources.",
        "heavypress verify FILE finds the figures and the record in this file, runs the record again, and says of each "
        "figure whether its numbers are the same, with no connection to any network.",
        "heavypress rerun run.json does the same with a record that was taken out of the file.",
        f"heavypress compare run.json --out DIR makes every figure and table of run {run} again, with the same seed, "
        f"{comparison.seed}, and draws, {comparison.draws}.",
        "The id of a run digests every value of the scenario, the code, the data, seed and draws: equal ids have equal "
        "numbers.",
    ]
    return [Heading("How to check and to cite"), Bullets(steps), Paragraph(f"Cite as: {citation(comparison)}")]
