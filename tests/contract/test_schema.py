"""The JSON schema of scenario files says what the reader of files does, and is generated from the same declarations."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sim.formatting import unit_text
from sim.instruments import INSTRUMENTS
from sim.mechanisms.world import World
from sim.parameters import Parameters
from sim.scenario import ScenarioError, find, load, names
from sim.scenario.reader import TOP
from sim.scenario.schema import schema

ROOT = Path(__file__).resolve().parents[2]
REFUSED = ROOT / "tests" / "refused"
KINDS: dict[str, type[Parameters]] = {
    **{f"world.{name}": kind for name, kind in World.kinds().items()},
    **{f"option.{name}": kind for name, kind in INSTRUMENTS.items()},
}
GOOD: dict[str, Any] = {"title": "T", "question": "Q?", "start": "2026-01", "budget": {"total": 1e8}}


def complaints(table: Any) -> list[str]:
    """What the schema has against a table; dates are strings in JSON."""
    return [
        error.message
        for error in Draft202012Validator(schema()).iter_errors(json.loads(json.dumps(table, default=str)))
    ]


def read(path: Path) -> dict[str, Any]:
    """A TOML file."""
    return tomllib.loads(path.read_text(encoding="utf8"))


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_it_is_plain_json_and_the_same_every_time() -> None:
    text = json.dumps(schema(), allow_nan=False)
    assert json.loads(text) == schema()
    assert text == json.dumps(schema(), allow_nan=False)


@pytest.mark.parametrize("name", names())
def test_every_shipped_scenario_is_valid(name: str) -> None:
    assert complaints(read(find(name))) == []


def test_the_good_file_of_the_gallery_is_valid() -> None:
    assert complaints(read(REFUSED / "good.toml")) == []


def test_it_names_every_entry_that_the_reader_takes() -> None:
    assert set(schema()["properties"]) == set(TOP)
    assert schema()["additionalProperties"] is False


@pytest.mark.parametrize("place", KINDS)
def test_it_holds_every_declaration_and_no_other(place: str) -> None:
    found = schema()["$defs"][place]
    own = {name: entry for name, entry in found["properties"].items() if name not in ("instrument", "key", "label")}
    assert found["additionalProperties"] is False
    assert list(own) == list(KINDS[place].names())
    for name, default, spec in KINDS[place].described():
        entry = own[name]
        assert entry["default"] == (list(default) if isinstance(default, tuple) else default)
        assert spec.help in entry["description"]
        assert spec.source in entry["description"]
        if spec.kind == "choice":
            assert entry["enum"] == list(spec.choices)
        if spec.kind in ("number", "series"):
            number = entry.get("items", entry)
            assert number.get("minimum", float("-inf")) == spec.floor
            assert number.get("maximum", float("inf")) == spec.ceiling
            assert unit_text(spec.unit) in entry["description"]


@pytest.mark.parametrize("place", KINDS)
def test_an_unknown_name_fails_everywhere(place: str) -> None:
    floor, name = place.split(".")
    wrong: dict[str, Any] = (
        {"world": {name: {"zzz": 1}}} if floor == "world" else {"option": [{"instrument": name, "zzz": 1}]}
    )
    assert any("'zzz' was unexpected" in complaint for complaint in complaints(GOOD | wrong))
    assert (
        complaints(GOOD | {"world": {name: {}}} if floor == "world" else GOOD | {"option": [{"instrument": name}]})
        == []
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"zzz": 1},
        {"title": ""},
        {"title": 1},
        {"start": 2026},
        {"start": "2026-13"},
        {"horizon_years": 0},
        {"currency": "eur"},
        {"budget": {"total": 0}},
        {"budget": {"total": -1e8}},
        {"budget": {"total": 1e8, "path": [1e8]}},
        {"budget": {"path": []}},
        {"budget": {"years": 3}},
        {"budget": 1e8},
        {"world": {"zzz": {}}},
        {"world": {"cloud": {"price_usd": -1}}},
        {"world": {"cloud": {"price_usd": "3.5"}}},
        {"world": {"money": {"declining": 1}}},
        {"world": {"money": {"normalisation": "zzz"}}},
        {"option": []},
        {"option": [{}]},
        {"option": [{"key": "machine", "life_years": 5}]},
        {"option": [{"instrument": "zzz"}]},
        {"option": [{"instrument": "cloud_credits", "life_years": 5}]},
        {"option": [{"instrument": "public_cluster", "key": "A b"}]},
        {"option": [{"instrument": "public_cluster", "tranche_shares": []}]},
        {"option": [{"instrument": "public_cluster", "tranche_shares": [2]}]},
        {"waiver": [{"path": "cloud.price_usd"}]},
        {"extends": "../other.toml"},
        {"sources": "nairr_press"},
    ],
    ids=json.dumps,
)
def test_what_is_plainly_wrong_fails(wrong: dict[str, Any]) -> None:
    assert complaints(GOOD) == []
    assert complaints(GOOD | wrong) != []


def test_without_extends_a_scenario_must_be_complete() -> None:
    for missing in GOOD:
        assert complaints({name: value for name, value in GOOD.items() if name != missing}) != []


def test_an_extending_file_may_leave_everything_out_and_name_options_by_key() -> None:
    over = {"extends": "other.toml", "budget": {"years": 3}, "option": [{"key": "machine", "life_years": 5}]}
    assert complaints({"extends": "other.toml"}) == []
    assert complaints(over) == []
    assert complaints({"extends": "other.toml", "option": [{"life_years": 5}]}) != []
    assert complaints({"extends": "other.toml", "option": [{"key": "machine", "zzz": 5}]}) != []


def test_it_refuses_nothing_that_the_reader_takes(tmp_path: Path) -> None:
    """Where the two differ the schema is the milder one, waivers aside; its misses are sums, orders and other sense."""
    seen = 0
    for path in sorted(REFUSED.glob("*.toml")):
        try:
            table = read(path)
        except tomllib.TOMLDecodeError:
            continue
        if complaints(table):
            seen += 1
            with pytest.raises(ScenarioError):
                load(path)
    assert seen > 60


def test_the_stored_copy_is_fresh() -> None:
    path = ROOT / "docs" / "scenario.schema.json"
    if not path.is_file():
        pytest.skip("docs/scenario.schema.json is not generated yet")
    assert json.loads(path.read_text(encoding="utf8")) == schema()
