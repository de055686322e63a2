"""What the command `report` refuses: one sentence, nothing written, nothing computed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.cli import main
from sim.reports import FORMATS, ReportError, writable
from sim.reports.files import replace

QUICK = ("--draws", "0", "--no-queue")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the present one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


REFUSED = {
    "--format odt": "--format: 'odt' must be one of html, docx, xlsx, pdf",
    "--format doc": "--format: 'doc' must be one of html, docx, xlsx, pdf; did you mean 'docx'?",
    "--format pdf --out brief.html": "--out brief.html: a report in pdf ends in .pdf",
    "--out brief.docs": "--out brief.docs: no format 'docs'; did you mean 'docx'?",
    "--out brief": "--out brief: a report ends in .html, .docx, .xlsx, .pdf",
    "--out nowhere/brief.pdf": "nowhere/brief.pdf: its folder does not exist",
    "--out folder.pdf": "folder.pdf: is a folder; name a file",
    "--out other.pdf": "other.pdf: is no report of Heavy Press; name another file",
    "--out other.docx": "other.docx: is no report of Heavy Press; name another file",
    "--out other.xlsx": "other.xlsx: is no report of Heavy Press; name another file",
    "--out other.html": "other.html: is no report of Heavy Press; name another file",
    "--format xlsx --template ours.docx": "--template: a workbook has no template",
    "--format pdf --template ours.docx": "--template ours.docx: the template of a report in pdf ends in .typ",
    "--format docx --template none.docx": "--template none.docx: cannot be read: No such file or directory",
    "--format xlsx --template-out a.xlsx": "--format xlsx: has no template; html, docx and pdf have one",
    "--format pdf --template-out a.docx": "--template-out a.docx: the template of a report in pdf ends in .typ",
    "--profile nobody": "--profile: no appraisal profile 'nobody'",
    "--sequence latin": "--sequence latin: say how many --draws",
}


@pytest.mark.parametrize("words", REFUSED)
def test_it_is_refused_in_one_sentence(words: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "folder.pdf").mkdir()
    for form in FORMATS:
        (here / f"other.{form}").write_text("My own work.", encoding="utf8")
    before = {path: path.read_bytes() for path in here.iterdir() if path.is_file()}
    draws = () if "latin" in words else ("--draws", "0")
    assert main(["report", "small_country", *draws, "--no-queue", *words.split()]) == 2
    assert capsys.readouterr().err.startswith(f"heavypress: {REFUSED[words]}")
    assert {path: path.read_bytes() for path in here.iterdir() if path.is_file()} == before


def test_a_scenario_that_does_not_exist_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "small_contry", *QUICK]) == 2
    assert "small_country" in capsys.readouterr().err and not list(here.iterdir())


def test_a_report_of_ours_is_written_again(files: dict[str, Path]) -> None:
    for form, path in files.items():
        writable(path, form)


def test_an_empty_file_is_in_nobodys_way(here: Path) -> None:
    (here / "new.pdf").touch()
    writable(here / "new.pdf", "pdf")


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_cut_short_is_no_report(form: str, files: dict[str, Path], here: Path) -> None:
    (here / f"cut.{form}").write_bytes(files[form].read_bytes()[:3000])
    with pytest.raises(ReportError, match="is no report of Heavy Press"):
        writable(here / f"cut.{form}", form)


def test_a_folder_that_is_read_only_is_refused_at_once(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # whoever runs tests may write everywhere
    with pytest.raises(ReportError, match="its folder cannot be written to"):
        writable(here / "new.pdf", "pdf")


def test_a_disk_that_fills_up_leaves_the_old_report(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "brief.pdf").write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReportError, match=r"brief.pdf: cannot be written: No space left on device"):
        replace(here / "brief.pdf", b"new")
    assert [path.name for path in here.iterdir()] == ["brief.pdf"] and (here / "brief.pdf").read_bytes() == b"old"


def test_the_file_is_named_after_the_scenario(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "small_country", *QUICK, "--format", "xlsx"]) == 0
    assert capsys.readouterr().out.endswith(" is small_country.xlsx\n")
    assert [path.name for path in here.iterdir()] == ["small_country.xlsx"]
