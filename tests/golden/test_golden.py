"""Published numbers stay what they were until a commit says why they moved."""

import importlib.util
import json
from pathlib import Path

import pytest

from sim.comparison.run import compare
from sim.scenario import load, names

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("regenerate", HERE / "regenerate.py")
regenerate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(regenerate)


def test_every_shipped_scenario_has_a_golden_file():
    assert sorted(path.stem for path in HERE.glob("*.json") if path.name != regenerate.RANGES) == names()


@pytest.mark.parametrize("name", names())
def test_the_central_case_has_not_moved(name):
    golden = json.loads((HERE / f"{name}.json").read_text())
    found = regenerate.central(compare(load(name), queue=False))
    assert set(golden) == set(found)
    for option, numbers in golden.items():
        assert set(numbers) == set(found[option])
        for outcome, value in numbers.items():
            wanted = None if value is None else pytest.approx(value, rel=1e-9, abs=1e-6)
            assert found[option][outcome] == wanted, f"{option}: {outcome}"


@pytest.mark.slow
@pytest.mark.usefixtures("shared_waits")
def test_the_tables_of_the_readme_are_what_the_command_prints():
    text = (HERE.parents[1] / "README.md").read_text(encoding="utf8")
    _, between, _ = regenerate.split(text)
    assert regenerate.without_ids(between) == regenerate.without_ids(regenerate.readme_headline())
