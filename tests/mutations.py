"""Do the tests bite? Formulas, each wrong in one token, and the test that notices.

    python tests/mutations.py

Every mutation is made in a copy of the tree, never in place, and the test file that is about its formula is run there.
The table says which test killed it. The exit code is 1 if one survives, and 2 if the tests fail without a mutation.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("sim", "data", "scenarios", "tests", "pyproject.toml")


@dataclass(frozen=True)
class Mutation:
    """One wrong token: `old` stands once in the file and becomes `new`."""

    path: str
    old: str
    new: str
    tests: str  # the file that should notice


MUTATIONS = (
    Mutation(
        "sim/mechanisms/finance.py",
        "np.log1p(money.later_rate) * middle",
        "np.log1p(money.last_rate) * middle",
        "tests/theory/test_finance.py",
    ),
    Mutation(
        "sim/mechanisms/finance.py",
        "left = budget_pv - fixed_pv",
        "left = budget_pv + fixed_pv",
        "tests/theory/test_finance.py",
    ),
    Mutation(
        "sim/mechanisms/operations.py",
        "idle_power_share * (1 - busy)",
        "idle_power_share * (1 + busy)",
        "tests/theory/test_ownership.py",
    ),
    Mutation(
        "sim/mechanisms/hardware.py",
        "np.exp2(np.asarray(t_years) / doubling_years)",
        "np.exp2(np.asarray(t_years) * doubling_years)",
        "tests/theory/test_hardware.py",
    ),
    Mutation(
        "sim/instruments/cloud_credits.py",
        "return 1 - np.asarray(world.cloud.egress_share)",
        "return 1 + np.asarray(world.cloud.egress_share)",
        "tests/theory/test_credits_grants.py",
    ),
    Mutation(
        "sim/instruments/cloud_credits.py",
        "spread(used, month + self.kept_months, expiry",
        "spread(used, month - self.kept_months, expiry",
        "tests/theory/test_credits_grants.py",
    ),
    Mutation(
        "sim/instruments/runoff.py",
        "t_years = (grid.months + np.arange(months) + 0.5)",
        "t_years = (grid.months - np.arange(months) + 0.5)",
        "tests/theory/test_credits_grants.py",
    ),
    Mutation(
        "sim/instruments/research_grants.py",
        "years = (end - (month + 0.5))",
        "years = (end + (month + 0.5))",
        "tests/theory/test_credits_grants.py",
    ),
    Mutation(
        "sim/mechanisms/finance.py",
        "ahead = spent - np.cumsum(granted, axis=-1)",
        "ahead = spent + np.cumsum(granted, axis=-1)",
        "tests/theory/test_money_columns.py",
    ),
    Mutation(
        "sim/instruments/research_grants.py",
        "return _Bought(direct - compute,",
        "return _Bought(direct + compute,",
        "tests/theory/test_credits_grants.py",
    ),
    Mutation(
        "sim/costs/allocation.py",
        "below = table[weight, g] * level < table[_CAP, g]",
        "below = table[weight, g] * level > table[_CAP, g]",
        "tests/theory/test_allocation.py",
    ),
    Mutation(
        "sim/waits/windows.py",
        "np.ceil(month - np.minimum(accepted, month))",
        "np.floor(month - np.minimum(accepted, month))",
        "tests/theory/test_waits.py",
    ),
    Mutation(
        "sim/costs/queueing.py",
        "result.h100e_hours[MACHINE] + result.leased",
        "result.h100e_hours[MACHINE] - result.leased",
        "tests/theory/test_waits.py",
    ),
    Mutation(
        "sim/waits/counting.py",
        "sums[STAYED_SECONDS] += job.end - job.submit",
        "sums[STAYED_SECONDS] += job.start - job.submit",
        "tests/theory/test_waits.py",
    ),
    Mutation(
        "sim/costs/fullness.py",
        "np.minimum(self.target, self.curves.most)",
        "np.maximum(self.target, self.curves.most)",
        "tests/theory/test_surface.py",
    ),
    Mutation(
        "sim/queue/surface/curves.py",
        "LOADS * (1 - withdrawn)",
        "LOADS * (1 + withdrawn)",
        "tests/theory/test_surface.py",
    ),
    Mutation(
        "sim/waits/machine.py",
        "design = np.floor(years[order]",
        "design = np.ceil(years[order]",
        "tests/theory/test_waits.py",
    ),
    Mutation(
        "sim/parameters.py",
        "self.high >= WIDE * self.low",
        "self.high <= WIDE * self.low",
        "tests/contract/test_parameters.py",
    ),
    Mutation(
        "sim/mechanisms/market.py",
        "dtype=np.float64) - supply_share",
        "dtype=np.float64) + supply_share",
        "tests/theory/test_market.py",
    ),
    Mutation(
        "sim/instruments/domestic_fab.py",
        "* worth * inside",
        "* worth",
        "tests/theory/test_fab.py",
    ),
    Mutation(
        "sim/costs/sizing.py",
        "flow * (self.size > 0)",
        "flow * (self.size >= 0)",
        "tests/theory/test_money_core.py",
    ),
    Mutation(
        "sim/mechanisms/research.py",
        "hours * worth[..., None]",
        "hours / worth[..., None]",
        "tests/theory/test_research_output.py",
    ),
    Mutation(
        "sim/costs/groups.py",
        "lacking ** self.exponent",
        "lacking * self.exponent",
        "tests/theory/test_allocation.py",
    ),
    Mutation(
        "sim/mechanisms/demand.py",
        "most / (1 + room * np.exp(-rate * t_years))",
        "most / (1 - room * np.exp(-rate * t_years))",
        "tests/theory/test_need.py",
    ),
    Mutation(
        "sim/mechanisms/forfeiture.py",
        "part * (below - before)",
        "part * (below + before)",
        "tests/theory/test_need.py",
    ),
    Mutation(
        "sim/mechanisms/carbon.py",
        "(1 - busy_share + unrented)",
        "(1 - busy_share - unrented)",
        "tests/theory/test_carbon.py",
    ),
    Mutation(
        "sim/mechanisms/openness.py",
        "mandate * (held_back - lawful)",
        "mandate * (held_back + lawful)",
        "tests/theory/test_openness.py",
    ),
    Mutation(
        "sim/mechanisms/openness.py",
        "uses[:, month] = waiting * (1 - kept)",
        "uses[:, month] = waiting * (1 + kept)",
        "tests/theory/test_openness.py",
    ),
    Mutation(
        "sim/mechanisms/reproduction.py",
        "same * np.maximum(mistakes, fresh)",
        "same * np.minimum(mistakes, fresh)",
        "tests/theory/test_reproduction.py",
    ),
    Mutation(
        "sim/mechanisms/vendors.py",
        "1 - conceded + np.asarray",
        "1 + conceded + np.asarray",
        "tests/theory/test_vendors.py",
    ),
)


def tokens(code: str) -> list[str]:
    """The tokens of a piece of code, brackets paired or not.

    >>> tokens("a >= 0")
    ['a', '>=', '0']
    """
    found: list[str] = []
    with suppress(tokenize.TokenError):  # raised at the end, where a bracket stays open
        found.extend(t.string for t in tokenize.generate_tokens(io.StringIO(code).readline) if t.string.strip())
    return found


def copy_tree(to: Path) -> None:
    """What the tests need, without compiled leftovers of another state of it."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, to / name)


def run_tests(tree: Path, *paths: str) -> subprocess.CompletedProcess[str]:
    """Run tests in the copy until the first fails; the copy alone is imported."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *paths]
    # Two states of a file may share size and second: nothing compiled may be kept of either.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree)}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


def killer(mutation: Mutation, tree: Path) -> str:
    """The test that fails under the mutation; empty if none does."""
    file = tree / mutation.path
    before = file.read_text(encoding="utf8")
    assert before.count(mutation.old) == 1, (
        f"{mutation.path}: {mutation.old!r} stands there {before.count(mutation.old)} times"
    )
    pairs = list(zip(tokens(mutation.old), tokens(mutation.new), strict=True))
    assert sum(old != new for old, new in pairs) == 1, f"{mutation.new!r} differs in more than one token"
    file.write_text(before.replace(mutation.old, mutation.new), encoding="utf8")
    try:
        result = run_tests(tree, mutation.tests)
    finally:
        file.write_text(before, encoding="utf8")
    failed = re.search(r"^FAILED \S+::(\S+)", result.stdout, flags=re.MULTILINE)
    return failed.group(1) if failed and result.returncode == 1 else ""


def results(mutations: tuple[Mutation, ...]) -> Iterator[tuple[Mutation, str]]:
    """(mutation, the test that kills it); exits with 2 where the tests fail already without one."""
    with TemporaryDirectory() as folder:
        tree = Path(folder)
        copy_tree(tree)
        sound = run_tests(tree, *sorted({mutation.tests for mutation in mutations}))
        if sound.returncode != 0:
            print(sound.stdout, sound.stderr, "The tests fail without any mutation.", sep="\n", file=sys.stderr)
            raise SystemExit(2)
        for mutation in mutations:
            yield mutation, killer(mutation, tree)


def main() -> int:
    """Print the table; 1 if a mutation survives."""
    survivors = 0
    print("| file | mutation | killed by |\n|---|---|---|")
    for mutation, test in results(MUTATIONS):
        survivors += not test
        print(
            f"| {mutation.path} | `{mutation.old}` -> `{mutation.new}` | {test or 'NOTHING: it survives'} |", flush=True
        )
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
