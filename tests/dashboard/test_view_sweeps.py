"""The page of sweeps: a ledger from files, a zip or the operator's folder; wrong ones; those that ship."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard import ledgers, uploads, words
from dashboard.views import sweeps as view
from sim.charts import sweeps as charts
from sim.packs import archive_bytes
from sim.sweeps.estimate import Estimate
from sim.sweeps.export import export
from sim.sweeps.ledger import MANIFEST, PARTS, SCENARIO, SWEEP, Entry, Ledger, signed
from sim.sweeps.queries import read_results
from sim.sweeps.reader import read_sweep, shipped
from sim.sweeps.run import Launch, fill
from tests.dashboard.pages import At
from tests.sweeps.ledgers import sweep_file

SMALL = """
title = "A *small* sweep"
question = "Is anything lost?"
scenario = "small.toml"
draws = 8
outcomes = ["additional_fe_hours", "public_cost"]
runs_per_part = 2
[[axis]]
path = "cloud.decline_per_year"
values = [0.1, 0.2, 0.3]
[[axis]]
path = "budget.total"
values = [20e6, 80e6]
"""
FAILS = SMALL.replace("[20e6, 80e6]", "[20e6, 1e15]").replace('"budget.total"', '"budget.years"').replace(
    "[20e6, 1e15]", "[2, 9]"
)  # fmt: skip


def ledger_of(text: str, home: Path) -> Path:
    """The folder of a sweep, computed by one process."""
    ledger = Ledger.created(home / "out", read_sweep(sweep_file(home / "in", text)))
    for _ in fill(ledger, Launch(workers=0)):
        pass
    return home / "out"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of the small sweep."""
    return ledger_of(SMALL, tmp_path_factory.mktemp("small"))


@pytest.fixture
def mine(folder: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(folder, tmp_path / "mine"))


def files_of(folder: Path, inside: str = "") -> list[tuple[str, bytes]]:
    """The files of a folder as they are uploaded."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return [(f"{inside}{path.relative_to(folder).as_posix()}", path.read_bytes()) for path in found]


# --- opening ---


def test_zip_folder_and_files_are_the_same_ledger(folder: Path) -> None:
    plain = files_of(folder)
    flat = [(Path(name).name, content) for name, content in plain]
    ways = [plain, flat, files_of(folder, "rents/"), [("rents.zip", archive_bytes(dict(files_of(folder, "rents/"))))]]
    expected = read_results(Ledger.opened(folder)).frame
    for given in ways:
        found = ledgers.uploaded(given)
        assert found.results.frame.equals(expected) and found.status.complete and found.current
    assert ledgers.uploaded(plain).digest == ledgers.uploaded(ways[-1]).digest


@pytest.mark.slow
def test_the_page_gives_the_bytes_of_the_commands(folder: Path, tmp_path: Path) -> None:
    results = ledgers.uploaded(files_of(folder)).results
    export(results, tmp_path / "rows.csv", "csv")
    assert view.rows(results) == (tmp_path / "rows.csv").read_bytes()
    drawn = charts.drawn(results, "public_cost")
    for path in charts.save(results, tmp_path / "charts", "public_cost"):
        assert drawn[path.stem].files[path.suffix.removeprefix(".")] == path.read_bytes()


def test_the_summary_is_that_of_the_rows(folder: Path) -> None:
    results = ledgers.uploaded(files_of(folder)).results
    frame = view.summary(results, "additional_fe_hours")
    done = results.done[results.done["outcome"] == "additional_fe_hours"]
    for option, cells in zip(results.plan.base.options, frame.itertuples(index=False), strict=True):
        rows = done[done["option"] == option.key]
        assert cells[0] == f"{int(rows['best'].sum())} of {results.plan.runs} runs"
    assert sum(int(cell.split()[0]) for cell in frame.iloc[:, 0]) == results.plan.runs, (
        "one option is the best of a run"
    )


@pytest.mark.slow
def test_a_ledger_is_shown_with_its_plots_and_rows(folder: Path) -> None:
    page = At("sweeps").upload("ledger_files", ("rents.zip", archive_bytes(dict(files_of(folder)))))
    assert "**A \\*small\\* sweep**" in page.text and "6 of 6 runs done, 0 failed." in page.text
    images = page.at.get("imgs") or page.at.get("image")
    (drawn,) = charts.drawn(ledgers.uploaded(files_of(folder)).results).values()
    assert [image.proto.imgs[0].alt for image in images] == [drawn.alt]
    assert len(page.at.table) == 1
    page.at.selectbox(key="ledger_outcome").set_value("public_cost")
    page.run()
    assert page.at.get("imgs" if page.at.get("imgs") else "image")[0].proto.imgs[0].alt != drawn.alt
    page.click("ledger_close")
    assert "small\\* sweep" not in page.text and not page.at.table


@pytest.mark.slow
def test_failures_are_shown_with_their_reasons(tmp_path: Path) -> None:
    found = ledgers.uploaded(files_of(ledger_of(FAILS, tmp_path)))
    ((reason, count),) = found.reasons
    assert count == found.status.failed == 3 and "budget" in reason
    page = At("sweeps").upload("ledger_folder", *files_of(tmp_path / "out", "out/"))
    assert "6 of 6 runs done, 3 failed." in page.text and "3 runs: " in page.text
    assert len(page.at.dataframe[1].value) == 3


def test_a_ledger_of_other_code_is_marked(mine: Path) -> None:
    about = json.loads((mine / MANIFEST).read_text(encoding="utf8"))
    about.pop("signed")
    about["identity"]["code"] = "0" * 16
    (mine / MANIFEST).write_text(json.dumps(signed(about)), encoding="utf8")
    assert not ledgers.uploaded(files_of(mine)).current


# --- the operator's folder ---


def test_ledgers_of_the_operators_folder_are_chosen_by_name_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not ledgers.names(), "none without the operator's leave"
    root, outside = tmp_path / "sweeps", tmp_path / "outside"
    shutil.copytree(folder, root / "rents")
    shutil.copytree(folder, outside)
    (root / "results.parquet").write_bytes(b"")
    (root / "linked").symlink_to(outside)
    monkeypatch.setenv(ledgers.VARIABLE, str(root))
    assert ledgers.names() == ["rents"]
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert ledgers.named("rents").status.complete
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before, "nothing is written there"
    for name in ("../outside", str(outside), "linked", "", "rent"):
        with pytest.raises(uploads.UploadError, match="has no ledger"):
            ledgers.named(name)
    page = At("sweeps")
    page.at.selectbox(key="ledger_name").set_value("rents")
    assert "rents: 6 of 6 runs done" in page.run().text


# --- what is wrong ---


def _part(folder: Path, content: bytes) -> None:
    """Another content of the first part, signed as if it were right."""
    ledger = Ledger.opened(folder)
    ledger._write(0, content)
    from hashlib import sha256

    ledger._enter(0, Entry(sha256(content).hexdigest(), 2, 0, 24))


def _rows(count: int) -> bytes:
    """A part of so many equal rows, which take no room in the file."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"run": pa.array(["x"]).take(pa.array([0] * count))}), sink)
    return bytes(sink.getvalue())


def _sweep(folder: Path, old: str, new: str) -> None:
    """A change in the sweep file, signed as if it were right."""
    text = (folder / SWEEP).read_text(encoding="utf8")
    assert old in text
    (folder / SWEEP).write_text(text.replace(old, new), encoding="utf8")


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda at: (at / MANIFEST).unlink(), "no manifest.json"),
    "a manifest of words": (lambda at: (at / MANIFEST).write_text("words"), "is damaged"),
    "a manifest of another form": (lambda at: (at / MANIFEST).write_text("[]"), "is damaged"),
    "no scenario": (lambda at: (at / SCENARIO).unlink(), "has lost files"),
    "no sweep": (lambda at: (at / SWEEP).unlink(), "has lost files"),
    "another scenario": (lambda at: (at / SCENARIO).write_text("title = 1"), "is damaged"),
    "another sweep": (lambda at: _sweep(at, "0.1", "0.15"), "is damaged"),
    "a million million runs": (
        lambda at: _sweep(at, "[0.1, 0.2, 0.3]", "[" + "0.1, " * 60_000 + "]\nreplications = 900"), "too",
    ),
    "a part of words": (lambda at: _part(at, b"words"), "it is damaged"),
    "a part of many rows": (lambda at: _part(at, _rows(1_000_000)), "part 1 has more rows"),
    "a part of other columns": (lambda at: _part(at, _rows(2)), "it is damaged"),
    "a damaged part": (lambda at: (at / PARTS / "000001.parquet").write_bytes(b"x"), "is damaged"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_wrong_with_a_ledger_is_said_in_a_sentence(damage: str, mine: Path) -> None:
    harm, sentence = DAMAGES[damage]
    harm(mine)
    with pytest.raises(uploads.UploadError) as caught:
        ledgers.uploaded(files_of(mine, "rents/"))
    assert sentence in str(caught.value) and "heavypress-" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("axis", "points"),
    [
        ({"values": [1, 2, 3]}, 3),
        ({"range": {"from": 0, "to": 1, "steps": 1_000_000}}, 1_000_000),
        ({"range": {"from": 0, "to": 1, "by": 0.25}}, 5),
        ({"range": {"from": 0, "to": 1, "by": 1e-300}}, ledgers.MOST_RUNS + 1),
        ({"design": "sobol", "points": 512, "over": [{}, {}]}, 512),
        ({"zip": [{"values": [1, 2, 3]}, {"values": [1, 2, 3]}]}, 3),
        ({"range": "words"}, 1),
    ],
)
def test_points_are_counted_before_they_are_enumerated(axis: dict[str, object], points: int) -> None:
    assert ledgers._points(axis) == points


def test_shipped_sweeps_have_as_many_runs_as_are_counted() -> None:
    for name in shipped():
        plan = view.plan_of(name)
        counted = 1
        for axis in plan.table["axis"]:
            counted *= ledgers._points(axis)
        assert counted == plan.points or "storylines" in str(plan.table["axis"]), name


def test_a_refused_ledger_leaves_the_one_that_is_shown(folder: Path) -> None:
    page = At("sweeps").upload("ledger_files", *files_of(folder)).upload("ledger_folder", ("x/words.json", "{}"))
    assert page.at.error[0].value == words.SWEEPS_REFUSED.format(why=words.SWEEPS_NO_LEDGER).replace("_", "\\_")
    assert "6 of 6 runs done" in page.text, "nothing is lost"
    assert str(view.command("rents_life_budget")) in page.text


# --- those that ship ---


def test_every_shipped_sweep_says_what_it_varies_and_how_it_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "estimate", lambda plan, seconds: Estimate(3, 0, 90.0, 1.23))
    view.needs.clear()
    page = At("sweeps")
    for name in shipped():
        plan = read_sweep(name)
        assert f"heavypress sweep run {name} --out {name}" in page.text
        assert f"{plan.runs} runs, each of the central case and {plan.draws} draws" in page.text
    page.click("estimate/size_of_programme")
    assert "from 3 runs" in page.text and "1.2 MB" in page.text
    view.needs.clear()
