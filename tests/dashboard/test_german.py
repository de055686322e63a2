"""The German pages: every name of the model has its own text beside the German one, and every number is the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dashboard import amounts, answers, bars, leads, live, markdown, names, texts
from dashboard.controls import MAIN, Panel
from dashboard.state import Pair, Side
from dashboard.views import assumptions
from sim import charts
from sim.arguments import ARGUMENTS
from sim.charts.numbers import distinct
from sim.comparison.leftover import remark
from sim.comparison.results import Comparison, unit_of
from sim.comparison.run import compare
from sim.comparison.table import FIRST
from sim.formatting import plural_unit, unit_text
from sim.instruments import INSTRUMENTS
from sim.labels import choice_label, glosses, parameter_label
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME, OUTCOMES, SECTIONS
from sim.parameters import GRADES
from sim.scenario import load
from sim.scenario import names as shipped
from sim.units import UNIT_WORDS
from tests.dashboard.conftest import ROOT, TINY, Page

Open = Callable[..., Page]
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
KINDS = {**INSTRUMENTS, **World.kinds()}


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`speak("de")` makes the language of all that is composed German; it is English at first."""

    def speaking(language: str) -> None:
        monkeypatch.setattr(texts, "language", lambda: language)

    return speaking


# --- names ---


def assumed(source: str) -> str:
    """Why a number without a source is assumed; empty for one that has a source."""
    return source.partition("assumption:")[2].strip() if source.startswith("assumption:") else ""


def own_texts() -> dict[str, set[str]]:
    """Every text of the model that a page may show, by the key that the table has for it."""
    found: dict[str, set[str]] = {}
    for key, text in _own_texts():
        found.setdefault(key, set()).add(text)
    return found


def _own_texts() -> Iterator[tuple[str, str]]:
    yield "ROW_FIRST", FIRST
    yield from ((f"outcome {outcome.name}", outcome.label) for outcome in OUTCOMES)
    yield from ((f"section {name}", name) for name in SECTIONS)
    yield from ((f"grade {name}", meaning) for name, meaning in GRADES.items())
    for name, kind in KINDS.items():
        for parameter, _, spec in kind.described():
            yield f"parameter {name}.{parameter}", parameter_label(parameter, spec)
            yield from ((f"choice {word}", choice_label(word, spec)) for word in spec.choices)
            yield f"help {name}.{parameter}", spec.help
            if why := assumed(spec.source):
                yield f"reason {why}", why
    for item in (each for argument in ARGUMENTS for each in (*argument.supports, *argument.opposes)):
        if why := assumed(item.source):
            yield f"reason {why}", why
    yield from ((f"group {name}", kind.about) for name, kind in World.kinds().items())
    yield from ((f"option {name}", kind.label) for name, kind in INSTRUMENTS.items())
    for name in shipped():
        scenario = load(name)
        yield f"scenario {name} title", scenario.title
        yield f"scenario {name} question", scenario.question
        for option in scenario.options:
            if option.label != INSTRUMENTS[option.instrument.name].label:
                yield f"option {name}.{option.key}", option.label
    units = {*UNIT_WORDS, *(outcome.unit for outcome in OUTCOMES if "*" in outcome.unit)}
    for unit in units:
        yield f"unit {unit}", unit_text(unit)
        yield f"units {unit}", plural_unit(unit)
    terms = " ".join(unit_text(unit) for unit in UNIT_WORDS) + " H100e frontier-equivalent pp"
    yield from ((f"gloss {clause.partition(':')[0]}", clause) for clause in glosses([terms]))
    source = (ROOT / "sim" / "comparison" / "leftover.py").read_text(encoding="utf8")
    yield from ((f"remark {text}", text) for text in re.findall(r'return "([a-z ,:]+)"', source))


PREFIXES = ("outcome", "section", "grade", "parameter", "choice", "group", "option", "scenario", "unit", "units",
            "gloss", "remark", "help", "reason")  # fmt: skip


def named() -> dict[str, dict[str, str]]:
    """The rows of the table that are names of the model."""
    return {key: row for key, row in texts.table().items() if key == "ROW_FIRST" or key.partition(" ")[0] in PREFIXES}


def test_every_name_has_the_models_own_text_beside_the_german_one() -> None:
    """A label that is changed in the model fails here, and its German one is seen again."""
    own = own_texts()
    wrong = {key: (row["en"], own.get(key)) for key, row in named().items() if own.get(key) != {row["en"]}}
    assert not wrong


def test_names_that_readers_meet_first_are_there_and_differ_from_one_another() -> None:
    table = named()
    for kind, keys in {
        "outcome": [outcome.name for outcome in OUTCOMES],
        "section": list(SECTIONS),
        "option": list(INSTRUMENTS),
        "group": [name for name, kind in World.kinds().items() if kind.described()],
    }.items():
        found = [table[f"{kind} {key}"]["de"] for key in keys]
        assert len(set(found)) == len(found), kind
    assert all(f"scenario {name} {what}" in table for name in shipped() for what in ("title", "question"))
    for name, kind in KINDS.items():
        for parameter, _, spec in kind.described():
            if spec.main:
                assert f"parameter {name}.{parameter}" in table
                assert all(f"choice {word}" in table for word in spec.choices)
    unnamed = {path for path in uncertain() if f"parameter {path}" not in table}
    assert not unnamed, "the answer may turn on these"


def test_what_every_parameter_means_is_said_in_german() -> None:
    """A parameter that is new, or whose help is changed in the model, fails here by its name."""
    table = named()
    helps = {f"help {name}.{each}": spec.help for name, kind in KINDS.items() for each, _, spec in kind.described()}
    rows = {key: row["en"] for key, row in table.items() if key.startswith("help ")}
    assert not sorted(helps.keys() - rows.keys()), "missing"
    assert not sorted(rows.keys() - helps.keys()), "of no parameter"
    assert not [key for key in helps if rows[key] != helps[key]], "stale"
    whys = {f"reason {assumed(spec.source)}" for kind in KINDS.values() for _, _, spec in kind.described()}
    assert not sorted(whys - {"reason "} - table.keys()), "missing"
    assert not [key for key in {*rows, *whys} & table.keys() if table[key]["de"] == table[key]["en"]], "not translated"


def said(text: str, thousands: str, point: str) -> list[float]:
    """Every number of a text, in order of size."""
    number = rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?!\d)|\d+(?:{re.escape(point)}\d+)?"
    return sorted(float(each.replace(thousands, "").replace(point, ".")) for each in re.findall(number, text))


@pytest.mark.parametrize(
    ("english", "german", "same"),
    [
        ("TSMC 12, later 20 bn$: 2.46 [2.24, 2.72]", "TSMC 12, später 20 Mrd. $: 2,46 [2,24; 2,72]", True),
        ("16,384 GPUs, the 95th percentile", "16.384 GPUs, das 95. Perzentil", True),
        ("20,000 wafers", "20,000 Wafer", False),
        ("0.85 a year later", "0.85 ein Jahr später", False),
    ],
)
def test_numbers_of_both_languages_are_read(english: str, german: str, same: bool) -> None:
    assert (said(english, ",", ".") == said(german, ".", ",")) is same


def test_what_is_explained_has_the_same_numbers_and_identifiers_in_german() -> None:
    """In the German format; a name in backquotes stays as the model has it."""
    for key, row in named().items():
        if key.startswith(("help ", "reason ")):
            assert said(row["en"], ",", ".") == said(row["de"], ".", ","), key
            assert re.findall("`[^`]*`", row["en"]) == re.findall("`[^`]*`", row["de"]), key


def test_the_first_controls_have_german_labels(speak: Callable[[str], None]) -> None:
    english = {control.path: control.label for name in shipped() for control in Panel.of(load(name), Side(name)).main}
    speak("de")
    found = {control.path: control.label for name in shipped() for control in Panel.of(load(name), Side(name)).main}
    assert len(MAIN) <= len(found) and not [path for path, label in found.items() if label == english[path]]


def test_options_of_a_users_own_keep_their_labels_and_usual_ones_are_translated(
    speak: Callable[[str], None], tmp_path: Any
) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf8")
    own, shipped_one = load(path), load("nairr_us")
    assert names.options_of(own) == {option.key: option.label for option in own.options}
    speak("de")
    assert list(names.options_of(own).values()) == ["Nichtstun", "Öffentlicher Cluster", "Vouchers | *all*",
                                                    "A mix"]  # fmt: skip
    assert names.options_of(shipped_one)["public_cluster"] == "NAIRR-Maschinen"
    assert names.title(own) == own.title and names.question(own) == own.question
    assert names.title(shipped_one) != shipped_one.title


def test_a_name_that_the_model_has_changed_is_shown_as_the_model_has_it(speak: Callable[[str], None]) -> None:
    speak("de")
    assert names.of("outcome public_cost", BY_NAME["public_cost"].label).startswith("Öffentliche Kosten")
    assert names.of("outcome public_cost", "Net cost") == "Net cost"


def test_options_that_share_a_label_are_told_apart(speak: Callable[[str], None]) -> None:
    speak("de")
    assert distinct({"a": "Mischung", "b": "Mischung"}) == {"a": "Mischung (a)", "b": "Mischung (b)"}


@pytest.mark.parametrize(
    ("unit", "one", "many"),
    [
        ("FE_hour", "FE-Stunde", "FE-Stunden"),
        ("USD/FE_hour", "USD je FE-Stunde", "USD je FE-Stunde"),
        ("EUR/researcher_day", "EUR je Arbeitstag von Forschenden", "EUR je Arbeitstag von Forschenden"),
        ("1/year", "je Jahr", "je Jahr"),
        ("person*year", "Personenjahr", "Personenjahre"),
        ("H100e_hour/group/year", "H100e-Stunde je Gruppe je Jahr", "H100e-Stunden je Gruppe je Jahr"),
        ("kgCO2e/kWh", "kgCO2e je kWh", "kgCO2e je kWh"),
    ],
)
def test_units(speak: Callable[[str], None], unit: str, one: str, many: str) -> None:
    assert (names.unit(unit), names.unit(unit, many=True)) == (unit_text(unit), plural_unit(unit))
    speak("de")
    assert (names.unit(unit), names.unit(unit, many=True)) == (one, many)


def test_every_unit_of_an_outcome_is_german(speak: Callable[[str], None]) -> None:
    speak("de")
    symbols = {"CO", "tCO", "kgCO"}
    for outcome in (each for each in OUTCOMES if each.unit != "ratio"):
        words_of = re.findall(r"[A-Za-zäöüß]{4,}", names.unit(outcome.unit))
        german = {word for row in named().values() for word in re.findall(r"[A-Za-zäöüß]{4,}", row["de"])}
        assert set(words_of) - symbols <= german, outcome.unit


# --- numbers ---


@pytest.mark.parametrize(
    ("own", "local"),
    [
        ("12.5", "12,5"),
        ("2.60bn", "2,60 Mrd."),
        ("-1.23m", "-1,23 Mio."),
        ("0.0349", "0,0349"),
        ("45,000", "45.000"),
        ("1,234,567.8", "1.234.567,8"),
        ("+12.5 pp", "+12,5 Pp."),
        ("35k", "35 Tsd."),
        ("3.5 %", "3,5 %"),
        ("more than 99 %", "mehr als 99 %"),
        ("n/a", "k. A."),
        ("–", "–"),
        ("3e+20", "3e+20"),
        ("cloud.price_usd 2.32", "cloud.price_usd 2,32"),
        ("version 0.2.0", "version 0.2.0"),
        ("H100e and 8m2", "H100e and 8m2"),
    ],
)
def test_numbers_in_the_format_of_the_language(speak: Callable[[str], None], own: str, local: str) -> None:
    assert amounts.local(own) == own and amounts.locale() == {}
    speak("de")
    assert amounts.local(own) == local


@pytest.mark.parametrize("value", [0.0, 0.0349, 5.27, 999.96, 12_345.0, 2.6e9, -1_234_567.0, 3.2e12])
def test_a_german_number_is_the_same_number(speak: Callable[[str], None], value: float) -> None:
    speak("de")
    text = amounts.short(value)
    factors = {"Tsd.": 1e3, "Mio.": 1e6, "Mrd.": 1e9, "Bio.": 1e12}
    number, _, word = text.partition(" ")
    read = float(number.replace(".", "").replace(",", ".")) * factors.get(word, 1.0)
    assert read == pytest.approx(value, rel=0.005)


# --- the answer ---


@pytest.fixture(scope="module", params=shipped())
def compared(request: pytest.FixtureRequest) -> Comparison:
    """Every shipped scenario in 64 worlds; without estimates of waits, which no answer is about."""
    return compare(load(request.param), draws=64, queue=False)


def english_numbers(text: str) -> list[str]:
    """The numbers of an English text as German writes them, in order of size of their letters; no paths."""
    bare = re.sub(r"\([a-z_]+\.[a-z_0-9]+\)", "", text)
    return sorted(amounts.local(found[0]) for found in re.finditer(r"\d[\d,]*(?:\.\d+)?(?:k|m|bn|tn)?\b", bare))


def german_numbers(text: str) -> list[str]:
    """The numbers of a German text with their words for millions."""
    bare = re.sub(r"\([a-z_]+\.[a-z_0-9]+\)", "", text)
    return sorted(
        found[0] for found in re.finditer(r"\d[\d.]*(?:,\d+)?(?: (?:Tsd\.|Mio\.|Mrd\.|Bio\.))?(?<!\.$)", bare)
    )


def without(text: str, *labels: str) -> str:
    """A text without names, which have digits of their own."""
    for label in sorted(labels, key=len, reverse=True):
        text = text.replace(label, "").replace(label[:1].lower() + label[1:], "")
    return re.sub(r"\b(?:H100e|GPU|FE)-(?:hours?|Stunden?)\b", "", text)


def test_the_table_says_in_english_letter_by_letter_what_the_model_says(compared: Comparison) -> None:
    """Hence the German sentences, which are made of the same fields by the same code, say the same."""
    assert answers.composed(compared) == compared.answer.sentences == answers.sentences(compared)


def test_the_central_answer_is_composed_like_that_of_the_model() -> None:
    for draws in (0, 5):
        found = compare(load("small_country"), draws=draws, queue=False)
        assert answers.composed(found) == found.answer.sentences


def test_the_german_answer_has_every_number_and_option_of_the_english_one(
    compared: Comparison, speak: Callable[[str], None]
) -> None:
    own = names.options(compared)
    english = compared.answer.sentences
    speak("de")
    german, labels, yardstick = answers.sentences(compared), names.options(compared), compared.answer.yardstick
    assert len(german) == len(english) and german != english
    for one, other in zip(english, german, strict=True):
        spoken = {key for key, label in own.items() if label in one}
        assert all(f"„{labels[key]}“" in other for key in spoken)
        bare = without(one, *own.values(), yardstick.label)
        assert english_numbers(bare) == german_numbers(without(other, *labels.values(), names.outcome(yardstick)))
        assert not set(re.findall(r"[a-z]+", other)) & {"the", "worlds", "better", "than", "where"}


def test_the_title_of_the_live_chart_is_that_of_the_model(compared: Comparison, speak: Callable[[str], None]) -> None:
    pair = live.pair_of(compared, Pair("", "", ""))
    assert pair is not None
    chosen = (pair.first, pair.second, pair.outcome)
    english = answers.difference(compared, *chosen)
    own = names.options(compared)
    assert english == live.about(pair).found(compared).result
    speak("de")
    german = answers.difference(compared, *chosen)
    assert english_numbers(without(english, *own.values())) == german_numbers(
        without(german, *names.options(compared).values())
    )


def test_verdicts_and_bars_have_the_same_numbers(compared: Comparison, speak: Callable[[str], None]) -> None:
    shown = ("public_cost", "need_met", "cost_per_fe_hour", "first_month", "accelerator_price_percent")
    own = names.options(compared)
    english = {name: leads.sentence(compared, name) for name in shown}
    speak("de")
    for name, sentence in english.items():
        outcome = BY_NAME[name]
        german, labels = leads.sentence(compared, name), names.options(compared)
        assert german.startswith(names.outcome(outcome)) and german != sentence
        assert english_numbers(without(sentence, *own.values(), outcome.label)) == german_numbers(
            without(german, *labels.values(), names.outcome(outcome))
        )
        assert names.unit(unit_of(outcome, compared.scenario), many=True) in bars.alt(compared, name) or (
            outcome.unit in ("fraction", "percent")
        )


def test_why_a_column_is_empty_is_said_in_german(compared: Comparison, speak: Callable[[str], None]) -> None:
    said = {key: remark(result) for key, result in compared.results.items() if remark(result)}
    speak("de")
    for key, why in said.items():
        head = names.headed("x", compared.results[key])
        assert head.startswith("x (") and why not in head
        assert english_numbers(why) == german_numbers(head)


# --- the page ---


@pytest.mark.parametrize("name", ["nairr_us", "small_country"])
def test_the_german_first_page(open_page: Open, speak: Callable[[str], None], name: str) -> None:
    page = open_page(scenario=name, lang="de", draws="64")
    direct = compare(load(name), draws=64, queue=False)
    speak("de")
    assert page.at.subheader[0].value == markdown.literal(names.question(direct.scenario))
    assert all(markdown.literal(sentence) in page.text() for sentence in answers.sentences(direct))
    assert page.at.selectbox(key="pair/first").options == list(names.options(direct).values())
    assert list(page.at.table[0].value.index) == [markdown.literal(label) for label in names.options(direct).values()]
    assert texts.table()["HELP_IS_ENGLISH"]["de"] not in page.text()
    assert direct.answer.sentences[0] not in page.text()


def test_the_help_of_a_control_is_german(open_page: Open) -> None:
    page = open_page(lang="de").open("details/cloud.decline_per_year")
    own = World.kinds()["cloud"].spec("decline_per_year").help
    assert "um den die Miete jedes Jahr fällt: 0,15 macht aus 1,00" in page.text()
    assert markdown.literal(own) not in page.text()
    assert texts.table()["HELP_IS_ENGLISH"]["de"] not in page.text()


def test_help_that_the_model_has_changed_is_english_and_the_page_says_so(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = {**texts.table(), "help cloud.decline_per_year": {"en": "What it was.", "de": "Was es war."}}
    monkeypatch.setattr(texts, "table", lambda: stale)
    page = open_page(lang="de").open("details/cloud.decline_per_year")
    assert markdown.literal(World.kinds()["cloud"].spec("decline_per_year").help) in page.text()
    assert "Was es war." not in page.text() and page.text().count(stale["HELP_IS_ENGLISH"]["de"]) == 1
    page = open_page(lang="en").open("details/cloud.decline_per_year")
    assert stale["HELP_IS_ENGLISH"]["en"] not in page.text()


def test_the_german_page_of_assumptions(open_page: Open, speak: Callable[[str], None]) -> None:
    page = open_page("assumptions", lang="de")
    speak("de")  # the test composes the choices again
    page.at.session_state[assumptions.CHOSEN] = "operations.pue_ratio"
    text = page.run().text()
    assert "Leistungsaufnahme des ganzen Rechenzentrums" in text
    page.at.session_state[assumptions.CHOSEN] = "carbon.cloud_life_years"
    text += page.run().text()
    assert "Ohne Quelle, eine Annahme: so lange wie bei einer öffentlichen Maschine." in text
    assert texts.table()["HELP_IS_ENGLISH"]["de"] not in text
    assert World.kinds()["operations"].spec("pue_ratio").help not in text


def test_german_words_of_help_are_found_on_the_page_of_assumptions(open_page: Open) -> None:
    page = open_page("assumptions", lang="de")
    page.at.text_input(key="assumptions_search").set_value("lagerfeuer rechenzentrums")
    assert page.run().at.dataframe[0].value.empty
    page.at.text_input(key="assumptions_search").set_value("ganzen rechenzentrums")
    assert list(page.run().at.dataframe[0].value.path) == ["operations.pue_ratio"]
    page.at.text_input(key="assumptions_search").set_value("belastungstest")
    frame = page.run().at.dataframe[0].value
    assert list(frame.path) == ["independence.shock"]
    assert frame.source[0] == "Annahme: ein Belastungstest, keine Vorhersage"


def test_the_english_page_says_nothing_of_languages(open_page: Open) -> None:
    text = open_page("money", draws="64").text()
    assert texts.table()["FIGURES_ARE_ENGLISH"]["en"] not in text
    assert texts.table()["HELP_IS_ENGLISH"]["en"] not in text


def test_the_german_page_of_money_says_that_figures_are_english(open_page: Open, speak: Callable[[str], None]) -> None:
    page = open_page("money", lang="de", draws="64")
    assert page.text().count(texts.table()["FIGURES_ARE_ENGLISH"]["de"]) == 1
    direct = compare(load("nairr_us"), draws=64, queue=False)
    frame = charts.SUBJECTS["cash_flow"].numbers(direct)
    most = float(frame[frame.year.notna()].outlay.max())
    speak("de")
    assert amounts.short(most) in page.text().replace(markdown.NO_BREAK, " ")
