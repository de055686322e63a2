"""Records of other versions: what drifted, what holds, and what cannot be checked here."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from sim import charts
from sim.charts.carriers import CARRIERS, DRAWN, RECORD, RUN
from sim.comparison.record import entries_digest
from sim.verification import figures
from sim.verification.findings import ALTERED, DRIFTED, FOREIGN, OWN, UNCHECKED, VERIFIED, Finding
from tests.verification.alterations import CHARTS, corrected, forged, materials, resaved_png, verdicts, zipped

OTHER_CODE = "0123456789abcdef"
OTHER_RUN = "0123456789ab"


@pytest.fixture(autouse=True)
def _few_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs have few charts, for speed."""
    monkeypatch.setattr(charts, "CHARTS", CHARTS)


def of_another_version(change: Callable[[dict[str, Any]], object] = lambda kept: None) -> str:
    """The record as another version with other code would have written it, and changed besides."""
    kept = materials().record
    kept["run"], kept["digests"]["code"] = OTHER_RUN, OTHER_CODE
    change(kept)
    kept["digests"]["entries"] = entries_digest(kept)
    return json.dumps(kept, indent=2) + "\n"


def moved(kept: dict[str, Any]) -> None:
    """Other numbers, and another digest of all."""
    first = next(iter(kept["results"]["public_cluster"].values()))
    first["central"] = 12_345_678.0
    kept["digests"]["results"] = OTHER_CODE


def on_record(text: str) -> Finding:
    """The finding on a record alone."""
    (found,) = verdicts(text.encode("utf8"))
    return found


def test_other_code_and_the_same_numbers_is_verified_and_named() -> None:
    found = on_record(of_another_version())
    assert found.verdict == VERIFIED and found.run == OTHER_RUN
    assert f"the code of the model ({OTHER_CODE}, now " in " ".join(found.reasons)


def test_other_code_and_other_numbers_drifted_from_then_to_now() -> None:
    found = on_record(of_another_version(moved))
    assert found.verdict == DRIFTED
    reasons = " ".join(found.reasons)
    assert "in the record 12.35m, now " in reasons and f"the code of the model ({OTHER_CODE}, now " in reasons


def test_other_data_are_named() -> None:
    def other(kept: dict[str, Any]) -> None:
        moved(kept)
        kept["digests"]["data"] = OTHER_CODE

    found = on_record(of_another_version(other))
    assert found.verdict == DRIFTED and f"the data of the model ({OTHER_CODE}, now " in " ".join(found.reasons)


@pytest.mark.slow
@pytest.mark.parametrize("form", CARRIERS)
def test_a_figure_whose_numbers_drifted_says_so(form: str) -> None:
    words = {RECORD: of_another_version(moved), RUN: OTHER_RUN, DRAWN: OTHER_CODE}
    (found,) = verdicts(forged(materials().figure(form), form, words))
    assert (found.verdict, found.run) == (DRIFTED, OTHER_RUN)


def test_moved_numbers_without_a_cause_are_altered() -> None:
    kept = materials().record
    moved(kept)
    kept["digests"]["entries"] = entries_digest(kept)
    assert on_record(json.dumps(kept)).verdict == ALTERED


@pytest.mark.parametrize("entry", ["code", "data"])
def test_a_claim_of_other_code_under_an_id_of_this_code_is_altered(entry: str) -> None:
    kept = materials().record
    kept["digests"][entry] = OTHER_CODE
    kept["digests"]["entries"] = entries_digest(kept)
    found = on_record(json.dumps(kept))
    assert found.verdict == ALTERED and "run and digests" in found.reasons[0]


@pytest.mark.parametrize("entry", ["key", "who", "by"])
def test_what_the_run_does_not_decide_is_held_by_the_digest_of_entries(entry: str) -> None:
    kept = materials().record
    node = kept if entry == "key" else kept["changes"][0]
    node[entry] = "another"
    assert on_record(json.dumps(kept)).verdict == ALTERED
    kept["digests"]["entries"] = entries_digest(kept)
    found = on_record(json.dumps(kept))
    assert found.verdict == VERIFIED and "as the record says; nothing here shows it" in " ".join(found.reasons)


@pytest.mark.parametrize(("entry", "value"), [("old", 0.3), ("new", 0.3), ("path", "cloud.price_usd"), ("known", True)])
def test_a_change_that_did_not_lead_to_the_scenario_is_found(entry: str, value: object) -> None:
    kept = materials().record
    kept["changes"][0][entry] = value
    kept["digests"]["entries"] = entries_digest(kept)
    found = on_record(json.dumps(kept))
    assert found.verdict == ALTERED and "the change of cloud." in found.reasons[0]


# --- drawings ---


def painted(form: str) -> bytes:
    """A picture that another version would have drawn."""
    from PIL import Image

    with Image.open(BytesIO(materials().figure(form))) as picture:
        coloured = picture.convert("RGB")
    coloured.paste((200, 0, 0), (300, 300, 320, 320))
    return resaved_png(coloured)


@pytest.fixture
def kept_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that is kept drew with the other code."""
    monkeypatch.setattr(figures, "_kept_drawings", lambda: {OTHER_CODE})


def test_a_drawing_of_no_release_that_is_kept_may_be_anybodys() -> None:
    (found,) = verdicts(forged(painted("png"), "png", {DRAWN: OTHER_CODE}))
    assert found.verdict == UNCHECKED and "could not be held against one" in found.reasons[0]
    name = "figures/waits.png"
    files = {**materials().files, name: forged(painted("png"), "png", {DRAWN: OTHER_CODE})}
    files["datapackage.json"] = corrected(files)
    assert [each.verdict for each in verdicts(zipped(files))] == [UNCHECKED, UNCHECKED]


@pytest.mark.usefixtures("kept_drawing")
def test_another_drawing_with_a_whole_seal_holds_on_its_own_version() -> None:
    (found,) = verdicts(forged(painted("png"), "png", {DRAWN: OTHER_CODE}))
    assert found.verdict == OWN and "could not be held against one" in found.reasons[0]


def test_another_drawing_with_a_broken_seal_is_altered() -> None:
    content = forged(painted("png"), "png", {DRAWN: OTHER_CODE}, seal=False)
    (found,) = verdicts(content)
    assert found.verdict == ALTERED and "the picture and the words changed" in found.reasons[0]


@pytest.mark.usefixtures("kept_drawing")
def test_a_pack_of_other_charts_holds_on_its_own_version() -> None:
    name = "figures/waits.png"
    files = {**materials().files, name: forged(painted("png"), "png", {DRAWN: OTHER_CODE})}
    files["datapackage.json"] = corrected(files)
    whole, part = verdicts(zipped(files))
    assert (whole.verdict, part.verdict, part.where) == (OWN, OWN, f"it: {name}")
    assert verdicts(zipped({**files, "EVIL.md": b"More."}))[0].verdict == ALTERED
    del files["README.md"]
    assert verdicts(zipped(files))[0].verdict == ALTERED


# --- what cannot be run ---


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda kept: kept.update(schema="heavypress/run/2", version="7.0"),
            "'heavypress/run/2', made by heavypress 7.0",
        ),
        (lambda kept: kept["scenario"]["world"]["cloud"].update(gone=1), "gone"),
        (lambda kept: kept.update(kind="mix"), "is the record of heavypress mix"),
        (lambda kept: kept.pop("seed"), "lacks seed"),
        (lambda kept: kept.update(seed=-1), "seed: -1 is not a whole number"),
        (lambda kept: kept.update(draws=10**9), "draws: 1,000,000,000 is not a whole number"),
        (lambda kept: kept.update(scenario=7), "is no record of a run"),
    ],
)
def test_a_record_that_cannot_be_run_is_not_checked(change: Callable[[Any], object], sentence: str) -> None:
    text = of_another_version(change)
    found = on_record(text)
    assert found.verdict in (UNCHECKED, FOREIGN)
    assert len(found.reasons) == 1 and sentence in found.reasons[0] and "\n" not in found.reasons[0]
    (figure,) = verdicts(forged(materials().figure("svg"), "svg", {RECORD: text, RUN: OTHER_RUN}))
    assert figure.verdict == UNCHECKED and sentence in " ".join(figure.reasons)


def test_a_table_is_held_against_the_record_of_its_id_that_holds_whatever_was_read_first() -> None:
    """Records of one id, one of them changed: the order in which they were found decides nothing."""
    from sim.verification import judge
    from sim.verification.exhibits import exhibits
    from sim.verification.runs import Runs

    kept = materials().record
    moved(kept)
    for texts in ((json.dumps(kept), materials().ran.text), (materials().ran.text, json.dumps(kept))):
        runs = Runs()
        runs._ran[materials().ran.text] = materials().ran
        for text in texts:
            runs.learn(text)
        (exhibit,) = exhibits("it", materials().files["data/waits.csv"], runs)
        assert [found.verdict for found in judge(exhibit, runs)] == [VERIFIED]
