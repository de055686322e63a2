"""docs/logs.md is true: its commands print what it shows, and it names every anomaly."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sim.cli import main
from sim.queue.logs.problems import KINDS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "logs.md").read_text(encoding="utf8")
VERDICTS = {"fault": "fault", "left_out": "left out", "changed": "changed"}


def test_the_commands_print_what_is_shown(tmp_path, monkeypatch, capsys):
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "example.swf", tmp_path / "docs")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```console\n\$ (.*?)\n(.*?)```", TEXT, flags=re.DOTALL)
    assert len(blocks) == 4
    for command, shown in blocks:
        program, *words = command.split()
        if program == "cat":
            assert Path(words[0]).read_text() == shown
        else:
            assert main(words) == 0
            assert capsys.readouterr().out == shown


@pytest.mark.parametrize("kind", KINDS)
def test_every_anomaly_is_in_the_table(kind):
    assert f"| {KINDS[kind].words} | {VERDICTS[KINDS[kind].verdict]} |" in TEXT
