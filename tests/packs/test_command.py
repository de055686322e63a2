"""The command, the page and the record give the same bytes, and write all of a pack or nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard import downloads, words
from dashboard.runs import Shown
from sim.cli import main
from sim.comparison.record import record_text
from sim.comparison.run import compare
from sim.export import UnwritableError
from sim.packs import archive_bytes, pack, read_archive, write
from sim.scenario import load

ROOT = Path(__file__).resolve().parents[2]
RUN = ("small_country", "--draws", "20", "--no-queue", "--seed", "7", "--set", "cloud.decline_per_year=0.11")


def test_command_record_folder_and_page_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = (tmp_path / f"{n}.zip" for n in range(3))
    assert main(["export", *RUN, "--out", str(first)]) == 0
    run = json.loads(read_archive(first)["run.json"])["run"]
    assert f"{first}: run {run}, " in capsys.readouterr().out
    (folder := tmp_path / "results").mkdir()
    (folder / "run.json").write_bytes(read_archive(first)["run.json"])
    assert main(["export", str(folder), "--out", str(second)]) == 0
    monkeypatch.chdir(tmp_path)
    assert main(["export", "results/run.json", "--out", "2.zip"]) == 0
    assert first.read_bytes() == second.read_bytes() == third.read_bytes()
    offered = {}
    monkeypatch.setattr(downloads, "button", lambda label, data, *_: offered.update({label: data}))
    shown = compare(load(folder / "run.json"), seed=7, draws=20, queue=False)
    downloads.show_downloads(
        Shown(shown, shown, lambda: shown, False, False, (), "small_country", load("small_country"))
    )
    assert offered[words.PACK]() == first.read_bytes()


def test_a_record_of_a_record_is_the_same_to_the_last_byte(tmp_path: Path) -> None:
    text = record_text(compare(load("small_country", {"cloud.decline_per_year": 0.11}), draws=8, queue=False))
    (path := tmp_path / "run.json").write_text(text, encoding="utf8")
    assert record_text(compare(load(path), draws=8, queue=False)) == text


@pytest.mark.slow
def test_another_process_elsewhere_gives_the_same_bytes_of_every_chart(tmp_path: Path) -> None:
    here = pack(compare(load("small_country"), draws=20, queue=False))
    words_of = ["export", "small_country", "--draws", "20", "--no-queue", "--out", "there.zip"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-m", "sim", *words_of], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "there.zip").read_bytes() == here and len(here) < 4_000_000


REFUSED = {
    "another ending": (("small_country", "--out", "{tmp}/pack.tar"), "ends in .zip"),
    "a folder": (("small_country", "--out", "{tmp}/folder.zip"), "is a folder; name a file"),
    "no folder": (("small_country", "--out", "{tmp}/none/pack.zip"), "none is not a folder"),
    "another file": (("small_country", "--out", "{tmp}/text.zip"), "is there already and no pack of a run"),
    "another zip": (("small_country", "--out", "{tmp}/other.zip"), "is there already and no pack of a run"),
    "a pack": (("{tmp}/other.zip", "--out", "{tmp}/pack.zip"), "is a zip file; unpack it, and name its run.json"),
    "no record": (("{tmp}/none.json", "--out", "{tmp}/pack.zip"), "none.json: cannot be read"),
    "a folder without a run": (("{tmp}/folder.zip", "--out", "{tmp}/pack.zip"), "is a zip file"),
    "no scenario": (("smal_country", "--out", "{tmp}/pack.zip"), "did you mean 'small_country'?"),
    "no file": (("small_country",), "--out is missing"),
    "settings of its own": (
        ("{tmp}/run.json", "--seed", "2", "--fix", "cloud.price_usd", "--out", "{tmp}/pack.zip"),
        "is a run with settings of its own; leave out --fix and --seed",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_written_is_refused_in_one_sentence(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, sentence = REFUSED[what]
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "text.zip").write_text("mine", encoding="utf8")
    (tmp_path / "other.zip").write_bytes(archive_bytes({"run.json": b'{"schema": "another/1"}'}))
    before = sorted(tmp_path.iterdir())
    assert main(["export", *(word.format(tmp=tmp_path) for word in given)]) == 2
    out, err = capsys.readouterr()
    assert not out and sentence in err and err.count("\n") == 1 and "Traceback" not in err
    assert sorted(tmp_path.iterdir()) == before and (tmp_path / "text.zip").read_text(encoding="utf8") == "mine"


def test_a_pack_replaces_a_pack_or_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, comparison = tmp_path / "pack.zip", compare(load("small_country"), draws=0, queue=False)
    write(comparison, path)
    first = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(UnwritableError, match=r"pack\.zip: cannot be written: No space left"):
            write(comparison, path)
    assert path.read_bytes() == first and list(tmp_path.iterdir()) == [path]
    write(compare(load("small_country"), draws=0, queue=False, seed=2), path)
    assert path.read_bytes() != first and list(tmp_path.iterdir()) == [path]


def test_a_run_that_moved_is_packed_as_it_is_now_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = json.loads(record_text(compare(load("small_country"), draws=0, queue=False)))
    kept["results"]["cloud_credits"]["public_cost"]["central"] *= 2
    kept["digests"] |= {"results": "0" * 16, "code": "0" * 16}
    (tmp_path / "run.json").write_text(json.dumps(kept), encoding="utf8")
    assert main(["export", str(tmp_path), "--out", str(tmp_path / "pack.zip")]) == 0
    assert "1 headline number moved" in capsys.readouterr().err
