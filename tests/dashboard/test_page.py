"""The frame of the pages over every shipped scenario: what stands where, and that the address is the state."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable

import pandas as pd
import pytest
import streamlit as st

from dashboard import markdown, texts, words
from dashboard import page as frame
from dashboard.names import outcome
from dashboard.page import VIEWS
from dashboard.runs import QUICK_DRAWS
from dashboard.state import DRAWS, FIRST, Pair, State
from dashboard.views import answer
from sim.charts import pairs as differences
from sim.charts.pairs import pair_of
from sim.cli.comparison import compare as command
from sim.comparison.answer import headline
from sim.comparison.run import DEFAULT_SEED, compare
from sim.comparison.verdict import LOOKS
from sim.mechanisms.appraisal import profiles
from sim.mechanisms.hardware import Hardware
from sim.outcomes import BY_NAME
from sim.scenario import Scenario, load, names
from tests.dashboard.conftest import ROOT, TINY, Page

Open = Callable[..., Page]
SOURCES = sorted((ROOT / "dashboard").rglob("*.py"))
PATHS = [view.path for view in VIEWS]


def also_slow(name: str) -> object:
    """A scenario whose page is looked at in the slow tests only, but for a few."""
    usual = (FIRST, "isambard_ai_uk", "heavy_press_1950")
    return pytest.param(name, marks=[] if name in usual else [pytest.mark.slow])


@pytest.mark.parametrize("name", [also_slow(name) for name in names()])
def test_every_shipped_scenario_has_its_answer_on_the_first_page(open_page: Open, name: str) -> None:
    page = open_page(scenario=name, draws="64", queue=None)
    scenario = load(name)
    direct = compare(scenario, draws=64, fidelity="instant")
    assert page.at.subheader[0].value == markdown.literal(scenario.question)
    assert all(markdown.literal(sentence) in page.text() for sentence in direct.answer.sentences)
    assert page.at.table[0].value.equals(answer.figures(direct))
    assert len(page.at.table[0].value) == len(scenario.options)
    assert not page.at.error


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("path", PATHS)
def test_every_page_opens_in_every_shipped_scenario(open_page: Open, path: str, name: str) -> None:
    page = open_page(path, scenario=name, draws="64", queue=None, lang="de")
    assert not page.at.error and page.text()


@pytest.mark.parametrize("path", PATHS)
def test_every_page_opens_and_leads_back_to_the_same_state(open_page: Open, path: str) -> None:
    page = open_page(scenario="small_country").move("cloud.long_run_usd", 3.0)
    before = page.state
    assert page.go(path).state == before
    assert page.address["set"] == ["cloud.long_run_usd=3"]
    assert page.go("answer").state == before


def test_the_page_opens_where_the_command_line_begins() -> None:
    usual = command.make_context("compare", []).params
    assert (usual["scenario"], usual["seed"], usual["draws"]) == (FIRST, DEFAULT_SEED, State().draws)
    assert usual["draw"] == State().draw and usual["no_queue"] is not State().queue
    assert set(DRAWS[2:]) <= set(LOOKS), "who stops at one of them sees what a run that looks sees"


# --- the live difference ---


def test_the_chart_has_the_verdict_of_the_pair_and_words_for_who_does_not_see_it(open_page: Open) -> None:
    page = open_page(draws="64", between="cloud_credits,portfolio", outcome="public_cost")
    direct = compare(load(FIRST), draws=64, queue=False)
    assert page.state.pair == Pair("cloud_credits", "portfolio", "public_cost")
    pair = pair_of(direct, "cloud_credits", "portfolio", "public_cost")
    title = headline(pair, {key: result.label for key, result in direct.results.items()})
    assert f"**{markdown.literal(f'Public cost, present value, less residual value: {title}')}**" in page.text()
    (chart,) = page.at.get("vega_lite_chart")
    assert "64" in chart.proto.alt and "Cloud credits" in chart.proto.alt


def test_the_two_options_and_the_outcome_can_be_chosen_and_turned_round(open_page: Open) -> None:
    page = open_page(draws="64")
    first, second = load(FIRST).between
    page.at.selectbox(key="pair/first").select(second)
    assert page.run().state.pair == Pair(second, first, load(FIRST).yardstick)
    page.at.selectbox(key="pair/outcome").select("public_cost")
    assert page.run().address["outcome"] == ["public_cost"]
    assert page.address["between"] == [f"{second},{first}"]


def test_a_pair_that_there_is_not_is_that_of_the_question(open_page: Open) -> None:
    page = open_page(draws="64", between="nobody,nothing", outcome="bliss")
    assert [box.value for box in page.at.selectbox if box.key.startswith("pair/")] == [
        *load(FIRST).between,
        load(FIRST).yardstick,
    ]


# --- the address ---


def test_an_address_restores_what_it_names(open_page: Open) -> None:
    page = open_page(scenario="glut", set="cloud.price_usd=3", fix="demand.groups=900", seed="7", draws="64")
    assert page.slider("cloud.price_usd").value == 3.0 and page.slider("demand.groups").value == 900
    found = page.state
    assert (found.side.scenario, found.seed, found.draws, found.queue) == ("glut", 7, 64, False)
    assert found.side.known == {"demand.groups"}
    direct = compare(load("glut", {"cloud.price_usd": 3.0, "demand.groups": 900, "fixed": ["demand.groups"]}), seed=7,
                     draws=64, queue=False)  # fmt: skip
    assert markdown.literal(direct.answer.sentences[0]) in page.text()


def test_what_an_address_says_wrong_is_said_and_the_rest_is_taken(open_page: Open) -> None:
    page = open_page(set=["cloud.price_usd=3", "cloud.prise_usd=3", "demand.groups=-1"], sede="4")
    assert page.state.side.settings == {"cloud.price_usd": 3}
    said = page.at.warning[0].value
    assert "did you mean seed?" in said and "did you mean 'price\\_usd'?" in said and "demand.groups" in said
    assert page.at.table and not page.at.error
    page.click("dismiss_address")
    assert not page.at.warning and page.address["set"] == ["cloud.price_usd=3"]


def test_what_lies_beyond_its_plausible_range_is_said_above_every_number(open_page: Open) -> None:
    page = open_page(set=["public_cluster.life_years=60", "cloud.decline_per_year=0.21"], draws="64")
    (said,) = [each.value for each in page.at.main.caption if "plausible range" in each.value]
    assert said.endswith("Outside its plausible range, and taken as it is: public\\_cluster.life\\_years")


def test_a_scenario_whose_own_value_is_not_plausible_says_so_where_the_range_stands(open_page: Open) -> None:
    page = open_page(draws="64")
    page.open("details/hardware.price_usd")
    own = words.value_text(load(FIRST).world.hardware.price_usd, Hardware.spec("price_usd"))
    assert f"The scenario has {own}, outside this range" in page.text()
    page = open_page(draws="64")
    page.open("details/cloud.decline_per_year")
    assert "outside this range" not in page.text()


def test_a_question_that_names_another_budget_says_so(open_page: Open) -> None:
    said = "The question was put for USD 2.60bn; every number here is for 500m."
    page = open_page(draws="64")
    assert said not in page.text()
    page.at.number_input(key="budget").set_value(500.0)
    assert said in page.run().text()


def test_who_takes_a_chart_reads_how_it_is_checked_and_what_its_hours_are(open_page: Open) -> None:
    page = open_page(draws="64")
    assert "FE-hour: an hour's work of one H100 at the start" in page.text()
    page.open("take")
    assert "heavypress verify FILE" in page.text()


@pytest.mark.parametrize("name", ["nowhere", "/etc/passwd", "mine:plan", "<b>x</b>", ""])
def test_a_scenario_that_is_gone_is_said_and_the_first_one_is_shown(open_page: Open, name: str) -> None:
    page = open_page(scenario=name)
    assert page.state == State(draws=0, queue=False)
    assert len(page.at.warning) == (1 if name else 0)


def test_the_browser_goes_back_and_the_page_follows(open_page: Open) -> None:
    page = open_page().move("cloud.long_run_usd", 3.0)
    page.at.query_params.pop("set")
    assert page.run().state.side.settings == {} and page.slider("cloud.long_run_usd").value != 3.0
    page.at.query_params["set"] = ["cloud.long_run_usd=4"]
    assert page.run().slider("cloud.long_run_usd").value == 4.0


def test_a_rent_that_is_set_says_that_it_has_left_the_record(open_page: Open) -> None:
    page = open_page(scenario="isambard_ai_uk")
    assert page.at.table[0].value.columns[1] == "GBP per FE-hour"
    assert "returns to its long-run level" not in page.move("cloud.long_run_usd", 3.0).text()
    assert "returns to its long-run level" in open_page(scenario="isambard_ai_uk", set="cloud.price_usd=5.8").text()


def test_the_rent_of_a_record_that_is_set_is_a_change_whatever_it_is(open_page: Open) -> None:
    """The recorded value itself leaves the record, and stays a setting until it is reset."""
    usual = load("nairr_us").world.cloud.price_usd
    page = open_page(set=f"cloud.price_usd={usual}")
    assert page.address["set"] == [f"cloud.price_usd={usual:g}"] and page.slider("cloud.price_usd").value == usual
    assert f"cloud.price\\_usd at {usual:g}" in page.text()
    assert page.move("cloud.price_usd", 2.5).move("cloud.price_usd", usual).state.side.settings == {
        "cloud.price_usd": usual
    }
    ranged = open_page(set="cloud.price_usd=2.5", range="cloud.price_usd=2:5").move("cloud.price_usd", usual)
    assert ranged.at.table and not ranged.at.error


def test_the_rent_at_the_start_is_that_of_the_segment_that_is_chosen(open_page: Open) -> None:
    page = open_page(set="cloud.segment=list")
    listed = load("nairr_us", {"cloud.segment": "list"})
    assert page.slider("cloud.price_usd").value == listed.world.cloud.price_usd
    assert "rent:list" in next(each.spec.source for each in page.panel.controls if each.path == "cloud.price_usd")


def test_a_level_of_rents_that_does_nothing_is_said_to(open_page: Open) -> None:
    silent, idle = open_page(set="cloud.long_run_usd=4"), open_page(set=["cloud.price_usd=3", "cloud.long_run_usd=4"])
    assert "does nothing here" in idle.text() and "does nothing here" not in silent.text()


def test_of_the_two_rents_that_one_has_a_slider_which_decides(open_page: Open) -> None:
    """Where rents follow their record it is the level that they return to; one that is set has its own slider."""
    page = open_page(set="cloud.price_usd=5.8")
    assert page.slider("cloud.price_usd").value == 5.8
    assert "cloud.long_run_usd" not in [control.path for control in page.panel.controls]
    page.click("reset_all")
    assert page.slider("cloud.long_run_usd").value == 3.75
    assert "cloud.price_usd" not in [control.path for control in page.panel.controls]
    followed = open_page(set="cloud.segment=list").panel.controls
    assert "cloud.price_usd" in [control.path for control in followed], "list prices return to no level"


def test_a_move_counts_more_than_the_address_of_the_move_before(open_page: Open) -> None:
    """Two moves follow each other faster than a browser receives addresses: the second comes with the first one."""
    page = open_page().move("cloud.long_run_usd", 3.0)
    before = page.address
    page.move("cloud.long_run_usd", 4.0)
    for name, value in before.items():
        page.at.query_params[name] = value
    assert page.move("cloud.long_run_usd", 4.5).state.side.settings == {"cloud.long_run_usd": 4.5}
    assert page.address["set"] == ["cloud.long_run_usd=4.5"] and page.slider("cloud.long_run_usd").value == 4.5
    page.at.query_params["set"] = before["set"]  # and going back is going back
    assert page.run().state.side.settings == {"cloud.long_run_usd": 3.0}


def test_a_link_to_another_page_keeps_the_state_and_a_bare_address_is_the_usual_one(open_page: Open) -> None:
    """In a session that is under way a bare address is one that the browser has not yet been given in full."""
    page = open_page().move("cloud.long_run_usd", 3.0)
    page.at.query_params.clear()
    assert page.go("money").state.side.settings == {"cloud.long_run_usd": 3.0}
    page.at.query_params.clear()
    assert page.run().state.side.settings == {"cloud.long_run_usd": 3.0}
    assert page.address["set"] == ["cloud.long_run_usd=3"]
    assert open_page(draws=None, queue=None).state == State()


def test_a_page_whose_first_run_is_cut_short_keeps_the_state(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that ends begins the run anew before the address of the new page is written."""
    page = open_page().move("cloud.long_run_usd", 3.0)
    page.at.query_params.clear()
    with monkeypatch.context() as cut:
        cut.setattr(frame, "_compose", lambda view: st.stop())
        page.go("money")
    assert page.run().state.side.settings == {"cloud.long_run_usd": 3.0}
    assert page.address["set"] == ["cloud.long_run_usd=3"]


# --- two scenarios, and how much is computed ---


def test_two_scenarios_stand_side_by_side_and_the_controls_move_one(open_page: Open) -> None:
    page = open_page(draws="64", versus="glut", moving="versus")
    assert len(page.at.subheader) == 2 and len(page.at.get("vega_lite_chart")) == 2
    page.move_active("cloud.price_usd", 3.0)
    assert [side.settings for side in page.state.sides] == [{}, {"cloud.price_usd": 3.0}]
    assert page.address["versus-set"] == ["cloud.price_usd=3"]
    page.at.segmented_control(key="moving").set_value("A")
    page.run().move("cloud.long_run_usd", 3.2)
    assert [dict(side.settings) for side in page.state.sides] == [{"cloud.long_run_usd": 3.2}, {"cloud.price_usd": 3.0}]


def axes_of(page: Page) -> list[tuple[dict[str, object], str, dict[str, object]]]:
    """The axes of every live chart: scale and title of the differences, scale of the shares of worlds."""
    layers = [json.loads(chart.proto.spec)["layer"][0]["encoding"] for chart in page.at.get("vega_lite_chart")]
    return [(layer["x"]["scale"], layer["x"]["title"], layer["y"].get("scale", {})) for layer in layers]


def test_the_charts_of_two_scenarios_have_the_same_axes(open_page: Open) -> None:
    """Bars twice as long on one side must be twice as much; of two outcomes or units they cannot be compared."""
    one, other = axes_of(open_page(draws="64", versus="glut"))
    assert one == other
    compared = [compare(load(name), draws=64, queue=False) for name in (FIRST, "glut")]
    bars = pd.concat([differences.of_the_question(each) for each in compared])
    low, high = one[0]["domain"]  # type: ignore[misc]
    assert low / high == pytest.approx(min(bars["from"].min(), 0) / max(bars["to"].max(), 0))
    assert one[2]["domain"] == [0, bars["share"].max()]
    (alone,) = axes_of(open_page(draws="64"))
    assert "domain" not in alone[0] and not alone[2]


def test_charts_of_two_outcomes_have_their_own_axes(open_page: Open) -> None:
    found = axes_of(open_page(draws="64", versus="isambard_ai_uk", outcome="public_cost"))
    assert len(found) == 2 and all("domain" not in each[0] for each in found), "dollars and pounds"


@pytest.mark.parametrize(("other", "differs"), [(FIRST, False), ("isambard_ai_uk", True)])
def test_amounts_of_two_starts_or_in_two_moneys_are_not_to_be_compared(
    open_page: Open, other: str, differs: bool
) -> None:
    said = [caption.value for caption in open_page(draws="64", queue="off", versus=other).at.main.caption]
    assert any("compare who is ahead, not the amounts" in each for each in said) == differs


def test_one_world_is_no_median(open_page: Open) -> None:
    said = [caption.value for caption in open_page(draws="1").at.main.caption]
    assert "Figures of 1 world." in said and not any("1 worlds" in each for each in said)


def test_bars_too_narrow_for_a_shared_axis_have_their_own_and_say_so(open_page: Open) -> None:
    """A country of 50 million dollars beside one of 2.6 billion would be a line at zero."""
    page = open_page(draws="64", versus="small_country")
    wide, narrow = axes_of(page)
    assert "domain" in wide[0] and "domain" not in narrow[0]
    said = [caption.value for caption in page.at.main.caption if "has its own" in caption.value]
    assert len(said) == 1


def test_an_option_that_a_scenario_does_not_have_is_said_and_another_shown(open_page: Open) -> None:
    page = open_page(between="cloud_credits,space_mirror")
    (warning,) = [each.value for each in page.at.warning if "between" in each.value]
    assert "'space\\_mirror' is none of the options" in warning and "public\\_cluster" in warning
    assert page.at.selectbox(key="pair/first").value == "cloud_credits"


def test_a_share_that_leaves_zero_offers_what_is_only_measured_then(open_page: Open) -> None:
    page = open_page(draws="64")
    outcomes = page.at.selectbox(key="pair/outcome").options
    load = outcome(BY_NAME["alternative_work_share"])
    assert load not in outcomes
    page.at.query_params["set"] = "public_cluster.alternative_share=0.3"
    page.run()
    assert set(page.at.selectbox(key="pair/outcome").options) == {*outcomes, load}


def test_a_scenario_as_it_stands_is_kept_beside_what_is_moved_next(open_page: Open) -> None:
    page = open_page(draws="64").move("cloud.long_run_usd", 3.0).click("keep").move("cloud.long_run_usd", 4.0)
    assert [side.settings["cloud.long_run_usd"] for side in page.state.sides] == [4.0, 3.0]
    page.at.selectbox(key="versus").select("")
    assert len(page.run().state.sides) == 1


def test_who_turns_to_the_second_scenario_at_once_is_followed(open_page: Open) -> None:
    """Another second scenario has just put the controls back to the first."""
    page = open_page(draws="64").click("keep")
    page.at.segmented_control(key="moving").set_value(words.SIDE_B)
    assert page.run().state.active == 1
    page.at.selectbox(key="versus").select("glut")
    assert page.run().state.active == 0
    page.at.segmented_control(key="moving").set_value(words.SIDE_B)
    assert page.run().state.active == 1


@pytest.mark.parametrize("name", [next(iter(profiles()))])
def test_an_appraisal_profile_discounts_the_whole_page(open_page: Open, name: str) -> None:
    page = open_page(draws="64", profile=name)
    direct = compare(load(FIRST), draws=64, queue=False, profile=profiles()[name])
    assert page.at.table[0].value.equals(answer.figures(direct))
    assert page.state.profile == name


def test_a_profile_that_there_is_not_is_said(open_page: Open) -> None:
    page = open_page(profile="green_bok")
    assert page.state.profile == "" and "profile" in page.at.warning[0].value


def test_odds_and_ranges_come_at_once_and_say_of_how_many_worlds(open_page: Open) -> None:
    page = open_page(draws=None, queue=None)
    assert f"of {QUICK_DRAWS} worlds" in page.text()
    assert page.job is not None and page.job.state == "queued", "the worker waits until nothing moves"


# --- a file of the user's own ---


def test_an_uploaded_scenario_is_accepted_and_shown(open_page: Open) -> None:
    page = open_page().upload(TINY)
    assert page.state.side.scenario == "mine:tiny" and page.address["scenario"] == ["mine:tiny"]
    assert list(page.at.table[0].value.index) == ["Do nothing", "Public cluster", "Vouchers \\| \\*all\\*", "A mix"]
    assert not page.at.error


def test_foreign_text_is_shown_letter_by_letter(open_page: Open) -> None:
    text = open_page().upload(TINY).go("numbers").text()
    assert "A \\*tiny\\* scenario for \\$5 and :\u2060red\\[more\\]" in text
    assert "Does \\# everything\\_run?" in open_page().upload(TINY).text()


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_was_changed_can_be_copied(open_page: Open, language: str) -> None:
    """Nothing unseen stands in what is copied, and no number is parted from its unit."""
    text = open_page(set=["cloud.long_run_usd=3", "cloud.decline_per_year=0.3"], lang=language).text()
    line = next(each for each in text.splitlines() if "→" in each)
    assert "\u2060" not in line
    assert not re.search(r"\d %", text)


def test_warnings_of_a_scenario_stand_on_the_page(open_page: Open, tiny: Scenario) -> None:
    assert tiny.warnings
    page = open_page().upload(TINY).go("numbers")
    assert page.at.warning[0].value == markdown.bullets(tiny.warnings)


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
    page = open_page(scenario="glut").move("cloud.price_usd", 2.5)
    before = page.state
    page.upload(text, "bad.toml")
    assert sentence in page.at.error[0].value
    assert "bad.toml was not accepted" in page.at.error[0].value
    assert "Traceback" not in page.text()
    assert page.state == before and page.slider("cloud.price_usd").value == 2.5
    assert page.at.table
    page.click("dismiss")
    assert not page.at.error


def test_every_fault_of_a_file_is_shown(open_page: Open) -> None:
    page = open_page().upload("title = 'x'\nbudget = { total = -5 }\nworld.cloud.price_usd = 'cheap'", "bad.toml")
    text = page.at.error[0].value
    assert all(part in text for part in ("start", "budget.total", "cloud.price\\_usd"))


def test_the_name_of_a_file_leads_nowhere(open_page: Open) -> None:
    assert open_page().upload(TINY, "=evil name.toml").state.side.scenario == "mine:evil_name"
    page = open_page().upload(TINY, "../../evil.toml")
    assert page.at.error and page.state.side.scenario == FIRST


# --- the texts ---


def test_the_page_speaks_german_where_it_is_asked_to(open_page: Open) -> None:
    page = open_page(lang="de")
    assert texts.table()["UNDO"]["de"] in [button.label for button in page.at.button]
    page.at.segmented_control(key="lang").set_value("en")
    assert texts.table()["UNDO"]["en"] in [button.label for button in page.run().at.button]
    assert "lang" not in page.address


def test_every_text_has_every_language_and_fills_in_the_same() -> None:
    for name, row in texts.table().items():
        assert sorted(row) == sorted(texts.LANGUAGES), name
        fields = [sorted(re.findall(r"\{[a-z_]*", text)) for text in row.values()]
        assert all(each == fields[0] for each in fields), name
        assert all(text.strip() for text in row.values()), name


def test_every_text_that_is_asked_for_is_there_and_none_is_left_over() -> None:
    code = "\n".join(path.read_text(encoding="utf8") for path in SOURCES)
    asked = set(re.findall(r"words\.([A-Z][A-Z_]+)\b", code)) - {name for name in vars(words) if name.isupper()}
    assert asked <= texts.table().keys(), asked - texts.table().keys()
    named = set(re.findall(r"""["']([A-Z][A-Za-z_]+)["']""", code))
    begun = tuple(re.findall(r"""["']([A-Z][A-Z_]*_|[a-z]+ )[{"]""", code))
    left = {name for name in texts.table().keys() - asked - named if not name.startswith(begun)}
    assert not left, "nobody asks for these"


# --- the source ---


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_page_writes_html_of_its_own(path: object) -> None:
    text = str(path.read_text(encoding="utf8"))  # type: ignore[attr-defined]
    assert "unsafe_allow_html" not in text
    assert "st.html" not in text


def test_a_worker_that_loads_the_script_composes_no_page() -> None:
    body = ast.parse((ROOT / "dashboard" / "app.py").read_text(encoding="utf8")).body
    kinds = [type(node) for node in body]
    assert kinds == [ast.Expr, ast.ImportFrom, ast.If]
    assert ast.unparse(body[2].test) == "__name__ == '__main__'"  # type: ignore[attr-defined]
