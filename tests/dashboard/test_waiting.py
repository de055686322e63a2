"""Who waits and why, on the page: the numbers of `heavypress waits`, from a worker that a move of a slider kills."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard import jobs, markdown
from dashboard.waits_task import FIGURE, FoundWaits, OptionWaits, WaitsRequest
from sim.cli import main
from sim.scenario import Scenario, load
from sim.waits.report import Table
from tests.dashboard.conftest import Page

pytestmark = pytest.mark.slow

Open = Callable[..., Page]
PLACE = "task/waits"  # of the job in the session
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>'
FOUND = FoundWaits(
    options=(OptionWaits("A machine", "Half of *all* jobs wait.", (Table("How long", ["", "p95"], [["All", "3"]]),)),),
    notes=("A note.",),
    alt="Who waits: everybody.",
    files={FIGURE: SVG, "waits.json": b"{}", "run.json": b"{}"},
)


def request(settings: dict[str, float] | None = None) -> WaitsRequest:
    """What the page asks for."""
    return WaitsRequest.of(load("small_country", settings), 1)


def test_every_setting_is_another_request() -> None:
    assert request().digest == request().digest != request({"cloud.price_usd": 3.0}).digest
    assert request().digest != WaitsRequest.of(load("small_country"), 2).digest


def test_nothing_is_computed_before_it_is_asked_for(open_page: Open) -> None:
    page = open_page("cluster", scenario="small_country")
    assert page.session(PLACE) is None
    page.open("who_waits")
    assert page.session(PLACE) is None and page.at.button(key="start/waits")


def test_a_move_kills_what_was_asked_for_before(open_page: Open) -> None:
    page = open_page("cluster", scenario="small_country").open("who_waits").click("start/waits")
    job: jobs.Job = page.session(PLACE)
    assert job.under_way and page.at.button(key="cancel/waits")
    page.move("cloud.long_run_usd", 3.0)
    assert job.state == "cancelled" and page.session(PLACE) is None
    assert page.at.button(key="start/waits")


def test_cancel_goes_back_to_the_button(open_page: Open) -> None:
    page = open_page("cluster", scenario="small_country").open("who_waits").click("start/waits")
    job: jobs.Job = page.session(PLACE)
    page.click("cancel/waits")
    assert job.state == "cancelled" and page.at.button(key="start/waits")


def test_what_was_found_is_shown_letter_by_letter(open_page: Open) -> None:
    jobs.keep(request().digest, FOUND)
    page = open_page("cluster", scenario="small_country").open("who_waits")
    assert markdown.literal(FOUND.options[0].sentence) in page.text()
    assert page.at.get("image")[0].proto.imgs[0].alt == FOUND.alt
    (table,) = (each for each in page.at.get("table") if each.proto.alt == "How long")
    assert table.value.loc["All"].tolist() == ["3"]
    page.move("cloud.long_run_usd", 3.0)
    assert not page.at.get("image")


@pytest.mark.slow
def test_the_worker_finds_what_the_command_writes(tiny: Scenario, tmp_path: Path) -> None:
    """Every file, byte for byte."""
    found = WaitsRequest.of(tiny, 1).compute(lambda kind, content: None)
    assert [option.label for option in found.options] == ["Public cluster", "A mix"]
    assert main(["waits", str(tmp_path / "tiny.toml"), "--out", str(tmp_path / "out")]) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == found.files
