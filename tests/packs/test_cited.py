"""Citations and columns of a pack, of what is made up: letters that mean something elsewhere, types and units."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from sim.outcomes import BY_NAME
from sim.packs import citations
from sim.packs.columns import COLUMNS, OWN, about, fields
from sim.packs.readme import literal


@pytest.fixture
def run() -> Any:
    """What a citation asks of a run whose title has all letters that mean something to LaTeX."""
    scenario = SimpleNamespace(title="100% of {all} _our_ \\plans\nER  - @misc{x,", changes=["a.b"])
    answer = SimpleNamespace(text='It "is": so')
    return SimpleNamespace(scenario=scenario, answer=answer, run_id="0123456789ab", seed=7, draws=0)


def test_it_is_said_which_run_and_what_was_changed(run: Any) -> None:
    said = citations.which(run)
    assert "run 0123456789ab, seed 7, central case alone, 1 setting changed from the scenario" in said
    run.draws, run.scenario.changes = 2000, []
    assert citations.which(run).endswith("seed 7, 2000 draws")
    assert citations.which(run) in citations.long(run) and citations.dated()[:4] in citations.long(run)


def test_braces_of_bibtex_are_balanced_and_no_letter_is_a_command(run: Any) -> None:
    text = citations.bibtex(run)
    assert text.count("{") == text.count("}") and text.count("@") == 1
    assert r"100\% of {\textbraceleft}all{\textbraceright} \_our\_ {\textbackslash}plans" in text


def test_an_entry_of_ris_ends_once_whatever_a_title_says(run: Any) -> None:
    lines = citations.ris(run).split("\r\n")
    assert [line[:2] for line in lines].count("ER") == 1 and lines[-2:] == ["ER  - ", ""]
    assert all(line[2:6] == "  - " for line in lines[:-1])


def test_all_citations_are_of_one_title_version_and_day(run: Any) -> None:
    (item,) = json.loads(citations.csl(run))
    entries = dict(line.split(": ", 1) for line in citations.cff(run).splitlines() if ": " in line)
    assert json.loads(entries["title"]) == item["title"] == citations.title(run)
    assert json.loads(entries["version"]) == item["version"]
    assert json.loads(entries["date-released"]) == "-".join(f"{n:02}" for n in item["issued"]["date-parts"][0])
    assert item["id"] == citations.key(run) and json.loads(entries["abstract"]) == run.answer.text


def test_text_in_markdown_is_of_one_line_and_opens_nothing() -> None:
    assert literal("[a](b)\n# `c` <d>") == r"\[a\](b) \# \`c\` \<d\>"


def test_a_column_has_the_words_of_its_table_before_those_of_all() -> None:
    assert about("waits", "value") == OWN["waits", "value"] != about("need_met", "value") == COLUMNS["value"]
    assert about("outcomes", "gini") == COLUMNS["gini"] and about("x", "of_no_such_name").about == ""
    assert about("draws", "fe_hours").about == BY_NAME["fe_hours"].label


def test_fields_have_types_and_the_unit_of_their_rows() -> None:
    frame = pd.DataFrame({"unit": ["USD", "USD"], "value": [1.5, 2.5], "month": [0, 1], "outside": [True, False]})

    def found(table: pd.DataFrame) -> dict[str, tuple[str, str]]:
        return {each["name"]: (each["type"], each.get("unit", "")) for each in fields("need_met", table)}

    assert found(frame) == {
        "unit": ("string", ""), "value": ("number", "USD"), "month": ("integer", "month"), "outside": ("boolean", ""),
    }  # fmt: skip
    assert found(frame.assign(unit=["USD", "hour"]))["value"] == ("number", "see the column unit")
    assert found(frame.drop(columns="unit"))["value"] == ("number", "")
    assert {kind for kind, _ in found(frame[:0]).values()} == {"any"}
