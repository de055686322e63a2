"""Structural choices: what a study could have counted or assumed instead, one choice at a time.

They are no states of the world: nobody draws them, and no number of draws decides between them. An alternative is a
scenario of its own, the same but for that choice, or another outcome of the same scenario.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.costs.surfaces import disciplines
from sim.mechanisms.appraisal import profile, rate_words
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME, Outcome
from sim.scenario import Scenario, pinned

UNIT = "Unit of work"
ALLOCATION, PRICES = "Allocation rule", "Price process"
DISCIPLINE, MONEY_RULE, APPRAISAL = "Order of service", "Equal money", "Appraisal"
# outcomes that are the same in other units of work
UNITS = (
    ("additional_fe_hours", "fe_hours", "h100e_hours", "gpu_hours"),
    ("research_fe_hours", "fe_hours", "h100e_hours", "gpu_hours"),
    ("cost_per_fe_hour", "cost_per_h100e_hour", "cost_per_gpu_hour"),
)
# (subject, path): what each value means
_CHOICES: dict[tuple[str, str], dict[Any, str]] = {
    (ALLOCATION, "access.rule"): {
        "need": "Hours by need",
        "merit": "Hours by own compute (merit)",
        "lottery": "Hours by lottery",
        "tier_floor": "By need, with a floor for the lower tiers",
    },
    (ALLOCATION, "access.open_rest"): {True: "The rest is open to all", False: "What applicants cannot use stays idle"},
    (ALLOCATION, "access.forfeiture"): {
        "none": "Nobody takes back unused hours",
        "nrel": "Unused hours forfeited as in NREL",
        "alcc": "Unused hours forfeited as in ALCC",
        "alcc_2026": "Unused hours forfeited as in ALCC 2026",
        "incite": "Unused hours forfeited as in INCITE",
        "lumi": "Unused hours forfeited as in LUMI",
    },
    (PRICES, "cloud.segment"): {
        "neocloud": "Rents of new clouds",
        "reserved": "Rents of one-year contracts",
        "list": "List prices of a large provider",
    },
    (PRICES, "cloud.hindsight"): {"record": "Rents as recorded", "start": "Rents as far as known at the start"},
    (PRICES, "market.feedback"): {
        True: "The programme drives up prices it pays",
        False: "The programme drives up no price",
    },
    (DISCIPLINE, "queue.discipline"): {
        "easy": "EASY backfilling",
        "fcfs": "First come, first served",
        "multifactor": "Multifactor priority",
        "sjf": "Shortest job first",
    },
    (DISCIPLINE, "queue.attained"): {
        "by_queue": "As full as its queue can make it",
        "as_wanted": "As full as its operator wants",
    },
    (MONEY_RULE, "money.normalisation"): {
        "equal_outlay": "Equal present value of money spent",
        "equal_pv": "Equal present value less residual values",
        "equal_cash": "Equal undiscounted cash",
        "as_entered": "As entered, not sized to equal money",
    },
}
_STEADY = {"cloud.scarcity_ratio": 1.0, "cloud.volatility_share": 0.0}  # no shock of rents is left
_PROFILE = "money.profile"
# from the lowest rate to the highest, and Britain's as it is and may become
PROFILES = ("green_book_2022", "green_book_2026_proposed", "omb_a4_2023", "omb_a94_1992")


@dataclass(frozen=True)
class Alternative:
    """One structural choice made otherwise; settings by path, over those of the scenario."""

    subject: str
    label: str
    outcome: Outcome
    settings: Mapping[str, Any] = field(default_factory=dict)


def alternatives(scenario: Scenario) -> list[Alternative]:
    """What the scenario has not chosen, by subject; a choice that it has made already is not among them."""
    yardstick = BY_NAME[scenario.yardstick]
    found = [Alternative(UNIT, BY_NAME[name].label, BY_NAME[name]) for name in _units(scenario.yardstick)]
    for subject, label, settings in (*_choices(scenario), *_rents(), *_profiles(scenario)):
        found.append(Alternative(subject, label, yardstick, settings))
    order = (UNIT, *dict.fromkeys(subject for subject, _ in _CHOICES), APPRAISAL)
    return sorted(found, key=lambda each: order.index(each.subject))


def _units(yardstick: str) -> tuple[str, ...]:
    """The yardstick in other units of work; none where it is not one of work."""
    family = next((names for names in UNITS if yardstick in names), ())
    return tuple(name for name in family if name != yardstick)


def _choices(scenario: Scenario) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every other value of the choices and switches; disciplines only as far as waits are known of them."""
    for (subject, path), words in _CHOICES.items():
        group, name = path.split(".")
        spec = World.kinds()[group].spec(name)
        values = (True, False) if spec.kind == "switch" else spec.choices
        for value in values:
            known = subject != DISCIPLINE or name != "discipline" or value in disciplines()
            if known and value != scenario.world.value(path):
                yield subject, words.get(value, f"{path} = {value}"), {path: value}


def _rents() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Rents that fall along their trend."""
    yield PRICES, "Rents fall steadily: no scarcity, no shocks", pinned(_STEADY)


def _profiles(scenario: Scenario) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Other appraisal profiles, by which options are sized and discounted."""
    for name in PROFILES:
        if name != scenario.world.value(_PROFILE):
            each = profile(name)
            known = each.status == "adopted" or each.status.partition(",")[0] in each.title
            label = f"{each.title}, {rate_words(each.rate)}{'' if known else f' ({each.status})'}"
            yield APPRAISAL, label, {_PROFILE: name}
