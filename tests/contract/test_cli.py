"""The command: what it prints, what it refuses, what it leaves behind."""

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.cli import main
from sim.outcomes import BY_NAME, SECTIONS
from sim.scenario import load, names

TINY = """
title = "A tiny scenario"
question = "Does everything run?"
start = "2025-01"
horizon_years = 4
budget = { total = 40e6, years = 2 }
world.demand.groups = 500
world.queue.window_weeks = 0.1
world.queue.warm_up_weeks = 0.05
"""


@pytest.fixture
def tiny(tmp_path):
    """A scenario file that runs in a moment."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


def output(capsys, *arguments):
    """Exit code, standard output and standard error of one command."""
    code = main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_headline_names_every_option_and_the_run(tiny, capsys):
    code, out, _ = output(capsys, "compare", tiny, "--draws", 4)
    assert code == 0
    for words in ("Do nothing", "Public cluster", "Cloud credits", "Research grants", "Domestic fab", "Portfolio"):
        assert words in out
    assert "Best of all" not in out and "Run " in out and "Difference from doing nothing" not in out
    for words in ("Need met", "Public cost"):
        assert words in out and "Gini" not in out
    shown = output(capsys, "compare", tiny, "--draws", 24, "--no-queue", "--all")[1]
    assert "Best of all" in shown and "Difference from doing nothing" in shown and "Gini" in shown


def test_everything_and_a_part_of_it_exclude_each_other(tiny, capsys):
    code, out, err = output(capsys, "compare", tiny, "--all", "--section", "equity")
    assert (code, out) == (2, "") and "leave out --section" in err


def test_a_latin_hypercube_needs_a_number_of_draws(tiny, capsys):
    code, out, err = output(capsys, "compare", tiny, "--sequence", "latin")
    assert (code, out) == (2, "") and "--draws" in err
    assert output(capsys, "compare", tiny, "--sequence", "latin", "--draws", 4, "--no-queue")[0] == 0


@pytest.mark.parametrize("section", ["equity", "Research output", "MARKET"])
def test_the_outcomes_of_one_part_take_the_place_of_the_headline(tiny, capsys, section):
    code, out, _ = output(
        capsys, "compare", tiny, "--draws", 0, "--no-queue", "--format", "markdown", "--section", section
    )
    names = next(names for known, names in SECTIONS.items() if known.casefold() == section.casefold())
    labels = [line.split(" | ")[0].removeprefix("| ") for line in out.splitlines() if line.startswith("| ")]
    assert code == 0 and len(labels) == 1 + len(names)
    assert all(label.startswith(BY_NAME[name].label) for label, name in zip(labels[1:], names, strict=True))


def test_an_unknown_part_of_the_outcomes_gets_the_nearest(tiny, capsys):
    code, out, err = output(capsys, "compare", tiny, "--section", "equty")
    assert (code, out) == (2, "") and "did you mean 'equity'?" in err


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("compare", "nairr_us", "--drawz", "3"), "--draw"),
        (("argue", "nairr_us", "--onyl", "safety"), "--only"),
        (("comprae", "nairr_us"), "compare"),
        (("compare", "nairr_us", "--format", "jsn"), "json"),
    ],
)
def test_a_misspelt_word_of_the_command_line_gets_the_nearest(capsys, words, near):
    code, out, err = output(capsys, *words)
    assert (code, out) == (2, "") and f"did you mean {near!r}?" in err
    assert err.startswith("heavypress: ") and err.count("\n") == 1


def test_the_json_document_has_its_stable_form(tiny, capsys):
    code, out, _ = output(capsys, "compare", tiny, "--draws", 4, "--format", "json")
    document = json.loads(out)
    assert code == 0 and document["schema"] == "heavypress/comparison/2"
    assert set(document) == {
        "schema", "run", "version", "seed", "draws", "draw", "scenario", "outcomes", "options", "notes", "warnings",
        "paired_waits", "sequence", "answer", "appraisal", "changes",
    }  # fmt: skip
    wanted = {"value", "low", "high", "central", "value_from", "value_to"}
    wanted |= {"difference", "difference_low", "difference_high", "difference_central"}
    assert set(document["answer"]) == {"text", "yardstick", "between", "pairs", "first_shares", "hinge"}
    for option in document["options"]:
        assert set(option) == {"key", "label", "instrument", "notes", "waits", "outcomes"}
        assert option["waits"] == ("windows" if option["key"] in ("public_cluster", "portfolio") else None)
        assert set(option["outcomes"]) == {outcome["name"] for outcome in document["outcomes"]}
        assert all(set(numbers) == wanted for numbers in option["outcomes"].values())


def test_the_csv_is_the_tidy_long_table(tiny, capsys):
    _, out, _ = output(capsys, "compare", tiny, "--draws", 2, "--format", "csv", "--no-queue")
    rows = list(csv.DictReader(io.StringIO(out)))
    tidy = ["scenario", "option", "draw", "year", "outcome", "unit", "value", "difference", "profile"]
    assert list(rows[0]) == ["run", "table", "changes", *tidy]
    assert {row["draw"] for row in rows} == {"0", "1", "2"}
    assert {row["year"] for row in rows} == {"", "2025", "2026", "2027", "2028"}


@pytest.mark.slow
def test_a_seed_makes_runs_byte_identical(tiny, tmp_path, capsys):
    for folder in ("one", "two"):
        assert output(capsys, "compare", tiny, "--draws", 3, "--seed", 9, "--out", tmp_path / folder)[0] == 0
    one, two = (sorted((tmp_path / folder).iterdir()) for folder in ("one", "two"))
    assert [p.name for p in one] == [p.name for p in two] and len(one) >= 14
    for a, b in zip(one, two, strict=True):
        assert a.read_bytes() == b.read_bytes(), a.name


def test_another_seed_changes_the_draws_but_not_the_central_case(tiny, capsys):
    documents = [
        json.loads(output(capsys, "compare", tiny, "--draws", 5, "--seed", s, "--format", "json", "--no-queue")[1])
        for s in (1, 2)
    ]
    numbers = [d["options"][1]["outcomes"]["fe_hours"] for d in documents]
    assert numbers[0]["central"] == numbers[1]["central"] and numbers[0]["low"] != numbers[1]["low"]
    assert documents[0]["run"] != documents[1]["run"]


def test_settings_reach_the_world_the_levers_and_the_budget(tiny, capsys):
    def hours(*settings):
        words = [w for s in settings for w in ("--set", s)]
        out = output(capsys, "compare", tiny, "--draws", 0, "--no-queue", "--format", "json", *words)[1]
        return {o["key"]: o["outcomes"]["h100e_hours"]["value"] for o in json.loads(out)["options"]}

    base = hours()
    assert hours("cloud.price_usd=7")["cloud_credits"] == pytest.approx(
        hours("cloud.price_usd=3.5")["cloud_credits"] / 2
    )
    assert hours("cloud_credits.committed_share=1")["cloud_credits"] > base["cloud_credits"]
    assert hours("budget.total=80e6")["cloud_credits"] == pytest.approx(2 * base["cloud_credits"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--set", "cloud.prise_usd=3"], "price_usd"),
        (["--set", "clod.price_usd=3"], "cloud"),
        (["--set", "cloud.price_usd=-3"], "0.01 to 1,000"),
        (["--set", "cloud.price_usd=nan"], "finite"),
        (["--set", "cloud.price_usd"], "group.name=value"),
        (["--set", "portfolio.public_cluster_share=0.9"], "sum"),
        (["--set", "money.normalisation=equl_pv"], "equal_pv"),
        (["--set", "budget.total=0"], "budget"),
    ],
)
def test_a_wrong_setting_gets_a_sentence_and_writes_nothing(tiny, tmp_path, capsys, words, sentence):
    code, out, err = output(capsys, "compare", tiny, "--out", tmp_path / "out", *words)
    assert code == 2 and out == "" and sentence in err and "Traceback" not in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [["--draws", "-1"], ["--draws", "many"], ["--seed", "1.5"], ["--format", "xml"]])
def test_a_wrong_word_on_the_command_line_exits_with_2(tiny, capsys, words):
    code, out, err = output(capsys, "compare", tiny, *words)
    assert (code, out) == (2, "") and err.startswith(f"heavypress: {words[0]}: {words[1]!r} ") and err.count("\n") == 1


def test_a_scenario_that_is_not_there_names_the_nearest(capsys):
    code, _, err = output(capsys, "check", "isambard_ai")
    assert code == 2 and "isambard_ai_uk" in err


def test_results_never_replace_what_is_not_a_result(tiny, tmp_path, capsys):
    precious = tmp_path / "thesis"
    precious.mkdir()
    (precious / "chapter.tex").write_text("years of work")
    code, _, err = output(capsys, "compare", tiny, "--draws", 0, "--out", precious)
    assert code == 2 and "not empty" in err
    assert [p.name for p in precious.iterdir()] == ["chapter.tex"]


@pytest.mark.slow
def test_results_replace_earlier_results_whole(tiny, tmp_path, capsys):
    out = tmp_path / "out"
    assert output(capsys, "compare", tiny, "--draws", 0, "--no-queue", "--out", out)[0] == 0
    (out / "stray.txt").write_text("left behind")
    assert output(capsys, "compare", tiny, "--draws", 0, "--no-queue", "--out", out)[0] == 0
    assert not (out / "stray.txt").exists() and (out / "outcomes.csv").stat().st_size > 1000
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_an_interrupted_run_leaves_nothing(tmp_path):
    """Ctrl-C while it runs: exit code 130, one sentence, no file and no half-written folder."""
    (tmp_path / "tiny.toml").write_text(TINY)
    command = [sys.executable, "-m", "sim"]
    words = ["compare", "tiny.toml", "--draws", "20000", "--no-queue", "--out", "out"]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        command + words, cwd=tmp_path, env={"PYTHONPATH": str(root), "PATH": ""}, stderr=subprocess.PIPE, text=True
    )
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "nothing was written" in err and "Traceback" not in err
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.toml"]


# --- how exactly the waits are wanted ---


def test_instant_fidelity_prints_estimates_with_bands_and_opens_no_queue(capsys, monkeypatch):
    monkeypatch.setattr("sim.waits.parallel.simulate_waits", lambda *a, **k: pytest.fail("a queue was run"))
    code, out, err = output(capsys, "compare", "isambard_ai_uk", "--draws", 0, "--fidelity", "instant")
    assert code == 0 and err == ""
    assert "~" in out and "estimate, no queue was simulated" in out
    code, out, _ = output(
        capsys, "compare", "isambard_ai_uk", "--draws", 0, "--fidelity", "instant", "--format", "json"
    )
    option = next(option for option in json.loads(out)["options"] if option["key"] == "public_cluster")
    wait = option["outcomes"]["wait_p95"]
    assert option["waits"] == "estimate" and wait["low"] <= wait["value"] <= wait["high"]


def test_windows_are_what_a_scenario_has_anyway(tiny, capsys):
    runs = [output(capsys, "compare", tiny, "--draws", 0, *words)[1] for words in ([], ["--fidelity", "windows"])]
    assert runs[0] == runs[1]
    assert "'fool' must be one of instant, windows, full" in output(capsys, "compare", tiny, "--fidelity", "fool")[2]


def test_every_job_of_the_horizon_may_be_simulated(tiny, capsys):
    tiny.write_text(
        TINY.replace("budget = { total = 40e6,", "budget = { total = 12e6,") + "world.queue.most_runs = 1\n"
    )
    code, out, _ = output(capsys, "compare", tiny, "--draws", 0, "--fidelity", "full", "--format", "json")
    waits = {option["key"]: option["waits"] for option in json.loads(out)["options"]}
    assert code == 0 and waits["public_cluster"] == "full"


def test_waits_are_kept_from_run_to_run_unless_the_cache_is_off(tiny, tmp_path, capsys, monkeypatch):
    folder = tmp_path / "kept"
    monkeypatch.setenv("HEAVYPRESS_CACHE", str(folder))
    first = output(capsys, "compare", tiny, "--draws", 0, "--no-cache")[1]
    assert not folder.exists()
    assert output(capsys, "compare", tiny, "--draws", 0)[1] == first
    assert len(list(folder.iterdir())) == 2
    monkeypatch.setattr("sim.waits.parallel.simulate_waits", lambda *a, **k: pytest.fail("a queue was run"))
    assert output(capsys, "compare", tiny, "--draws", 0)[1] == first


def test_waits_of_the_surface_are_estimates_or_say_why_there_are_none(tiny, capsys):
    code, out, _ = output(capsys, "compare", "lumi_fi", "--draws", 0, "--fidelity", "instant")
    assert code == 0 and "estimate, no queue was simulated: median " in out
    spread = ("--set", "workload.run_log_spread=2.2")
    code, out, _ = output(capsys, "compare", tiny, "--draws", 0, "--fidelity", "instant", *spread)
    assert code == 0 and "the surface was made with another run_log_spread" in out


def test_the_response_surface_can_be_made_anew(tmp_path, capsys, monkeypatch):
    """Written whole, with the errors of its rows; the rows themselves are those that the package holds."""
    from sim.sources import rows
    from sim.waits import regeneration

    class AtOnce:
        def __init__(self, *given, **named): ...
        def __enter__(self):
            return self

        def __exit__(self, *given): ...
        def map(self, make, points):
            return map(make, points)

    held = {row["id"]: row for row in rows(regeneration.TABLE)}
    monkeypatch.setattr(regeneration, "ProcessPoolExecutor", AtOnce)
    monkeypatch.setattr(regeneration, "row_of", lambda point: dict(held[point.key]))
    path = tmp_path / "surface.csv"
    code, out, _ = output(capsys, "surface", "--size", "small", "--out", path)
    assert code == 0 and str(path) in out
    assert path.read_text().count("\n") == 1 + len(list(regeneration.points("small")))
    code, _, err = output(capsys, "surface", "--size", "small", "--out", tmp_path)
    assert code == 2 and "cannot be written" in err


@pytest.mark.parametrize(
    ("before", "words", "reported"), [(False, [], True), (True, [], False), (False, ["--no-queue"], False)]
)
def test_the_first_compilation_is_reported(tiny, capsys, monkeypatch, before, words, reported):
    monkeypatch.setattr("sim.queue.compiler.cache.Cache.filled", lambda _: before)
    code, out, err = output(capsys, "compare", tiny, "--draws", 0, *words)
    assert code == 0 and ("Compiling the queue, once" in err) == reported and "Compiling" not in out


def test_the_timeline_lists_the_life_of_a_machine(tiny, capsys):
    code, out, _ = output(capsys, "timeline", tiny)
    assert code == 0
    order = [out.index(word) for word in ("tender for", "order of", "delivery of", "accepted and in service")]
    assert order == sorted(order)


def test_the_timeline_of_an_unknown_option_names_the_nearest(tiny, capsys):
    code, _, err = output(capsys, "timeline", tiny, "--option", "public_clustr")
    assert code == 2 and "public_cluster" in err


def test_params_show_range_grade_and_source(capsys):
    code, out, _ = output(capsys, "params", "cloud")
    assert code == 0 and "price_usd" in out and "programmes:P233" in out
    code, out, _ = output(capsys, "params", "cloud", "--sources")
    assert "http" in out
    of = output(capsys, "params", "cloud", "--of", "isambard_ai_uk")[1]
    assert f"{load('isambard_ai_uk').world.cloud.price_usd:g}" in of and "price_series" in of
    assert output(capsys, "params", "clod")[0] == 2


def test_every_shipped_scenario_is_listed_and_valid(capsys):
    _, out, _ = output(capsys, "scenarios")
    for name in names():
        assert name in out
        code, checked, _ = output(capsys, "check", name)
        assert code == 0 and ": valid; " in checked


def test_generated_documents_are_fresh(capsys, monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    assert output(capsys, "docs", "--check")[0] == 0


def test_stale_documents_are_reported(tmp_path, capsys):
    code, _, err = output(capsys, "docs", "--check", "--out", tmp_path)
    assert code == 1 and "parameters.md" in err
    assert output(capsys, "docs", "--out", tmp_path)[0] == 0
    assert output(capsys, "docs", "--check", "--out", tmp_path)[0] == 0


def test_broken_off_while_taking_its_place_a_result_leaves_the_earlier_one(tmp_path, monkeypatch):
    """An interruption between moving the old folder away and the new one in brings the old one back."""
    from sim.export import RECORD, atomic_dir

    target = tmp_path / "out"
    target.mkdir()
    (target / RECORD).write_text("earlier")
    rename = Path.rename

    def broken_off(self, goal):
        if goal == target and ".old" not in self.name:
            raise KeyboardInterrupt
        return rename(self, goal)

    monkeypatch.setattr(Path, "rename", broken_off)
    with pytest.raises(KeyboardInterrupt), atomic_dir(target) as place:
        (place / RECORD).write_text("new")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert (target / RECORD).read_text() == "earlier"
