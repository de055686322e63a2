"""Files of a ledger that are not as they were written: found out, put aside and computed anew, or refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from sim.cli import main
from sim.sweeps.ledger import Ledger
from sim.sweeps.problems import LedgerError
from sim.sweeps.queries import read_results
from sim.sweeps.reader import read_sweep
from sim.sweeps.run import Launch, fill
from tests.sweeps.ledgers import PARTS, RUNS, finish, results

DESCRIPTION = ("manifest.json", "sweep.toml", "scenario.toml")
KINDS = ("parts/*.parquet", "parts/*.json", *DESCRIPTION, "results.parquet", "results.json")


def flipped(content: bytes, chance: Random) -> bytes:
    """One bit of it is another."""
    at = chance.randrange(len(content) * 8)
    return content[: at // 8] + bytes([content[at // 8] ^ 1 << at % 8]) + content[at // 8 + 1 :]


def truncated(content: bytes, chance: Random) -> bytes:
    """The beginning of it."""
    return content[: chance.randrange(len(content))]


@pytest.fixture
def folder(undisturbed: Path, tmp_path: Path) -> Path:
    """A copy of the finished sweep."""
    return Path(shutil.copytree(undisturbed, tmp_path / "sweep"))


def assert_never_wrong(folder: Path, sweep: Path, right: bytes, kind: str) -> None:
    """A damaged ledger says so or gives the right numbers, and is whole again after its sweep is run once more."""
    if kind.startswith("parts/"):  # so that they are read
        (folder / "results.parquet").unlink()
    try:
        ledger = Ledger.opened(folder)
        status = ledger.status
        assert status.runs == RUNS and status.done_runs == 2 * status.done_parts and status.failed == 0
        if status.complete:  # else there are fewer rows, and the status says it
            pd.testing.assert_frame_equal(read_results(ledger).frame, pd.read_parquet(BytesIO(right)))
    except LedgerError as error:
        said = str(error)
        assert "is damaged" in said or "has lost files" in said
    mended = Ledger.created(folder, read_sweep(sweep))
    for _ in fill(mended, Launch(workers=0)):
        pass
    assert results(folder) == right and mended.status.done_parts == PARTS


def damage(folder: Path, kind: str, chance: Random, how: Callable[[bytes, Random], bytes]) -> Path:
    """Damage one file of a kind."""
    path = chance.choice(sorted(folder.glob(kind)))
    path.write_bytes(how(path.read_bytes(), chance))
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_bit_that_flips_changes_no_number(kind: str, folder: Path, sweep: Path, right: bytes) -> None:
    damage(folder, kind, Random(1), flipped)
    assert_never_wrong(folder, sweep, right, kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_bit_that_flips_and_no_cut_changes_a_number(kind: str, folder: Path, sweep: Path, right: bytes) -> None:
    chance = Random(kind)
    for number in range(10):
        damage(folder, kind, chance, flipped if number % 3 else truncated)
        assert_never_wrong(folder, sweep, right, kind)


def test_a_damaged_part_is_put_aside_with_its_entry(folder: Path, right: bytes) -> None:
    part = damage(folder, "parts/*.parquet", Random(2), flipped)
    there = part.read_bytes()
    finish(folder)
    assert (folder / "damaged" / part.name).read_bytes() == there
    assert (folder / "damaged" / part.with_suffix(".json").name).is_file()
    assert results(folder) == right


def test_a_part_in_the_place_of_another_does_not_count(folder: Path, right: bytes) -> None:
    for kind in ("parquet", "json"):
        shutil.copy(folder / "parts" / f"000003.{kind}", folder / "parts" / f"000004.{kind}")
    assert Ledger.opened(folder).missing(put_aside=False) == [3]
    finish(folder)
    assert results(folder) == right


@pytest.mark.parametrize("field", ["digest", "runs", "failed", "rows", "reason"])
def test_an_entry_that_says_something_else_does_not_count(field: str, folder: Path) -> None:
    path = folder / "parts" / "000003.json"
    about = json.loads(path.read_bytes())
    about[field] = about[field] + 1 if isinstance(about[field], int) else f"{about[field]}0"
    path.write_text(json.dumps(about), encoding="utf8")
    assert Ledger.opened(folder).status.done_parts == PARTS - 1


def test_a_lost_part_is_computed_anew_and_never_left_out(folder: Path, right: bytes) -> None:
    (folder / "parts" / "000007.parquet").unlink()
    (folder / "results.parquet").unlink()
    with pytest.raises(
        LedgerError, match=r"000007\.parquet: is damaged; compute it anew with: heavypress sweep resume"
    ):
        read_results(Ledger.opened(folder))
    finish(folder)
    assert results(folder) == right


@pytest.mark.parametrize("name", DESCRIPTION)
def test_the_command_says_what_mends_a_damaged_description(
    name: str, folder: Path, sweep: Path, right: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(folder, name, Random(3), flipped)
    for words in (["status", str(folder)], ["resume", str(folder)], ["query", str(folder), "select 1"]):
        assert main(["sweep", *words]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and name in said and f"heavypress sweep FILE --out {folder}" in said
    before = {path.name: path.stat().st_mtime_ns for path in (folder / "parts").iterdir()}
    assert main(["sweep", "run", str(sweep), "--out", str(folder), "--workers", "1"]) == 0
    assert {path.name: path.stat().st_mtime_ns for path in (folder / "parts").iterdir()} == before  # all are kept
    assert results(folder) == right


def test_a_damaged_manifest_is_no_way_into_the_folder_of_another_sweep(folder: Path, sweep: Path) -> None:
    damage(folder, "manifest.json", Random(4), truncated)
    there = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(LedgerError, match="is damaged"):
        Ledger.created(folder, read_sweep(sweep, {"public_cluster.life_years": 7}))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".lock" not in path.name} == {
        path: content for path, content in there.items() if ".lock" not in path.name
    }
