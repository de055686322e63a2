"""The debate in German: every text of an argument beside the model's own, and every sentence from the same fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from string import Formatter

import pytest

from dashboard import arguments, markdown, other_side, patterns, texts
from sim.arguments import ARGUMENTS, BY_KEY, Answer, Argument, weigh
from sim.arguments.report import reading_cells
from sim.arguments.text import sentence, sides
from sim.scenario import load
from sim.scenario.model import Scenario
from sim.sources import is_assumption
from tests.dashboard.conftest import Page
from tests.dashboard.test_german import assumed, english_numbers, german_numbers, said, without

Open = Callable[..., Page]
Speak = Callable[[str], None]
SCENARIOS = ("nairr_us", "canada_sovereign_compute")  # mixes that complement each other, and that do not


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Speak:
    """`speak("de")` makes the language of all that is composed German; it is English at first."""
    return lambda language: monkeypatch.setattr(texts, "language", lambda: language)


@pytest.fixture(scope="module", params=SCENARIOS)
def answers(request: pytest.FixtureRequest) -> list[Answer]:
    """What the central case of a scenario answers to every argument."""
    return weigh(load(request.param), ARGUMENTS, draws=0)


# --- the texts ---


def own_texts() -> dict[str, str]:
    """Every text of every argument, by the key that the table has for it."""
    found = {arguments.key_of(each, part): getattr(each, part) for each in ARGUMENTS for part in arguments.WORDS}
    for argument in ARGUMENTS:
        for side in arguments.EVIDENCE:
            for place, item in enumerate(getattr(argument, side), 1):
                found[arguments.key_of(argument, side, place)] = item.text
    return found


def holes(text: str) -> set[str]:
    """What a text leaves open, by name."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def rows() -> dict[str, dict[str, str]]:
    """The rows of the table that are texts of arguments."""
    return {key: row for key, row in texts.table().items() if key.startswith("argument ")}


def test_every_text_of_an_argument_is_german() -> None:
    """A text that is new, or that the model has changed, fails here by its key: its German one has to be seen to."""
    own, table = own_texts(), rows()
    assert not sorted(own.keys() - table.keys()), "missing"
    assert not sorted(table.keys() - own.keys()), "of no argument"
    assert not [key for key, text in own.items() if table[key]["en"] != text], "stale"
    assert not [key for key, row in table.items() if row["de"] == row["en"] and row["en"] != "NVIDIA and CUDA"]


def test_german_texts_leave_the_same_open_and_name_the_same_numbers() -> None:
    for key, row in rows().items():
        assert holes(row["en"]) == holes(row["de"]), key
        assert said(row["en"], ",", ".") == said(row["de"], ".", ","), key


def test_why_evidence_is_assumed_is_german() -> None:
    items = [item for argument in ARGUMENTS for side in arguments.EVIDENCE for item in getattr(argument, side)]
    whys = {assumed(item.source) for item in items if is_assumption(item.source)}
    assert whys and not [why for why in whys if f"reason {why}" not in texts.table()]


def test_german_quotes_are_german() -> None:
    for key, row in rows().items():
        assert row["de"].count("„") == row["de"].count("“"), key
        assert "'" not in row["de"] and '"' not in row["de"], key


# --- the answers ---


def test_the_table_says_in_english_letter_by_letter_what_the_model_says(answers: list[Answer]) -> None:
    """Hence the German sentences, which are made of the same fields by the same code, say the same."""
    for found in answers:
        assert arguments.composed(found) == sentence(found) == arguments.sentence(found), found.argument.key
        assert [arguments.cells(each, found.scenario) for each in found.weighed] == [
            reading_cells(each, found.scenario) for each in found.weighed
        ]


def bare(text: str, scenario: Scenario) -> str:
    """A text without labels, paths and versions of licences, which have digits of their own."""
    labels = arguments.labels_of(scenario)
    text = re.sub(r"\b[a-z_]+\.[a-z_0-9]+\b", "", re.sub(r"Llama \d(?:\.\d)?", "", text))
    return without(text, *labels, *labels.values())


def test_the_german_sentence_has_every_number_and_option_of_the_english_one(
    answers: list[Answer], speak: Speak
) -> None:
    speak("de")
    for found in answers:
        own, german = sentence(found), arguments.sentence(found)
        assert german != own
        labels = arguments.labels_of(found.scenario)
        assert all(f"„{labels[label]}“" in german for label in found.weighed[0].labels if f"'{label}'" in own)
        # the caution names labels, not paths, in German
        before, after = (text.partition(word)[0] for text, word in ((own, "Caution:"), (german, "Vorsicht:")))
        assert english_numbers(bare(before, found.scenario)) == german_numbers(bare(after, found.scenario))
        assert not set(re.findall(r"[a-z]+", after)) & {"the", "worlds", "than", "with", "of", "hours"}, german


def test_the_cells_of_a_reading_are_german(answers: list[Answer], speak: Speak) -> None:
    speak("de")
    for found in answers:
        for weighed in found.weighed:
            text = " ".join(arguments.cells(weighed, found.scenario)[1:])
            assert not set(re.findall(r"[a-z]+", text)) & {"per", "hours", "points", "no", "months", "year"}, text


def test_the_other_side_is_german(answers: list[Answer], speak: Speak) -> None:
    english = [cell for found in answers for each in found.reversals for cell in other_side.cells(each)]
    speak("de")
    german = [cell for found in answers for each in found.reversals for cell in other_side.cells(each)]
    names = [each for each in range(0, len(german), 5)]  # the first column
    assert names and all(german[each] != english[each] for each in names)
    assert not [cell for cell in german if "e+" in cell]


def test_numbers_of_the_other_side_are_named_in_words() -> None:
    """In English, too, where the bare name of a parameter says too little."""
    (found,) = weigh(load("nairr_us"), [BY_KEY["fab"]], draws=0)
    labels = [other_side.named(each) for each in found.reversals]
    assert "Planned time to build a fab" in labels and "Build" not in labels
    assert len(set(labels)) == len(labels)


def test_both_sides_of_the_switch_are_those_that_are_typed(answers: list[Answer]) -> None:
    for found in answers:
        own = [", ".join(filter(None, [option, typed or "the scenario as it is"])) for option, typed in
               arguments.sides(found)]  # fmt: skip
        assert tuple(own) == sides(found)


def test_a_text_that_the_model_has_changed_is_shown_as_the_model_has_it(speak: Speak) -> None:
    speak("de")
    argument = BY_KEY["credits"]
    assert arguments.is_translated(argument)
    changed = replace(argument, claim="Vouchers are good.", sentence="It {change}.")
    assert arguments.said(changed, "claim") == "Vouchers are good."
    assert arguments.said(changed, "counter") != changed.counter
    assert not arguments.is_translated(changed)
    (found,) = weigh(load("small_country"), [changed], draws=0)
    assert arguments.sentence(found) == sentence(found)


def test_what_an_argument_is_refused_for_is_german(speak: Speak, tiny: Scenario) -> None:
    (found,) = weigh(tiny, [BY_KEY["fab"]], draws=0)
    assert arguments.composed(found) == sentence(found)
    speak("de")
    assert arguments.sentence(found) == ("Nicht anwendbar: das Szenario hat keine Option des Instruments domestic_fab.")


# --- remarks ---

REMARKS = (
    "Even then owning yields less than renting.",
    "No single assumption of the four carries it.",
    "The mix is one instrument.",
    "No world differs from another in what they add.",
    "Portfolio adds no FE-hours to doing nothing (Shapley value, mean of 32 draws).",
    "Portfolio adds -3.10m FE-hours to doing nothing (Shapley value, mean of 32 draws).",
    "By itself the part reserved moves it by +0.256 percentage points, help by itself by -0.554 percentage points, "
    "both by +0.461 percentage points; help moves it more than the part reserved in 13 of 32 draws. No published "
    "shares of the reasons for not applying were found: those of the model are guesses (grade D).",
    "Of the complement that the free model pulls the firm keeps 715m USD, the margin given up on the model is 1.20bn "
    "USD, and making it costs 679m USD. No spending on models makes it pay, for the margin given up grows with it and "
    "is more than what is kept of the complement. It does so at no plausible margin on further sales, up to 0.62. "
    "Firms spent 11.2bn CAD a year on interfaces to models in 2025, by one account.",
    "It pays from 5.11bn USD a year of spending on models worldwide on. Over the plausible margins on further sales it "
    "does so from 3.70bn USD to 20.1bn USD a year on. Firms spent 7.98bn USD a year on interfaces to models in 2025, "
    "by one account, which is more.",
    "It pays from 9.11bn USD a year of spending on models worldwide on. At the upper end of the plausible margin on "
    "further sales, 0.62, it does so from 3.70bn USD a year on; at the lower end at no spending. Firms spent 7.98bn "
    "USD a year on interfaces to models in 2025, by one account, which is less.",
    "Were nothing to be had elsewhere and nothing stolen, releases would add 201 model-years in the central case: what "
    "is to be had takes 181 off by itself, theft 2.95 by itself and 0.295 after it. Others catch up at a rate of 1.50 "
    "a year, thieves come at one of 0.05.",
    "What carries the analogy is that rents hardly fall (cloud.decline_per_year): without that, of a lead over "
    "renting of 19.1m FE-hours nothing would be left in the central case.",
)


@pytest.mark.parametrize("own", REMARKS)
def test_remarks_are_said_in_both_languages(own: str, speak: Speak) -> None:
    labels = {"Portfolio": "Portfolio"}
    assert patterns.remark(own, labels) == own
    speak("de")
    german = patterns.remark(own, {"Portfolio": "Mischung"})
    assert german != own and "Portfolio" not in german
    assert english_numbers(own.replace("FE-hours", "")) == german_numbers(german.replace("FE-Stunden", ""))


def test_a_remark_that_the_table_does_not_know_stays_as_it_is(speak: Speak) -> None:
    speak("de")
    assert patterns.remark("The mix is one instrument. And more.", {}) == "The mix is one instrument. And more."
    assert patterns.remark("", {}) == ""


# --- the page ---


@pytest.mark.parametrize("key", ["capital_cost", "safety"])
def test_the_debate_is_german(open_page: Open, key: str) -> None:
    page = open_page("debate", scenario="small_country", lang="de")
    page.click(f"open/{key}").run()
    text = page.run().text()
    for argument in ARGUMENTS:
        assert markdown.literal(rows()[f"argument {argument.key} claim"]["de"]) in text
        assert markdown.literal(argument.claim) not in text
    own: Argument = BY_KEY[key]
    for side in arguments.EVIDENCE:
        for place, item in enumerate(getattr(own, side), 1):
            row = rows()[arguments.key_of(own, side, place)]
            assert markdown.literal(row["de"].partition("{")[0].strip()) in text
            assert markdown.literal(item.text) not in text
    assert texts.table()["MODEL_IS_ENGLISH"]["de"] not in text


def test_the_switch_can_be_copied(open_page: Open) -> None:
    page = open_page("debate", scenario="small_country")
    page.click("open/capital_cost").run()
    text = page.run().text()
    assert "`--set procurement.contract=cost_plus`" in text
