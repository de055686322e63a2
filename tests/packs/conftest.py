"""Runs that are packed in tests: small, of one chart, and one whose every text is hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim import charts
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.packs import pack, read_archive
from sim.scenario import load

TITLE = (
    '=cmd|"/C calc"!A0 <script>alert(1)</script> \\end{x} } { % @misc{a,\nTY  - BOOK # $ _ ^ ~ & '
    "*b* \u202e\u05d0\u05d1 `"
)
LABELS = ('=HYPERLINK("http://x.example","go")', "@SUM(1+1)|cmd", "-2+3+cmd|' /C calc'!A0", "+1 } % \\ <b>\u202e\u05d0")
HOSTILE = """
title = {title}
question = {title}
start = "2025-01"
horizon_years = 4
budget = {{ total = 40e6, years = 2 }}
not_modelled = [{title}]
world.demand.groups = 50
between = ["public_cluster", "cloud_credits"]
option = [{options}]
"""


def quoted(text: str) -> str:
    """A text as TOML has it."""
    return '"' + "".join(f"\\u{ord(letter):04x}" if letter in '\\"\n' else letter for letter in text) + '"'


@pytest.fixture(autouse=True)
def _one_chart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack has one chart, for speed, and none where commands are tried; but all where a test is slow anyway."""
    if "slow" not in request.keywords:
        shown = {} if request.path.stem == "test_command" else {"need_met": charts.CHARTS["need_met"]}
        monkeypatch.setattr(charts, "CHARTS", shown)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario whose title, question, labels and file name mean something elsewhere."""
    kinds = ("public_cluster", "cloud_credits", "research_grants", "do_nothing")
    rows = (
        f"{{ instrument = {quoted(kind)}, label = {quoted(label)} }}" for kind, label in zip(kinds, LABELS, strict=True)
    )
    path = tmp_path_factory.mktemp("hostile") / "=1+1 @x %s {y}.toml"
    path.write_text(HOSTILE.format(title=quoted(TITLE), options=", ".join(rows)), encoding="utf8")
    return path


@pytest.fixture(scope="session", params=["small_country", "hostile"])
def comparison(request: pytest.FixtureRequest, hostile: Path) -> Comparison:
    """A run with few draws and no queue, and a changed value."""
    named = hostile if request.param == "hostile" else request.param
    return compare(load(named, {"cloud.decline_per_year": 0.11}), draws=24, queue=False)


@pytest.fixture(scope="session")
def packed(comparison: Comparison) -> dict[str, bytes]:
    """The files of its pack; charts are as they were before anything else asks for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "CHARTS", {"need_met": charts.CHARTS["need_met"]})
        return read_archive(pack(comparison))


@pytest.fixture
def unpacked(packed: dict[str, bytes], tmp_path: Path) -> Path:
    """Its pack as a folder."""
    for name, content in packed.items():
        (path := tmp_path / "pack" / name).parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "pack"
