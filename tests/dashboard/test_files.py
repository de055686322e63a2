"""What a reader takes away: figures with words, tables, and what gives the same run: a file, a command, a call."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard import charts as page_charts
from dashboard import downloads, runs, selection, uploads, words
from dashboard.state import Side, State
from sim import charts
from sim.cli import main
from sim.comparison.record import rerun
from sim.comparison.results import Comparison, run_id
from sim.comparison.run import compare
from sim.comparison.spreadsheets import csv_of
from sim.comparison.table import as_json
from sim.export import write
from sim.packs import pack, read_archive
from sim.scenario import Scenario, Settings, load, names, with_settings
from sim.scenario.files import as_toml, parse_text, table_text
from tests.dashboard.conftest import TINY, Page

Open = Callable[..., Page]


def read_text(text: bytes, key: str) -> Scenario:
    """The scenario in an uploaded file."""
    return uploads.scenarios_in({f"{key}.toml": text}).scenarios[key]


# --- figures ---


@pytest.mark.parametrize("name", list(charts.CHARTS))
def test_every_figure_has_its_words_and_its_numbers(tiny: Scenario, name: str) -> None:
    """Those of the chart that the command writes; drawn from them and from nothing else."""
    comparison = compare(tiny, queue=False)
    found = page_charts.drawn(comparison, name)
    assert found.alt == charts.alt(comparison, name) and len(found.alt) > 20
    pd.testing.assert_frame_equal(found.numbers, charts.data(comparison, name))
    assert comparison.run_id in found.svg


def test_a_figure_is_drawn_once_a_run(tiny: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = compare(tiny, queue=False)
    first = page_charts.drawing(comparison, "cash_flow", "svg")
    monkeypatch.setattr(page_charts, "_FORMATS", {})
    assert page_charts.drawing(comparison, "cash_flow", "svg") == first
    with pytest.raises(KeyError):
        page_charts.drawing(replace(comparison, run_id="another"), "cash_flow", "svg")


def test_the_files_of_a_figure_are_those_of_the_command(
    tiny: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawing, pixels and page, byte for byte."""
    comparison = compare(tiny, draws=2, queue=False)
    monkeypatch.setattr("sim.charts.CHARTS", {"need_met": charts.CHARTS["need_met"]})
    write(comparison, tmp_path / "out")
    for suffix in ("svg", "png", "pdf"):
        (path,) = (tmp_path / "out").rglob(f"need_met*.{suffix}")
        assert page_charts.drawing(comparison, "need_met", suffix) == path.read_bytes()


# --- the scenario as it stands ---


@pytest.mark.parametrize("name", names())
def test_a_written_scenario_is_the_same_run(name: str) -> None:
    scenario = load(name)
    again = read_text(as_toml(scenario).encode(), name)
    assert again.text == scenario.text
    assert run_id(again, 3, 8, True) == run_id(scenario, 3, 8, True)


def test_what_was_moved_is_written(tiny: Scenario) -> None:
    settings = {"cloud.price_usd": 2.5, "mix.public_cluster_share": 0.25, "mix.cloud_credits_share": 0.75}
    moved = with_settings(tiny, settings)
    assert moved.world.cloud.price_usd == 2.5
    again = read_text(as_toml(moved, ("A comment\nof two lines",)).encode(), "other")
    assert again.text == moved.text


PROFILE = "omb_a94_1992"
MOVED: dict[str, Any] = {
    "cloud.price_usd": 4.0, "demand.groups": 2_000.0, "access.rule": "lottery", "budget.total": 200e6,
    "portfolio.public_cluster_share": 0.2, "portfolio.cloud_credits_share": 0.55,
    "portfolio.research_grants_share": 0.25,
}  # fmt: skip


def given_run(call: str) -> Comparison:
    """What a call of Python gives."""
    scope: dict[str, Any] = {}
    exec(call, scope)
    found: Comparison = scope["comparison"]
    return found


@pytest.mark.slow
def test_the_command_and_the_call_reproduce_the_page(
    open_page: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the name of the scenario with what was moved, and by the file of the scenario as it stands."""
    sets = [f"{path}={words.value_text_of(value)}" for path, value in MOVED.items() if path != "cloud.price_usd"]
    page = open_page(
        "numbers", scenario="isambard_ai_uk", draws="64", profile=PROFILE, set=sets, fix="cloud.price_usd=4"
    )
    page.finish()
    scenario = load("isambard_ai_uk", {**MOVED, "fixed": ["cloud.price_usd"]})
    shown = runs.quick(scenario, page.state)
    assert shown.run_id in page.text() and shown.run_id.endswith(PROFILE)
    command, call = (code.value for code in page.at.code)
    assert command.startswith("heavypress compare isambard_ai_uk ") and "--fix cloud.price_usd=4" in command
    again = given_run(call)
    assert again.run_id == shown.run_id
    for key, result in shown.results.items():
        assert again.results[key].totals["public_cost"].tolist() == result.totals["public_cost"].tolist()
    arguments = shlex.split(command)[2:]
    path = tmp_path / "as_it_stands.toml"
    path.write_bytes(downloads.commented_scenario(shown, "heavypress compare as_it_stands.toml"))
    for of in (arguments, [str(path), *arguments[arguments.index("--seed") :]]):
        assert main(["compare", *of, "--format", "json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["run"] == shown.run_id
        assert document["options"] == json.loads(as_json(shown))["options"]


@pytest.mark.parametrize(
    ("side", "how"),
    [
        (Side("small_country"), words.How(1, 0)),
        (Side("small_country", {"cloud.price_usd": 3.0}), words.How(2, 20, draw="all", waits="instant")),
        (Side("small_country", {}, frozenset({"cloud.price_usd"})), words.How(1, 20, waits="off")),
        (Side("small_country", {"budget.total": 3e7, "access.rule": "lottery"}), words.How(1, 0, waits="off")),
    ],
)
def test_the_call_gives_the_run_of_the_command(side: Side, how: words.How) -> None:
    """Both are the run whose id is that of the state."""
    if not how.waits:
        how = replace(how, waits="off")
    scenario = selection.changed(load(side.scenario), side)
    fidelity = "instant" if how.waits == "instant" else None
    wanted = run_id(scenario, how.seed, how.draws, how.waits != "off", fidelity, how.draw)
    assert given_run(words.python_call(side, how)).run_id == wanted


def test_the_command_and_the_call_of_a_file_of_the_users_own_name_the_file(open_page: Open) -> None:
    page = open_page("numbers").upload(TINY)
    run = compare(read_text(TINY.encode(), "tiny"), queue=False).run_id
    command, call = (code.value for code in page.at.code)
    assert command.startswith(f"heavypress compare tiny_{run}.toml --seed 1 --draws 0")
    assert f'sim.compare("tiny_{run}.toml", seed=1, draws=0, queue=False)' in call
    assert words.SAME_NUMBERS_OF_FILE in page.text()


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
        "outcomes.csv": csv_of(comparison, "outcomes"),
        "yearly.csv": csv_of(comparison, "yearly"),
        "draws.parquet": downloads.draws(comparison),
    }
    write(comparison, tmp_path / "out", keep_draws=True)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in given} == given
    assert pd.read_parquet(BytesIO(given["draws.parquet"])).equals(comparison.tidy)


@pytest.mark.parametrize("queue", [False, True])
def test_the_record_in_a_pack_of_the_page_gives_the_numbers_of_the_page(
    queue: bool, tiny: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "CHARTS", {})
    moved = with_settings(tiny, Settings({"cloud.price_usd": 8}, "--set"))
    shown = runs.quick(moved, State(draws=0, queue=queue, seed=3))
    files = read_archive(downloads.packed(shown))
    (tmp_path / "run.json").write_bytes(files["run.json"])
    again = rerun(tmp_path / "run.json")
    assert again.same_bits and again.now.run_id == shown.run_id
    assert [change.by for change in again.now.scenario.changes] == ["--set"]
    assert pack(again.now) == pack(shown)
