"""Runs outside the script thread: the same numbers, the latest wins, and nobody computes for nobody."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event

import pytest

from dashboard import jobs, runs
from dashboard.worker import Found, Request
from sim.comparison.run import compare
from sim.comparison.table import as_json
from sim.mechanisms.appraisal import profiles
from sim.scenario import Scenario
from tests.dashboard.conftest import PATIENCE_SECONDS, TINY, Page

Open = Callable[..., Page]
FOREVER = 20_000  # draws that nobody waits for


def request(scenario: Scenario, draws: int = 0, queue: bool = False, seed: int = 1) -> Request:
    """A run of a scenario."""
    return Request.of(scenario, seed, draws, queue)


def until(condition: Callable[[], bool]) -> bool:
    """Wait for something that must happen."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def finished(job: jobs.Job) -> jobs.Job:
    """The job after its end."""
    assert until(lambda: job.poll() not in ("queued", "running"))
    return job


def at_work(job: jobs.Job) -> jobs.Job:
    """The job once it computes."""
    assert until(lambda: job.poll() == "running" and job.share > 0)
    return job


def pid_of(job: jobs.Job) -> int | None:
    """Process id of the job's worker."""
    return job._run.process.pid if job._run else None


def alive(pid: int | None) -> bool:
    """True while a process runs."""
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize(("draws", "queue", "seed"), [(3, True, 1), (2, False, 7)])
def test_a_worker_gives_what_a_direct_comparison_gives(tiny: Scenario, draws: int, queue: bool, seed: int) -> None:
    wanted = request(tiny, draws, queue, seed)
    job = finished(jobs.Job(wanted))
    assert job.state == "done", job.why
    found = jobs.result(wanted, tiny)
    direct = compare(tiny, seed=seed, draws=draws, queue=queue)
    assert found is not None
    assert found.run_id == direct.run_id
    assert found.tidy.equals(direct.tidy)
    assert as_json(found) == as_json(direct)


@pytest.mark.slow
def test_a_worker_varies_every_number_where_it_is_asked_to(tiny: Scenario) -> None:
    wanted = Request.of(tiny, 1, 3, False, "all")
    found, direct = (
        jobs.result(finished(jobs.Job(wanted)).work, tiny),
        compare(tiny, draws=3, draw="all", queue=False),
    )
    assert found is not None and found.run_id == direct.run_id != compare(tiny, draws=3, queue=False).run_id
    assert as_json(found) == as_json(direct)


def test_the_latest_settings_win_and_the_superseded_worker_is_killed(tiny: Scenario) -> None:
    old = at_work(jobs.follow(None, request(tiny, FOREVER)))
    new = jobs.follow(old, request(tiny, 1))
    assert old.state == "cancelled"
    assert new.poll() == "running", "the killed run gives its place away at once"
    assert until(lambda: not alive(pid_of(old)))
    assert finished(new).state == "done"
    assert jobs.kept(old.work.digest) is None


def test_the_same_settings_go_on_with_the_same_run(tiny: Scenario) -> None:
    job = at_work(jobs.follow(None, request(tiny, FOREVER)))
    assert jobs.follow(job, request(tiny, FOREVER)) is job
    job.cancel()
    assert until(lambda: not alive(pid_of(job)))
    assert jobs.follow(job, request(tiny, FOREVER)).poll() == "cancelled", "what was cancelled does not start by itself"


def test_a_session_that_ends_takes_its_worker_with_it(tiny: Scenario) -> None:
    job = at_work(jobs.Job(request(tiny, FOREVER)))
    pid = pid_of(job)
    del job
    gc.collect()
    assert until(lambda: not alive(pid))


def test_no_more_run_than_the_machine_gives(tiny: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MOST_RUNNING", 1)
    first, second = jobs.Job(request(tiny, FOREVER)), jobs.Job(request(tiny, 1))
    assert first.poll() == "running"
    assert second.poll() == "queued"
    first.cancel()
    assert finished(second).state == "done"


def test_a_run_that_takes_too_long_is_killed(tiny: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LONGEST_SECONDS", 0.0)
    job = jobs.Job(request(tiny, FOREVER))
    job.poll()
    assert finished(job).state == "failed"
    assert "longer than" in job.why


def test_a_worker_that_dies_is_noticed(tiny: Scenario) -> None:
    job = at_work(jobs.Job(request(tiny, FOREVER)))
    pid = pid_of(job)
    assert pid is not None
    os.kill(pid, 9)
    assert finished(job).state == "failed"
    assert "exit code" in job.why


def test_a_worker_refuses_a_run_under_another_name(tiny: Scenario) -> None:
    other = f"{'0' * 12}/1/"
    job = finished(jobs.Job(replace(request(tiny, 1), digest=other)))
    assert job.state == "failed"
    assert jobs.kept(other) is None


def found(number: int = 0) -> Found:
    """What a run without options found."""
    return Found(str(number), 0, {})


def test_only_the_last_results_are_kept() -> None:
    for number in range(jobs.MOST_KEPT):
        jobs.keep(str(number), found(number))
    assert jobs.kept("0") == found(0)
    jobs.keep("one more", found())
    assert jobs.kept("1") is None, "asked for least recently"
    assert jobs.kept("0") == found(0)


def test_an_unknown_run_takes_no_place_in_the_cache() -> None:
    jobs.keep("known", found())
    assert [jobs.kept(f"unknown {number}") for number in range(jobs.MOST_KEPT)] == [None] * jobs.MOST_KEPT
    assert jobs.kept("known") == found()


def test_a_worker_takes_as_many_draws_as_the_answer_needs(tiny: Scenario) -> None:
    wanted = Request.of(tiny, 1, None, False)
    done = jobs.result(finished(jobs.Job(wanted)).work, tiny)
    direct = compare(tiny, draws=None, queue=False)
    assert done is not None and (done.draws, done.run_id) == (direct.draws, direct.run_id)


@pytest.mark.slow
def test_a_worker_appraises_by_the_profile_that_is_asked_for(tiny: Scenario) -> None:
    name = next(iter(profiles()))
    wanted = Request.of(tiny, 1, 3, False, by=name)
    done = jobs.result(finished(jobs.Job(wanted)).work, tiny)
    direct = compare(tiny, draws=3, queue=False, profile=profiles()[name])
    assert done is not None and done.run_id == direct.run_id and as_json(done) == as_json(direct)


# --- on the page ---


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers start at once, as they do when nothing has moved for a while."""
    monkeypatch.setattr(runs, "SETTLED_SECONDS", 0.0)


def test_a_worker_waits_until_nothing_moves(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SETTLED_SECONDS", 60.0)
    page = open_page(draws="256").move("cloud.long_run_usd", 3.0)
    assert page.job is not None and page.job.state == "queued" and not jobs._running
    assert "Medians and odds of 64 worlds" in page.text()


def test_the_first_page_of_a_server_goes_before_its_run(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SETTLED_SECONDS", 60.0)
    monkeypatch.setattr(jobs, "_first", Event())
    page = open_page(draws="256")
    time.sleep(runs.LOOK_SECONDS)
    assert page.run().job is not None and page.job.state == "queued" and not jobs._running


def test_a_page_that_was_just_opened_waits_for_no_further_move(
    open_page: Open, tiny: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(jobs.Job(request(tiny, 1)))
    monkeypatch.setattr(runs, "SETTLED_SECONDS", 60.0)
    page = open_page(draws="256")
    assert page.job is not None and page.job.state == "running"
    page = page.move("cloud.long_run_usd", 3.0)
    assert page.job is not None and page.job.state == "queued", "but a move may be followed by others"


def test_few_worlds_at_once_and_all_of_them_when_they_are_there(open_page: Open) -> None:
    page = open_page("numbers", draws="256", queue=None).upload(TINY)
    first = page.at.table[0].value
    assert page.job is not None and page.job.under_way
    assert "Medians and odds of 64 worlds" in page.text()
    awaited = first.loc[first.index.str.startswith("Median\N{NO-BREAK SPACE}wait")].isin([":small[computing]"]).iloc[0]
    assert awaited.tolist() == [False, True, False, True], "what has a machine, and rules unlike those of the surface"
    page.finish()
    last = page.at.table[0].value
    assert not last.isin([":small[computing]"]).any(axis=None)
    assert "Medians and odds of 256 worlds." in page.text()
    assert "of 256 worlds drawn" in page.go("answer").text()


USUAL = TINY.replace('backfill_scan = "fcfs"', "")


def waits_of(page: Page) -> list[str]:
    """Median waits by option as the page has them."""
    shown = page.at.table[0].value
    return list(shown.loc[shown.index.str.startswith("Median\N{NO-BREAK SPACE}wait")].iloc[0])


def test_estimates_stand_on_the_page_until_the_queue_was_simulated(open_page: Open) -> None:
    page = open_page("numbers", draws="256", queue=None).upload(USUAL)
    nothing, machine, vouchers, mix = waits_of(page)
    assert nothing == vouchers == "–"
    assert all(cell.startswith("\\~") and ":small[estimate, " in cell for cell in (machine, mix)), (machine, mix)
    assert "~ is an estimate with its band" in page.text().replace("\\", "")
    page.finish()
    assert not any("~" in cell for cell in waits_of(page))


def test_simulated_waits_take_the_place_of_estimates_one_by_one(open_page: Open, tiny: Scenario) -> None:
    page = open_page("numbers", draws="256", queue=None).upload(USUAL)
    job = page.job
    exact = compare(tiny).results["public_cluster"].waits
    assert exact is not None and job is not None and job._run is not None
    job._run.waits = {"public_cluster": exact}
    job.cancel()
    page.run()
    _, machine, _, mix = waits_of(page)
    assert "~" not in machine and "estimate" not in machine and mix.startswith("\\~")


@pytest.mark.slow
def test_a_worker_reports_waits_before_it_is_done(tiny: Scenario) -> None:
    job = jobs.Job(request(tiny, FOREVER, queue=True))
    assert until(lambda: job.poll() == "running" and len(job.waits) == 2)
    assert set(job.waits) == {"public_cluster", "mix"}
    direct = compare(tiny).results["mix"].waits
    assert direct is not None and job.waits["mix"].note() == direct.note()
    begun = time.monotonic()
    job.cancel()
    assert until(lambda: not alive(pid_of(job))) and time.monotonic() - begun < 1


def test_a_cancelled_run_says_so_and_can_be_started_again(open_page: Open) -> None:
    page = open_page(draws="1024").upload(TINY)
    assert page.job is not None
    pid = pid_of(page.job)
    page.click("cancel/0")
    assert until(lambda: not alive(pid))
    assert "worlds. Refining was cancelled. The figures are provisional." in page.text()
    assert page.run().job is not None and page.job.state == "cancelled"
    page.click("again/0")
    assert page.job is not None and page.job.under_way
    assert "1,024 worlds" in page.finish().text()


def test_a_move_of_a_slider_kills_the_run_under_way(open_page: Open) -> None:
    page = open_page(scenario="small_country", draws="1024", queue=None)
    assert page.job is not None
    pid = pid_of(page.job)
    page.move("demand.groups", 1_000)
    assert until(lambda: not alive(pid))
    assert pid_of(page.job) != pid


@pytest.mark.slow
def test_the_tick_box_varies_every_number(open_page: Open) -> None:
    page = open_page("numbers", scenario="small_country", draws="64", draw="all").finish()
    assert "Draws vary all" in page.text()
    page.at.checkbox(key="draw_all").uncheck()
    assert "Draws vary all" not in page.run().finish().text()
