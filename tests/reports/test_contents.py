"""What a brief says is what the comparison holds: its numbers, computed again from the draws."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import spearmanr

from sim import charts
from sim.comparison.record import record_text, sources_of
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.table import brief as short_table
from sim.comparison.table import cell
from sim.comparison.verdict import share_interval
from sim.outcomes import BY_NAME
from sim.reports.assumptions import MOST_ASSUMED, OWN_SOURCES, correlations
from sim.reports.blocks import Block, Brief, Bullets, Heading, Paragraph, Table
from sim.reports.contents import IN_BRIEF, contents
from sim.reports.inputs import citations_of, cited, inputs
from sim.scenario import load, names
from sim.sources import is_assumption, resolve, screening
from tests.reports.conftest import SETTINGS

SECTIONS = [
    "Answer", "Verdicts", "Headline", "Figures", "Assumptions that differ from the defaults", "Evidence", "Limits",
    "How to check and to cite", "Sources",
]  # fmt: skip


def section(brief: Brief, title: str) -> list[Block]:
    """The blocks below a heading, up to the next of its level or a higher one."""
    at = next(n for n, block in enumerate(brief.blocks) if isinstance(block, Heading) and block.text == title)
    level, found = brief.blocks[at].level, []
    for block in brief.blocks[at + 1 :]:
        if isinstance(block, Heading) and block.level <= level:
            break
        found.append(block)
    return found


def tables(brief: Brief, title: str) -> list[Table]:
    """The tables of a section."""
    return [block for block in section(brief, title) if isinstance(block, Table)]


def test_the_sections_come_in_the_order_of_reading(brief: Brief) -> None:
    assert [block.text for block in brief.blocks if isinstance(block, Heading) and block.level == 1] == SECTIONS


def test_the_answer_is_that_of_the_comparison(brief: Brief, comparison: Comparison) -> None:
    first, setting = section(brief, "Answer")
    assert isinstance(first, Paragraph) and (first.text, first.style) == (comparison.answer.text, "answer")
    assert "cloud.decline_per_year 0.18 → 0.15" in setting.text or "cloud.decline_per_year 0.2 → 0.15" in setting.text


def test_verdicts_count_the_draws(brief: Brief, comparison: Comparison) -> None:
    (table,) = tables(brief, "Verdicts")
    outcome, (first, _) = comparison.answer.yardstick, comparison.answer.between
    one = comparison.own_totals(first, outcome.name)[1:]
    others = [key for key in comparison.results if key != first]
    assert [row[0] for row in table.rows] == [comparison.results[key].label for key in others]
    for key, row in zip(others, table.rows, strict=True):
        gap = one - comparison.own_totals(key, outcome.name)[1:]
        ahead = int((gap > 0).sum()) + int((gap == 0).sum()) / 2
        low, high = share_interval(ahead, gap.size)
        share = 100 * ahead / gap.size
        assert row[2] == f"{share:.0f} % [{100 * low:.0f} % to {100 * high:.0f} %]"
        assert row[3].split(" [")[0] == cell(outcome, float(np.median(gap)), signed=True)


def test_the_headline_table_shows_medians_of_the_draws(brief: Brief, comparison: Comparison) -> None:
    (table,) = tables(brief, "Headline")
    wanted = [*short_table(comparison)]
    assert len(table.rows) == len(wanted) + 1  # and in how many worlds each option is the best
    for name, row in zip(wanted, table.rows, strict=False):
        for key, text in zip(comparison.results, row[1:], strict=True):
            drawn = comparison.own_totals(key, name)[1:]
            known = drawn[np.isfinite(drawn)]
            shown = text.split("\n")[0].rstrip("†")
            assert shown == cell(BY_NAME[name], float(np.median(known)) if known.size else float("nan"))


def test_many_options_stand_in_several_tables(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.reports.answers.MOST_OPTIONS", 4)
    from sim.reports.answers import headline

    one, other = (block for block in headline(comparison) if isinstance(block, Table))
    labels = [result.label for result in comparison.results.values()]
    assert len(one.heads) == 5 and len(other.heads) == 3
    assert [head.split(" (")[0] for head in (*one.heads[1:], *other.heads[1:])] == labels
    assert "(part 1 of 2)" in one.caption and [row[0] for row in one.rows] == [row[0] for row in other.rows]


def test_charts_are_there_with_their_names_in_alt_text_and_caption(brief: Brief, comparison: Comparison) -> None:
    *figures, more = section(brief, "Figures")
    assert [figure.name for figure in figures] == list(IN_BRIEF) and next(iter(charts.CHARTS)) in IN_BRIEF
    left_out = [charts.SUBJECTS[name].title for name in charts.CHARTS if name not in IN_BRIEF]
    assert left_out and all(title.lower() in more.text.lower() for title in left_out) and "export" in more.text
    for number, figure in enumerate(figures, 1):
        mark = f"Heavy Press run {comparison.run_id}, figure {figure.name}"
        assert figure.alt == f"{charts.alt(comparison, figure.name)} {mark}"
        assert figure.caption.startswith(f"Figure {number}. ") and figure.caption.endswith(f"figure {figure.name}.")


# --- assumptions and evidence ---


def test_what_was_changed_from_outside_stands_with_both_values(brief: Brief, comparison: Comparison) -> None:
    table = tables(brief, SECTIONS[4])[0]
    assert [(row[0], row[2]) for row in table.rows] == [(path, f"{value:g}") for path, value in SETTINGS.items()]
    for row, change in zip(table.rows, comparison.scenario.changes, strict=True):
        assert (row[1], row[3]) == (f"{change.old:.4g}", change.by)


def test_what_the_scenario_sets_stands_beside_the_default(brief: Brief, comparison: Comparison) -> None:
    rows = {row[1].rpartition("(")[2].rstrip(")"): row for row in tables(brief, SECTIONS[4])[1].rows}
    scenario = comparison.scenario
    expected = set()
    for holder, group in [*scenario.world.groups().items(), *((o.key, o.instrument) for o in scenario.options)]:
        for name, default, _ in group.described():
            path = f"{holder}.{name}"
            if getattr(group, name) != default and path not in SETTINGS and path not in scenario.dated:
                expected.add(path)
    assert set(rows) == expected and {"demand.groups", "grants.reference_usd_per_year"} <= expected
    assert rows["demand.groups"][2:4] == ["500", "5000"]


def test_waivers_stand_with_who_why_and_when() -> None:
    waiver = {"path": "cloud.price_usd", "who": "A. Person", "why": "A tender.", "date": "2026-11-24"}
    from dataclasses import replace

    from sim.reports.assumptions import _waivers

    (table,) = _waivers(replace(load("small_country"), waivers=(waiver,)))
    assert list(table.rows) == [["cloud.price_usd", "A. Person", "A tender.", "2026-11-24"]]


def test_grades_count_every_input_that_is_a_fact(brief: Brief, comparison: Comparison) -> None:
    table = tables(brief, "Evidence")[0]
    counts: Counter[str] = Counter()
    scenario = comparison.scenario
    for holder, group in [*scenario.world.groups().items(), *((o.key, o.instrument) for o in scenario.options)]:
        for name, default, spec in group.described():
            path = f"{holder}.{name}"
            own = path in scenario.own or path in SETTINGS
            ours = own or (getattr(group, name) != default and path not in scenario.dated)
            counts["–" if ours else spec.grade] += spec.grade != "-"
    assert {row[0]: int(row[2]) for row in table.rows} == {grade: counts[grade] for grade in "ABCD–"}
    assert all(int(row[3]) <= int(row[2]) for row in table.rows)


def test_the_weightiest_assumptions_go_by_rank_correlation(brief: Brief, comparison: Comparison) -> None:
    table = tables(brief, "Evidence")[1]
    one, other = (comparison.own_totals(key, "additional_fe_hours")[1:] for key in comparison.answer.between)
    shown = {row[0].rpartition("(")[2].rstrip(")"): float(row[4]) for row in table.rows}
    assert len(shown) == MOST_ASSUMED and comparison.answer.yardstick.name == "additional_fe_hours"
    for path, correlation in shown.items():
        values = np.asarray(comparison.world.value(path)).reshape(-1)[1:]
        assert correlation == pytest.approx(spearmanr(values, one - other).statistic, abs=0.005)
    listed = correlations(comparison)
    graded = {each.path for each in inputs(comparison.scenario) if each.grade == "D"}
    rest = [abs(value) for path, value in listed.items() if path in graded - set(shown)]
    assert rest and max(rest) <= min(map(abs, shown.values())) + 0.005


def test_without_draws_the_screening_says_which_assumptions_matter() -> None:
    found = contents(compare(load("small_country"), draws=0, queue=False))
    table = tables(found, "Evidence")[1]
    effects = [float(screening()[row[0].rpartition("(")[2].rstrip(")")]["effect"]) for row in table.rows]
    assert effects == sorted(effects, reverse=True) and {row[4] for row in table.rows} == {"–"}
    assert any("takes 20 draws" in block.text for block in section(found, "Verdicts") if isinstance(block, Paragraph))


# --- limits, sources, record ---


def test_limits_repeat_what_the_scenario_says_of_itself(brief: Brief, comparison: Comparison) -> None:
    lines = [line for block in section(brief, "Limits") if isinstance(block, Bullets) for line in block.items]
    scenario = comparison.scenario
    assert {*scenario.modelled, *scenario.not_modelled, *scenario.warnings} <= set(lines)


def test_sources_are_those_of_exactly_the_parameters_used(brief: Brief, comparison: Comparison) -> None:
    scenario, listed = comparison.scenario, section(brief, "Sources")[1].items
    used = {*sources_of(scenario), *scenario.dated.values()}
    places = {text.strip() for key in used if not is_assumption(key) for text in key.split(";")}
    for place in places:
        for citation in cited(place):
            start = citation.partition(" [")[0]
            assert is_assumption(citation) or any(line.startswith(start) for line in listed), place
    assert len(listed) == len(set(listed)) and listed == sorted(listed, key=str.casefold)
    assert not any(is_assumption(line) for line in listed)


@pytest.mark.parametrize("name", names())
def test_every_source_of_every_shipped_scenario_resolves(name: str) -> None:
    scenario = load(name)
    for one in (each for each in inputs(scenario) if each.source):
        assert one.set_by in ("scenario", "outside") or one.citations
        keys = [] if is_assumption(one.source) else [part.strip() for part in one.source.split(";")]
        assert all(resolve(key) for key in keys if " " not in key)  # what has spaces is a remark
    assert citations_of(cited(text) for text in scenario.sources)


def test_a_row_derived_from_other_rows_cites_those() -> None:
    found = cited("fits:slip_spread")
    assert len(found) == 2 and not any("lead_times:" in citation for citation in found)
    assert cited("a remark; fits:nobody") == ("a remark", "fits:nobody")


def test_sources_of_the_scenario_stand_apart(brief: Brief) -> None:
    assert len(section(brief, OWN_SOURCES)[0].items) >= 5


def test_the_reader_is_given_run_seed_draws_and_a_citation(brief: Brief, comparison: Comparison) -> None:
    *_, last = section(brief, "How to check and to cite")
    run = f"run {comparison.run_id}, seed 1, 24 draws."
    assert last.text == f"Cite as: A small country. Heavy Press {brief.version}, {run}"
    assert brief.record == record_text(comparison) and brief.about.endswith(run)
