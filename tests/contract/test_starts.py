"""What a process loads: a command pays for the libraries that it needs, and for no others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "import sys; from sim.cli import main; sys.exit(main(sys.argv[1:]))"
HEAVY = ("matplotlib", "numba", "pandas", "pyarrow", "scipy.optimize", "scipy.special", "scipy.stats", "streamlit")


def loaded(*arguments: str) -> set[str]:
    """Modules that a command has loaded by its end."""
    program = f"import atexit; atexit.register(lambda: print('loaded', *sys.modules, file=sys.stderr)); {COMMAND}"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stderr.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (("--help",), ()),
        (("check", "nairr_us"), ()),
        (("replay", "docs/example.swf"), ("pyarrow",)),
        (("replay", "docs/example.swf", "--engine", "compiled"), ("pyarrow",)),
        (("compare", "small_country", "--draws", "0", "--no-queue", "--format", "json"),
         ("pandas", "pyarrow", "scipy.special", "scipy.optimize")),  # the latter comes with SciPy's interpolation
    ],
)  # fmt: skip
def test_a_command_loads_what_it_needs(arguments: tuple[str, ...], needed: tuple[str, ...]) -> None:
    """The first process compiles where nobody has yet; the next one finds the code, and does without numba."""
    loaded(*arguments)
    assert set(HEAVY) & loaded(*arguments) <= set(needed)


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None  # an import of it fails
import numpy as np
from sim.cli import main
assert main(sys.argv[1:]) == 0
"""


@pytest.mark.parametrize("policy", ["easy", "conservative", "multifactor"])
def test_compiled_code_needs_no_numba_once_it_is_there(policy: str, tmp_path: Path) -> None:
    """The starts are those of the plain queue."""
    starts = []
    for program, engine in ((COMMAND, "compiled"), (WITHOUT_NUMBA, "compiled"), (COMMAND, "plain")):
        out = tmp_path / "starts.csv"
        arguments = ["replay", "docs/example.swf", "--policy", policy, "--engine", engine, "--out", str(out)]
        subprocess.run([sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, check=True)
        starts.append(out.read_bytes())
        os.remove(out)
    assert starts[0] == starts[1] == starts[2]
