"""Folders of one sweep become one, with the bytes of a sweep that was never divided; others are refused."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from sim.cli import main
from sim.sweeps.ledger import Entry, Ledger, signed
from sim.sweeps.merging import merge
from sim.sweeps.problems import LedgerError
from sim.sweeps.reader import read_sweep
from sim.sweeps.run import Launch, fill
from tests.sweeps.ledgers import litter, results


def halves(undisturbed: Path, folder: Path) -> tuple[Path, Path]:
    """The finished sweep as two folders with the odd and the even parts, and one part in both."""
    made = []
    for rest in (0, 1):
        half = Path(shutil.copytree(undisturbed, folder / f"half{rest}"))
        for path in (half / "parts").iterdir():
            if int(path.stem) % 2 == rest and path.stem != "000004":
                path.unlink()
        made.append(half)
    return made[0], made[1]


def test_two_halves_are_the_whole(undisturbed: Path, right: bytes, tmp_path: Path) -> None:
    first, second = halves(undisturbed, tmp_path)
    before = {path: path.read_bytes() for path in second.rglob("*") if path.is_file()}
    assert merge([second, first], tmp_path / "new").status.complete
    assert results(tmp_path / "new") == right and litter(tmp_path / "new") == []
    assert {path: path.read_bytes() for path in second.rglob("*") if path.is_file()} == before
    assert merge([first, second], first).status.complete and results(first) == right


@pytest.mark.slow
def test_shards_of_machines_that_share_nothing(sweep: Path, right: bytes, tmp_path: Path) -> None:
    folders = [tmp_path / f"shard{number}" for number in (1, 2, 3)]
    for number, folder in enumerate(folders, 1):
        for _ in fill(Ledger.created(folder, read_sweep(sweep)), Launch(workers=0, shard=(number, 3))):
            pass
    assert merge(folders, tmp_path / "all").status.complete
    assert results(tmp_path / "all") == right


def test_a_damaged_part_is_left_where_it_is(undisturbed: Path, right: bytes, tmp_path: Path) -> None:
    first, second = halves(undisturbed, tmp_path)
    part = next(iter(sorted((first / "parts").glob("*.parquet"))))
    part.write_bytes(part.read_bytes()[:-1])
    merged = merge([first, second], tmp_path / "new")
    assert len(merged.missing()) == 1 and part.exists()
    for _ in fill(merged, Launch(workers=0)):
        pass
    assert results(merged.folder) == right


@pytest.mark.parametrize(("what", "word"), [("code", "its code"), ("data", "its data"), ("sweep", "another")])
def test_parts_of_another_version_are_refused(
    what: str, word: str, undisturbed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = halves(undisturbed, tmp_path)
    manifest = json.loads((second / "manifest.json").read_bytes())
    del manifest["signed"]
    manifest["identity"][what] = "0123456789abcdef"
    (second / "manifest.json").write_text(json.dumps(signed(manifest)), encoding="utf8")
    assert main(["sweep", "merge", str(first), str(second), "--out", str(tmp_path / "new")]) == 2
    said = capsys.readouterr().err
    differs = f"{word} (0123456789abcdef) differ from those of {first}"
    holds = f"holds another sweep (0123456789abcdef) than {first}"
    assert said.count("\n") == 1 and f"{second}: {holds if what == 'sweep' else differs}" in said
    assert not (tmp_path / "new").exists()


def test_two_parts_with_other_bytes_are_refused(undisturbed: Path, tmp_path: Path) -> None:
    first, second = halves(undisturbed, tmp_path)
    ledger = Ledger.opened(second)
    part = ledger.path(3).read_bytes() + b" "  # sound, by its entry, and not what the other has
    ledger.path(3).write_bytes(part)
    entry = ledger.entry(3)
    assert isinstance(entry, Entry)
    ledger._enter(3, Entry(sha256(part).hexdigest(), entry.runs, entry.failed, entry.rows))
    with pytest.raises(LedgerError, match=r"000004\.parquet: has other bytes than .*000004\.parquet"):
        merge([first, second], tmp_path / "new")


def test_what_is_given_up_in_one_folder_is_done_in_another(undisturbed: Path, right: bytes, tmp_path: Path) -> None:
    first, second = halves(undisturbed, tmp_path)
    Ledger.opened(first).give_up(0 if not Ledger.opened(first).entry(0) else 1, "the process ended")
    for number, order in enumerate(([first, second], [second, first])):
        merged = merge(order, tmp_path / f"new{number}")
        assert merged.status.failed == 0 and results(merged.folder) == right
