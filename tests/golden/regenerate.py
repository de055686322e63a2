"""Write the published numbers anew: tests/golden/*.json with the ranges, tables and charts of README.md and docs/.

    .venv/bin/python tests/golden/regenerate.py

Run it only in a commit of its own whose message, and a [RESULTS] line in CHANGELOG.md,
say which number moved and why.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np

from sim import charts
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.table import markdown
from sim.outcomes import HEADLINE, OF_THE_QUEUE
from sim.parameters import Array
from sim.scenario import load, names

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
IN_README = ("isambard_ai_uk", "nairr_us")
RANGES = "ranges.json"
DRAWS = 64
QUANTILES = (0.1, 0.5, 0.9)
MEASURED = tuple(name for name in HEADLINE if name not in {outcome.name for outcome in OF_THE_QUEUE})
CHART = "delivered"
PRICE = "price_of_immediacy"
BEGIN, END = "<!-- headline -->", "<!-- /headline -->"
DIGITS = 12  # sums may be taken in another order on another processor


def central(comparison: Comparison) -> dict[str, dict[str, float | None]]:
    """Every outcome of the central case, by option, rounded; None where it does not exist."""
    return {
        key: {name: _rounded(values[0]) for name, values in result.totals.items()}
        for key, result in comparison.results.items()
    }


def _rounded(value: float) -> float | None:
    """A number to DIGITS digits; None for NaN."""
    return float(f"{value:.{DIGITS}g}") if value == value else None


def ranges(comparison: Comparison) -> dict[str, dict[str, list[float | None]]]:
    """10th, 50th and 90th percentile over the draws of every headline outcome but waits, by option, rounded."""
    return {
        key: {name: [_rounded(value) for value in quantiles(result.totals[name][1:])] for name in MEASURED}
        for key, result in comparison.results.items()
    }


def quantiles(drawn: Array) -> list[float]:
    """QUANTILES of the draws that have a value, [draw]; NaN where none has."""
    known = drawn[np.isfinite(drawn)]
    return np.quantile(known, QUANTILES).tolist() if known.size else [float("nan")] * len(QUANTILES)


def written(found: dict[str, dict[str, dict[str, list[float | None]]]]) -> str:
    """The ranges as JSON, an outcome a line."""
    text = json.dumps(found, indent=1)
    for broken, joined in ((r"\[\s+", "["), (r",\s+(?=[-\dn])", ", "), (r"\s+\]", "]")):
        text = re.sub(broken, joined, text)
    return text + "\n"


def readme_headline() -> str:
    """What the command prints stands in README.md: answer, short table and notes."""
    parts = []
    for name in IN_README:
        comparison = compare(load(name), draws=None)
        parts += [f"`heavypress compare {name} --format markdown`", "", f"*{comparison.scenario.question}*", ""]
        parts += [markdown(comparison).rstrip(), ""]
    alt = charts.alt(comparison, CHART)
    return "\n".join([*parts, f"![{alt}](docs/images/{IN_README[-1]}_{CHART}.png)", ""])


def without_ids(text: str) -> str:
    """A document without the ids of its runs: those are of the code that made it, and most changes move no number."""
    return re.sub(r"\b[Rr]un [0-9a-f]{12}\b", "run", text)


def split(text: str) -> tuple[str, str, str]:
    """README.md before, between and after the marks."""
    before, _, rest = text.partition(BEGIN)
    between, _, after = rest.partition(END)
    return before + BEGIN + "\n", between.strip() + "\n", END + after


def draw(comparison: Comparison, chart: str, stem: str) -> None:
    """Write a chart of a comparison as docs/images/STEM.svg and .png."""
    folder = ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    figure = charts.CHARTS[chart](comparison)
    (folder / f"{stem}.svg").write_bytes(charts.svg(figure, comparison, chart))
    (folder / f"{stem}.png").write_bytes(charts.png(figure, comparison, chart))


def main() -> int:
    """Write everything."""
    for name in names():
        numbers = central(compare(load(name), queue=False))
        (HERE / f"{name}.json").write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf8")
    found = {name: ranges(compare(load(name), draws=DRAWS, queue=False)) for name in names()}
    (HERE / RANGES).write_text(written(found), encoding="utf8")
    readme = ROOT / "README.md"
    before, _, after = split(readme.read_text(encoding="utf8"))
    readme.write_text(before + readme_headline() + after, encoding="utf8")
    draw(compare(load(IN_README[-1]), draws=None), CHART, f"{IN_README[-1]}_{CHART}")
    priced, image = compare(load(IN_README[0]), queue=False), f"{IN_README[0]}_immediacy"
    draw(priced, PRICE, image)
    page = ROOT / "docs" / "waits.md"
    shown = f"![{charts.alt(priced, PRICE)}](images/{image}.png)"
    text = re.sub(rf"!\[[^\]]*\]\(images/{image}\.png\)", lambda _: shown, page.read_text(encoding="utf8"))
    page.write_text(text, encoding="utf8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
