"""A pack holds what it says, says what it holds, and harms nobody who opens it."""

from __future__ import annotations

import csv
import json
import re
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from frictionless import Package
from rocrate.rocrate import ROCrate

from sim import charts
from sim.comparison.record import rerun, results_digest
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.spreadsheets import outcomes_table, yearly_table
from sim.packs import columns
from sim.scenario import load
from sim.version import __version__

FORMULA = tuple("=+-@\t\r\n")
EVERY_CHART = charts.CHARTS


def frames(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """Every table that a pack of all charts holds."""
    shown = {name: charts.data(comparison, name) for name in charts.CHARTS}
    return {**shown, "outcomes": outcomes_table(comparison), "yearly": yearly_table(comparison)}


def test_a_pack_holds_every_chart_and_table_and_what_made_them(packed: dict[str, bytes]) -> None:
    figures = {f"figures/{name}.{suffix}" for name in charts.CHARTS for suffix in ("svg", "png", "pdf")}
    tables = {f"data/{name}.csv" for name in (*charts.CHARTS, "outcomes", "yearly")}
    citations = {"citation.bib", "citation.csl.json", "citation.ris", "CITATION.cff"}
    about = {"README.md", "datapackage.json", "ro-crate-metadata.json", "run.json", "scenario.toml"}
    assert set(packed) == figures | tables | citations | about


# --- the run ---


def test_the_record_gives_the_same_numbers_and_the_scenario_the_same_run(
    comparison: Comparison, unpacked: Path
) -> None:
    again = rerun(unpacked / "run.json")
    assert again.verdict == "the same to the last digit" and again.now.run_id == comparison.run_id
    other = compare(load(unpacked / "scenario.toml"), draws=24, queue=False)
    assert other.run_id == comparison.run_id and results_digest(other) == results_digest(comparison)


def test_a_figure_is_the_file_that_compare_writes(comparison: Comparison, packed: dict[str, bytes]) -> None:
    (name, figure), *_ = charts.figures(comparison).items()
    assert packed[f"figures/{name}.svg"] == charts.svg(figure, comparison, name)


# --- tables and their dictionary ---


def test_tables_are_the_exact_numbers_and_name_their_run(comparison: Comparison, packed: dict[str, bytes]) -> None:
    for name, frame in frames(comparison).items():
        read = pd.read_csv(BytesIO(packed[f"data/{name}.csv"]), keep_default_na=False, na_values=[""])
        assert set(read["run"]) == {comparison.run_id} and set(read["table"]) == {name}
        numbers = list(frame.select_dtypes("number").columns)
        np.testing.assert_array_equal(read[numbers].to_numpy(float), frame[numbers].to_numpy(float, na_value=np.nan))


def test_no_cell_of_a_table_is_a_formula(packed: dict[str, bytes]) -> None:
    for name in filter(lambda name: name.endswith(".csv"), packed):
        for row in csv.reader(StringIO(packed[name].decode("utf8"))):
            for cell in row:
                number = re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", cell)
                assert number or not cell.startswith(FORMULA), (name, cell)


def test_the_dictionary_is_a_data_package_in_which_every_file_holds(
    comparison: Comparison, packed: dict[str, bytes], unpacked: Path
) -> None:
    report = Package(str(unpacked / "datapackage.json")).validate()
    assert report.valid, report.flatten(["path", "note"])
    found = json.loads(packed["datapackage.json"])
    by_path = {each["path"]: each for each in found["resources"]}
    assert set(by_path) == set(packed) - {"datapackage.json", "ro-crate-metadata.json"}
    for path, each in by_path.items():
        assert (each["bytes"], each["hash"]) == (len(packed[path]), f"sha256:{sha256(packed[path]).hexdigest()}")
    assert found["run"] == comparison.run_id and found["licenses"][0]["name"] == "CC-BY-4.0" and found["sources"]


def test_a_changed_byte_is_noticed_by_the_data_package(unpacked: Path) -> None:
    table = unpacked / "data" / "outcomes.csv"
    table.write_bytes(table.read_bytes().replace(b"0.", b"1.", 1))
    assert not Package(str(unpacked / "datapackage.json")).validate().valid


def test_every_column_of_every_table_is_described(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "CHARTS", EVERY_CHART)
    missing = [
        f"{name}.{column}: describe it in sim/packs/columns.py"
        for name, frame in frames(comparison).items()
        for column in frame.columns
        if not columns.about(name, str(column)).about
    ]
    assert not missing, "\n" + "\n".join(missing)


def test_numbers_have_a_unit(packed: dict[str, bytes]) -> None:
    tables = [each for each in json.loads(packed["datapackage.json"])["resources"] if "schema" in each]
    fields = [field for each in tables for field in each["schema"]["fields"]]
    assert {field["type"] for field in fields} <= {"string", "number", "integer", "boolean"}
    assert all(field["unit"] for field in fields if field["type"] == "number")
    assert all(field["title"] and field["description"] for field in fields)


# --- how it came to be ---


def test_the_crate_is_read_and_keeps_the_profile_of_process_runs(
    comparison: Comparison, packed: dict[str, bytes], unpacked: Path
) -> None:
    crate = ROCrate(str(unpacked))
    root = crate.root_dataset
    assert crate.metadata["conformsTo"] == "https://w3id.org/ro/crate/1.1"
    profile = root["conformsTo"]
    assert (profile.id, profile.type) == ("https://w3id.org/ro/wfrun/process/0.5", "CreativeWork")
    assert root["name"] and root["description"] and root["license"].type == "CreativeWork" and root["datePublished"]
    assert {part.id for part in root["hasPart"]} == set(packed) - {"ro-crate-metadata.json"}
    action = root["mentions"]
    assert action.type == "CreateAction" and action["name"] and action["description"]
    tool = action["instrument"]
    assert (tool.type, tool["softwareVersion"]) == ("SoftwareApplication", __version__)
    assert {each.type for each in action["object"]} == {"File", "PropertyValue"}
    results = {each.id for each in action["result"]}
    assert "run.json" in results and "scenario.toml" in {each.id for each in action["object"]}
    assert all(crate.get(name)["sha256"] == sha256(packed[name]).hexdigest() for name in results)
    assert comparison.run_id in action.id


# --- citations ---


def bibtex(text: str) -> tuple[str, str, dict[str, str]]:
    """Kind, key and fields of the one entry of a file, read as BibTeX does: braces must balance."""
    head = re.match(r"@(\w+)\{([^,\s{}]+),", text)
    assert head
    fields, place = {}, head.end()
    while field := re.compile(r"\s*(\w+) = \{").match(text, place):
        depth, place = 1, field.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[place], 0)
            place += 1
        fields[field[1]] = text[field.end() : place - 1]
        place += text[place] == ","
    assert text[place:].strip() == "}"
    return head[1], head[2], fields


def unlatexed(text: str) -> str:
    """What LaTeX prints of a text; an unescaped sign that means something to it is a fault."""
    for command, letter in {
        "textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}", "textasciitilde": "~",
        "textasciicircum": "^", "textless": "<", "textgreater": ">", "textquotedbl": '"', "textbar": "|", "char64": "@",
    }.items():  # fmt: skip
        text = text.replace(f"{{\\{command}}}", f"\0{ord(letter)}\0")
    assert not re.search(r"(?<!\\)[%&#$_^~{}]|\\(?![%&#$_])", text)
    return re.sub(r"\0(\d+)\0", lambda found: chr(int(found[1])), re.sub(r"\\([%&#$_])", r"\1", text))


def shown(title: str) -> str:
    """A title without what no printer shows."""
    return " ".join(title.replace("\u202e", " ").split())


def test_every_citation_names_title_version_and_run(comparison: Comparison, packed: dict[str, bytes]) -> None:
    texts = {name: packed[name].decode("utf8") for name in packed if name.lower().startswith("citation")}
    title = f"{shown(comparison.scenario.title)}: results of a simulation with Heavy Press"
    kind, key, fields = bibtex(texts["citation.bib"])
    assert (kind, key) == ("misc", f"heavypress-{comparison.run_id}")
    assert unlatexed(fields["title"].removeprefix("{").removesuffix("}")) == title
    assert comparison.run_id in fields["note"] and fields["author"] == "{Heavy Press contributors}"
    lines = texts["citation.ris"].splitlines()
    entries = dict(line.split("  - ", 1) for line in lines)
    assert len(entries) == len(lines) and all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines)
    assert entries["TY"] == "DATA" and entries["TI"] == title and lines[-1].startswith("ER  - ")
    (csl,) = json.loads(texts["citation.csl.json"])
    assert (csl["title"], csl["number"], csl["version"]) == (title, comparison.run_id, __version__)
    cff: dict[str, Any] = yaml.safe_load(texts["CITATION.cff"])
    assert cff["title"] == title and cff["identifiers"][0]["value"] == comparison.run_id
    for text in (entries["N1"], csl["note"], packed["README.md"].decode("utf8")):
        assert comparison.run_id in text and "1 setting changed from the scenario" in text


def test_the_readme_says_what_is_where_and_means_nothing_else(comparison: Comparison, packed: dict[str, bytes]) -> None:
    text = packed["README.md"].decode("utf8")
    names = {f"{stem}{suffix}" for stem, rest in re.findall(r"^\| `([^`]+?)(?=\.)(.+?) \|", text, re.MULTILINE)
             for suffix in re.findall(r"(\.[\w.]+)`", rest)}  # fmt: skip
    assert names == set(packed) - {"README.md"}
    assert "heavypress verify pack.zip" in text and "heavypress rerun run.json" in text
    assert "cloud.decline\\_per\\_year" in text and "does not establish" in text
    assert "\u202e" not in text and not re.search(r"(?<!\\)<(script|b)", text) and "\n# $" not in text
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
