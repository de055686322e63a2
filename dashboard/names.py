"""Names that come from the model, in the language of the page: of options, outcomes, units, parameters and scenarios.

The table has the model's own text beside the German one. Where the model says something else by now, its own is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dashboard import texts
from dashboard.amounts import is_foreign
from sim.charts.numbers import distinct
from sim.comparison.leftover import remark
from sim.comparison.results import Comparison, Result, row_label, unit_of
from sim.formatting import join_words, plural_unit, unit_text, upper_first
from sim.instruments import INSTRUMENTS
from sim.labels import choice_label, gloss, glosses, parameter_label
from sim.outcomes import BY_NAME, Outcome
from sim.parameters import GRADES, Spec
from sim.scenario import Scenario
from sim.scenario.model import Option
from sim.sources import ASSUMPTION, is_assumption

_IN_DRAWS = re.compile(r" in (\d+ %) of draws$")


def of(key: str, own: str) -> str:
    """What the table has under a key for this very text of the model; else the text itself."""
    if not is_foreign():
        return own
    row = texts.table().get(key)
    return row[texts.language()] if row and row[texts.LANGUAGES[0]] == own else own


# --- options ---


def option(scenario: Scenario, found: Option | Result) -> str:
    """The label of an option: the usual one of its instrument, or that of a shipped scenario; a user's own as it is."""
    shipped = of(f"option {scenario.key}.{found.key}", found.label)
    if shipped != found.label:
        return shipped
    usual = next((name for name, kind in INSTRUMENTS.items() if kind.label == found.label), "")
    return of(f"option {usual}", found.label)


def options(comparison: Comparison) -> dict[str, str]:
    """Label of each option by key; where two options share one, the key stands behind it."""
    return distinct({key: option(comparison.scenario, result) for key, result in comparison.results.items()})


def options_of(scenario: Scenario) -> dict[str, str]:
    """Label of each option of a scenario by key."""
    return {found.key: option(scenario, found) for found in scenario.options}


def headed(label: str, result: Result) -> str:
    """The head of an option's column: its label, and behind it why the column is empty, where it is."""
    why = remark(result)
    if not why:
        return label
    said, draws = _IN_DRAWS.sub("", why), _IN_DRAWS.search(why)
    local = of(f"remark {said}", said)
    return f"{label} ({local}{texts.text('IN_DRAWS').format(share=draws[1]) if draws else ''})"


def listed(names: tuple[str, ...] | list[str]) -> str:
    """Names as a sentence lists them."""
    return join_words(names, texts.text("JOINT"))


def first_listed(names: list[str]) -> str:
    """Names as a short line lists them: the first one and how many more where there are more than two."""
    if len(names) > 2:
        return texts.text("AND_OTHERS").format(first=names[0], count=len(names) - 1)
    return listed(names)


# --- outcomes and units ---


def outcome(found: Outcome) -> str:
    """The label of an outcome."""
    return of(f"outcome {found.name}", found.label)


def section(name: str) -> str:
    """The name of a section of outcomes."""
    return of(f"section {name}", name)


def formula(found: Outcome) -> str:
    """How an outcome is computed: its label in the language of the page, the formula in the model's."""
    return f"{outcome(found)}: {found.formula}"


def row(found: Outcome, scenario: Scenario) -> str:
    """Label and unit of a row."""
    if found.unit in ("fraction", "ratio"):
        return outcome(found)
    label, of_it = outcome(found), unit(unit_of(found, scenario), many=is_foreign())
    return label if is_foreign() and of_it in label else f"{label} ({of_it})"


def unit(name: str, many: bool = False) -> str:
    """A unit as it stands beside a label, or behind a number; `many`: any number but one."""
    if not is_foreign():
        return plural_unit(name) if many else unit_text(name)
    kind = "units " if many else "unit "
    if texts.has(f"{kind}{name}"):
        return texts.text(f"{kind}{name}")
    first, *rest = name.split("/")
    parts = ["" if first == "1" else _simple(first, kind), *(_simple(part, "unit ") for part in rest)]
    return texts.text("PER").join(parts).lstrip()


def _simple(name: str, kind: str) -> str:
    """A unit without any other one below it; a symbol is the same in every language."""
    return texts.text(f"{kind}{name}") if texts.has(f"{kind}{name}") else name.replace("_", "-").replace("*", "-")


def glossed(names: Iterable[str], scenario: Scenario) -> list[str]:
    """The lines below a table that explain the short terms in the labels and units of these outcomes."""
    return explained(row_label(BY_NAME[name], scenario) for name in names)


def explained(said: Iterable[str]) -> list[str]:
    """The lines that explain the short terms in what the model says."""
    own = list(said)
    if not is_foreign():
        return gloss(own)
    found = [of(f"gloss {clause.partition(':')[0]}", clause) for clause in glosses(own)]
    return [f"{upper_first('; '.join(found))}."] if found else []


# --- parameters ---


def parameter(path: str, spec: Spec) -> str:
    """The label of a parameter, without its unit; path: the instrument or group that declares it, and its name."""
    return of(f"parameter {path}", parameter_label(path.rpartition(".")[2], spec))


def help(path: str, spec: Spec) -> str:
    """What a parameter means, by the instrument or group that declares it and by its name."""
    return of(f"help {path}", spec.help)


def reason(source: str) -> str:
    """Why a number is assumed that has no source."""
    why = source.strip().removeprefix(ASSUMPTION).strip()
    return of(f"reason {why}", why)


def is_explained(path: str, spec: Spec) -> bool:
    """Whether what a parameter means, and why it is assumed if it is, is said in the language of the page."""
    if not is_foreign():
        return True
    own = is_assumption(spec.source) and spec.source.strip().endswith(reason(spec.source))
    return not own and help(path, spec) != spec.help


def choice(word: str, spec: Spec) -> str:
    """A word that a parameter may have, as people read it."""
    return of(f"choice {word}", choice_label(word, spec))


def group(name: str, about: str) -> str:
    """The heading of a group of parameters of the world."""
    return of(f"group {name}", about)


def grade(name: str) -> str:
    """What a grade of evidence means."""
    return of(f"grade {name}", GRADES[name])


# --- scenarios ---


def title(scenario: Scenario) -> str:
    """The title of a scenario."""
    return of(f"scenario {scenario.key} title", scenario.title)


def question(scenario: Scenario) -> str:
    """The question of a scenario."""
    return of(f"scenario {scenario.key} question", scenario.question)


def country(name: str) -> str:
    """A country in words, from its name in a scenario."""
    return of(f"choice {name}", name.replace("_", " ")) if is_foreign() else name.replace("_", " ").title()


def month(year: int, number: int, own: str) -> str:
    """A month of the calendar."""
    return f"{texts.text(f'month {number}')} {year}" if is_foreign() else own
