"""Every argument of the debate is a switch: it exists, it moves its outcome, and its sentence tells the truth."""

from __future__ import annotations

import csv
import importlib
import io
import json
import re
import string
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim import sources
from sim.arguments import ARGUMENTS, BY_KEY, evaluation, weigh
from sim.arguments.analogy import ASSUMPTIONS, PRESET
from sim.arguments.base import declared_at, spec_at
from sim.arguments.evaluation import verdict
from sim.arguments.held import evidence_text
from sim.arguments.other_side import distance_words, opening, turning
from sim.arguments.report import Debate, as_json, markdown
from sim.arguments.text import caution, gap_text, quantity, sentence, switch_words
from sim.cli import main
from sim.cli.options import fixed_of, settings_of
from sim.comparison.results import in_own_money
from sim.comparison.run import compare
from sim.documents import anchor, arguments
from sim.formatting import plural_unit, unit_text
from sim.instruments import INSTRUMENTS
from sim.outcomes import BY_NAME
from sim.scenario import load, names, pinned
from sim.units import UNIT_WORDS

REFERENCE = "nairr_us"
DRAWS = 24
SEED = 1
WORDS = {"off", "on", "change", "option", "against"}
every_argument = pytest.mark.parametrize("argument", ARGUMENTS, ids=list(BY_KEY))
property_of = settings(max_examples=200, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def answers():
    """All arguments in the reference scenario."""
    return {answer.argument.key: answer for answer in weigh(load(REFERENCE), ARGUMENTS, seed=SEED, draws=DRAWS)}


# -------------------------------------------------------------------------------------------------- the registry


def test_the_debate_has_five_systems_and_eleven_arguments():
    kinds = [argument.kind for argument in ARGUMENTS]
    assert (kinds.count("system"), kinds.count("argument")) == (5, 11)
    assert len(BY_KEY) == len(ARGUMENTS) == 16
    assert len({argument.title for argument in ARGUMENTS}) == 16


@every_argument
def test_every_mechanism_named_is_a_module(argument):
    assert argument.mechanisms
    for name in argument.mechanisms:
        assert importlib.import_module(f"sim.mechanisms.{name}").__doc__


@every_argument
def test_every_number_switched_or_rested_on_is_declared(argument):
    assert argument.rests_on
    for path in argument.paths:
        assert spec_at(path)
    for values in (argument.both, argument.off, argument.on):
        for path, value in values.items():
            about = spec_at(path)
            if about.kind == "choice":
                assert value in about.choices
            elif about.kind == "switch":
                assert isinstance(value, bool)
            else:
                assert about.floor <= value <= about.ceiling


@every_argument
def test_every_argument_has_a_switch(argument):
    """Settings that differ, or another option."""
    changed = {**argument.both, **argument.off} != {**argument.both, **argument.on}
    assert changed or any(reading.against for reading in argument.readings)


@every_argument
def test_every_outcome_and_option_read_exists(argument):
    assert argument.readings
    for reading in argument.readings:
        assert reading.outcome in BY_NAME and set(reading.options) <= set(INSTRUMENTS)
        assert BY_NAME[reading.outcome].section != "Waiting", "queues are not simulated"


@every_argument
def test_evidence_stands_on_both_sides_and_leads_somewhere(argument):
    for side in (argument.supports, argument.opposes):
        assert side
        for evidence in side:
            text = evidence_text(evidence)
            assert (text.endswith(".") and text[0].isupper()) or text[0].isdigit()
            assert sources.resolve(evidence.source)
            assert not sources.is_assumption(evidence.source) or len(evidence.source) > 25


@every_argument
def test_an_argument_speaks_in_sentences(argument):
    for text in (argument.claim, argument.counter):
        assert text[0].isupper() and text.endswith(".") and text.count(". ") == 0


@every_argument
def test_a_sentence_holds_no_number_of_its_own(argument):
    """Only what the comparison fills in."""
    fields = {name for _, name, _, _ in string.Formatter().parse(argument.sentence) if name}
    named = {path.partition(".")[2] for path in argument.rests_on}
    assert {"change"} <= fields <= WORDS | {reading.outcome for reading in argument.readings[1:]} | named
    assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", argument.sentence))


@every_argument
def test_the_grade_is_that_of_the_weakest_number(argument):
    """Worked out once more, from the declarations alone."""
    found = [declared_at(path)[1].grade for path in {*argument.both, *argument.off, *argument.on, *argument.rests_on}]
    facts = [grade for grade in found if grade != "-"]
    assert facts, "an argument without any fact has no grade"
    assert argument.grade == sorted(facts)[-1]
    assert bool(caution(argument)) == (argument.grade == "D")
    assert all(declared_at(path)[1].grade == "D" for path in argument.assumed)


def test_the_press_argument_sets_what_the_press_scenario_sets():
    """One truth: the settings are those of the shipped scenario, with the cluster's lever among them."""
    shipped = load(PRESET)
    wanted = {}
    for item in ASSUMPTIONS:
        group, _, name = item.path.partition(".")
        owner = shipped.world.groups().get(group, shipped.option("public_cluster").instrument)
        wanted[item.path] = getattr(owner, name)
    assert BY_KEY["heavy_press"].on == wanted


# --------------------------------------------------------------------------------------------------- the answers


@every_argument
def test_no_argument_is_idle(answers, argument):
    """In the reference scenario each switch moves the outcome that its sentence is about."""
    answer = answers[argument.key]
    assert not answer.refusal
    first = answer.weighed[0]
    assert first.verdict not in ("no visible difference", "no value")
    assert first.difference != 0


@every_argument
def test_no_reading_is_without_a_value(answers, argument):
    for weighed in answers[argument.key].weighed:
        assert weighed.verdict != "no value", weighed.outcome.name


@every_argument
def test_the_numbers_are_those_of_a_comparison_with_the_words_shown(answers, argument):
    """Typing the switch and --draw arguments gives the same numbers: all options, each side on its own."""
    answer = answers[argument.key]
    off, on = (_compared(*_typed(argument.known(values))) for values in answer.switches)
    for weighed in answer.weighed:
        before, after = (
            in_own_money(weighed.outcome, side.results[_key(side, name)].totals[weighed.outcome.name], side.scenario)
            for side, name in zip((off, on), weighed.reading.options, strict=True)
        )
        np.testing.assert_array_equal([weighed.off, weighed.on], [before[0], after[0]])
        pairs = zip(before, after, strict=True)
        gap = np.array([0.0 if abs(b - a) <= 1e-6 * max(abs(a), abs(b)) else b - a for a, b in pairs])
        low, high = (
            np.nanquantile(gap[1:], (0.1, 0.9), method="weibull") if np.isfinite(gap[1:]).any() else (np.nan, np.nan)
        )
        assert (weighed.rising, weighed.falling) == ((gap[1:] > 0).sum(), (gap[1:] < 0).sum())
        assert weighed.counted == np.isfinite(gap[1:]).sum()
        np.testing.assert_allclose([weighed.difference, weighed.low, weighed.high], [gap[0], low, high], rtol=1e-12)


def _typed(values):
    """What `--set` and `--fix` take of a switch."""
    words = switch_words(values).split()
    return tuple(tuple(word for flag, word in pairwise(words) if flag == name) for name in ("--set", "--fix"))


@cache
def _compared(changed, fixed):
    """The comparison that `compare --draw arguments` makes of these words."""
    words = settings_of(changed) | fixed_of(fixed)
    return compare(load(REFERENCE, words), seed=SEED, draws=DRAWS, draw="arguments", queue=False)


def _key(comparison, instrument):
    options = comparison.scenario.options
    return next(option.key for option in options if option.instrument.name == instrument)


@every_argument
def test_the_sentence_says_the_numbers(answers, argument):
    """Both ends, the difference and its range, as they are written elsewhere."""
    answer = answers[argument.key]
    first, told = answer.weighed[0], sentence(answer)
    scenario = answer.scenario
    assert gap_text(first.outcome, first.difference, scenario=scenario, sign=False) in told
    assert gap_text(first.outcome, first.low, first.high, scenario=scenario) in told
    for name, value in (("{off}", first.off), ("{on}", first.on)):
        assert name not in argument.sentence or quantity(first.outcome, value, scenario) in told
    assert ("rises" if first.difference > 0 else "falls") in told
    close = f"Not certain: of {first.counted} draws it rises in {first.rising} and falls in {first.falling}."
    assert (close in told) == ("Not certain" in told) == (first.verdict == "too close to call")
    assert ("Caution" in told) == (argument.grade == "D")
    assert ("outside that range" in told) == (not first.low <= first.difference <= first.high)


def test_equal_runs_are_run_once(monkeypatch):
    """Systems, and all sides that leave the scenario as it is, share one run."""
    seen = []
    real = evaluation.draw_worlds
    monkeypatch.setattr(
        evaluation, "draw_worlds", lambda scenario, *rest: (seen.append(scenario.text), real(scenario, *rest))[1]
    )
    found = weigh(load(REFERENCE), ARGUMENTS, draws=0)
    sides = {tuple(sorted(values.items())) for answer in found for values in answer.switches}
    assert len(seen) == len(sides) < 2 * len(ARGUMENTS) - 10


def test_a_calendar_that_no_switch_reads_is_simulated_once(monkeypatch):
    """Most switches change nothing that a machine's calendar reads: it has one a draw, and few more."""
    kept = []
    real = evaluation.CalendarMemory
    monkeypatch.setattr(evaluation, "CalendarMemory", lambda: (kept.append(real()), kept[-1])[1])
    weigh(load(REFERENCE), [BY_KEY[key] for key in ("cluster", "open_source", "access", "safety")], draws=DRAWS)
    (memory,) = kept
    assert memory.worked_out["cloud_credits"] == 1  # whose calendar reads nothing that draws vary
    searched = memory.worked_out["public_cluster"] - (1 + DRAWS)
    assert 0 <= searched < 2 * DRAWS  # those of the search for turning values, which move the machine's price


def test_the_press_says_which_assumption_carries_it(answers):
    told = sentence(answers["heavy_press"])
    assert any(item.claim in told and item.path in told for item in ASSUMPTIONS)


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_every_shipped_scenario_can_be_asked(name):
    """No argument is refused, and every sentence can be told, in the central case."""
    found = weigh(load(name), ARGUMENTS, draws=0)
    for answer in found:
        assert answer.refusal == "" or "has no option" in answer.refusal
        assert sentence(answer)
    assert json.loads(as_json(Debate(load(name), tuple(found), SEED, 0)))["scenario"] == name


def test_levers_are_named_by_the_option_that_has_them(tmp_path):
    """An option with a key of its own is switched under that key."""
    file = tmp_path / "own.toml"
    file.write_text(
        'title = "T"\nquestion = "Q?"\nstart = "2027-01"\nbudget = { total = 5e8, years = 5 }\n'
        '[[option]]\ninstrument = "do_nothing"\n[[option]]\ninstrument = "public_cluster"\nkey = "big_iron"\n'
    )
    (answer,) = weigh(load(file), [BY_KEY["vendor_lock_in"]], draws=2)
    assert not answer.refusal
    assert "big_iron.alternative_share" in answer.switches[1]


def test_a_scenario_without_the_option_says_so(tmp_path):
    file = tmp_path / "few.toml"
    file.write_text(
        'title = "T"\nquestion = "Q?"\nstart = "2027-01"\nbudget = { total = 5e8, years = 5 }\n'
        '[[option]]\ninstrument = "do_nothing"\n[[option]]\ninstrument = "public_cluster"\n'
    )
    answers = {answer.argument.key: answer for answer in weigh(load(file), ARGUMENTS, draws=0)}
    assert sentence(answers["fab"]) == "Not applicable: the scenario has no option of the instrument cloud_credits."
    assert answers["obsolescence"].weighed and not answers["obsolescence"].refusal
    assert "Not applicable" in markdown(Debate(load(file), tuple(answers.values()), SEED, 0))


def test_the_middle_of_what_is_drawn_stays_drawn_and_does_not_count_where_a_scenario_fixes_it():
    """The fab is asked about an embargo around the ninth year; whoever knows the month is asked about that."""
    path = "independence.shock_start_months"
    (usual,) = weigh(load(REFERENCE), [BY_KEY["fab"]], draws=0)
    assert usual.switches[1][path] == 96 and f"--set {path}=96" in markdown(Debate(load(REFERENCE), (usual,), SEED, 0))
    assert path in {each.path for each in usual.reversals}
    (known,) = weigh(load(REFERENCE, pinned({path: 60.0})), [BY_KEY["fab"]], draws=0)
    assert path not in known.switches[1]
    assert usual.weighed[0].difference > 0 > known.weighed[0].difference


def test_what_a_fab_brings_in_an_embargo_is_what_it_makes():
    """In the central case credits have ended by then: without packaging at home nothing is left of the difference."""
    (usual,) = weigh(load(REFERENCE), [BY_KEY["fab"]], draws=0)
    (idle,) = weigh(load(REFERENCE, {"fab.packaging_per_month": 0.0}), [BY_KEY["fab"]], draws=0)
    assert usual.weighed[0].difference > 0 == idle.weighed[0].difference


def test_where_the_middle_date_says_little_the_sentence_begins_with_the_draws():
    """The counts of 64 draws are those of the reading; an argument whose remark does not lead has it behind."""
    (found,) = weigh(load(REFERENCE), [BY_KEY["independence"]], seed=SEED, draws=64)
    first, told = found.weighed[0], sentence(found)
    assert told.startswith(found.remark) and found.remark.startswith("With the start of the embargo drawn")
    assert f"{min(first.rising, first.falling)} of {first.counted} draws go the other way" in found.remark
    (other,) = weigh(load(REFERENCE), [BY_KEY["access"]], draws=0)
    assert other.remark in sentence(other) and not sentence(other).startswith(other.remark)


def test_the_middle_of_a_date_is_a_year_before_the_horizon_at_the_latest():
    (found,) = weigh(load("isambard_ai_uk"), [BY_KEY["fab"]], draws=0)
    assert not found.refusal and found.switches[1]["independence.shock_start_months"] == 72


def test_a_value_that_is_fixed_within_the_range_of_the_scenario_is_no_surprise():
    """The United States' own range of the part of clouds at home counts, not the declared one of the world."""
    path = "independence.domestic_cloud_share"
    assert not load(REFERENCE, pinned({path: 0.9})).warnings
    (warning,) = load(REFERENCE, pinned({path: 0.5})).warnings
    assert "0.85 to 1" in str(warning)


@pytest.mark.parametrize("key", ["independence", "fab"])
def test_the_date_of_an_embargo_decides_and_both_signs_happen(answers, key):
    """No draw knows the date: odds, not a verdict; the first number that turns the sign is that date."""
    first = answers[key].weighed[0]
    assert first.verdict == "too close to call" and min(first.rising, first.falling) > DRAWS / 10
    nearest = turning(answers[key])[0]
    assert nearest.path == "independence.shock_start_months" and nearest.plausible


def test_what_the_user_sets_holds_on_both_sides():
    """The user's own values are under the argument's."""
    (answer,) = weigh(load(REFERENCE, {"safety.counterfactual_share": 0.5}), [BY_KEY["safety"]], draws=0)
    (usual,) = weigh(load(REFERENCE), [BY_KEY["safety"]], draws=0)
    assert answer.weighed[1].on == pytest.approx(5 * usual.weighed[1].on)
    assert answer.weighed[1].off == usual.weighed[1].off


def test_a_switch_that_a_scenario_refuses_is_told_and_stops_nobody(tmp_path):
    """Where the argument's own values make an impossible combination, the others are answered all the same."""
    from dataclasses import replace

    wrong = replace(BY_KEY["safety"], on={"demand.need_elite": -1.0})
    answers = weigh(load(REFERENCE), [wrong, BY_KEY["obsolescence"]], draws=0)
    assert answers[0].refusal.startswith("world.demand.need_elite: ") and not answers[0].weighed
    assert answers[1].weighed


# ------------------------------------------------------------------------------------------------------ verdicts

finite = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


@property_of
@given(finite)
def test_nothing_differs_from_itself(values):
    array = np.array(values)
    assert verdict(array, array) == "no visible difference"


@property_of
@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30), st.floats(0.1, 10))
def test_the_verdict_turns_with_the_sign(values, step):
    array = np.array(values)
    assert verdict(array, array + step) == "higher"
    assert verdict(array + step, array) == "lower"


@property_of
@given(st.lists(st.floats(1, 1e6), min_size=2, max_size=30), st.floats(-1e-7, 1e-7))
def test_what_no_table_shows_is_no_difference(values, part):
    array = np.array(values)
    assert verdict(array, array * (1 + part)) == "no visible difference"


@property_of
@given(finite, finite)
def test_a_call_is_made_only_where_the_range_is_on_one_side(before, after):
    """The central case above nothing and the 10th to 90th percentile of the difference not below, or the reverse."""
    length = min(len(before), len(after))
    one, two = np.array(before[:length]), np.array(after[:length])
    gap = two - one
    gap[np.abs(gap) <= 1e-6 * np.maximum(np.abs(one), np.abs(two))] = 0
    ends = [*np.quantile(gap[1:], (0.1, 0.9), method="weibull"), gap[0]]
    called = verdict(one, two)
    if called == "higher":
        assert min(ends) >= 0 and gap[0] > 0
    elif called == "lower":
        assert max(ends) <= 0 and gap[0] < 0
    elif called == "too close to call":
        assert min(ends) < 0 < max(ends) or gap[0] == 0
    else:
        assert not any(ends)


def test_without_a_value_there_is_no_verdict():
    assert verdict(np.array([np.nan, 1.0]), np.array([1.0, 2.0])) == "no value"


def test_a_central_case_alone_decides():
    assert verdict(np.array([1.0]), np.array([2.0])) == "higher"
    assert verdict(np.array([2.0]), np.array([1.0])) == "lower"


@pytest.mark.parametrize("unit", sorted(set(UNIT_WORDS) - {"fraction", "ratio", "percent", "currency"}))
def test_every_unit_has_a_plural_unless_it_is_a_symbol(unit):
    symbols = {"GPU", "Mtoken", "USD", "kW", "kWh", "MWh", "kgCO2e", "tCO2e"}
    assert plural_unit(unit) == unit_text(unit) + ("" if unit in symbols else "s")


# --------------------------------------------------------------------------------------------------- the command


def test_argue_prints_title_grade_switch_and_sentence(capsys):
    assert main(["argue", REFERENCE, "--only", "obsolescence", "--draws", "4"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Hardware grows obsolete (obsolescence), evidence B (published estimate or a single trace)" in printed
    assert "off: --fix hardware.doubling_years=1000.0" in printed
    assert "on: the scenario as it is" in printed
    assert "Because newer hardware supersedes it, the work of 'NAIRR machines'" in printed


def test_argue_keeps_to_what_is_asked_for_in_the_order_of_the_registry(capsys):
    assert main(["argue", REFERENCE, "--only", "safety", "--only", "access", "--draws", "0", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["key"] for entry in found["arguments"]] == ["access", "safety"]
    assert found["arguments"][1]["readings"][0]["low"] is None
    assert found["schema"] == "heavypress/arguments/1"


def test_a_wrong_key_is_told_with_the_nearest(capsys):
    assert main(["argue", REFERENCE, "--only", "saftey"]) == 2
    assert capsys.readouterr().err == "heavypress: --only: no argument 'saftey'; did you mean 'safety'?\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["argue", "nair_us"], "nairr_us"),
        (["argue", REFERENCE, "--set", "safety.harms=true"], "did you mean 'harm'?"),
        (["argue", REFERENCE, "--set", "safety.harm"], "write it as group.name=value"),
    ],
)
def test_what_cannot_be_read_is_told_before_anything_runs(words, told, capsys):
    assert main(words) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("draws", ["-1", "many", "1.5"])
def test_a_wrong_number_of_draws_is_refused(draws, capsys):
    assert main(["argue", REFERENCE, "--draws", draws]) == 2
    assert "is not a whole number from 0 to 20000" in capsys.readouterr().err


def test_the_table_for_programs_has_a_row_a_reading(capsys):
    assert main(["argue", REFERENCE, "--only", "fab", "--only", "safety", "--draws", "2", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == len(BY_KEY["fab"].readings) + len(BY_KEY["safety"].readings)
    for row in rows:
        assert float(row["on"]) - float(row["off"]) == pytest.approx(float(row["difference"]))


def test_equal_questions_have_equal_digests(answers):
    scenario, first = load(REFERENCE), tuple(answers.values())
    runs = [
        Debate(scenario, first, SEED, DRAWS).run,
        Debate(scenario, first, SEED + 1, DRAWS).run,
        Debate(scenario, first, SEED, DRAWS + 1).run,
        Debate(scenario, first[1:], SEED, DRAWS).run,
        Debate(load(REFERENCE, {"safety.misuse_share": 0.01}), first, SEED, DRAWS).run,
    ]
    assert len(set(runs)) == len(runs)
    assert Debate(load(REFERENCE), first, SEED, DRAWS).run == runs[0]


def test_markdown_quotes_the_claim_and_the_switch(capsys):
    assert main(["argue", REFERENCE, "--only", "access", "--draws", "2", "--format", "markdown"]) == 0
    text = capsys.readouterr().out
    assert f"> {BY_KEY['access'].claim}" in text and "- Off: `--set access.rule=merit`" in text


def test_answers_are_written_all_or_nothing_and_over_nobodys_work(tmp_path, capsys):
    place = tmp_path / "answers"
    words = ["argue", REFERENCE, "--only", "safety", "--draws", "0", "--out", str(place)]
    assert main(words) == 0
    assert {path.name for path in place.iterdir()} == {"arguments.md", "arguments.json", "arguments.csv", "run.json"}
    assert json.loads((place / "run.json").read_text())["options"]["only"] == ["safety"]
    assert main(words) == 0, "an earlier result is replaced"
    other = tmp_path / "work"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    assert main([*words[:-1], str(other)]) == 2
    assert "is not empty" in capsys.readouterr().err and (other / "thesis.txt").read_text() == "mine"


def test_the_users_own_settings_are_repeated(capsys):
    words = ["argue", REFERENCE, "--only", "safety", "--draws", "0", "--set", "safety.misuse_share=0.01"]
    assert main(words) == 0
    assert "With --set safety.misuse_share=0.01; an argument's own settings take precedence." in (
        capsys.readouterr().out
    )


# -------------------------------------------------------------------------------------------------- the document


def test_the_document_has_every_argument_with_its_evidence_and_switch():
    text = arguments()
    for argument in ARGUMENTS:
        assert f"\n## {argument.title}\n" in text and f"(#{anchor(argument.title)})" in text
        assert f"heavypress argue SCENARIO --only {argument.key}`" in text
        for evidence in (*argument.supports, *argument.opposes):
            for citation in sources.resolve(evidence.source):
                assert f"- {evidence_text(evidence)} " in text and citation.replace("|", "/") in text
        for path in argument.paths:
            assert f"`{path}" in text or f"{path}=" in text


def test_every_section_of_the_document_ends_with_the_other_side():
    """In the central case of the reference scenario, as the command prints it."""
    sections = arguments().split("\n## ")[1:]
    for section, answer in zip(sections, weigh(load(REFERENCE), ARGUMENTS, draws=0), strict=True):
        assert opening(answer) in section
        for each in turning(answer):
            assert distance_words(each) in section and section.rindex(each.path) > section.index(opening(answer))


def test_citations_are_readable():
    """No key of a table stands where a reader expects a title."""
    assert not re.search(r"\bown_derivation\b|\bgeneral_knowledge\b", arguments())


def test_the_document_on_disk_is_the_one_generated():
    assert Path("docs/arguments.md").read_text(encoding="utf8") == arguments()


def test_headings_are_unlike():
    anchors = [anchor(argument.title) for argument in ARGUMENTS]
    assert all(one != other for one, other in pairwise(sorted(anchors)))


def test_python_gets_the_table_that_the_command_writes(capsys):
    words = ["argue", REFERENCE, "--only", "safety", "--only", "access", "--draws", "3", "--format", "csv"]
    assert main(words) == 0
    printed = pd.read_csv(io.StringIO(capsys.readouterr().out))
    table = sim.argue(REFERENCE, only=("access", "safety"), draws=3).table
    assert list(printed) == ["run", "table", "changes", *table]
    for column in table:
        texts = printed[column].fillna("").astype(str).str.removeprefix("'")
        numbers = table[column].dtype.kind in "fi"
        assert (printed[column] if numbers else texts).tolist() == pytest.approx(table[column].tolist(), nan_ok=numbers)
    with pytest.raises(KeyError):
        sim.argue(REFERENCE, only=("saftey",))
