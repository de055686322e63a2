"""A mark names a model in a few letters, a margin is the number by which a comparison is known again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.comparison.identity import code_digest, data_digest
from sim.comparison.run import compare
from sim.releases.attribution import CODE
from sim.releases.marks import DIGITS, Margin, Mark, is_same, margin
from sim.releases.numbers import Place
from sim.releases.replay import Asked, attribute_settings
from sim.releases.runs import run
from sim.releases.worker import MARGIN
from sim.releases.worker import run as here
from sim.scenario import load
from sim.scenario.reader import with_settings
from sim.version import __version__
from tests.releases.conftest import OLD, SCENARIO, changed, kept_as, words

THEIRS = Mark(OLD, "c" * 8, "d" * 8)
ASKED = Asked(SCENARIO, {"cloud.price_usd": 2.5, "fixed": ["cloud.price_usd"]}, draws=4)
PLACE = Place(MARGIN, "additional_fe_hours", "value")


def test_the_mark_of_now_is_read_back_and_names_the_digests() -> None:
    ours = Mark.present()
    assert Mark.of(str(ours)) == ours and ours.version == __version__
    assert code_digest().startswith(ours.code) and data_digest().startswith(ours.data)


@pytest.mark.parametrize(
    "text",
    ["", "0.2.0", "0.2.0-xxxxxxxx-yyyyyyyy", "0.2.0-1234567-12345678", "<b>0.2.0</b>-12345678-12345678", "9" * 10_000,
     "0.2.0-12345678-12345678\n", "../0.2.0-12345678-12345678", "٠.2.0-12345678-12345678",
     "0" * 60 + "-12345678-12345678"],
)  # fmt: skip
def test_what_is_no_mark_is_none(text: str) -> None:
    assert Mark.of(text) is None


@pytest.mark.parametrize("draws", [0, 4])
def test_a_margin_is_the_median_difference_of_the_two_options_of_the_question(draws: int) -> None:
    found = compare(load(SCENARIO), draws=draws, fidelity="instant")
    ours = margin(found)
    assert ours is not None
    first, second = found.scenario.between
    gaps = found.own_totals(first, ours.outcome) - found.own_totals(second, ours.outcome)
    assert (ours.first, ours.second, ours.outcome) == (first, second, found.scenario.yardstick)
    assert ours.value == (np.median(gaps[1:]) if draws else gaps[0])
    assert ours.ahead == (first if ours.value > 0 else second)


def test_a_margin_counts_in_the_money_of_the_scenario_and_lower_can_be_better() -> None:
    other = with_settings(load(SCENARIO), {"yardstick": "cost_per_fe_hour"})
    ours = margin(compare(other, draws=4, fidelity="instant"))
    assert ours is not None and ours.ahead == (ours.second if ours.value > 0 else ours.first)
    assert replace(ours, value=0.0).ahead == ""


@pytest.mark.parametrize("value", [412345678.9, -3.2239e-7, 1.0, 999999.5, 0.0])
def test_a_number_is_the_same_after_it_was_written_down(value: float) -> None:
    text = Margin("a", "b", "fe_hours", value).text
    assert is_same(float(text), value)
    assert not value or not is_same(float(text), value * (1 + 3 * 10.0**-DIGITS * 10))


def test_a_job_with_settings_is_the_comparison_with_them() -> None:
    job = {**ASKED.job, "draw": "all", "queue": False, "profile": "green_book_2022"}
    found = here(job)
    assert found.scenario.world.cloud.price_usd == 2.5 and found.scenario.fixed == {"cloud.price_usd"}
    assert (found.draws, found.draw, found.queue, found.fidelity) == (4, "all", False, None)
    assert found.profile is not None and found.profile.name == "green_book_2022"


@pytest.mark.slow
def test_what_moved_since_is_named_and_sums_to_the_movement(tmp_path: Path) -> None:
    edition = changed({}, {"access.cut_exponent": {"default": 0.9, "median": 0.9}})
    kept_as(tmp_path, edition, {})
    then = run({"a": ASKED.job}, edition)["a"].numbers[PLACE]
    steps: list[str] = []
    found = attribute_settings(ASKED, THEIRS, float(f"{then:.6g}"), tmp_path, steps.append)
    assert words(found.causes) == ["parameter access.cut_exponent, default"] and not found.missing
    ours = margin(here(ASKED.job))
    assert ours is not None and found.now[PLACE] == ours.value and found.then[PLACE] == then
    assert found.causes[0].effects[PLACE] == pytest.approx(ours.value - then)
    assert steps == ["this code on the old edition", "this code on the edition of now"], "the one change is all of it"
    other = attribute_settings(ASKED, THEIRS, 2 * then, tmp_path)
    code = next(cause for cause in other.causes if cause.kind == CODE)
    assert code.effects == {PLACE: pytest.approx(-then)} and "cccccccc" in code.words
    assert sum(cause.effects[PLACE] for cause in other.causes) == pytest.approx(ours.value - 2 * then)


@pytest.mark.slow
def test_without_a_release_the_data_of_now_are_taken_where_they_are_the_same(same: Path) -> None:
    ours = margin(here(ASKED.job))
    assert ours is not None
    mark = replace(Mark.present(), version="0.0.9", code="c" * 8)
    found = attribute_settings(ASKED, mark, ours.value / 2, same)
    assert [cause.kind for cause in found.causes] == [CODE] and not found.missing
    assert found.causes[0].effects == {PLACE: pytest.approx(ours.value / 2)}


@pytest.mark.parametrize(
    ("asked", "mark", "said"),
    [
        (ASKED, replace(THEIRS, version="9.0.0"), "of which nothing is kept here (kept: 0.1.0), and is newer than"),
        (ASKED, replace(THEIRS, data="e" * 8), "on data (digest eeeeeeee) that are not those of the release"),
        (replace(ASKED, scenario="../secret"), THEIRS, "there is no scenario '../secret' among those of that model"),
        (replace(ASKED, scenario="storylines/x"), THEIRS, "there is no scenario"),
        (replace(ASKED, scenario="/etc/passwd"), THEIRS, "there is no scenario"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_in_a_sentence(asked: Asked, mark: Mark, said: str, same: Path) -> None:
    found = attribute_settings(asked, mark, 1.0, same)
    assert said in found.missing and found.missing.isprintable() and not found.then and not found.causes


@pytest.mark.slow
def test_settings_that_are_no_longer_possible_keep_what_was(tmp_path: Path) -> None:
    """A value within the limits of then and beyond those of now: it is shown as it was, and why it cannot be today."""
    now = load(SCENARIO).world.cloud.spec("price_usd").ceiling
    edition = changed({}, {"cloud.price_usd": {"ceiling": 10 * now}})
    kept_as(tmp_path, edition, {})
    found = attribute_settings(replace(ASKED, settings={"cloud.price_usd": 2 * now}), THEIRS, 1.0, tmp_path)
    assert found.then[PLACE] and not found.now and "cloud.price_usd" in found.missing
