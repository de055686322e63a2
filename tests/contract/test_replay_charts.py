"""The charts of compared replays: their marks and cells are the numbers, their words say what was replayed."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

import sim
from sim.charts.carriers import CARRIERS, broken
from sim.charts.code import squares
from sim.charts.files import titled
from sim.charts.replays import dots, maps
from sim.charts.replays.words import MOST_NAMED, NAMES, source
from sim.queue.logs import Log
from sim.queue.logs.report import AGAINST_THE_LOG
from sim.what_if.cases import POLICIES
from sim.what_if.frames import LENGTHS_SECONDS, LOG
from sim.what_if.results import WhatIf
from tests.contract.sheets import check_sheet
from tests.contract.test_words import internal, unexplained

JOBS = 150
CHARTS = {"waits": dots, "map": maps}
CASES = ("plain", "sizes", "many", "silent", "hostile", "one")


def log_of(starts: bool = True, source: str = "jobs.csv", most_gpus: int = 128) -> Log:
    """Jobs of many sizes and lengths, some of them larger than 64 GPUs, on a busy machine."""
    rng = np.random.default_rng(5)
    submit = np.sort(rng.integers(0, 500_000, JOBS))
    run = np.exp(rng.uniform(2, 12.6, JOBS)).astype(np.int64)
    gpus = np.minimum(2 ** rng.integers(0, 8, JOBS), most_gpus)
    number = np.arange(JOBS)
    start = submit + rng.integers(0, 90_000, JOBS) if starts else np.full(JOBS, -1)
    return Log(
        id=number, submit_seconds=submit, run_seconds=run, request_seconds=run, gpus=gpus, user=number % 9,
        group=number % 3, start_seconds=start, line=number + 2, source=f"/data/{source}", format="csv",
        machine_gpus=256, records=JOBS, start_epoch=0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, WhatIf]:
    """Comparisons of all kinds: of policies, of sizes, of both, without starts, with a hostile name, and of one."""
    return {
        "plain": sim.replay(log_of(), ["fcfs", "easy", "conservative", "multifactor"]),
        "sizes": sim.replay(log_of(), ["easy"], [256, 128, 64, 32]),
        "many": sim.replay(log_of(), POLICIES, [256, 40]),
        "silent": sim.replay(log_of(starts=False), ["easy", "sjf"], [64, 160]),
        "hostile": sim.replay(log_of(source="$x_1$ <b> \u4e2d " + "W" * 90 + ".csv", most_gpus=1), ["easy"], [1]),
        "one": sim.replay(replace(log_of(most_gpus=4), start_epoch=None), ["unicef", "f1"]),
    }


@pytest.fixture(scope="module")
def figures(found: dict[str, WhatIf]) -> dict[tuple[str, str], Figure]:
    """Each chart of each case, drawn once."""
    drawn = {(case, name): chart.draw(found[case]) for case in CASES for name, chart in CHARTS.items()}
    for figure in drawn.values():
        FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    return drawn


def panels(figure: Figure) -> list[Axes]:
    """The axes that hold a chart."""
    return [axes for axes in figure.axes if axes.get_label() != "key"]


def words(figure: Figure, label: str = "") -> str:
    """Text of a figure on one line, or that with a label."""
    texts = [text.get_text() for text in figure.texts if label in ("", text.get_label())]
    return " ".join(" ".join(texts).split())


every_case = pytest.mark.parametrize("case", CASES)
every_chart = pytest.mark.parametrize("name", CHARTS)

# --------------------------------------------------------------------------------------------------- what is drawn


@pytest.mark.slow
@every_case
def test_marks_and_lines_are_the_numbers(found, figures, case: str) -> None:
    frame = found[case].waits
    for gpus, axes in zip(found[case].sizes, panels(figures[case, "waits"]), strict=True):
        mine = frame[(frame.machine_gpus == gpus) & (frame.jobs > 0)]
        fits = set(mine.size_class)
        shown = mine if case == "silent" else frame[(frame.policy == LOG) & frame.size_class.isin(fits)]
        for policy in [*found[case].policies, *([] if case == "silent" else [LOG])]:
            rows = (mine if policy != LOG else shown)[lambda rows, policy=policy: rows.policy == policy]
            drawn = [line.get_xdata()[0] for line in axes.lines if line.get_label() == policy]
            assert drawn == pytest.approx(rows.wait_median_seconds.tolist()), policy
        ends = sorted(line.get_xdata()[0] for line in axes.lines if line.get_label() == "p95")
        both = mine if case == "silent" else [*mine.wait_p95_seconds, *shown.wait_p95_seconds]
        assert ends == pytest.approx(sorted(both.wait_p95_seconds if case == "silent" else both))


@every_case
def test_a_wait_of_zero_is_shown_and_panels_have_one_scale(figures, case: str) -> None:
    scales = {(axes.get_xlim(), tuple(axes.get_xticks())) for axes in panels(figures[case, "waits"])}
    ((limits, ticks),) = scales
    assert limits[0] == 0 == ticks[0] and limits[1] >= max(ticks)
    for axes in panels(figures[case, "waits"]):
        assert axes.transData.transform((0, 0))[0] == pytest.approx(axes.bbox.x0)
        assert max(line.get_xdata()[-1] for line in axes.lines if line.get_label() == "p95") <= limits[1]


def test_a_class_of_which_no_job_fits_says_so(figures) -> None:
    said = [[text.get_text() for text in axes.texts] for axes in panels(figures["sizes", "waits"])]
    assert said == [[], [], [dots.NONE_FITS], [dots.NONE_FITS]]  # 128 GPUs hold every job


@every_case
def test_cells_are_the_numbers(found, figures, case: str) -> None:
    frame, replays = found[case].cells, found[case].cases[: maps.MOST_MAPS]
    expected = [("gpu_hours_share", LOG, None), ("run_share", LOG, None)]
    expected += [("run_share", each.policy, each.machine_gpus) for each in replays]
    for (column, policy, gpus), axes in zip(expected, panels(figures[case, "map"]), strict=True):
        size = frame.machine_gpus.isna() if gpus is None else (frame.machine_gpus == gpus).fillna(False)
        rows = frame[(frame.policy == policy) & size]
        boxes = [box for box in axes.patches if isinstance(box, Rectangle) and box.get_label() == "cell"]
        at = np.searchsorted((0, *LENGTHS_SECONDS), rows.least_seconds.to_numpy(float))
        assert [box.get_x() for box in boxes] == at.tolist()
        assert [2 ** box.get_y() for box in boxes] == rows.most_gpus.tolist()
        numbers = [text.get_text() for text in axes.texts if text.get_label() == "number"]
        assert numbers == [maps.number(share) for share in rows[column].dropna()]


def test_a_darker_cell_has_more_and_its_number_can_be_read(found, figures) -> None:
    for axes in panels(figures["plain", "map"]):
        numbers = [text for text in axes.texts if text.get_label() == "number"]
        fills = [box.get_facecolor()[:3] for box in axes.patches]
        light = [float(np.dot(fill, (0.2126, 0.7152, 0.0722))) for fill in fills]
        value = [float(text.get_text().strip("<>")) for text in numbers]
        for (a, one), (b, two) in combinations(zip(value, light, strict=True), 2):
            assert a == b or (a > b) == (one < two) or abs(a - b) <= 1
        for text, fill in zip(numbers, fills, strict=True):
            assert contrast(to_rgb(text.get_color()), fill) >= 3.9


def contrast(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    """Contrast of two colours as the WCAG has it."""

    def luminance(colour: tuple[float, ...]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    dark, bright = sorted((luminance(one), luminance(two)))
    return (bright + 0.05) / (dark + 0.05)


def test_marks_of_policies_differ_without_colour() -> None:
    looks = [(form, fill != "#FFFFFF") for form, fill in dots._LOOKS.values()]
    assert set(dots._LOOKS) == {*POLICIES, LOG} == set(NAMES) and len(set(looks)) == len(looks)


# ------------------------------------------------------------------------------------------------------------ words


@every_case
@every_chart
def test_no_text_leaves_the_sheet_or_lies_on_another_and_none_is_small(figures, case: str, name: str) -> None:
    figure = figures[case, name]
    check_sheet(figure)


@every_case
@every_chart
def test_no_internal_word_is_shown_and_terms_are_explained(figures, case: str, name: str) -> None:
    texts = [text.get_text() for text in figures[case, name].findobj(Text)]
    if case != "hostile":  # whose file has a name of its own
        assert not internal(iter(text for text in texts if "job_map.csv" not in text.replace("\n", " ")))
    assert not unexplained(texts)


@every_case
@every_chart
def test_the_source_line_names_the_file_and_its_jobs_and_no_run(found, figures, case: str, name: str) -> None:
    line = source(found[case])
    assert f"{JOBS} jobs" in line and "run " not in line and "/data" not in line and squares(line) is None
    assert ("submitted from 1970-01-01 to 1970-01-06" in line) == (case != "one")
    if case != "hostile":
        assert line in words(figures[case, name], "source") and "jobs.csv" in line


@pytest.mark.parametrize("case", ["plain", "sizes", "many", "silent"])
def test_the_title_of_the_waits_names_the_shortest_and_the_longest(found, figures, case: str) -> None:
    title = words(figures[case, "waits"], "title")
    assert len(figures[case, "waits"].texts[0].get_text().splitlines()) <= 2
    several = len(found[case].policies) > 1
    cases = found[case].on(found[case].own_gpus) if several else list(found[case].cases)
    ranked = sorted(cases, key=lambda each: each.summary["wait_p95_seconds"])
    ends = [f"under {NAMES[c.policy]}" if several else f"on {c.machine_gpus} GPUs" for c in (ranked[0], ranked[-1])]
    assert title.lower().index(ends[0].lower()) < title.lower().rindex(ends[1].lower())
    assert ("that fit" in title) == any(each.left_out.jobs for each in (ranked[0], ranked[-1]))


def test_equal_waits_are_said_once() -> None:
    busy = replace(log_of(most_gpus=1), submit_seconds=np.arange(JOBS) * 10**6)
    alike = dots.finding(sim.replay(busy, ["easy", "sjf"], [4])).result
    sizes = dots.finding(sim.replay(busy, ["easy"], [4, 8])).result
    assert dots.finding(sim.replay(busy, ["easy"], [4])).result == "under EASY 95 % of the jobs start at once"
    assert alike == "95 % of the jobs start at once under every policy"
    assert sizes == "under EASY 95 % of the jobs start at once on every machine"


@every_chart
def test_what_does_not_fit_stands_beside_every_panel(found, figures, name: str) -> None:
    said = words(figures["sizes", name])
    lefts = [case.left_out.text() for case in found["sizes"].cases]
    assert [bool(left) for left in lefts] == [False, False, True, True]
    for left in filter(None, lefts):
        assert said.count(left) == 2  # above, and at its panel


def test_the_title_of_the_map_holds_replays_against_one_another(found) -> None:
    shares = found["plain"].table.set_index("policy").run_share.astype(float).drop(LOG)
    best, worst = shares.idxmax(), shares.idxmin()
    assert maps.finding(found["plain"]).result == (
        f"from submission to end, jobs run for {100 * shares[best]:.0f} % of the time under {NAMES[best]}, "
        f"{100 * shares[worst]:.0f} % under {NAMES[worst]}"
    )
    silent = maps.finding(found["silent"]).result
    assert silent.count("on 64 GPUs") == 2  # the best and the worst on the first size
    alone = maps.finding(sim.replay(log_of(), ["easy"])).result
    assert alone.endswith("of the time under EASY")


@every_case
@every_chart
def test_no_title_compares_with_the_log_and_a_note_says_why(figures, case: str, name: str) -> None:
    figure = figures[case, name]
    assert "log itself" not in words(figure, "title") and "log itself" not in words(figure, "reading")
    assert (AGAINST_THE_LOG in words(figure)) == (case != "silent")


@every_chart
def test_replays_whose_waits_grow_with_the_log_are_named(found, figures, name: str) -> None:
    for case in ("plain", "sizes", "many"):
        marked = [each for each in found[case].cases if each.summary["overloaded"]]
        named = [f"{NAMES[each.policy]} on {each.machine_gpus} GPUs" for each in marked]
        said = words(figures[case, name])
        assert all(text in said for text in named[:MOST_NAMED])
        assert marked and "grow with the length of the log and are no forecast" in said
        assert (f"{len(named) - MOST_NAMED} more grow with" in said) == (len(named) > MOST_NAMED)
    calm = replace(log_of(starts=False, most_gpus=1), submit_seconds=np.arange(JOBS) * 10**6)
    assert "no forecast" not in words(CHARTS[name].draw(sim.replay(calm, ["easy"], [4])))


@every_chart
def test_rules_in_force_stand_in_the_notes(figures, name: str) -> None:
    chart, rules = CHARTS[name], {"backfill_scan": "sjbf", "order": "per_event"}
    some = words(chart.draw(sim.replay(log_of(), ["fcfs", "easy"], **rules)))
    assert "order per_event under FCFS; backfill scan sjbf, order per_event under EASY." in some
    assert "Rules in force: order per_event." in words(chart.draw(sim.replay(log_of(), ["fcfs"], order="per_event")))
    assert "Rules in force" not in words(figures["plain", name])


def test_a_map_without_starts_is_dotted_and_says_why(figures) -> None:
    figure = figures["silent", "map"]
    assert maps.UNKNOWN in words(figure) and "dotted" in words(figure, "subtitle")
    assert not [text for text in panels(figure)[1].texts if text.get_label() == "number"]
    assert {box.get_linestyle() for box in panels(figure)[1].patches} == {":"}
    assert "dotted" not in words(figures["plain", "map"], "subtitle")


def test_replays_beyond_those_drawn_are_counted(found, figures) -> None:
    assert len(found["many"].cases) == 16 and "Of 16 replays the first 6 are drawn" in words(figures["many", "map"])
    assert "are drawn" not in words(figures["plain", "map"])


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0"), (0.004, "<1"), (0.006, "1"), (0.5, "50"), (0.994, "99"), (0.996, ">99"), (1.0, "100")],
)
def test_no_share_is_rounded_to_nothing_or_to_all(share: float, text: str) -> None:
    assert maps.number(share) == text


@every_chart
def test_a_file_has_its_words_a_whole_seal_and_no_record(found, name: str) -> None:
    chart = CHARTS[name]
    figure, about = chart.draw(found["one"]), chart.finding(found["one"]).whole
    line = source(found["one"])
    content = titled(figure, chart.NAME, chart.TITLE, about, line, "replay", suffixes=("svg",))["svg"]
    carried = CARRIERS["svg"].words(content)
    assert carried["Figure"] == f"replay/{chart.NAME}" and not {"Run", "Record"} & set(carried)
    assert about in content.decode("utf8") and not broken(content, "svg")
