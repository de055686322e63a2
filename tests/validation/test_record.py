"""The model against the record: the declarations lead somewhere, the command says what it finds, and faults show."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from math import isfinite
from pathlib import Path

import pytest

import sim
from sim.cli import main
from sim.comparison.results import interval
from sim.comparison.run import compare
from sim.outcomes import BY_NAME
from sim.scenario import load, names
from sim.sources import resolve
from sim.validation import Report, Target, cases, chosen, validate
from sim.validation.measures import MEASURES
from sim.validation.report import BOUGHT, as_json, cells, document, machine_errors, markdown, summary
from sim.validation.targets import abouts

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scenarios" / "validation"
TARGETS = [(case, target) for case in cases() for target in case.targets]
FEWEST = {"targets": 30, "machines": 10}
EXACT = 0.01  # a tolerance of arithmetic


@pytest.fixture(scope="module")
def central() -> Report:
    """Every target in the central case alone."""
    return Report(validate(chosen(), draws=0), draws=0)


# --------------------------------------------------------------------------------------------------- the declarations


def test_there_are_targets_enough_and_their_names_are_their_own():
    every = [target.name for _, target in TARGETS]
    assert len(every) >= FEWEST["targets"] and len(set(every)) == len(every)
    by_money = {c.scenario for c, t in TARGETS if t.kind == "machine" and t.measure == "accelerators"}
    assert len(by_money) >= FEWEST["machines"]


@pytest.mark.parametrize(("case", "target"), TARGETS, ids=[target.name for _, target in TARGETS])
def test_a_published_value_is_that_of_a_row_which_the_scenario_cites(case, target):
    assert all(resolve(target.source))
    # what ships cites its inputs, not what came
    assert case.stored or case.ships or target.source in load(case.path).sources
    column = {"lead_times": "lead_months", "foretold_waits": f"real_{target.measure}"}
    published = target.row[column.get(target.source.partition(":")[0], "value")]
    assert target.published == float(published) and isfinite(target.published)
    assert target.unit
    if target.tolerance == "range":
        assert target.published_range[0] <= target.published <= target.published_range[1]
    else:
        assert target.tolerance in ("interval", "factor") or 0 < target.tolerance <= 0.25


@pytest.mark.parametrize(("case", "target"), TARGETS, ids=[target.name for _, target in TARGETS])
def test_a_target_measures_something(case, target):
    if case.stored:
        assert len(target.stored) == 3
        return
    group, _, parameter = target.measure.partition(".")
    world = load(case.path).world.groups()
    assert target.measure in MEASURES or target.measure in BY_NAME or parameter in world[group].names()


def test_each_case_says_in_a_sentence_what_it_shows():
    assert all(case.shows.endswith(".") and case.shows[0].isupper() for case in cases())
    assert set(abouts()) == {target.kind for _, target in TARGETS}


def test_what_the_project_derived_about_machines_is_counted_apart():
    own = {target.kind for _, target in TARGETS if target.row["source"] == "own_derivation"}
    assert "machine (derived)" in own and not own & {"machine", "shipped", "applicants"}
    derived = [target for _, target in TARGETS if target.kind == "machine (derived)"]
    assert {target.row["source"] for target in derived} == {"own_derivation"}


def test_a_shipped_scenario_names_the_option_that_is_measured():
    shipped = [case for case in cases() if case.ships]
    assert {case.scenario for case in shipped} <= set(names())
    assert all(case.option in {option.key for option in load(case.path).options} for case in shipped)


def test_a_shipped_scenario_is_measured_as_it_is_compared():
    size, months = validate(chosen(["jupiter_de"]), draws=0)
    central = compare(load("jupiter_de"), draws=0, queue=False).results["public_cluster"].central
    assert size.ours == pytest.approx(float(central.size["public_cluster"][0])) and 0 < months.ours < 60


def test_scenarios_of_the_record_are_used_and_are_not_listed_as_shipped():
    written = {path.stem: path.read_text(encoding="utf8") for path in FOLDER.glob("*.toml")}
    extended = {
        stem for text in written.values() for stem in re.findall(r'^extends = "(\w+)\.toml"$', text, re.MULTILINE)
    }
    assert set(written) - {"targets"} == {case.scenario for case in cases() if not case.ships and not case.stored} | (
        extended & set(written)
    )
    assert not set(written) & set(names())


# ---------------------------------------------------------------------------------------------------- what comes out


def test_a_run_gives_what_a_comparison_gives():
    case = chosen(["jupiter.accelerators", "jupiter.spent_per_gpu_hour"])
    size, cost = validate(case, seed=3, draws=12)
    comparison = compare(load(case[0].path), seed=3, draws=12, queue=False)
    result = comparison.results["public_cluster"]
    spent = result.totals["outlay"] / comparison.scenario.usd_per_currency / result.totals["gpu_hours"]
    assert size.ours == pytest.approx(float(result.central.size["public_cluster"][0]))
    assert (cost.ours, cost.low, cost.high) == pytest.approx((spent[0], *interval(spent)))


def test_the_arithmetic_of_published_costs_agrees(central):
    exact = [v for v in central.verdicts if not isinstance(v.target.tolerance, str) and v.target.tolerance <= EXACT]
    assert len(exact) > 10
    assert [v.target.name for v in exact if not v.passed] == []


def dearer(monkeypatch, factor):
    """Let every machine of the record cost so many times what its scenario says."""

    def loaded(path):
        price = load(path).world.hardware.price_usd
        return load(path, {"hardware.price_usd": factor * price})

    monkeypatch.setattr("sim.validation.evaluation.load", loaded)


def test_a_broken_model_is_noticed(central, monkeypatch):
    """A machine a tenth too dear, which no tolerance of the arithmetic allows."""
    dearer(monkeypatch, 1.1)
    owned = ["hopper", "university_server", "gpu_three_years", "gpu_five_years", "heavy_press"]
    broken = validate(chosen(owned), draws=0)
    sound = {v.target.name: v for v in central.verdicts}
    assert all(sound[v.target.name].passed and not v.passed for v in broken if v.target.kind == "arithmetic")
    assert all(v.ours != sound[v.target.name].ours for v in broken)


@pytest.mark.parametrize(
    ("tolerance", "ours", "ends", "passes"),
    [
        (0.25, 16_400, (0, 0), True),  # the row has 13,136, of 10,000 to 13,136
        (0.25, 16_500, (0, 0), False),
        (0.25, 9_800, (0, 0), False),
        ("range", 10_000, (0, 0), True),
        ("range", 13_137, (0, 0), False),
        ("interval", 1, (9_000, 13_136), True),
        ("interval", 1, (13_137, 15_000), False),
        (0.25, float("inf"), (0, 0), False),
        (0.25, float("nan"), (0, 0), False),
    ],
)
def test_a_verdict_is_what_the_tolerance_says(central, tolerance, ours, ends, passes):
    target = Target("korea.accelerators", "machine", "accelerators", "programmes:V017", tolerance)
    verdict = replace(central.verdicts[0], target=target, ours=ours, low=ends[0], high=ends[1])
    assert verdict.passed is passes


def test_the_document_has_its_stable_form_and_no_number_that_json_lacks(central):
    report = Report((*central.verdicts, replace(central.verdicts[0], ours=float("inf"), low=float("nan"))), draws=0)
    found = json.loads(as_json(report))
    assert found == document(report) and found["schema"] == "heavypress/validation/1"
    assert set(found) == {"schema", "version", "seed", "draws", "passed", "of", *BOUGHT, "targets"}
    assert found["of"] == len(TARGETS) + 1 and found["targets"][-1]["ours"] is None
    assert set(found["targets"][0]) == {
        "name", "case", "kind", "title", "measure", "unit", "source", "published", "published_low", "published_high",
        "ours", "low", "high", "residual",
        "log_error", "tolerance", "passed", "covered", "shows",
    }  # fmt: skip


def test_the_summary_counts_what_passed_and_how_far_off_machines_are(central):
    passed = sum(verdict.passed for verdict in central.verdicts)
    assert summary(central)[0] == f"Passed: {passed} of {len(TARGETS)}."
    twice = Report(
        tuple(replace(v, ours=2 * v.published) for v in central.verdicts if v.target.kind in BOUGHT.values())
    )
    for kind in BOUGHT.values():
        assert machine_errors(twice, kind)
        for each in machine_errors(twice, kind).values():
            assert each["mean_log_error"] == pytest.approx(0.6931, abs=1e-4)
    assert any(
        "Shipped scenarios, months: " in line and "+0.69 (100 % more on average)" in line for line in summary(twice)
    )
    half = Report(tuple(replace(v, ours=v.published / 2) for v in twice.verdicts))
    assert any("-0.69 (50 % less on average)" in line for line in summary(half))
    never = Report(tuple(replace(v, ours=float("inf")) for v in twice.verdicts))
    assert any("no value of ours" in line for line in summary(never))


def test_the_page_shows_every_target_with_its_source_and_failures_too(central):
    page = markdown(central)
    assert all(f"| {target.name} |" in page and f"`{target.source}`: " in page for _, target in TARGETS)
    assert page.count("| FAIL |") == sum(not verdict.passed for verdict in central.verdicts)
    assert all(page.count(f": {case.shows}") >= 1 for case in cases())
    assert page.startswith("# The model against the record") and "leave-one-out" in page and "in sample" in page


def test_a_published_range_that_is_the_test_is_shown(central):
    by_range = [v for v in central.verdicts if v.target.tolerance == "range"]
    entries = {each["name"]: each for each in document(central)["targets"]}
    shown = [entries[v.target.name] for v in by_range]
    assert [(e["published_low"], e["published_high"]) for e in shown] == [v.target.published_range for v in by_range]
    assert all(" to " in cells(v)[1] for v in by_range)
    assert entries["titan.months"]["published_low"] is None


def test_a_part_of_the_page_has_no_title(central):
    part = markdown(Report(central.verdicts[:2], draws=0))
    assert "The model against the record" not in part and "Predicted from" not in part and part.startswith("- Passed: ")


def test_python_gives_the_same_as_the_command(capsys):
    assert main(["validate", "--only", "gpu_five_years", "--format", "json"]) == 0
    report = sim.validate(("gpu_five_years",))
    assert capsys.readouterr().out == as_json(report)
    with pytest.raises(KeyError):
        sim.validate(("gpu_six_years",))


@pytest.mark.slow
def test_the_page_is_fresh():
    assert (ROOT / "docs" / "validation.md").read_text(encoding="utf8") == markdown(sim.validate())


# ------------------------------------------------------------------------------------------------------- the command


def run(capsys, *arguments):
    """Exit code, standard output and standard error of `heavypress validate`."""
    code = main(["validate", *arguments])
    return code, *capsys.readouterr()


def test_a_case_or_one_of_its_targets_can_be_asked_for(capsys):
    _, out, _ = run(capsys, "--only", "hopper", "--only", "titan.months", "--format", "json")
    assert [each["name"] for each in json.loads(out)["targets"]] == ["titan.months", "hopper.spent_per_gpu_hour"]


@pytest.mark.parametrize("style", ["table", "markdown"])
def test_people_get_verdict_sentence_and_summary(capsys, style):
    code, out, _ = run(capsys, "--only", "dawn", "--format", style)
    assert code == 0
    assert "dawn.months" in out and "its cost was not published" in out and "Passed: " in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--only", "isambrd_ai"), "--only: no case or target 'isambrd_ai'; did you mean 'isambard_ai'?"),
        (("--only", "titan.month"), "--only: no case or target 'titan.month'; did you mean 'titan.months'?"),
        (
            ("--only", "dawn,lumi"),
            "--only: no case or target 'dawn,lumi'; repeat the option: --only dawn --only lumi",
        ),
        (
            ("--only", "zzzzzz"),
            "--only: no case or target 'zzzzzz'; the cases are: " + ", ".join({c.scenario: 0 for c in cases()}),
        ),
        (("--only", "titan", "--only", "titan"), "--only titan is given twice"),
        (("--format", "csv"), "--format: 'csv' must be one of table, markdown, json"),
        (("--strikt",), "validate: no option '--strikt'; did you mean '--strict'?"),
        (("titan",), "validate: unexpected argument 'titan'"),
    ],
)
def test_wrong_words_get_one_sentence(capsys, words, sentence):
    assert run(capsys, *words) == (2, "", f"heavypress: {sentence}\n")


def test_failures_are_no_error_unless_they_are_asked_to_be(capsys, monkeypatch):
    dearer(monkeypatch, 2)
    assert run(capsys, "--only", "gpu_five_years")[0] == 0
    assert run(capsys, "--only", "gpu_five_years", "--strict")[0] == 1
    monkeypatch.undo()
    assert run(capsys, "--only", "gpu_five_years", "--strict")[0] == 0
