"""The page of what this is: counts come from their source, citations are those of the run, figures are checked."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from dashboard import checks, jobs, words
from dashboard.views import about as view
from dashboard.worker import Task
from sim import charts
from sim.comparison.identity import code_digest, data_digest
from sim.comparison.run import compare
from sim.outcomes import HEADLINE
from sim.packs import citations
from sim.releases.kept import read, versions
from sim.scenario import load, names
from sim.validation import Report, chosen, validate
from sim.validation.targets import cases
from sim.verification.findings import ALTERED, FOREIGN, VERIFIED
from tests.dashboard.pages import At

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def page() -> At:
    """The page as it is opened."""
    return At("about")


def test_limits_version_and_digests_are_those_of_the_program(page: At) -> None:
    assert f"Code {code_digest()}, data {data_digest()}" in page.plain and view.licence() in page.plain
    assert all(line in page.plain for line in load("small_country").not_modelled)


def test_the_run_that_is_shown_is_cited(page: At) -> None:
    comparison = compare(load("small_country"), draws=0, queue=False)
    assert citations.short(comparison) in page.plain and citations.long(comparison) in page.plain
    assert page.at.code[0].value.strip() == citations.bibtex(comparison).strip()


def test_documents_are_those_of_the_project() -> None:
    assert {name for name, _ in view.documents()} == {path.stem for path in (ROOT / "docs").glob("*.md")}


# --- releases ---


def test_results_of_releases_are_those_that_are_kept() -> None:
    labels = {option.key: option.label for option in load("glut").options}
    frame = view.headlines("glut", labels)
    assert len(frame) == len(HEADLINE) * len(versions())
    assert set(frame.columns) == {words.OUTCOME, words.ABOUT_RELEASE, *labels.values()}
    assert view.headlines("no such scenario", {}).empty
    rows = list(csv.DictReader(view.results_csv().decode().splitlines()))
    assert (
        {row["scenario"] for row in rows} == {name for each in versions() for name in read(each).results} <= {*names()}
    )
    published = (ROOT / "docs" / "results.csv").read_text(encoding="utf8")
    assert published.startswith(view.results_csv().decode())


# --- validation ---


def test_targets_are_counted_and_not_typed_in(page: At) -> None:
    targets = sum(len(case.targets) for case in cases())
    assert f"{targets} published results in {len(cases())} settings" in page.text


def test_verdicts_are_shown_once_they_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Report(validate(chosen(["dawn", "h100_rent"])))
    jobs.keep(checks.validation().digest, few)
    shown = At("about")
    frame = shown.at.dataframe[0].value
    assert frame["target"].tolist() == [verdict.target.name for verdict in few.verdicts]
    assert f"Passed: {sum(verdict.passed for verdict in few.verdicts)} of {len(few.verdicts)}." in shown.plain
    jobs._others.clear()


@pytest.mark.slow
def test_the_model_is_held_against_the_record_by_a_worker() -> None:
    job = jobs.Job(checks.validation())
    while job.poll() in ("queued", "running"):
        time.sleep(0.1)
    report = jobs.kept(checks.validation().digest)
    published = (ROOT / "docs" / "validation.md").read_text(encoding="utf8")
    assert f"Passed: {sum(verdict.passed for verdict in report.verdicts)} of {len(report.verdicts)}." in published


def test_a_task_can_be_cancelled() -> None:
    page = At("about").click("start/validation")
    job = page.state("task/validation")
    assert job.under_way and page.at.button(key="cancel/validation")
    page.click("cancel/validation")
    assert not job.under_way and page.at.button(key="start/validation")


def test_a_task_that_fails_says_so_and_can_be_started_again() -> None:
    failing = jobs.Job(Task(checks.validation().digest, int))  # takes no function
    while failing.poll() in ("queued", "running"):
        time.sleep(0.02)
    page = At("about")
    page.at.session_state["task/validation"] = failing
    assert "without a result (TypeError)" in page.run().at.error[0].value
    assert page.at.button(key="start/validation")


# --- checking a figure ---


@pytest.fixture(scope="module")
def figure() -> bytes:
    """A figure of a small run."""
    comparison = compare(load("small_country"), draws=8, queue=False)
    return charts.FORMATS["png"](charts.CHARTS["cash_flow"](comparison), comparison, "cash_flow")


def test_a_figure_is_verified_and_a_changed_one_is_not(figure: bytes) -> None:
    verdicts = {
        name: [finding.verdict for finding in checks.verified("figure.png", content, lambda *_: None)]
        for name, content in {
            "as it was": figure, "one bit": figure[:-200] + bytes([figure[-200] ^ 1]) + figure[-199:],
            "of others": b"\x89PNG words", "words": b"words",
        }.items()
    }  # fmt: skip
    assert verdicts["as it was"] == [VERIFIED] and verdicts["one bit"] == [ALTERED]
    assert verdicts["words"] == [FOREIGN] and VERIFIED not in verdicts["of others"]


@pytest.mark.slow
def test_findings_are_shown_in_sentences(figure: bytes) -> None:
    task = checks.verification("figure.png", figure)
    jobs.keep(task.digest, checks.verified("figure.png", figure, lambda *_: None))
    shown = At("about").upload("check_file", ("figure.png", figure))
    assert "figure.png: verified (cash_flow" in shown.plain
    jobs._others.clear()
    assert At("about").upload("check_file", ("words.png", "words")).at.button(key="start/verification")
