"""The record of a run says all that is needed to run it again, and a rerun says whether the numbers hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sim.cli import main
from sim.comparison import record as records
from sim.comparison.record import headline, record, rerun, results_digest, sentences
from sim.comparison.run import compare
from sim.mechanisms.appraisal import profile
from sim.scenario import ScenarioError, load
from sim.scenario.storylines import load_under

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "run.schema.json").read_text(encoding="utf8"))
DECLINE = "cloud.decline_per_year"


def kept(tmp_path: Path, **settings: Any) -> tuple[Path, dict[str, Any]]:
    """The record of a small run as a file, and as it was."""
    scenario = settings.pop("scenario", None) or load("small_country", {DECLINE: 0.11})
    found = json.loads(json.dumps(record(compare(scenario, **{"draws": 8, "queue": False, **settings})), default=str))
    path = tmp_path / "run.json"
    path.write_text(json.dumps(found), encoding="utf8")
    return path, found


@pytest.mark.parametrize(
    "settings",
    [
        {}, {"draws": 0}, {"seed": 7, "draw": "all", "sequence": "sobol"}, {"profile": profile("omb_a94_1992")},
        {"queue": True, "fidelity": "instant"}, {"draws": None},
        {"scenario": load_under("isambard_ai_uk", {}, "scarcity")}, {"scenario": load("glut")},
    ],
)  # fmt: skip
def test_a_record_is_of_the_published_form_and_gives_its_numbers_again(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    path, found = kept(tmp_path, **settings)
    jsonschema.validate(found, SCHEMA)
    again = rerun(path)
    assert again.verdict == "the same to the last digit" and not again.causes
    assert again.now.run_id == found["run"]


def test_simulated_waits_are_run_again_too(tmp_path: Path) -> None:
    short = load("small_country", {"queue.window_weeks": 0.2, "queue.warm_up_weeks": 0.1})
    path, found = kept(tmp_path, scenario=short, queue=True, draws=2)
    assert found["results"]["public_cluster"]["wait_p95"]["central"] is not None
    assert rerun(path).same_bits


@pytest.mark.parametrize("name", ["run.json", "copied.json"])
def test_a_record_stands_wherever_a_scenario_does(name: str, tmp_path: Path) -> None:
    path, found = kept(tmp_path)
    path = path.rename(tmp_path / name)
    assert compare(load(path), draws=8, queue=False).run_id == found["run"]
    assert load(path).key == "small_country"
    assert load(path, {DECLINE: 0.2}).world.cloud.decline_per_year == 0.2
    assert main(["check", str(path)]) == 0


def test_waivers_keep_their_dates(tmp_path: Path) -> None:
    (tmp_path / "dear.toml").write_text(
        'extends = "small_country.toml"\nworld.cloud.price_usd = 45\n[[waiver]]\npath = "cloud.price_usd"\n'
        'who = "A. Person"\nwhy = "A tender of this year."\ndate = 2026-11-24\n',
        encoding="utf8",
    )
    signed = load(tmp_path / "dear.toml")
    path, found = kept(tmp_path, scenario=signed, draws=0)
    assert found["waivers"][0]["date"] == "2026-11-24" and load(path).waivers == signed.waivers
    assert rerun(path).same_bits


def test_numbers_are_digested_to_the_last_bit() -> None:
    first, other = (compare(load("small_country"), draws=3, queue=False) for _ in range(2))
    assert results_digest(first) == results_digest(other)
    totals = other.results["cloud_credits"].totals["public_cost"]
    totals[2] *= 1 + 2**-52
    assert results_digest(first) != results_digest(other)


def test_numbers_that_moved_are_named_then_and_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, found = kept(tmp_path)
    found["digests"] |= {"results": "0" * 16, "data": "1" * 16}
    found["results"]["cloud_credits"]["public_cost"]["value"] *= 1.01
    path.write_text(json.dumps(found), encoding="utf8")
    again = rerun(path)
    assert [(each.option, each.outcome, each.column) for each in again.moved] == [
        ("cloud_credits", "public_cost", "value")
    ]
    assert again.verdict == "moved" and [cause.partition(" (")[0] for cause in again.causes] == [
        "the data of the model"
    ]
    assert main(["rerun", str(path)]) == 1
    out = capsys.readouterr().out
    assert (
        "1 headline number moved" in out
        and "in the record " in out
        and "the data of the model (1111111111111111" in out
    )


def test_a_record_whose_numbers_were_altered_is_found_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, found = kept(tmp_path)
    found["results"]["public_cluster"]["need_met"]["value"] += 0.01
    path.write_text(json.dumps(found), encoding="utf8")
    assert rerun(path).verdict == "altered" and main(["rerun", str(path)]) == 1
    assert "are not those that its digest was made of" in capsys.readouterr().out


def test_a_difference_of_the_last_digit_is_the_same_number(tmp_path: Path) -> None:
    path, found = kept(tmp_path)
    found["digests"]["results"] = "0" * 16
    path.write_text(json.dumps(found), encoding="utf8")
    again = rerun(path)
    assert again.verdict == "the same" and "the same." in sentences(again)[0]


def test_the_command_says_so_in_words_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, found = kept(tmp_path)
    assert main(["rerun", str(path)]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.endswith("the same to the last digit.") and found["run"] in first and "assumptions" in last
    assert main(["rerun", str(path), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "schema": "heavypress/rerun/1", "run": found["run"], "now": found["run"],
        "verdict": "the same to the last digit", "moved": [], "causes": [], "reasons": None,
    }  # fmt: skip


def test_every_source_is_that_of_the_parameters_left_at_their_defaults() -> None:
    scenario = load("small_country", {DECLINE: 0.11})
    sources = records.sources_of(scenario)
    paths = [path for named in sources.values() for path in named]
    assert len(paths) == len(set(paths)) and DECLINE not in paths and not set(paths) & scenario.own
    assert "hardware.doubling_years" in sources[type(scenario.world.hardware).spec("doubling_years").source]


def test_headline_numbers_are_those_of_the_summary() -> None:
    comparison = compare(load("small_country"), draws=8, queue=False)
    frame = comparison.summary.set_index(["option", "outcome"])
    assert (
        headline(comparison)["cloud_credits"]["fe_hours"]["value"] == frame.loc[("cloud_credits", "fe_hours"), "value"]
    )
    assert headline(comparison)["cloud_credits"]["wait_p95"]["value"] is None


# --- of other commands ---


ANALYSES = {
    "mix": ("small_country", "--draws", "20", "--rest", "pro_rata", "--set", f"{DECLINE}=0.11"),
    "argue": ("small_country", "--only", "safety", "--only", "obsolescence", "--draws", "4", "--seed", "3"),
    "waits": ("small_country", "--set", "queue.window_weeks=0.2", "--set", "queue.warm_up_weeks=0.1", "--seed", "2"),
}


@pytest.fixture(scope="module", params=["mix", "argue", pytest.param("waits", marks=pytest.mark.slow)])
def analysed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A command that is no comparison, and the record that it has written."""
    kind = request.param
    out = tmp_path_factory.mktemp("analyses") / kind
    assert main([kind, *ANALYSES[kind], "--out", str(out)]) == 0
    return kind, out / "run.json"


def test_another_command_is_recorded_in_the_published_form_and_run_again(
    analysed: tuple[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind, path = analysed
    found = json.loads(path.read_text(encoding="utf8"))
    jsonschema.validate(found, SCHEMA)
    assert found["kind"] == kind
    assert main(["rerun", str(path)]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"heavypress {kind} ") and first.endswith("the same to the last digit.")
    assert "assumptions" in last
    found["digests"]["results"] = "0" * 16
    (moved := tmp_path / "run.json").write_text(json.dumps(found), encoding="utf8")
    assert main(["rerun", str(moved), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "moved"
    with pytest.raises(ScenarioError, match=f"is the record of heavypress {kind}, not of a comparison"):
        rerun(path)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ({"kind": "docs"}, "kind: 'docs' is none that this program knows: mix, argue or waits"),
        ({"kind": ["mix"]}, "is none that this program knows"),
        ({"schema": "heavypress/run/2"}, "is none that this program knows"),
        ({"options": {"out": "elsewhere"}}, "options: 'out' is none of heavypress mix"),
        ({"options": {"draws": "many"}}, "--draws: 'many' is not a whole number"),
        ({"options": {"rest": {"a": 1}}}, "--rest: "),
        ({"digests": []}, "it is no whole record"),
    ],
)
def test_a_damaged_record_of_another_command_is_refused(
    damage: dict[str, Any], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(tmp_path, draws=0)
    whole = json.loads((tmp_path / "run.json").read_text(encoding="utf8"))
    found = {"kind": "mix", "options": {}} | {name: whole[name] for name in whole if name not in ("seed", "results")}
    (tmp_path / "run.json").write_text(json.dumps(found | damage), encoding="utf8")
    assert main(["rerun", str(tmp_path / "run.json")]) == 2
    out, err = capsys.readouterr()
    assert not out and sentence in err and err.count("\n") == 1


Damage = Callable[[dict[str, Any]], Any]
WRONG: dict[str, tuple[Damage, str]] = {
    "a future form": (lambda found: found | {"schema": "heavypress/run/9", "version": "7.0"}, "made by heavypress 7.0"),
    "another document": (lambda found: found | {"schema": "heavypress/comparison/5"}, "is no record of a run"),
    "a list": (lambda found: [found], "is no record of a run"),
    "no settings": (lambda found: {k: v for k, v in found.items() if k not in ("seed", "draw")}, "lacks seed and draw"),
    "half a record": (lambda found: {k: v for k, v in found.items() if k != "versions"}, "lacks versions"),
    "a seed in words": (lambda found: found | {"seed": "one"}, "seed: 'one' is not a whole number from 0 to"),
    "draws without end": (lambda found: found | {"draws": 10**9}, "is not a whole number from 0 to 20000"),
    "a switch for a number": (lambda found: found | {"draws": True}, "draws: true is not a whole number"),
    "a profile of nobody": (lambda found: found | {"profile": "mine"}, "profile: 'mine' is not one of null, "),
    "other draws": (lambda found: found | {"draw": "some"}, "draw: 'some' is not one of headline, arguments, all"),
    "results of nothing": (lambda found: found | {"results": {"public_cluster": 3}}, "is not numbers by option"),
    "results in words": (lambda found: found | {"results": {"a": {"b": {"value": "x"}}}}, "is not numbers by option"),
    "digests as text": (lambda found: found | {"digests": "0" * 16}, "is not a table with that of the results"),
    "changes of nothing": (lambda found: found | {"changes": [{"path": "x"}]}, "changes: is not a list of path, old"),
    "a change of no day": (
        lambda found: found | {"changes": [{**found["changes"][0], "date": "soon"}]}, "changes: is not a list of path"
    ),
    "a scenario with faults": (
        lambda found: found | {"scenario": {**found["scenario"], "horizon_years": 0}},
        "horizon_years: 0 is not possible",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_record_is_refused_in_one_sentence(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage, sentence = WRONG[what]
    path, found = kept(tmp_path, draws=0)
    path.write_text(json.dumps(damage(found)), encoding="utf8")
    with pytest.raises(ScenarioError, match=sentence):
        rerun(path)
    assert main(["rerun", str(path)]) == 2
    out, err = capsys.readouterr()
    assert not out and sentence in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b" " * 5_000_001, "larger than 5 MB"),
    ],
)
def test_what_is_no_json_is_refused(content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(ScenarioError, match=sentence):
        rerun(tmp_path / "run.json")
    with pytest.raises(ScenarioError, match="no such file"):
        rerun(tmp_path / "none.json")
