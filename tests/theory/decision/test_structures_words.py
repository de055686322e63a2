"""What is said and drawn of chance, numbers and structures: planted rows give the sentences theory has for them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from sim.charts.structures import SPAN, structures_frame
from sim.comparison.verdict import APART, paired
from sim.decision.structures.alternatives import DISCIPLINE
from sim.decision.structures.differences import BOTH, NOISE, PARAMETERS, STRUCTURE, Row, Structures, advantage
from sim.decision.structures.table import UNMOVED, document, notes, rows
from sim.decision.structures.words import sentence, share_words, summary, turned
from sim.outcomes import BY_NAME
from sim.scenario import load

DRAWS = 100
OUTCOME = BY_NAME["fe_hours"]
SECOND = 100.0  # of the second option, in every draw
RAMP = np.linspace(-1.0, 1.0, DRAWS)


def row(kind: str, first: np.ndarray, label: str = "", subject: str = "Unit of work", same: bool = False) -> Row:
    """A row in which the first option has so much and the second 100."""
    other = np.full(DRAWS, SECOND)
    pair = paired(first, other, "higher", ("public_cluster", "cloud_credits"))
    return Row(kind, subject, label, OUTCOME, pair, advantage(first, other, "higher"), {}, same)


def planted(*alternatives: Row) -> Structures:
    """The machine ahead by 20 of 100 with a little chance and more of unknown numbers, and these alternatives."""
    kinds = ((NOISE, 1.0), (PARAMETERS, 10.0), (BOTH, 10.0))
    own = tuple(row(kind, 120 + spread * RAMP) for kind, spread in kinds)
    left = (("Rents", "Of a year", "no record before 2024-02"),)
    return Structures(load("isambard_ai_uk"), 1, DRAWS, (*own, *alternatives), left)


BETTER = row(STRUCTURE, 150 + RAMP, "More so")
WORSE = row(STRUCTURE, 80 + RAMP, "The other way")
EVEN = row(STRUCTURE, SECOND + RAMP, "Undecided")
ALIKE = row(STRUCTURE, np.full(DRAWS, SECOND), "None")


def test_the_spreads_of_chance_and_numbers_are_told_apart_and_structures_have_a_span() -> None:
    """One more of the first moves 2 (f - 100) / (f + 100) by 400 / (f + 100)^2, which at 120 is 1 / 121."""
    found = planted(BETTER, WORSE)
    deviations = [found.of(kind).deviation for kind in (NOISE, PARAMETERS)]
    assert deviations == pytest.approx([RAMP.std(ddof=1) / 121, 10 * RAMP.std(ddof=1) / 121], rel=0.01)
    low, high = found.reach
    assert (low, high) == pytest.approx((-20 / 90, 50 / 125), abs=1e-4)
    text = sentence(found)
    assert f"a standard deviation of {share_words(deviations[0])} of the mean of both by chance alone" in text
    assert "structural choices take its median from -22 % to 40 %." in text


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ((BETTER,), "No alternative has another verdict."),
        ((BETTER, WORSE), "Cloud credits would be better with another choice: The other way."),
        ((EVEN,), f"The two {APART} with another choice: Undecided."),
        ((ALIKE,), "The two would come to the same with another choice: None."),
        ((WORSE, EVEN, replace(WORSE, label="Again")), "with another choice: The other way; Again. The two"),
        ((replace(BETTER, same=True), WORSE), "1 alternative of 2 changed nothing."),
    ],
)
def test_alternatives_with_another_verdict_are_named_by_it(others: tuple[Row, ...], words: str) -> None:
    found = planted(*others)
    text = sentence(found)
    assert "With the scenario's own structures Isambard-AI would be better." in text and words in text
    verdicts = [each.pair.verdict for each in others]
    counts = verdicts.count("worse"), len(others), verdicts.count(APART)
    assert turned(found) == "the opposite in {} of {}, too close to call in {}".format(*counts)
    assert summary(found).endswith(f"Isambard-AI would be better; of the alternatives {turned(found)}.")
    assert not any(each.label in summary(found) for each in (WORSE, EVEN) if each in others)


def test_who_wins_a_row_is_the_pair_s_verdict_and_nobody_where_it_is_open() -> None:
    winners = [each.winner for each in (BETTER, WORSE, EVEN, ALIKE)]
    assert winners == ["public_cluster", "cloud_credits", None, None]
    assert BETTER.alike(replace(BETTER, label="x")) and not BETTER.alike(WORSE)


def test_the_chart_leaves_out_what_changes_nothing_and_has_the_span_before_the_alternatives() -> None:
    found = planted(replace(BETTER, same=True), WORSE, EVEN)
    frame = structures_frame(found)
    assert frame.kind.tolist() == [NOISE, PARAMETERS, BOTH, SPAN, STRUCTURE, STRUCTURE]
    assert frame.label.tolist()[-2:] == ["The other way", "Undecided"]
    span = frame[frame.kind == SPAN].iloc[0]
    assert (span.low, span.high) == found.reach and np.isnan(span.share)
    table = {cells[1]: cells for cells in rows(found)}
    for mark in frame[frame.kind == STRUCTURE].itertuples():
        assert table[mark.label][4] == share_words(mark.value) and table[mark.label][-1] == mark.verdict
        assert table[mark.label][5] == f"{share_words(mark.low)} to {share_words(mark.high)}"


def test_orders_of_service_that_move_nothing_are_explained_only_where_all_are_so() -> None:
    still = replace(BETTER, subject=DISCIPLINE, same=True)
    moving = replace(BETTER, subject=DISCIPLINE)
    assert UNMOVED in notes(planted(still)) and UNMOVED not in notes(planted(still, moving))
    assert UNMOVED not in notes(planted(BETTER))
    assert notes(planted())[-1] == "Left out: Rents: Of a year (no record before 2024-02)."


def test_a_row_without_values_is_null_in_the_document_and_behind() -> None:
    none = row(STRUCTURE, np.full(DRAWS, np.nan), "Without value")
    written = json.loads(json.dumps(document(planted(none)), allow_nan=False))
    last = written["rows"][-1]
    assert (last["median"], last["low"], last["high"]) == (None, None, None)
    assert (last["advantage_median"], last["share"], last["verdict"]) == (-2.0, 0.0, "worse")
    assert written["structural_low"] == -2.0 and written["left_out"][0]["why"] == "no record before 2024-02"


@pytest.mark.parametrize(("share", "words"), [(0.004, "0.4 %"), (-0.0999, "-10.0 %"), (0.1, "10 %"), (-0.0, "0.0 %")])
def test_small_parts_have_a_digit_more(share: float, words: str) -> None:
    assert share_words(share) == words
