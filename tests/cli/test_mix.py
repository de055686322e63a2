"""`heavypress mix`: contributions sum in every format, the folder holds table and chart, nonsense gets a sentence."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

import sim
from sim.cli import main

QUICK = ("isambard_ai_uk", "--draws", "20")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints."""
    assert main(["mix", *QUICK, *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("yardstick", ["fe_hours", "need_met", "public_cost"])
def test_contributions_of_the_document_sum_to_the_mix(yardstick: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(printed(capsys, "--yardstick", yardstick, "--format", "json"))
    assert document["schema"] == "heavypress/mix/1" and document["yardstick"] == yardstick
    means = [each["contributes"]["mean"] for each in document["instruments"]]
    assert sum(means) == pytest.approx(document["sum"]) == pytest.approx(document["mix"]["mean"])
    values = [each["mean"] for each in document["subsets"]]
    assert values[-1] - values[0] == pytest.approx(document["sum"])
    for n, each in enumerate(document["instruments"]):
        held = document["subsets"][1 << n]
        assert held["instruments"] == [each["instrument"]]
        assert each["alone"]["mean"] == pytest.approx(held["mean"] - values[0])
        others = values[(len(values) - 1) & ~(1 << n)]
        assert each["last"]["mean"] == pytest.approx(values[-1] - others)
        assert each["contributes"]["low"] <= each["contributes"]["median"] <= each["contributes"]["high"]


def test_of_two_instruments_each_contributes_the_mean_of_alone_and_last(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "--format", "csv"))))
    for part in ("public_cluster", "cloud_credits"):
        means = {row["measure"]: float(row["mean"]) for row in rows if row["part"] == part}
        assert means["contributes"] == pytest.approx((means["alone"] + means["last"]) / 2)


def test_money_is_in_the_scenarios_own_and_costs_are_costs(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(printed(capsys, "--yardstick", "public_cost", "--format", "json"))
    spent = sim.compare("isambard_ai_uk", draws=20, queue=False).tidy
    mine = spent[
        (spent.option == "portfolio") & (spent.outcome == "public_cost") & spent.year.isna() & (spent.draw > 0)
    ]
    assert document["unit"] == "GBP" and document["better"] == "lower" and document["mix"]["mean"] > 0
    assert document["mix"]["mean"] == pytest.approx(mine.value.mean())


def test_every_format_says_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = printed(capsys, "--format", "markdown", "--out", str(tmp_path / "mix"))
    written = {path.name for path in (tmp_path / "mix").iterdir()}
    assert written == {f"mix_contributions.{end}" for end in ("csv", "json", "md", "pdf", "png", "svg")} | {"run.json"}
    assert (tmp_path / "mix" / "mix_contributions.md").read_text(encoding="utf8") == text
    assert text.splitlines()[0] in " ".join(printed(capsys).split())
    assert "they complement each other" in text or "not different" in text or "the same need" in text


def test_instruments_that_get_the_money_of_others_are_not_summed_up_alone(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "--rest", "pro_rata", "--format", "markdown")
    assert "spent alone" not in text and "goes to those that stay" in text


def test_python_gives_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(printed(capsys, "--format", "json"))
    found = sim.mix("isambard_ai_uk", draws=20)
    assert found.run == document["run"]
    assert found.table[found.table.measure == "mix"]["mean"].item() == pytest.approx(document["mix"]["mean"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("nairr_us --option portfolo", "--option: no option 'portfolo'; did you mean 'portfolio'?"),
        (
            "nairr_us --option cloud_credits",
            "--option: 'cloud_credits' is no portfolio, but one instrument: cloud_credits",
        ),
        ("nairr_us --yardstick fe_hour", "--yardstick: no outcome 'fe_hour'; did you mean 'fe_hours'?"),
        ("nairr_us --draws 19", "--draws: '19' is not a whole number from 20 to 20000"),
        ("nairr_us --rest prorata", "--rest: 'prorata' must be one of unspent, pro_rata; did you mean 'pro_rata'?"),
        (
            "nairr_us --draws 20 --yardstick first_month",
            "--yardstick: 'first_month' has no value where a part of the mix is left out; choose a sum, such as "
            "fe_hours",
        ),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mix", *words.split()]) == 2
    assert capsys.readouterr().err == f"heavypress: {sentence}\n"


def test_a_scenario_without_a_mix_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'title = "Alone"\nquestion = "?"\nstart = "2027-01"\nhorizon_years = 5\nbudget.total = 4e7\n'
    (tmp_path / "alone.toml").write_text(text + '[[option]]\ninstrument = "cloud_credits"\n', encoding="utf8")
    assert main(["mix", str(tmp_path / "alone.toml")]) == 2
    message = "heavypress: alone has no portfolio among its options: there is no mix to take apart\n"
    assert capsys.readouterr().err == message
