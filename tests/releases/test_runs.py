"""A fresh process computes with the edition that it is given, with nothing of this process, and says what stops it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.comparison.identity import code_digest, data_digest
from sim.comparison.record import results_digest
from sim.comparison.run import compare
from sim.instruments import SINGLE
from sim.instruments.portfolio import mix_of
from sim.releases.editions import Edition, otherwise
from sim.releases.numbers import moved
from sim.releases.runs import UnrunnableError, _parts, as_job, run
from sim.releases.worker import run as here
from sim.scenario import load
from sim.sources import EDITION
from tests.releases.conftest import SCENARIO, SETTINGS, changed, old_record

ROOT = Path(__file__).resolve().parents[2]
NARROW = {"cloud.decline_per_year": {"high": 0.25}}
ASK = """
from sim.comparison.identity import code_digest, data_digest
from sim.mechanisms.workload import Workload
from sim.mechanisms.cloud import Cloud
from sim.mechanisms.presets import Helios
from sim.instruments.public_cluster import PublicCluster
from sim.instruments import INSTRUMENTS
spec = Cloud.spec("decline_per_year")
print(code_digest(), data_digest(), Cloud().decline_per_year, spec.high, spec.role, Helios().mean_gpus,
      INSTRUMENTS["portfolio"]().cloud_credits_share, PublicCluster().tranche_months, spec.ceiling)
"""


def asked(folder: Path) -> list[str]:
    """What a fresh process with the edition in a folder declares, and its digests."""
    environment = {**os.environ, EDITION: str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    ).stdout.split(" ", 5)  # fmt: skip


@pytest.mark.slow
def test_declarations_of_every_kind_are_those_of_the_edition(tmp_path: Path) -> None:
    other = changed({}, {
        "cloud.decline_per_year": {"default": 0.12, "high": 0.25, "role": "design", "ceiling": None},
        "helios.mean_gpus": {"default": 4.5},
        "portfolio.cloud_credits_share": {"default": 0.7},
        "public_cluster.tranche_months": {"default": [0.0, 24.0]},
    })  # fmt: skip
    code, data, default, high, role, rest = asked(other.written(tmp_path))
    assert (default, high, role) == ("0.12", "0.25", "design")
    assert rest.split() == ["4.5", "0.7", "(0.0,", "24.0)", "inf"]
    assert code != code_digest() and data == data_digest(), "equal ids would have other numbers"


@pytest.mark.slow
def test_the_edition_of_now_has_the_digests_and_the_numbers_of_this_process(tmp_path: Path) -> None:
    now = Edition.present()
    assert asked(now.written(tmp_path))[:2] == [code_digest(), data_digest()]
    found, ours = run({"a": SETTINGS.job(SCENARIO)}, now)["a"], here(SETTINGS.job(SCENARIO))
    assert found.digest == results_digest(ours)


def test_a_mix_over_more_instruments_leaves_the_declarations_of_the_program_as_they_are() -> None:
    now = Edition.present()
    more = mix_of((*SINGLE, type("Eighth", (SINGLE[0],), {"name": "eighth"})))
    assert "eighth_share" in more.names() and otherwise(now.parameters) == {}


@pytest.mark.slow
def test_other_data_have_another_digest_and_a_range_moves_what_is_drawn(tmp_path: Path) -> None:
    other = changed({"data/builds.csv": ("new_hall,9.0,7.2", "new_hall,9.0,6.0")}, NARROW)
    assert asked(other.written(tmp_path))[1] != data_digest()
    before, after = (run({"a": SETTINGS.job(SCENARIO)}, each)["a"].numbers for each in (Edition.present(), other))
    assert {place.column for place in moved(before, after)} == {"central", "value", "low", "high"}


def test_this_process_has_no_edition_but_its_own() -> None:
    assert EDITION not in os.environ


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"data/price_series.csv": b"id,sort\n1,rent\n"}, f"{SCENARIO}: KeyError: 'series'"),
        ({"scenarios/small_country.toml": None}, "no such file or shipped scenario"),
        ({"scenarios/small_country.toml": b"title ="}, "ScenarioError: "),
        ({"data/deflators.csv": None}, "FileNotFoundError: [Errno 2] No such file or directory: 'data/deflators.csv'"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_said_in_a_sentence(files: dict[str, bytes | None], said: str) -> None:
    """What an edition lacks is not taken from the program of now."""
    contents = {**Edition.present().files, **files}
    edition = Edition({name: content for name, content in contents.items() if content is not None}, {})
    with pytest.raises(UnrunnableError) as refused:
        run({SCENARIO: SETTINGS.job(SCENARIO)}, edition)
    assert said in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.slow
def test_a_process_that_dies_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.releases.runs._START", "raise SystemExit('no room for it')")
    with pytest.raises(UnrunnableError, match=f"^{SCENARIO}: no room for it$"):
        run({SCENARIO: SETTINGS.job(SCENARIO)}, Edition.present())


def test_a_record_is_run_with_its_own_settings(same: Path) -> None:
    record = old_record(same)
    with as_job({**record, "draws": 3, "seed": 9}) as job:
        found = here(job)
    assert (found.draws, found.seed, found.fidelity) == (3, 9, "instant")
    alike = compare(load(SCENARIO), draws=3, seed=9, fidelity="instant")
    assert found.run_id == alike.run_id


@pytest.mark.parametrize(("jobs", "processors", "sizes"), [(13, 2, [7, 6]), (3, 8, [3]), (13, 1, [13]), (0, 2, [0])])
def test_jobs_are_spread_where_there_are_enough_of_them(
    jobs: int, processors: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.releases.runs.processors", lambda: processors)
    parts = _parts({str(n): {} for n in range(jobs)})
    assert [len(part) for part in parts] == sizes and sum(map(len, parts)) == jobs
