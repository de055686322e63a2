"""What moved between two releases is attributed to what was changed, and to nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.comparison.record import NUMBERS
from sim.releases.attribution import CODE, TOGETHER, Attribution, _by_code, _together
from sim.releases.changelog import changelog
from sim.releases.differences import Change
from sim.releases.editions import Edition
from sim.releases.numbers import Place, is_moved
from sim.releases.runs import run
from tests.releases.conftest import OLD, SCENARIO, SETTINGS, changed, kept_as, older, words

ROW = {"data/builds.csv": ("new_hall,9.0,7.2", "new_hall,9.0,6.0")}
IDLE_ROW = {"data/builds.csv": ("new_chip,32.7", "new_chip,30.0")}  # of a machine that this scenario does not buy
DEFAULT = {"access.cut_exponent": {"default": 0.9, "median": 0.9}}
RANGE = {"cloud.decline_per_year": {"high": 0.5}}
IDLE_DEFAULT = {"independence.shock_months": {"default": 7}}  # of an embargo that is off
IDLE_FILE = {"scenarios/jean_zay_fr.toml": ("horizon_years = ", "horizon_years = 1")}
LINE = {"scenarios/small_country.toml": ("life_years = 5 ", "life_years = 6 ")}


def found(root: Path) -> Attribution:
    """What moved in the small scenario since the release that is kept."""
    return changelog(OLD, "now", (SCENARIO,), root).scenarios[SCENARIO]


def adds_up(attribution: Attribution) -> bool:
    """Whether the effects of all causes are what moved, number by number."""
    for place in attribution.moved:
        then, now = attribution.then[place], attribution.now[place]
        effects = [cause.effects[place] for cause in attribution.causes if place in cause.effects]
        if np.isfinite([then, now, *effects]).all() and is_moved(
            now, then + sum(effects), max(map(abs, [then, *effects]))
        ):
            return False
    return True


def test_a_default_that_changed_is_named_and_its_numbers_are_those_of_the_old_one(tmp_path: Path) -> None:
    attribution = found(older(tmp_path, parameters=DEFAULT))
    assert words(attribution.causes) == ["parameter access.cut_exponent, default"]
    assert attribution.causes[0].words.endswith(": 0.9 -> 0.8")
    assert set(attribution.causes[0].effects) == set(attribution.moved) and not attribution.by_code()
    assert all(attribution.causes[0].share(place, attribution) == 1 for place in attribution.moved)


def test_without_any_change_nothing_moved(same: Path) -> None:
    attribution = found(same)
    assert not attribution.moved and not attribution.causes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "parameters", "causes"),
    [
        (ROW, {}, ["data data/builds.csv, row new_hall"]),
        (IDLE_ROW, {}, []),
        ({}, RANGE, ["parameter cloud.decline_per_year, range"]),
        (LINE, {}, ["scenario scenarios/small_country.toml"]),
        (IDLE_FILE, {}, []),
    ],
)
def test_one_change_is_named_and_nothing_else(
    files: dict[str, tuple[str, str]], parameters: dict[str, dict[str, float]], causes: list[str], tmp_path: Path
) -> None:
    attribution = found(older(tmp_path, files, parameters))
    assert words(attribution.causes) == causes and not attribution.by_code()


@pytest.mark.slow
def test_a_range_moves_what_is_drawn_and_leaves_the_central_case(tmp_path: Path) -> None:
    (cause,) = found(older(tmp_path, parameters=RANGE)).causes
    assert {place.column for place in cause.effects} <= set(NUMBERS) - {"central"}


@pytest.mark.slow
def test_of_five_changes_those_that_move_something_are_named_with_what_they_move_together(tmp_path: Path) -> None:
    attribution = found(older(tmp_path, {**LINE, **ROW, **IDLE_FILE}, DEFAULT | IDLE_DEFAULT))
    assert adds_up(attribution) and not attribution.by_code()
    assert set(words(attribution.causes[:3])) == {
        "data data/builds.csv, row new_hall", "parameter access.cut_exponent, default",
        "scenario scenarios/small_country.toml",
    }  # fmt: skip
    assert [cause.kind for cause in attribution.causes[3:]] == [TOGETHER]


@pytest.mark.slow
def test_what_moves_only_together_is_named_so(tmp_path: Path) -> None:
    """A rate of later years, and the switch without which it is not read: from 30 years on nothing has such a rate."""
    before = changed({}, {"money.declining": {"default": False}})
    after = changed({}, {"money.later_from_years": {"default": 3.0, "median": 3.0}})
    for version, edition in ((OLD, before), ("0.1.1", after)):
        kept_as(tmp_path, edition, run({SCENARIO: SETTINGS.job(SCENARIO)}, edition), version=version)
    attribution = changelog(OLD, "0.1.1", (), tmp_path).scenarios[SCENARIO]
    assert attribution.moved and adds_up(attribution) and not attribution.by_code()
    (cause,) = attribution.causes
    assert (cause.kind, cause.words) == (TOGETHER, "money.declining default with money.later_from_years default")


@pytest.mark.slow
def test_what_other_code_gave_on_the_same_edition_is_left_to_the_code(tmp_path: Path) -> None:
    attribution = found(older(tmp_path, factor=1.01))
    assert [cause.kind for cause in attribution.causes] == [CODE]
    assert attribution.by_code() == attribution.moved and adds_up(attribution)


@pytest.mark.slow
def test_code_and_a_change_each_have_their_part(tmp_path: Path) -> None:
    attribution = found(older(tmp_path, parameters=DEFAULT, factor=1.01))
    assert words(attribution.causes) == ["parameter access.cut_exponent, default", words(attribution.causes)[1]]
    assert attribution.causes[1].kind == CODE and adds_up(attribution)


@pytest.mark.slow
def test_what_cannot_be_changed_alone_is_named_together(tmp_path: Path) -> None:
    """A country that is called otherwise in the data and in the scenario: neither runs without the other."""
    for version, name, total in ((OLD, "Albion", 50), ("0.1.1", "Lemuria", 60)):
        files = {
            "data/energy.csv": ("HW255,United Kingdom,", f"HW255,{name},"),
            "scenarios/small_country.toml": ('currency = "USD"', f'currency = "USD"\ncountry = "{name.lower()}"'),
        }
        edition = changed(files, {})
        text = edition.files["scenarios/small_country.toml"].replace(b"total = 50_", b"total = %d_" % total)
        edition = Edition({**edition.files, "scenarios/small_country.toml": text}, edition.parameters)
        kept_as(tmp_path, edition, run({SCENARIO: SETTINGS.job(SCENARIO)}, edition), version=version)
    attribution = changelog(OLD, "0.1.1", (), tmp_path).scenarios[SCENARIO]
    (cause,) = attribution.causes
    assert (cause.kind, cause.words) == (TOGETHER, "data/energy.csv HW255 with scenarios/small_country.toml")
    assert adds_up(attribution) and not attribution.by_code()


# --- the sums, in small numbers ---

A, B = (Place("machine", "fe_hours", column) for column in ("value", "low"))
FIRST, SECOND = (Change("parameter", name, "default", "1 -> 2") for name in ("a.b", "a.c"))


def test_what_is_beyond_the_sum_of_each_alone_is_moved_together() -> None:
    """Two factors of a product, 2 x 5 -> 3 x 7: the first moves 5, the second 4, both together 2 more."""
    alone = {FIRST: {A: 15.0, B: 1.0}, SECOND: {A: 14.0, B: 1.0}}
    assert _together({A: 10.0, B: 1.0}, {A: 21.0, B: 1.0}, alone) == {A: 2.0}


def test_effects_that_add_up_leave_nothing_together() -> None:
    alone = {FIRST: {A: 0.1 + 0.2}, SECOND: {A: 0.1 - 0.3}}
    assert not _together({A: 0.1}, {A: 0.1 + 0.2 - 0.3}, {k: {A: v[A]} for k, v in alone.items()})


def test_what_moves_forth_and_back_is_told() -> None:
    """Each of two changes moves a number, and both together leave it: what they move together is the way back."""
    assert _together({A: 1.0}, {A: 1.0}, {FIRST: {A: 3.0}, SECOND: {A: 3.0}}) == {A: -4.0}


def test_a_number_that_one_change_makes_is_not_told_twice() -> None:
    nothing = {A: float("nan")}
    assert not _together(nothing, {A: 1.0}, {FIRST: {A: 1.0}})
    assert list(_together(nothing, {A: 1.0}, {FIRST: nothing})) == [A]


def test_code_is_what_is_left_on_both_sides() -> None:
    """Then 10; the new code gives 11 on the old edition and 15 on the new one, where 18 was published: 1 + 3."""
    assert _by_code({A: 10.0}, {A: 18.0}, {A: 11.0}, {A: 15.0}) == {A: 4.0}


def test_code_of_today_that_made_neither_side_is_no_cause() -> None:
    """It gives one more than the code of both releases, on both editions."""
    assert not _by_code({A: 10.0}, {A: 14.0}, {A: 11.0}, {A: 15.0})
