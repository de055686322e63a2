"""A built wheel works outside the checkout: what the program reads travels inside it.

The wheel is made from the source distribution, so both are tested, and put into
a new environment that shares the dependencies of this one but not its editable
install: the checkout is not on its path.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
TRAVELLERS = ("data", "scenarios", "releases", "dashboard")
SCENARIO = "isambard_ai_uk"


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command without this process's Python settings; fail with all it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_"))}
    done = subprocess.run(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900
    )
    words = " ".join(map(str, command))
    assert done.returncode == 0, f"{words}\nended with {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution with the pinned tools and no network."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    return next(out.glob("heavypress-*-py3-none-any.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the wheel."""
    home = tmp_path_factory.mktemp("outside") / "env"
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=home.parent)
    python = home / "bin" / "python"
    purelib = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip())
    # A folder named in a .pth file joins the path, but .pth files inside it are not read: the dependencies come along,
    # the editable install does not.
    allocation = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (purelib / "dependencies.pth").write_text("\n".join(sorted(allocation)) + "\n", encoding="utf8")
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
    run(*pip, "--no-index", "--no-deps", "--ignore-installed", wheel, cwd=home)
    return home / "bin"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """An empty folder with no checkout above it."""
    assert not any((folder / "pyproject.toml").exists() for folder in [tmp_path, *tmp_path.parents])
    return tmp_path


def test_the_wheel_carries_every_file_that_the_program_reads(wheel: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    for folder in TRAVELLERS:
        kept = [path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()]
        made = {name for name in kept if name.suffix == ".pyc" or any(part.startswith(".") for part in name.parts)}
        wanted = {f"sim/_share/{name.as_posix()}" for name in kept if name not in made}
        assert wanted, f"{folder}/ is empty"
        assert wanted <= carried, f"left behind: {sorted(wanted - carried)}"
    assert "sim/_share/dashboard/.streamlit/config.toml" in carried
    templates = [path.relative_to(ROOT).as_posix() for path in (ROOT / "sim" / "reports" / "templates").iterdir()]
    assert len(templates) == 3 and set(templates) <= carried


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"sim"}


def test_sim_is_the_installed_one(installed: Path, outside: Path) -> None:
    where = run(installed / "python", "-c", "import sim.sources; print(sim.sources.__file__)", cwd=outside)
    assert Path(where.strip()).is_relative_to(installed.parent)


@pytest.fixture
def heavypress(installed: Path, outside: Path) -> Callable[..., str]:
    """The installed command, run in an empty folder."""
    return lambda *words: run(installed / "heavypress", *words, cwd=outside)


def test_a_shipped_scenario_passes_its_check(heavypress: Callable[..., str]) -> None:
    heavypress("check", SCENARIO)


@pytest.mark.usefixtures("shared_waits")
def test_a_comparison_writes_its_tables(heavypress: Callable[..., str], outside: Path) -> None:
    heavypress("compare", SCENARIO, "--draws", "0", "--out", "results")
    tables = sorted((outside / "results").rglob("*.csv"))
    assert tables, "no CSV file was written"
    for table in tables:
        with table.open(encoding="utf8", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
        assert len(rows) > 1, f"{table.name} has no rows"


def test_a_report_is_written_by_the_shipped_template(heavypress: Callable[..., str], outside: Path) -> None:
    for form in ("pdf", "docx", "html"):
        heavypress("report", SCENARIO, "--draws", "0", "--no-queue", "--format", form)
        assert (outside / f"{SCENARIO}.{form}").stat().st_size > 100_000


def test_the_dashboard_is_found_where_the_program_looks(installed: Path, outside: Path) -> None:
    ask = "from sim.sources import share; print(share('dashboard') / 'app.py')"
    app = Path(run(installed / "python", "-c", ask, cwd=outside).strip())
    assert app.is_file()
    assert app.is_relative_to(installed.parent)
