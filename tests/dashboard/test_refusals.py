"""What the model refuses on a page: the German reason has every number of its own; else it is said to be English."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import inf
from typing import Any

import pytest

from dashboard import refusals, selection, texts
from dashboard.state import Side
from dashboard.views import assumptions
from sim.formatting import format_range
from sim.instruments import INSTRUMENTS
from sim.mechanisms.world import World
from sim.parameters import Spec
from sim.scenario import ScenarioError, load
from tests.dashboard.conftest import Page

KINDS = {**INSTRUMENTS, **World.kinds()}
EMBARGO = {"independence.shock": True}
RULED = {"public_cluster.porting_rule": "where_it_pays"}

# what a user may type, what else is set, the scenario, and how the German reason begins behind its path
REFUSED = [
    ("operations.pue_ratio", 0.2, {}, "nairr_us", "0,2 ist nicht möglich; erlaubt: 1 bis 4"),
    ("cloud.idle_share", 85.0, {}, "nairr_us", "85,0 ist nicht möglich; erlaubt: 0 bis 1 (Anteil); 85 % sind 0,85"),
    ("hardware.price_usd", 2e7, {}, "nairr_us", "20.000.000 ist nicht möglich; erlaubt: 1 bis 1.000.000 (USD je Besch"),
    ("procurement.lead_months", 130.0, {}, "nairr_us", "130,0 ist nicht möglich; erlaubt: 0 bis 120 (Monate), oder "),
    ("domestic_fab.stage_shares", [0.5, "abc"], {}, "nairr_us", "'abc' ist keine Zahl; erlaubt: 0 bis 1 (Anteil)"),
    ("public_cluster.tranche_months", [], {}, "nairr_us", "Die Liste ist leer; erlaubt für jede Zahl: 0 bis 600 (Mo"),
    ("workload.size_gpus", list(range(1, 200)), {}, "nairr_us", "Die Liste hat 199 Zahlen; höchstens 100"),
    ("public_cluster.tranche_shares", [0.5, 0.3], {}, "nairr_us", "3 Monate und 2 Anteile angegeben, jeder Bauabschni"),
    ("public_cluster.tranche_shares", [0.5, 0.3, 0.1], {}, "nairr_us", "Die Summe ist 0,9, sie muss 1 sein; angegeben"),
    ("procurement.paid_at_order_share", 0.9, {}, "nairr_us", "Die Summe von paid_at_order_share und paid_at_accept"),
    ("money.last_from_years", 10.0, {}, "nairr_us", "10 liegt vor dem Jahr, ab dem der spätere Satz gilt; erlaubt: 30"),
    ("public_cluster.target_utilisation", 1.0, {}, "nairr_us", "1 ist mit einer Warteschlange, in der Aufträge kom"),
    ("demand.size_elite", [0.0, 0.0], {}, "nairr_us", "Alle Größen sind 0; erlaubt: eine davon über 0"),
    ("workload.request_menu_hours", [3.0, 2.0], {}, "nairr_us", "[3, 2] steigt nicht an; die Werte müssen von einer "),
    ("workload.wall_limit_hours", 10.0, {"workload.request_menu_hours": [20.0, 30.0]}, "nairr_us",
     "10 ist kürzer als jeder Auftrag: Die kürzeste übliche angeforderte Zeit ist 20 Stunden; erlaubt: 20 oder mehr"),
    ("queue.window_weeks", 400.0, {}, "isambard_ai_uk", "400 ist länger als die 84 Monate des Betrachtungszeitraum"),
    ("independence.shock_start_months", 200.0, EMBARGO, "nairr_us", "200 liegt nach den 144 Monaten des Betrachtungsz"),
    ("independence.shock_start_months", 140.0, EMBARGO, "nairr_us", "140 ist zu spät, als dass ein Embargo von 12 Mon"),
    ("public_cluster.porting_usd", 5e6, RULED, "nairr_us", "5.000.000 würde nicht ausgegeben, denn porting_rule = wh"),
    ("independence.shock_months", 100.0, EMBARGO, "nairr_us", "100 ist zu lang für ein Embargo, das in Monat 48 begin"),
    ("cloud.decline_per_year", 0.2, {"ranges": {"cloud.price_usd": [1.0, 3.0]}}, "nairr_us", "Die Mieten folgen"),
]  # fmt: skip


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it makes the language of all that is composed German."""
    return lambda: monkeypatch.setattr(texts, "language", lambda: "de")


def spec_of(path: str) -> Spec:
    """The declaration of a parameter."""
    group, _, name = path.partition(".")
    return KINDS[group].spec(name)


def faults_of(path: str, value: Any, besides: dict[str, Any], scenario: str) -> list[str]:
    """What the model says of a value."""
    with pytest.raises(ScenarioError) as refused:
        selection.changed(load(scenario), Side(scenario, {path: value, **besides}))
    return refused.value.faults


def numbers(text: str, thousands: str, point: str) -> list[float]:
    """Every number of a text, in order of size."""
    found = re.findall(rf"\d[\d{re.escape(thousands)}]*(?:{re.escape(point)}\d+)?", text)
    return sorted(float(each.replace(thousands, "").replace(point, ".")) for each in found)


@pytest.mark.parametrize(("path", "value", "besides", "scenario", "begins"), REFUSED)
def test_a_refusal_is_german_and_has_the_numbers_of_the_model(
    german: Callable[[], None], path: str, value: Any, besides: dict[str, Any], scenario: str, begins: str
) -> None:
    faults = faults_of(path, value, besides, scenario)
    assert [refusals.reason(fault, spec_of(path)) for fault in faults] == faults
    german()
    local = [refusals.reason(fault, spec_of(path)) for fault in faults]
    assert local[0].partition(": ")[2].startswith(begins)
    for own, other in zip(faults, local, strict=True):
        assert own.partition(": ")[0] == other.partition(": ")[0]
        own, other = (re.sub(r"\[[^]]*\]$", "", text) for text in (own, other))  # a list stays as it was typed
        assert numbers(own, ",", ".") == numbers(other, ".", ",")
        assert not set(re.findall(r"[a-z]+", other)) & {"is", "allowed", "not", "the", "of", "sum", "to", "must"}


def test_every_reason_of_the_table_is_one_that_the_model_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence that the model says otherwise by now fails here."""
    met: set[str] = set()
    text = texts.text
    monkeypatch.setattr(texts, "language", lambda: "de")
    monkeypatch.setattr(texts, "text", lambda name: (met.add(name), text(name))[1])
    for path, value, besides, scenario, _ in REFUSED:
        for fault in faults_of(path, value, besides, scenario):
            refusals.reason(fault, spec_of(path))
    assert {name for name in texts.table() if name.startswith(refusals.REASONS)} <= met


@pytest.mark.parametrize(
    ("low", "high", "unit", "local"),
    [
        (0, 1, "fraction", "0 bis 1 (Anteil)"),
        (1, 4, "ratio", "1 bis 4"),
        (0, inf, "USD", "0 oder mehr (USD)"),
        (-inf, 5, "month", "5 oder weniger (Monate)"),
        (-inf, inf, "day", "jede Zahl (Tage)"),
        (0.5, 1_000_000, "USD/accelerator", "0,5 bis 1.000.000 (USD je Beschleuniger)"),
    ],
)
def test_ranges(german: Callable[[], None], low: float, high: float, unit: str, local: str) -> None:
    assert refusals.range_text(low, high, unit) == format_range(low, high, unit)
    german()
    assert refusals.range_text(low, high, unit) == local


def test_the_range_of_every_number_is_german(german: Callable[[], None]) -> None:
    specs = [spec for kind in KINDS.values() for _, _, spec in kind.described() if spec.kind == "number"]
    german()
    for spec in specs:
        assert refusals.range_text(spec.floor, spec.ceiling, spec.unit) != format_range(
            spec.floor, spec.ceiling, spec.unit
        )


def test_the_page_says_why_in_german_and_where_it_cannot_that_it_is_english(
    open_page: Callable[..., Page], german: Callable[[], None]
) -> None:
    page = open_page("assumptions", lang="de")
    german()
    page.at.session_state[assumptions.CHOSEN] = "operations.pue_ratio"
    page.run()
    assert "1 bis 4" in page.at.number_input(key="page/value/operations.pue_ratio").help
    page.at.number_input(key="page/value/operations.pue_ratio").set_value(0.2)
    english = texts.table()["REFUSAL_IS_ENGLISH"]["de"]
    text = page.run().text()
    assert "0,2 ist nicht möglich; erlaubt: 1 bis 4" in text and english not in text
    page.at.session_state["refused/operations.pue_ratio"] = ["world.operations: of another kind"]
    text = page.run().text()
    assert "of another kind" in text and english in text
