"""The page over every shipped scenario, and over files of the user's own."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from dashboard import markdown, page, panel, results, selection, words
from sim.cli.comparison import compare as command
from sim.comparison.run import compare
from sim.comparison.table import brief
from sim.comparison.verdict import LOOKS
from sim.outcomes import BY_NAME, HEADLINE, SECTIONS
from sim.scenario import Scenario, load, names
from tests.dashboard.conftest import ROOT, TINY, Page

Open = Callable[..., Page]
SHIPPED = names()


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_scenario_fills_the_page(open_page: Open, name: str) -> None:
    shown, scenario = open_page(scenario=name), load(name)
    outcomes, differences = (table.value for table in shown.at.table)
    direct = compare(scenario, queue=False)
    assert outcomes.to_numpy().tolist() == results.table(direct).to_numpy().tolist()
    assert differences.to_numpy().tolist() == results.table(direct, difference=True).to_numpy().tolist()
    assert shown.at.header[0].value == markdown.literal(scenario.question)
    assert outcomes.shape == (len(brief(direct)), len(scenario.options))
    assert differences.shape[1] == len(scenario.options) - 1
    assert len(differences) > 0
    assert not outcomes.isin(["", "nan"]).any(axis=None)
    assert not shown.at.error
    assert direct.run_id in shown.text()
    assert len(shown.at.get("download_button")) == 8
    kinds = [control.spec.kind for control in panel.Panel.of(scenario).controls]
    assert len(shown.at.slider) == kinds.count("number")
    assert kinds.count("switch") <= len(shown.at.toggle)


def parsed(*arguments: str) -> dict[str, object]:
    """What `heavypress compare` understands."""
    return command.make_context("compare", list(arguments)).params


def test_the_page_opens_where_the_command_line_begins() -> None:
    usual = parsed()
    assert (usual["scenario"], usual["seed"]) == (selection.FIRST, page.DEFAULT_SEED)
    # the command takes as many draws as the answer needs, the page as many as one of the looks of that
    assert usual["draws"] is None and page.USUAL_DRAWS in LOOKS and page.USUAL_DRAWS in page.DRAWS
    again = parsed(*words.reproduce("x.toml", 7, 256, False).split()[2:])
    assert [again[name] for name in ("scenario", "seed", "draws", "no_queue")] == ["x.toml", 7, 256, True]
    assert parsed(*words.reproduce("x.toml", 7, 0, True, True).split()[2:])["fidelity"] == "instant"
    assert parsed(*words.reproduce("x.toml", 7, 64, True, draw="all").split()[2:])["draw"] == "all"
    assert usual["draw"] == again["draw"] == page.Effort(64, True, 1).draw


def test_every_control_has_label_help_source_and_grade(open_page: Open) -> None:
    for slider in open_page().at.slider:
        assert slider.label
        assert "Evidence grade" in slider.help or "A choice, not a fact" in slider.help
        assert "Sources:" in slider.help or "No source, an assumption: " in slider.help


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_of_the_outcomes_has_its_tables(open_page: Open, section: str) -> None:
    """What is not in the headline is a choice away, with its formula."""
    shown = open_page(scenario="isambard_ai_uk", section=section)
    outcomes = shown.at.table[0].value
    assert len(outcomes) == len(SECTIONS[section])
    assert all(BY_NAME[name].label in " ".join(map(str, outcomes.index)) for name in SECTIONS[section])
    assert all(markdown.with_links(BY_NAME[name].formula) in shown.text() for name in SECTIONS[section])


def test_the_short_table_comes_first_and_the_headline_is_a_choice_away(open_page: Open) -> None:
    shown = open_page(scenario="isambard_ai_uk")
    assert shown.at.selectbox(key="section").value == words.BRIEF
    assert BY_NAME[shown.base.yardstick].label in shown.at.table[0].value.index[0]
    shown.at.selectbox(key="section").set_value(words.HEADLINE)
    outcomes = shown.run().at.table[0].value
    assert len(outcomes) == len(HEADLINE)
    assert all(BY_NAME[name].label in row for name, row in zip(HEADLINE, outcomes.index, strict=True))


def test_the_panel_says_how_much_of_it_is_assumed(open_page: Open) -> None:
    shown = open_page()
    grades = [control.spec.grade for control in panel.Panel.of(shown.base).controls]
    facts = len(grades) - grades.count("-")
    assert f"Of the {facts} facts on this panel {grades.count('D')} are assumptions" in shown.text()


# --- a file of the user's own ---


def test_an_uploaded_scenario_is_accepted_and_shown(open_page: Open) -> None:
    shown = open_page().upload(TINY)
    assert shown.state("scenario") == "mine:tiny"
    assert list(shown.at.table[0].value.columns) == ["Do nothing", "Public cluster", "Vouchers \\| \\*all\\*", "A mix"]
    assert not shown.at.error


def test_foreign_text_is_shown_letter_by_letter(open_page: Open) -> None:
    text = open_page().upload(TINY).text()
    assert "A \\*tiny\\* scenario for \\$5 and :\u2060red\\[more\\]" in text
    assert "Does \\# everything\\_run?" in text


def test_warnings_of_a_scenario_stand_on_the_page(open_page: Open, tiny: Scenario) -> None:
    assert tiny.warnings
    shown = open_page().upload(TINY)
    assert shown.at.warning[0].value == markdown.bullets(tiny.warnings)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("strat = '2025-01'", "did you mean 'start'?"),
        ("not toml at all", "is not TOML"),
        (b"\xff\xfe\x00", "UTF-16"),
        ("extends = '/etc/passwd'", "extends"),
        ("#" * 300_000, "too much for a scenario"),
    ],
    ids=["name", "syntax", "bytes", "path", "size"],
)
def test_a_bad_file_gets_sentences_and_changes_nothing(open_page: Open, text: str | bytes, sentence: str) -> None:
    shown = open_page(scenario="glut").move("cloud.price_usd", 2.5)
    shown.upload(text, "bad.toml")
    assert sentence in shown.at.error[0].value
    assert "bad.toml was not accepted" in shown.at.error[0].value
    assert "Traceback" not in shown.text()
    assert shown.state("scenario") == "glut"
    assert shown.slider("cloud.price_usd").value == 2.5
    assert len(shown.at.table) == 2
    shown.click("dismiss")
    assert not shown.at.error


def test_every_fault_of_a_file_is_shown(open_page: Open) -> None:
    shown = open_page().upload("title = 'x'\nbudget = { total = -5 }\nworld.cloud.price_usd = 'cheap'", "bad.toml")
    text = shown.at.error[0].value
    assert all(part in text for part in ("start", "budget.total", "cloud.price\\_usd"))


def test_the_name_of_a_file_leads_nowhere(open_page: Open) -> None:
    assert open_page().upload(TINY, "../../=evil name.toml").state("scenario") == "mine:evil_name"


# --- the source ---


@pytest.mark.parametrize("path", sorted((ROOT / "dashboard").glob("*.py")), ids=lambda path: path.name)
def test_no_page_writes_html_of_its_own(path: object) -> None:
    text = str(path.read_text(encoding="utf8"))  # type: ignore[attr-defined]
    assert "unsafe_allow_html" not in text
    assert "st.html" not in text


def test_a_worker_that_loads_the_script_composes_no_page() -> None:
    body = ast.parse((ROOT / "dashboard" / "app.py").read_text(encoding="utf8")).body
    kinds = [type(node) for node in body]
    assert kinds == [ast.Expr, ast.ImportFrom, ast.If]
    assert ast.unparse(body[2].test) == "__name__ == '__main__'"  # type: ignore[attr-defined]
