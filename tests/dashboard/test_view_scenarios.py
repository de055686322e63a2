"""The page of scenarios: library, own files, the difference of two, and what is saved; what is wrong is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard import contrast, library, session, words
from dashboard.views import scenarios as view
from sim.comparison.record import rerun
from sim.comparison.run import compare
from sim.packs import archive_bytes
from sim.scenario import Settings, load, names, with_settings
from sim.scenario.changes import value_at
from sim.scenario.differences import ABSENT, Difference, differences
from tests.dashboard.conftest import TINY
from tests.dashboard.pages import At

OTHER = TINY.replace("A *tiny* scenario for $5 and :red[more]", "Another").replace("groups = 500", "groups = 700")


@pytest.fixture(scope="module")
def page() -> At:
    """The page as it is opened."""
    return At("scenarios")


# --- library and own files ---


def test_every_shipped_scenario_has_a_card_that_opens_it(page: At) -> None:
    text = page.text
    for name in names():
        scenario = load(name)
        assert library.shipped(name) == scenario and scenario.start.words in text
        button = page.at.button(key=f"open/{name}")
        assert button.disabled == (name == "small_country")
    opened = At("scenarios").click("open/glut")
    assert opened.state("state").sides[0].scenario == "glut"
    assert opened.at.query_params["scenario"] == "glut"


def test_one_file_is_opened_and_shown_letter_by_letter() -> None:
    page = At("scenarios").upload("upload_files", ("tiny.toml", TINY))
    assert page.state("state").sides[0].scenario == "mine:tiny"
    assert "**A \\*tiny\\* scenario for \\$5 and" in page.text, "a title is text, not Markdown"
    assert not page.at.error


@pytest.mark.parametrize("key", ["upload_files", "upload"])
def test_of_several_scenarios_one_is_asked_for_and_all_are_kept(key: str) -> None:
    content = archive_bytes({"a.toml": TINY.encode(), "b.toml": OTHER.encode()})
    page = At("scenarios").upload(key, ("both.zip", content))
    assert page.state("state").sides[0].scenario == "small_country", "nothing was guessed"
    assert set(page.state("mine")) == {"a", "b"}
    page.at.selectbox(key=f"{key}/which").set_value("b")
    page.run()
    assert page.state("state").sides[0].scenario == "mine:b"
    page.click("close/mine:a")
    assert set(page.state("mine")) == {"b"} and page.at.button(key="close/mine:b").disabled


def test_a_second_file_of_one_name_takes_nothing_away() -> None:
    page = At("scenarios").upload("upload_files", ("plan.toml", TINY)).upload("upload_folder", ("plan.toml", OTHER))
    assert {key: own.title for key, own in page.state("mine").items()} == {
        "plan": "A *tiny* scenario for $5 and :red[more]", "plan_2": "Another"
    }  # fmt: skip
    page.upload("upload_files", ("plan.toml", OTHER))
    assert len(page.state("mine")) == 2, "the same file again is the same scenario"


def test_what_is_refused_leaves_the_page_as_it_was() -> None:
    page = At("scenarios").upload("upload_files", ("broken.toml", "title = 1"), ("more.toml", "nonsense"))
    (error,) = page.at.error
    assert error.value.startswith("broken.toml and more.toml")
    assert "broken.toml: title" in error.value and "more.toml: is not TOML" in error.value
    assert page.state("state").sides[0].scenario == "small_country"
    assert len(page.at.button) > len(names()), "the rest of the page works"
    page.click("dismiss")
    assert not page.at.error


def test_part_of_what_is_opened_can_be_refused() -> None:
    page = At("scenarios").upload("upload_files", ("tiny.toml", TINY), ("broken.toml", "title = 1"))
    assert page.state("state").sides[0].scenario == "mine:tiny" and not page.at.error
    assert "broken.toml: " in page.at.warning[0].value


def test_no_more_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.opening.MOST_OWN", 1)
    page = At("scenarios").upload("upload_files", ("tiny.toml", TINY), ("other.toml", OTHER))
    assert "at most 1 can be kept" in page.at.error[0].value


def test_a_saved_record_is_opened_with_its_changes_and_its_run(tmp_path: Path) -> None:
    scenario = load("small_country", Settings({"cloud.price_usd": 4.0}, "--set"))
    comparison = compare(scenario, seed=3, draws=16, queue=False)
    content = view.record(comparison)
    (tmp_path / "run.json").write_bytes(content)
    assert rerun(tmp_path / "run.json").same_bits, "heavypress rerun takes it"
    page = At("scenarios").upload("upload_files", ("run.json", content))
    state = page.state("state")
    assert (state.seed, state.draws, state.queue) == (3, 16, False)
    assert page.state("mine")["small_country"].changes == scenario.changes
    assert any("cloud.price\\_usd" in each.value and "4" in each.value for each in page.at.caption)
    page.click("undo")
    assert page.state("state").sides[0].scenario == "small_country", "opening is one step that can be undone"
    assert isinstance(session.MOST_STEPS, int)


# --- differences ---


def test_a_scenario_does_not_differ_from_itself() -> None:
    assert [differences(load(name), load(name)) for name in names()] == [[] for _ in names()]


def test_what_was_set_is_what_differs() -> None:
    settings = {
        "cloud.price_usd": 3.0, "public_cluster.life_years": 5.0, "budget.total": 1e9, "horizon_years": 9,
        "access.rule": "lottery",
    }  # fmt: skip
    before = load("nairr_us")
    found = {each.path: each for each in differences(before, with_settings(before, settings))}
    assert set(found) == {*settings, "budget.path"}, "the amounts by year move with the total"
    for path, value in settings.items():
        assert found[path].first == value_at(before, path)
        assert found[path].second == (pytest.approx(value) if isinstance(value, float) else value)


def test_what_is_taken_as_known_differs_though_its_value_does_not() -> None:
    before = load("small_country")
    (found,) = differences(before, with_settings(before, {"fixed": ["demand.growth_per_year"]}))
    assert found.first == found.second and found.known == (False, True)
    assert contrast.value(found, found.second, True) == contrast.value(found, found.first, False) + ", taken as known"


@pytest.mark.parametrize("turned", [False, True])
def test_what_only_one_has_is_told_of_both_sides(turned: bool, tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf8")
    pair = (load(tmp_path / "tiny.toml"), load("small_country"))
    found = differences(*reversed(pair) if turned else pair)
    keys = [{option.key for option in scenario.options} for scenario in pair]
    mine = {each.path for each in found if (each.first if turned else each.second) is ABSENT}
    theirs = {each.path for each in found if (each.second if turned else each.first) is ABSENT}
    assert keys[0] - keys[1] <= mine and keys[1] - keys[0] <= theirs
    assert {"modelled", "not_modelled"} & (mine | theirs)


def test_differences_turn_round_with_the_scenarios() -> None:
    one, two = load("nairr_us"), load("isambard_ai_uk")
    there = {(each.path, each.first, each.second) for each in differences(one, two)}
    assert there == {(each.path, each.second, each.first) for each in differences(two, one)}


def test_the_table_says_label_unit_both_values_and_path() -> None:
    before = load("small_country")
    frame = contrast.table(differences(before, with_settings(before, {"cloud.price_usd": 4.0})))
    usual = f"{before.world.cloud.price_usd:g}, taken as known"  # the rent of the month in which it starts
    assert frame.loc[0].tolist()[1:] == ["USD per H100e-hour", usual, "4", "cloud.price_usd"]
    assert frame.loc[0].iloc[0].startswith("Cloud: ")
    assert contrast.value(Difference("x", ABSENT, 1), ABSENT, False) == words.CONTRAST_ABSENT


def test_the_page_shows_the_present_state_against_its_file(page: At) -> None:
    assert words.CONTRAST_NONE in page.text
    moved = At("scenarios", set="cloud.price_usd=4")
    assert moved.at.dataframe[0].value["Path"].tolist() == ["cloud.price_usd"]
    moved.at.selectbox(key="contrast/two").set_value("glut")
    moved.run()
    expected = differences(load("small_country", {"cloud.price_usd": 4}), load("glut"))
    assert moved.at.dataframe[0].value["Path"].tolist() == [each.path for each in expected]


def test_every_text_is_in_both_languages() -> None:
    from dashboard.texts import table

    for name, row in table().items():
        if name.startswith(("UPLOAD_", "SAVE", "LIBRARY", "CONTRAST", "SWEEPS_", "ABOUT_", "TASK")):
            assert row["en"] and row.get("de"), name


def test_the_page_works_in_german() -> None:
    text = At("scenarios", lang="de").text
    assert "Mitgelieferte Szenarien" in text and "Scenarios of your own" not in text
