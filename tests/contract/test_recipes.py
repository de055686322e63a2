"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the tree.

A piece of code begins with a comment that says where it goes: `# FILE` is a new file, `# FILE, imports` goes among the
imports, `# FILE, at the end` below everything, `# FILE, above NAME` before the statement that binds the name, and
`# FILE, in NAME` into a tuple or dictionary as its last entry, into a class as its last field, into a function as its
last statement or, where it assigns to a variable that is there, in place of that assignment.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("sim", "dashboard", "data", "scenarios", "tests", "pyproject.toml")
CODE = re.compile(
    r"^```(?:python|toml)\n# (?P<path>[\w./]+)(?:, (?P<where>[^\n]+))?\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
RECIPES = dict(
    re.findall(
        r"^### Add an? ([^\n]+)\n(.*?)(?=^##)", (ROOT / "CONTRIBUTING.md").read_text("utf8"), re.DOTALL | re.MULTILINE
    )
)


def bound(tree: ast.Module, name: str) -> ast.stmt:
    """The statement of a module that binds a name."""
    for node in tree.body:
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if getattr(node, "name", None) == name or name in (getattr(target, "id", None) for target in targets):
            return node
    raise LookupError(name)


def lines_replaced(tree: ast.Module, where: str, piece: str) -> tuple[int, int]:
    """First and last line, counted from 0, that a piece of code takes the place of; empty where it is only added."""
    how, _, name = where.partition(" ")
    if where == "imports":
        line = max(n.end_lineno or 0 for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom))
        return line, line
    if how == "above":
        line = bound(tree, name).lineno - 1
        return line, line
    node = bound(tree, name)
    if isinstance(node, ast.Assign | ast.AnnAssign):  # before its closing bracket, which has a line of its own
        assert node.value is not None and node.value.end_lineno
        return node.value.end_lineno - 1, node.value.end_lineno - 1
    assert isinstance(node, ast.ClassDef | ast.FunctionDef)
    body = [n for n in node.body if isinstance(n, ast.AnnAssign)] if isinstance(node, ast.ClassDef) else node.body
    new = ast.parse(f"if True:\n{piece}").body[0].body[0]  # type: ignore[attr-defined]
    if isinstance(node, ast.FunctionDef) and isinstance(new, ast.Assign):
        for old in (
            n for n in body if isinstance(n, ast.Assign) and ast.unparse(n.targets) == ast.unparse(new.targets)
        ):
            return old.lineno - 1, old.end_lineno or old.lineno
    return body[-1].end_lineno or 0, body[-1].end_lineno or 0


def put(path: Path, where: str | None, piece: str) -> None:
    """Put a piece of code where its first line says."""
    if where is None:
        assert not path.exists(), f"{path} is there already"
        path.write_text(piece, encoding="utf8")
        return
    text = path.read_text(encoding="utf8")
    if where == "at the end":
        path.write_text(f"{text}\n\n{piece}", encoding="utf8")
        return
    lines = text.splitlines(keepends=True)
    first, last = lines_replaced(ast.parse(text), where, piece)
    path.write_text(
        "".join([*lines[:first], piece, "\n\n" * where.startswith("above"), *lines[last:]]), encoding="utf8"
    )


@pytest.fixture
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the tree in which the recipe that a test is marked with was followed."""
    for name in COPIED:
        if (source := ROOT / name).is_dir():
            shutil.copytree(source, tmp_path / name, symlinks=True)  # compiled code too: it need not be made anew
        else:
            shutil.copy(source, tmp_path / name)
    for piece in CODE.finditer(RECIPES[request.param]):
        put(tmp_path / piece["path"], piece["where"], piece["text"])
    return tmp_path


def follows(recipe: str) -> pytest.MarkDecorator:
    """Mark of a test that looks at what a recipe leads to."""
    return pytest.mark.parametrize("tree", [recipe], indirect=True)


def run(tree: Path, *command: str) -> str:
    """What a Python program prints that runs in the copy, and imports it alone."""
    environment = os.environ | {"PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, *command], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def heavypress(tree: Path, *arguments: str) -> str:
    """What the command prints, in the copy."""
    return run(tree, "-c", "import sys; from sim.cli import main; sys.exit(main())", *arguments)


def test_every_recipe_has_its_code() -> None:
    named = ["parameter", "policy", "outcome", "argument", "chart", "page", "mechanism"]
    assert list(RECIPES) == named
    assert all(CODE.search(RECIPES[name]) for name in named if name != "mechanism")


@follows("parameter")
def test_the_copy_is_what_runs(tree: Path) -> None:
    assert Path(run(tree, "-c", "import sim; print(sim.__file__)").strip()).is_relative_to(tree)


@pytest.mark.slow
@follows("parameter")
def test_a_parameter_is_shown_documented_and_used(tree: Path) -> None:
    assert "tax_ratio" in heavypress(tree, "params", "cloud")
    run(tree, "-c", """
import sim
from sim.documents import generated

dear, cheap = (
    sim.compare("isambard_ai_uk", settings={"cloud.tax_ratio": tax}, queue=False).results for tax in (0.25, 0.0)
)
for option in cheap:
    ratio = cheap[option].totals["cost_per_h100e_hour"][0] / dear[option].totals["cost_per_h100e_hour"][0]
    assert option != "cloud_credits" or abs(ratio * 1.25 - 1) < 1e-9, ratio
assert "`tax_ratio`" in generated()["parameters.md"] and '"tax_ratio"' in generated()["scenario.schema.json"]
""")  # fmt: skip


@pytest.mark.slow
@follows("policy")
def test_a_policy_is_compared_mixed_and_documented(tree: Path) -> None:
    (tree / "scenarios" / "of_the_recipe.toml").write_text("""
title = "A country"
question = "Rent in bulk?"
start = "2027-01"
budget = { total = 50e6, years = 3 }

[[option]]
instrument = "bulk_rent"
discount_share = 0.3

[[option]]
instrument = "portfolio"
public_cluster_share = 0.5
cloud_credits_share = 0
research_grants_share = 0
bulk_rent_share = 0.5
""", encoding="utf8")  # fmt: skip
    printed = heavypress(tree, "compare", "of_the_recipe", "--draws", "2", "--no-queue", "--format", "markdown")
    assert "Bulk rent" in printed
    assert "valid until the end" in heavypress(tree, "timeline", "of_the_recipe", "--option", "bulk_rent")
    heavypress(tree, "check", "isambard_ai_uk")  # which has a portfolio, and names no share for the new policy
    assert "discount_share" in heavypress(tree, "params", "bulk_rent")
    run(tree, "-c", """
import sim
from sim.documents import generated

result = sim.compare("of_the_recipe", queue=False).results["bulk_rent"].totals
assert result["h100e_hours"][0] > 0 and abs(result["public_cost"][0] / 50e6 - 1) < 0.1
assert "Bulk rent" in generated()["parameters.md"] and "bulk_rent" in generated()["scenario.schema.json"]
""")  # fmt: skip


@pytest.mark.slow
@follows("outcome")
def test_an_outcome_is_measured_documented_and_checked(tree: Path) -> None:
    run(tree, "-c", """
import sim
from sim.documents import generated

assert "unmet_fe_hours" in set(sim.compare("isambard_ai_uk", queue=False).tidy.outcome)
assert "`unmet_fe_hours`" in generated()["outcomes.md"]
""")  # fmt: skip
    run(
        tree,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/theory/test_plain_core.py::test_every_outcome_under[as it is]",
    )


@pytest.mark.slow
@follows("argument")
def test_an_argument_is_answered_and_documented(tree: Path) -> None:
    printed = heavypress(tree, "argue", "isambard_ai_uk", "--only", "lateness", "--draws", "2")
    assert "With the delays that are usual" in " ".join(printed.split())
    run(tree, "-c", "from sim.documents import generated; assert 'come late' in generated()['arguments.md']")


@follows("chart")
def test_a_chart_is_drawn_and_read(tree: Path) -> None:
    run(tree, "-c", """
import sim
from sim import charts

comparison, name = sim.compare("isambard_ai_uk", draws=2, queue=False), "first_months"
drawing = charts.svg(charts.CHARTS[name](comparison), comparison, name).decode("utf8")
assert "is first" in drawing and "Months until an option first gives hours" in drawing
assert len(charts.data(comparison, name)) == len(comparison.results)
""")  # fmt: skip


@pytest.mark.slow
@follows("page")
def test_a_page_is_shown(tree: Path) -> None:
    run(tree, "-c", """
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

page = AppTest.from_string("from dashboard.page import page; page()", default_timeout=120)
page.query_params["draws"], page.query_params["queue"], page.query_params["lang"] = "0", "off", "de"
page._page_hash = calc_hash("peaks")
page.run()
assert not page.exception, page.exception
assert "Größte Ausgaben" in [each.value for each in page.subheader]
assert len([each for each in page.markdown if "Research grants" in each.value]) == 1
""")  # fmt: skip
