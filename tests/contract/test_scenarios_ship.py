"""The scenarios that ship: they load, ask a question, own up to what they leave out, and cite every number.

TOML keeps no comments, so the citations are checked on the text of the files.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from sim import sources
from sim.calendar.calendar import Calendar, draw_shocks
from sim.calendar.records import Kind
from sim.costs.context import build_context
from sim.costs.option import compute_option
from sim.instruments import INSTRUMENTS
from sim.scenario import Scenario, load, names
from tests.oracles.calendars import records_of, stacked

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scenarios"
SCENARIOS = sorted(path.stem for path in FOLDER.glob("*.toml"))
EXPECTED = {
    "nairr_us", "isambard_ai_uk", "jupiter_de", "empire_ai_ny", "canada_sovereign_compute", "lumi_fi",
    "small_country", "press_world", "heavy_press_1950", "scarcity", "glut",
}  # fmt: skip
QUOTED = ("programmes", "hardware", "energy")  # tables whose rows a list of sources can name
FEWEST_SOURCES = 3
AGREEMENT = 0.01  # of a size in a comment with the model's
LONGEST_LINE = 120

FILES = {"hardware": "hardware_facts", **{path.stem: path.stem for path in (ROOT / "data").glob("*.csv")}}
KEY = re.compile(r"\b(" + "|".join(FILES) + r"):([\w.:-]*\w)")
MARKED = re.compile(KEY.pattern + r", (read|derived|recalled|assumed)\b")
HEADER = re.compile(r"^\[+([\w.]+)\]+")
SETTING = re.compile(r"^(\w+) = ")
EXTENDS = re.compile(r'^extends = "(\w+)\.toml"')
MODEL_SAYS = re.compile(r"^# Model: ([\d,]+) accelerators, in service from month (\d+(?:\.\d)?)")


@cache
def rows(table: str) -> dict[str, str]:
    """Basis of each row of a data table by id; empty where the table has no such column."""
    with (ROOT / "data" / f"{FILES[table]}.csv").open(encoding="utf8", newline="") as file:
        return {row["id"]: row.get("basis", "") for row in csv.DictReader(file)}


def comment(line: str) -> str:
    """What stands behind the # of a line; no string of these files holds one."""
    return line.partition("#")[2]


def lines(name: str) -> Iterator[tuple[int, str, str]]:
    """(number, section, line) of a scenario file; the section is '' above the first header."""
    section = ""
    for number, line in enumerate((FOLDER / f"{name}.toml").read_text(encoding="utf8").splitlines(), 1):
        if header := HEADER.match(line):
            section = header[1]
        yield number, section, line


def base(name: str) -> str:
    """The scenario that a file extends, or ''."""
    return next((match[1] for _, _, line in lines(name) if (match := EXTENDS.match(line))), "")


def chain(name: str) -> str:
    """The text of a file and of what it extends."""
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf8")
    return text + (chain(base(name)) if base(name) else "")


def said_of_model(name: str) -> re.Match[str] | None:
    """What a file's comment says of the machine that the model affords."""
    return next((match for _, _, line in lines(name) if (match := MODEL_SAYS.match(line))), None)


def keys(name: str) -> set[tuple[str, str]]:
    """(table, id) of the rows that a file's comments cite."""
    return {(m[1], m[2]) for _, _, line in lines(name) for m in KEY.finditer(comment(line))}


def uncited(name: str, sections: tuple[str, ...]) -> list[str]:
    """Settings of these sections whose own line names neither a row nor an assumption."""
    found = []
    for number, section, line in lines(name):
        setting = SETTING.match(line)
        if setting and section.startswith(sections) and setting[1] not in ("instrument", "key", "label"):
            good = [k for k in KEY.finditer(comment(line)) if k[2] in rows(k[1])]
            if not good and not re.search(r"\bassumption\b", comment(line)):
                found.append(f"{name}.toml:{number}: {line}")
    return found


@cache
def scenario(name: str) -> Scenario:
    """A shipped scenario, read once."""
    return load(name)


def test_the_folder_holds_what_was_promised_and_the_package_finds_it():
    assert set(SCENARIOS) >= EXPECTED
    assert names() == SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_loads_and_asks_a_question(name):
    read = scenario(name)
    assert read.key == name
    assert read.question.endswith("?")
    assert read.budget.total > 0


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_says_what_is_in_and_what_is_out(name):
    for sentences in (scenario(name).modelled, scenario(name).not_modelled):
        assert sentences
        assert [s for s in sentences if not (s[0].isupper() and s.endswith(".") and len(s) > 20)] == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_offers_every_instrument(name):
    assert {option.instrument.name for option in scenario(name).options} == set(INSTRUMENTS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_lists_sources_that_lead_somewhere_once_each(name):
    listed = scenario(name).sources
    assert len(listed) >= FEWEST_SOURCES
    assert len(set(listed)) == len(listed)
    assert all(sources.resolve(key) for key in listed)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_row_that_a_comment_cites_exists_and_is_listed(name):
    listed = scenario(name).sources
    lost = [f"{table}:{row}" for table, row in keys(name) if row not in rows(table)]
    assert lost == []
    assert [f"{t}:{row}" for t, row in sorted(keys(name)) if t in QUOTED and f"{t}:{row}" not in listed] == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_row_is_marked_with_its_own_basis(name):
    marks = [(m[1], m[2], m[3]) for _, _, line in lines(name) for m in MARKED.finditer(comment(line))]
    assert [mark for mark in marks if rows(mark[0])[mark[1]] != mark[2]] == []


@pytest.mark.parametrize("name", [name for name in SCENARIOS if base(name)])
def test_an_extending_scenario_keeps_the_sources_of_its_base(name):
    assert set(scenario(base(name)).sources) <= set(scenario(name).sources)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_number_says_where_it_comes_from(name):
    assert uncited(name, ("world", "option", "budget")) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_value_out_of_range_is_explained_and_none_is_waived(name):
    read = scenario(name)
    assert read.waivers == ()
    assert not read.warnings or re.search(r"with (its )?warnings?\b", chain(name)), read.warnings


@pytest.mark.parametrize("name", SCENARIOS)
def test_lines_fit_a_screen(name):
    assert [f"{name}.toml:{number}" for number, _, line in lines(name) if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize("name", [name for name in SCENARIOS if said_of_model(name)])
def test_what_a_comment_says_of_the_model_is_what_the_model_says(name):
    """Comments set the model beside history; they must not outlive a change of a default."""
    said, read = said_of_model(name), scenario(name)
    cluster = read.option("public_cluster").instrument
    calendar = Calendar(read.world, draw_shocks(read.world, 1, 0, read.months), read.budget_usd, read.months)
    cluster.schedule(calendar, 0)
    ledger = stacked([records_of(calendar.run())], read.months)
    size = compute_option(cluster, ledger, build_context(read.world, ledger, read.budget.coverage)).size[
        "public_cluster"
    ]
    first = ledger.months_of(Kind.ACCEPTANCE, 0, ledger.items(Kind.ORDER, 0)).min()
    assert float(size[0]) == pytest.approx(float(said[1].replace(",", "")), rel=AGREEMENT)
    assert float(first) == pytest.approx(float(said[2]), abs=0.1)


def test_the_check_of_citations_bites(tmp_path, monkeypatch):
    """A file with one good line, one bare one, one with a row that does not exist."""
    text = "[world.cloud]\nprice_usd = 3 # programmes:P233, read\nidle_share = 0.1\nspent_share = 0.8 # programmes:P0\n"
    (tmp_path / "bad.toml").write_text(text, encoding="utf8")
    monkeypatch.setattr(f"{__name__}.FOLDER", tmp_path)
    faults = uncited("bad", ("world",))
    assert [SETTING.match(fault.split(": ")[1])[1] for fault in faults] == ["idle_share", "spent_share"]
    assert keys("bad") == {("programmes", "P233"), ("programmes", "P0")}
