"""Files that a reader opens: what belongs together is found, what is wrong gets a sentence, nothing stays behind."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard import uploads
from sim.comparison.record import record_text
from sim.comparison.run import compare
from sim.packs import archive_bytes
from sim.scenario import ScenarioError, Settings, load
from sim.scenario.files import LARGEST_BYTES, as_toml
from tests.dashboard.conftest import TINY

ROOT = Path(__file__).resolve().parents[2]
OVER = 'extends = "tiny.toml"\ntitle = "Over the tiny one"\n[world.cloud]\nprice_usd = 5\n'
SWEEP = (ROOT / "scenarios" / "sweeps" / "rents_life_budget.toml").read_bytes()
GROUPS = (
    "tier,groups,need,own\nelite,10,90000,30000\nintensive,20,50000,9000\nregional,30,20000,900\nstartups,5,9000,100\n"
)


@pytest.fixture(autouse=True)
def nothing_is_left_on_the_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever happens, no folder of an upload stays."""
    there, tempfile.tempdir = tempfile.tempdir, str(tmp_path_factory.mktemp("uploads"))
    try:
        yield
        assert not list(Path(tempfile.tempdir).iterdir())
    finally:
        tempfile.tempdir = there


def opened(**files: str | bytes) -> uploads.Opened:
    """Files by name, with __ for the point."""
    return uploads.opened([(name.replace("__", "."), _bytes(text)) for name, text in files.items()])


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def refused(*given: tuple[str, str | bytes]) -> str:
    """The sentences with which files are refused."""
    with pytest.raises(ScenarioError) as caught:
        uploads.opened([(name, _bytes(text)) for name, text in given])
    text = " | ".join(caught.value.faults)
    assert "heavypress-" not in text and tempfile.gettempdir() not in text, "no path of the server is told"
    return text


# --- what belongs together ---


def test_one_file_is_the_scenario_that_the_command_reads(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf8")
    found = opened(tiny__toml=TINY)
    assert found.scenarios == {"tiny": load(tmp_path / "tiny.toml")} and found.tops == ("tiny",)


def test_a_file_finds_beside_it_what_it_extends_and_its_groups(tmp_path: Path) -> None:
    over = OVER.replace("title", 'groups = "mine.csv"\ntitle')
    for name, text in (("tiny.toml", TINY), ("over.toml", over), ("mine.csv", GROUPS)):
        (tmp_path / name).write_text(text, encoding="utf8")
    found = opened(tiny__toml=TINY, over__toml=over, mine__csv=GROUPS)
    assert found.tops == ("over",), "what another extends is not what was meant"
    assert found.scenarios["over"] == load(tmp_path / "over.toml")
    assert found.scenarios["over"].world.cloud.price_usd == 5
    assert found.scenarios["over"].world.demand.share_elite == pytest.approx(10 / 65)


def test_a_zip_of_a_folder_is_the_same_as_its_files() -> None:
    files = {"plan/tiny.toml": TINY.encode(), "plan/over.toml": OVER.encode(), "plan/readme.pdf": b"%PDF-1.7"}
    hidden = {"plan/.DS_Store": b"x", "__MACOSX/plan/._over.toml": b"x"}
    zipped = uploads.opened([("plan.zip", archive_bytes(files | hidden))])
    folder = uploads.opened([(name, content) for name, content in files.items()])
    plain = opened(tiny__toml=TINY, over__toml=OVER)
    assert zipped == folder == plain


def test_a_sweep_is_not_mistaken_for_a_scenario() -> None:
    assert tuple(opened(tiny__toml=TINY, along__toml=SWEEP).scenarios) == ("tiny",)
    assert "is a sweep, not a scenario" in refused(("along.toml", SWEEP))


def test_two_scenarios_are_both_kept_and_neither_is_guessed() -> None:
    other = TINY.replace("A *tiny* scenario", "Another")
    found = uploads.opened([("a/plan.toml", TINY.encode()), ("b/plan.toml", other.encode())])
    assert found.tops == tuple(found.scenarios) == ("a_plan", "b_plan")


def test_what_is_sound_is_opened_beside_what_is_not() -> None:
    found = opened(tiny__toml=TINY, broken__toml="title = 1")
    assert tuple(found.scenarios) == ("tiny",) and found.faults
    assert all(fault.startswith("broken.toml: ") for fault in found.faults)


def test_a_record_is_the_scenario_with_its_changes_and_how_it_was_run() -> None:
    scenario = load("small_country", Settings({"cloud.price_usd": 4.0}, "--set", who="A. Analyst", why="A tender."))
    comparison = compare(scenario, seed=7, draws=8, queue=False)
    found = opened(run__json=record_text(comparison))
    again = found.scenarios["small_country"]
    assert again == replace(scenario, key="small_country")
    how = found.how["small_country"]
    assert how == {"seed": 7, "draws": 8, "draw": "headline", "queue": False, "profile": ""}
    assert compare(again, seed=7, draws=8, queue=False).run_id == comparison.run_id


def test_what_is_written_is_opened_again() -> None:
    scenario = load("nairr_us", {"cloud.price_usd": 3})
    assert opened(mine__toml=as_toml(scenario)).scenarios["mine"].text == scenario.text


# --- what is wrong ---


def link(name: str) -> bytes:
    """A zip with a symbolic link."""
    content, entry = BytesIO(), ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with ZipFile(content, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return content.getvalue()


def zipped(*entries: tuple[str, bytes]) -> bytes:
    """A zip with these entries, whatever they are called and however often."""
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, text in entries:
            archive.writestr(name, text)
    return content.getvalue()


BOMB = zipped(("bomb.toml", b" " * (uploads.MOST_BYTES + 1)))
CIRCLE = (("a.toml", 'extends = "b.toml"'), ("b.toml", 'extends = "a.toml"'))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([("large.toml", b" " * 100_000_000)], "is 100.0 MB large, too much to be opened; at most 5 MB"),
        ([("long.toml", b"#" * (LARGEST_BYTES + 1))], "is 0.3 MB large, too much for a scenario"),
        ([("bomb.zip", BOMB)], "holds more than 5.0 MB"),
        ([("many.zip", zipped(*((f"{n}.toml", b"") for n in range(101))))], "holds more than 100 files"),
        ([(f"{n}.toml", b"") for n in range(101)], "are 101 files; at most 100"),
        ([(f"{n}.toml", b"") for n in range(21)], "holds 21 scenarios; at most 20"),
        ([("up.zip", zipped(("../up.toml", TINY.encode())))], "'../up.toml' could lead out"),
        ([("root.zip", zipped(("/etc/x.toml", TINY.encode())))], "'/etc/x.toml' could lead out"),
        ([("../up.toml", TINY)], "'../up.toml' could lead out"),
        ([("/etc/x.toml", TINY)], "'/etc/x.toml' could lead out"),
        ([("c:\\x.toml", TINY)], "could lead out"),
        ([("link.zip", link("x.toml"))], "'x.toml' is a link"),
        ([("same.zip", zipped(("x.toml", b"a"), ("X.toml", b"b")))], "twice"),
        ([("x.toml", TINY), ("x.toml", OVER)], "holds 'x.toml' twice"),
        ([("cut.zip", BOMB[:-30])], "is damaged or cut short"),
        ([("no.zip", b"words")], "is no zip file"),
        ([("a.zip", BOMB), ("x.toml", TINY)], "is a zip, which is opened by itself"),
        ([("empty.zip", zipped())], "holds no scenario"),
        ([("pictures.zip", zipped(("a.png", b"x")))], "holds no scenario"),
        ([("groups.csv", GROUPS)], "holds no scenario"),
        ([("results.json", "{}")], "is no record of a run"),
        ([("broken.json", "{")], "is not JSON"),
        ([*CIRCLE], "in a circle"),
        ([("over.toml", OVER)], "no file 'tiny.toml'"),
        ([("up.toml", 'extends = "../tiny.toml"')], "not the bare name"),
        ([("root.toml", 'extends = "/etc/passwd"')], "not the bare name"),
        ([("wide.toml", TINY.encode("utf-16"))], "is saved as UTF-16"),
        ([("latin.toml", TINY.replace("tiny", "tin\xfd").encode("latin-1"))], "is not text in UTF-8"),
        ([("nul.toml", b"\x00\x01\x02")], "is not TOML"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_cannot_be_opened_is_refused_in_a_sentence(given: list[tuple[str, str | bytes]], sentence: str) -> None:
    assert sentence in refused(*given)


def test_a_bomb_is_refused_before_it_is_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.packs.archive._bounded", lambda *_: pytest.fail("was inflated"))
    assert "holds more than 5.0 MB" in refused(("bomb.zip", BOMB))


@given(some.dictionaries(some.text(min_size=1, max_size=20), some.binary(max_size=60), min_size=1, max_size=3))
def test_anything_at_all_is_opened_or_refused_in_sentences(files: dict[str, bytes]) -> None:
    given = [(f"{name}.toml", content) for name, content in files.items()]
    try:
        opened, faults = uploads.opened(given).scenarios, []
    except ScenarioError as error:
        opened, faults = {}, error.faults
    assert opened or faults
    assert all(len(fault) < 2_000 and "\n" not in fault for fault in faults)
