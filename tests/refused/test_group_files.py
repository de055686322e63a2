"""Tables of research groups: what no gallery of text files can hold, and what a good table turns into."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.comparison.results import run_id
from sim.comparison.run import compare
from sim.mechanisms.demand import TIERS, Demand, quantile_means, tier_sizes, within_tier
from sim.scenario import Scenario, ScenarioError, load
from sim.scenario.files import LARGEST_BYTES
from sim.scenario.groups import MOST_ROWS

HEAD = 'title = "A"\nquestion = "Q?"\nstart = "2027-01"\nbudget = { total = 100e6, years = 4 }\n'
GOOD = (
    "tier,groups,need,own\nelite,250,60000,20000\nintensive,1250,15000,2000\nregional,2500,3000,150\n"
    "startups,1000,8000,800\n"
)
SAID = Demand(need_elite=60_000.0, need_intensive=15_000.0, need_regional=3_000.0, need_startups=8_000.0)  # by GOOD
MANY = GOOD + "regional,500,6000,300\nregional,1000,600,0\n"


def scenario(folder: Path, table: str | bytes, more: str = "", name: str = "own.csv") -> Scenario:
    """A scenario beside a table of groups."""
    (folder / name).write_bytes(table.encode() if isinstance(table, str) else table)
    (folder / "own.toml").write_text(f'groups = "{name}"\n{HEAD}{more}', encoding="utf8")
    return load(folder / "own.toml")


def faults(folder: Path, table: str | bytes, more: str = "") -> list[str]:
    """What is said of a table that must be refused."""
    with pytest.raises(ScenarioError) as caught:
        scenario(folder, table, more)
    return caught.value.faults


# ------------------------------------------------------------------------------------------------------ refused


def test_a_table_larger_than_any_country(tmp_path: Path) -> None:
    [fault] = faults(tmp_path, GOOD + "#" * LARGEST_BYTES * 2)
    assert fault == "groups: 'own.csv' is 0.5 MB large, too much for a table of groups; at most 0.25 MB"


def test_more_rows_than_any_country_has_institutions(tmp_path: Path) -> None:
    [fault] = faults(tmp_path, GOOD + "elite,1,1,1\n" * MOST_ROWS)
    assert fault == "groups: own.csv: has 10,004 rows; at most 10,000, so join institutions of like size"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (GOOD.replace("elite", "\u00e9lite").encode("latin1"), "is not text in UTF-8 (byte 21, line 2)"),
        (GOOD.encode("utf-16"), "is saved as UTF-16; save it as plain UTF-8"),
        (b"PK\x03\x04\xff\xfe", "is not text in UTF-8 (byte 4, line 1)"),
    ],
    ids=["Latin-1", "UTF-16", "a workbook"],
)
def test_a_table_that_is_not_utf8(tmp_path: Path, content: bytes, sentence: str) -> None:
    assert faults(tmp_path, content) == [f"groups: 'own.csv' {sentence}"]


def test_a_table_that_is_a_folder_or_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(f'groups = "x.csv"\n{HEAD}', encoding="utf8")
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / "own.toml")
    assert caught.value.faults == ["groups: 'x.csv' is a folder; name a table of groups (.csv)"]
    (tmp_path / "x.csv").rmdir()
    os.mkfifo(tmp_path / "x.csv")
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / "own.toml")
    assert caught.value.faults == ["groups: 'x.csv' is a pipe; name a table of groups (.csv)"]


def test_faults_of_the_table_and_of_the_scenario_are_told_at_once_where_both_can_be(tmp_path: Path) -> None:
    told = faults(tmp_path, GOOD.replace("250", "-250", 1).replace("800\n", "x\n"))
    assert [fault.partition(":")[2].strip()[:18] for fault in told] == ["own.csv, line 2, g", "own.csv, line 5, o"]
    told = faults(tmp_path, GOOD.replace("250", "-250", 1), '[world.access]\nrule = "lotery"\n')
    assert told[0].startswith("groups: own.csv, line 2") and "did you mean 'lottery'?" in told[1] and len(told) == 2


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ('"60,000"', "60000"),
        ('"1,5"', "1.5"),
        ("30%", "0.3"),
        ("60 000", "60000"),
        ("60\u00a0000", "60000"),
        ("1e", ""),
    ],
)
def test_what_was_probably_meant_by_a_number_of_a_spreadsheet(tmp_path: Path, cell: str, hint: str) -> None:
    [fault] = faults(tmp_path, GOOD.replace("60000", cell))
    assert ("(write" in fault) == bool(hint) and (not hint or f"is not a number (write {hint});" in fault)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300))
def test_whatever_stands_in_a_table_gets_sentences(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    told: list[str] = []
    try:
        scenario(folder, text.encode("utf8", "replace"))
    except ScenarioError as error:
        told = error.faults
    assert all(fault.isprintable() and len(fault) < 1000 for fault in told)


# --------------------------------------------------------------------------------------------------------- taken


def test_a_row_a_tier_gives_the_tier_its_values_and_leaves_sizes_to_the_law(tmp_path: Path) -> None:
    assert scenario(tmp_path, GOOD).world.demand == SAID


def test_spreadsheets_may_write_marks_capitals_comments_and_empty_lines(tmp_path: Path) -> None:
    table = "\ufeff" + GOOD.replace("tier", "Tier").replace("elite", " Elite").replace("\n", "\r\n")
    assert scenario(tmp_path, table + "\r\n# counted in 2026\r\n,,,\r\n").world.demand == SAID


def test_rows_of_a_tier_are_summed_and_weighed(tmp_path: Path) -> None:
    """4,000 regional groups: 2,500 of 3,000 hours, 500 of 6,000, 1,000 of 600; the whole grows to 6,500."""
    demand = scenario(tmp_path, MANY).world.demand
    assert demand.groups == 6_500
    assert demand.share_regional == pytest.approx(4_000 / 6_500)
    assert sum(getattr(demand, f"share_{tier}") for tier in TIERS) == pytest.approx(1)
    assert demand.need_regional == pytest.approx((2_500 * 3_000 + 500 * 6_000 + 1_000 * 600) / 4_000)
    assert demand.own_regional == pytest.approx((2_500 * 150 + 500 * 300) / 4_000)
    sizes = np.array(demand.size_regional) * demand.need_regional
    assert sizes == pytest.approx([600] * 5 + [3_000] * 12 + [3_000, 6_000, 6_000], abs=1501)
    assert sizes.mean() == pytest.approx(demand.need_regional)
    assert demand.size_elite == ()


def test_further_columns_are_means_over_what_they_are_a_part_of(tmp_path: Path) -> None:
    """Apply rates and odds over groups, large jobs over need, crowding out over own hours."""
    head, *rows = MANY.splitlines()
    more = [f"{row},{n / 10},{n / 20},{n / 10},{n}" for n, row in enumerate(rows, 1)]
    world = scenario(tmp_path, "\n".join([f"{head},apply,large,crowd_out,odds", *more])).world
    groups, need, own = np.array([2_500, 500, 1_000]), np.array([3_000, 6_000, 600]), np.array([150, 300, 0])
    n = np.array([3, 5, 6])
    assert world.access.apply_regional == pytest.approx(np.average(n / 10, weights=groups))
    assert world.access.odds_regional == pytest.approx(np.average(n, weights=groups))
    assert world.demand.large_regional == pytest.approx(np.average(n / 20, weights=groups * need))
    assert world.access.crowd_out_regional == pytest.approx(np.average(n / 10, weights=groups * own))


def test_what_the_scenario_sets_itself_stays(tmp_path: Path) -> None:
    more = "[world.demand]\nneed_regional = 4000\n[world.cloud]\nprice_usd = 3.0\n"
    world = scenario(tmp_path, MANY, more).world
    assert (world.demand.need_regional, world.demand.groups, world.cloud.price_usd) == (4_000, 6_500, 3.0)


def test_a_table_wins_over_the_file_that_is_extended(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(GOOD.replace("startups,1000", "startups,0"), encoding="utf8")
    assert scenario(tmp_path, MANY).world.demand.size_regional != ()
    text = 'extends = "own.toml"\ngroups = "other.csv"\n'
    (tmp_path / "more.toml").write_text(text, encoding="utf8")
    demand = load(tmp_path / "more.toml").world.demand
    assert (demand.groups, demand.share_startups, demand.size_regional) == (4_000, 0, ())
    (tmp_path / "same.toml").write_text('extends = "own.toml"\n', encoding="utf8")
    assert load(tmp_path / "same.toml").world == load(tmp_path / "own.toml").world


def test_the_text_of_the_scenario_says_everything_and_names_no_file(tmp_path: Path) -> None:
    taken = scenario(tmp_path, MANY)
    assert "groups" not in taken.text and taken.text["world"]["demand"]["groups"] == 6_500
    other = scenario(tmp_path, MANY.replace("6000", "6001"))
    assert run_id(taken, 1, 0, False) != run_id(other, 1, 0, False)


def test_what_is_set_from_outside_wins_over_the_table(tmp_path: Path) -> None:
    scenario(tmp_path, MANY)
    assert load(tmp_path / "own.toml", {"demand.groups": 700}).world.demand.groups == 700


def test_more_own_hours_than_need_are_pointed_out_once(tmp_path: Path) -> None:
    table = GOOD.replace("60000,20000", "20000,60000").replace("3000,150", "150,3000")
    told = [w for w in scenario(tmp_path, table).warnings if w.startswith("groups")]
    assert told == ["groups: own.csv, line 2: own, 60,000, is above need, 20,000; hours beyond need count as idle"]


def test_a_country_without_one_tier_can_be_compared(tmp_path: Path) -> None:
    comparison = compare(scenario(tmp_path, GOOD.replace("startups,1000", "startups,0")), queue=False)
    for result in comparison.results.values():
        assert np.isfinite(result.totals["ede"][0]) and np.isfinite(result.totals["theil_within"][0])
        assert np.isnan(result.totals["need_met_startups"][0])


def test_an_institution_a_row_is_the_same_as_its_classes(tmp_path: Path) -> None:
    """A thousand rows of one group are one row of a thousand."""
    single = GOOD.replace("startups,1000,8000,800\n", "") + "startups,1,8000,800\n" * 500 + "startups,1,4000,0\n" * 500
    joined = GOOD.replace("startups,1000,8000,800\n", "startups,500,8000,800\nstartups,500,4000,0\n")
    found = [scenario(tmp_path, table).world.demand for table in (single, joined)]
    for name in Demand.names():
        assert getattr(found[0], name) == pytest.approx(getattr(found[1], name)), name


# -------------------------------------------------------------------------------------------- sizes within a tier

some_sizes = st.lists(st.tuples(st.floats(0.01, 1e4), st.floats(0.1, 100)), min_size=1, max_size=30)


@given(some_sizes)
def test_quantile_means_lose_nothing_and_rise(rows: list[tuple[float, float]]) -> None:
    sizes, counts = zip(*rows, strict=True)
    found = quantile_means(sizes, counts)
    assert found.shape == (20,) and found.mean() == pytest.approx(1)
    assert np.all(np.diff(found) >= -1e-9)
    mean = np.average(sizes, weights=counts)
    assert found[0] * mean >= min(sizes) * (1 - 1e-9) and found[-1] * mean <= max(sizes) * (1 + 1e-9)


def test_twenty_sizes_stay_what_they_are() -> None:
    sizes = np.arange(1.0, 21.0)
    assert quantile_means(sizes, np.ones(20)) == pytest.approx(sizes / sizes.mean())


def test_sizes_that_are_given_take_the_place_of_the_law_in_their_tier_alone() -> None:
    found = tier_sizes(Demand(size_regional=(1.0, 3.0), spread=np.array([[0.5], [1.0]])))
    assert found.shape == (2, 4, 20)
    assert found[:, 2] == pytest.approx(np.tile(np.repeat([0.5, 1.5], 10), (2, 1)))
    for tier in (0, 1, 3):
        assert np.array_equal(found[:, tier], within_tier(np.array([[0.5], [1.0]])))
