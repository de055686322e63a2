"""What a reader takes away: charts with words, tables, and a scenario file that gives the same run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard import charts as page_charts
from dashboard import downloads, panel, selection, widgets, words
from sim import charts
from sim.cli import main
from sim.comparison.results import run_id
from sim.comparison.run import compare
from sim.comparison.spreadsheets import outcomes_table, yearly_table
from sim.comparison.table import as_json
from sim.export import write
from sim.scenario import Scenario, load, names, with_settings
from sim.scenario.files import as_toml, parse_text, table_text
from tests.dashboard.conftest import TINY, Page

Open = Callable[..., Page]


# --- charts ---


@pytest.mark.parametrize("name", list(charts.CHARTS))
def test_every_chart_has_alternative_text(open_page: Open, name: str) -> None:
    page = open_page(scenario="small_country", chart=name)
    image = page.at.get("image")[0].proto.imgs[0]
    assert image.alt == charts.alt(compare(page.base, queue=False), name)
    assert len(image.alt) > 20


def test_a_chart_is_drawn_once_a_run(tiny: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = compare(tiny, queue=False)
    first = page_charts.drawing(comparison, "cash_flow", "svg")
    monkeypatch.setattr(page_charts, "_FORMATS", {})
    assert page_charts.drawing(comparison, "cash_flow", "svg") == first
    with pytest.raises(KeyError):
        page_charts.drawing(replace(comparison, run_id="another"), "cash_flow", "svg")


def test_a_chart_that_fails_leaves_the_tables(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(page_charts, "_FORMATS", {"svg": broken, "png": broken})
    page = open_page(scenario="glut", seed=99)
    assert "could not be drawn (ZeroDivisionError)" in page.at.error[0].value
    assert len(page.at.table) == 2


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_chart_file_is_what_it_says(tiny: Scenario, suffix: str) -> None:
    content = page_charts.drawing(compare(tiny, queue=False), "need_met", suffix)
    assert content.startswith(b"\x89PNG" if suffix == "png" else b"<?xml")


# --- the scenario as it stands ---


@pytest.mark.parametrize("name", names())
def test_a_written_scenario_is_the_same_run(name: str) -> None:
    scenario = load(name)
    again = selection.read_text(as_toml(scenario).encode(), name)
    assert again.text == scenario.text
    assert run_id(again, 3, 8, True) == run_id(scenario, 3, 8, True)


def test_what_was_moved_is_written(tiny: Scenario) -> None:
    settings = {"cloud.price_usd": 2.5, "mix.public_cluster_share": 0.25, "mix.cloud_credits_share": 0.75}
    moved = with_settings(tiny, settings)
    assert moved.world.cloud.price_usd == 2.5
    again = selection.read_text(as_toml(moved, ("A comment\nof two lines",)).encode(), "other")
    assert again.text == moved.text


def test_the_command_line_reproduces_the_page(
    open_page: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the name of the scenario with what was moved, and by the file of the scenario as it stands."""
    page = open_page(scenario="isambard_ai_uk", draws=64)
    page.move("cloud.price_usd", 4.0).move("portfolio.public_cluster_share", 0.2).move("demand.groups", 2_000.0)
    page.at.selectbox(key=widgets.key_of(page.base, "access.rule")).set_value("lottery")
    page.at.number_input(key=widgets.key_of(page.base, "budget")).set_value(200.0)
    page.at.checkbox(key=widgets.key_of(page.base, "cloud.price_usd") + "/known").check()
    page.run().finish()
    scenario = load("isambard_ai_uk", {**panel_settings(page), "budget.total": 200e6, "fixed": ["cloud.price_usd"]})
    comparison = compare(scenario, draws=64, queue=False)
    assert comparison.run_id in page.text()
    command = shlex.split(page.at.code[0].value)
    assert command[:3] == ["heavypress", "compare", "isambard_ai_uk"]
    assert command[command.index("--fix") + 1] == "cloud.price_usd=4.0" and "demand.groups=2000.0" in command
    path = tmp_path / "as_it_stands.toml"
    path.write_bytes(downloads.commented_scenario(comparison, "heavypress compare as_it_stands.toml"))
    how = command[command.index("--seed") :]
    for arguments in (command[2:], [str(path), *how]):
        assert main(["compare", *arguments, "--format", "json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["run"] == comparison.run_id
        assert document["options"] == json.loads(as_json(comparison))["options"]


def test_the_command_of_a_file_of_the_users_own_names_the_file(open_page: Open) -> None:
    page = open_page().upload(TINY)
    run = compare(selection.read_text(TINY.encode(), "tiny"), queue=False).run_id
    assert page.at.code[0].value.startswith(f"heavypress compare tiny_{run}.toml --seed 1 --draws 0")
    assert words.SAME_NUMBERS_OF_FILE in page.text()


def panel_settings(page: Page) -> dict[str, object]:
    """What was moved on a page, read from its widgets."""
    found = {}
    for control in panel.Panel.of(page.base).controls:
        kind = {"number": "slider", "choice": "selectbox", "switch": "toggle"}[control.spec.kind]
        value = getattr(page.at, kind)(key=control.key).value
        if value != control.scenario:
            found[control.path] = value
    return found


texts = some.text(some.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
dates = some.dates(date(1, 1, 1))
values = some.recursive(
    some.booleans()
    | some.integers(-(2**63), 2**63 - 1)
    | some.floats(allow_nan=False)
    | texts
    | some.dates(date(1, 1, 1)),
    lambda inner: some.lists(inner, max_size=4),
    max_leaves=6,
)


@given(some.dictionaries(texts, values | some.dictionaries(texts, values, max_size=3), max_size=5))
def test_any_table_is_read_back_as_it_was_written(table: dict[str, object]) -> None:
    again = parse_text(table_text(table), "written")
    assert again == table
    assert json.dumps(again, default=str, sort_keys=True) == json.dumps(table, default=str, sort_keys=True)


# --- tables ---


def test_the_page_gives_the_files_of_the_command(
    tiny: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.charts.figures", lambda comparison: {})
    comparison = compare(tiny, draws=2, queue=False)
    given = {
        "outcomes.csv": downloads.csv(outcomes_table(comparison)),
        "yearly.csv": downloads.csv(yearly_table(comparison)),
        "draws.parquet": downloads.draws(comparison),
    }
    write(comparison, tmp_path / "out", keep_draws=True)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in given} == given
    assert pd.read_parquet(BytesIO(given["draws.parquet"])).equals(comparison.tidy)
