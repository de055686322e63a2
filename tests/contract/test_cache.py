"""The cache of waits: what decides a wait is in its key and nothing else, and it is never the reason of a failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.costs.result import OptionResult
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.workload import Queueing, Workload
from sim.waits import cache, parallel
from sim.waits.cache import Cache, as_text, from_text, key_of, source_digest, usual_cache, usual_folder
from sim.waits.parallel import simulated
from sim.waits.simulation import simulate_waits
from sim.waits.statistics import Waits

ROOT = Path(__file__).resolve().parents[2]
FEW = {
    "queue.window_weeks": 0.1, "queue.warm_up_weeks": 0.05, "queue.windows": 2.0, "queue.most_windows": 2.0,
    "demand.groups": 500.0,
}  # fmt: skip
Reckoned = Callable[..., OptionResult]


@pytest.fixture(scope="module")
def monthly(reckoned: Reckoned) -> OptionResult:
    """A small machine."""
    return reckoned(PublicCluster(), FEW)


@pytest.fixture(scope="module")
def waits(monthly: OptionResult) -> Waits:
    """What its queue gives."""
    found = simulate_waits(monthly, 1)
    assert found is not None
    return found


def same(a: Any, b: Any) -> bool:
    """Equal to the last bit, NaN included, records inside records too."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if hasattr(a, "__dataclass_fields__"):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return type(a) is type(b) and a == b


# --- the key ---


def entered(reckoned: Reckoned, values: dict[str, object]) -> OptionResult:
    """A machine whose size does not depend on what it costs."""
    return reckoned(PublicCluster(), FEW | {"money.normalisation": "as_entered"} | values)


@pytest.mark.parametrize("path", ["cloud.price_usd", "operations.electricity_usd_per_kwh", "hardware.price_usd"])
def test_a_price_finds_what_was_simulated_before(reckoned: Reckoned, path: str) -> None:
    keys = {key_of(entered(reckoned, {path: value}), 1) for value in (0.2, 3.0)}
    assert len(keys) == 1


def test_discounting_finds_what_was_simulated_before(reckoned: Reckoned) -> None:
    rates = [entered(reckoned, {"money.discount_rate": rate}) for rate in (0.0, 0.035, 0.07)]
    assert len({key_of(found, 1) for found in rates}) == 1


def other(value: object, kind: type, name: str) -> object:
    """Another allowed value of a parameter."""
    spec = next(spec for found, _, spec in kind.described() if found == name)  # type: ignore[attr-defined]
    if spec.choices:
        return next(word for word in spec.choices if word != value)
    if isinstance(value, tuple):
        return (*value[:-1], value[-1] + 0.01)
    return value + 1 if name.startswith(("window", "most")) else value * 1.01 + 0.001  # type: ignore[operator]


@pytest.mark.parametrize(
    ("group", "kind", "name"),
    [(group, kind, f.name) for group, kind in (("queue", Queueing), ("workload", Workload)) for f in fields(kind)],
)
def test_every_parameter_of_the_queue_and_of_the_jobs_misses(
    monthly: OptionResult, group: str, kind: type, name: str
) -> None:
    world = monthly.context.world
    held = getattr(world, group)
    centre = getattr(getattr(world.at(0), group), name)
    changed = replace(world, **{group: replace(held, **{name: other(centre, kind, name)})})
    moved = replace(monthly, context=replace(monthly.context, world=changed))
    assert key_of(moved, 1) != key_of(monthly, 1)


@pytest.mark.parametrize(
    "name", ["interruptions_per_gpu_hour", "repair_hours", "checkpoint_seconds", "planned_outage_share"]
)
def test_reliability_misses(reckoned: Reckoned, monthly: OptionResult, name: str) -> None:
    value = getattr(monthly.context.world.at(0).reliability, name)
    assert key_of(reckoned(PublicCluster(), FEW | {f"reliability.{name}": value * 1.5}), 1) != key_of(monthly, 1)


class Watched:
    """A group of parameters that notes which of them are looked at."""

    def __init__(self, name: str, group: object, seen: set[str]) -> None:
        self._name, self._group, self._seen = name, group, seen

    def __getattr__(self, name: str) -> Any:
        self._seen.add(f"{self._name}.{name}")
        return getattr(self._group, name)


@pytest.mark.parametrize("fidelity", ["windows", "full"])
def test_the_queue_looks_at_nothing_that_is_not_in_the_key(
    monthly: OptionResult, fidelity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    centre = monthly.context.world.at(0)
    whole = ("queue", "workload")
    groups = {
        f.name: getattr(centre, f.name) if f.name in whole else Watched(f.name, getattr(centre, f.name), seen)
        for f in fields(centre)
    }
    monkeypatch.setattr(type(centre), "at", lambda world, draw: SimpleNamespace(**groups))
    asked = iter(range(10**9))
    simulate_waits(monthly, 1, fidelity=fidelity, cancelled=lambda: next(asked) > 3)
    in_the_machine = {"reliability.planned_outage_share", "hardware.doubling_years"}
    named = {"interruptions_per_gpu_hour", "repair_hours", "checkpoint_seconds"}
    known = {f"reliability.{name}" for name in named} | {"demand.new_only_share_per_year"}
    assert seen and seen <= in_the_machine | known


def test_seed_fidelity_machine_and_load_miss(monthly: OptionResult) -> None:
    assert monthly.in_service is not None and monthly.fullness is not None
    allocation = monthly.allocation
    keys = [
        key_of(monthly, 1),
        key_of(monthly, 2),
        key_of(monthly, 1, "full"),
        key_of(replace(monthly, in_service=monthly.in_service * 1.5), 1),
        key_of(replace(monthly, leased=monthly.leased + 1), 1),
        key_of(replace(monthly, h100e_hours={"cluster": monthly.h100e_hours["cluster"] * 1.01}), 1),
        key_of(replace(monthly, fullness=replace(monthly.fullness, target=0.5)), 1),
        key_of(replace(monthly, allocation=replace(allocation, used={"cluster": allocation.used["cluster"] * 0.9})), 1),
        key_of(replace(monthly, allocation=replace(allocation, public=allocation.public[..., ::-1])), 1),
    ]
    assert len(set(keys)) == len(keys)
    assert key_of(monthly, 1, "windows") == key_of(monthly, 1)


def test_another_version_of_the_source_misses(monthly: OptionResult, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(monthly, 1)
    assert len(source_digest()) == 64
    monkeypatch.setattr(cache, "source_digest", lambda: "another")
    assert key_of(monthly, 1) != before


# --- what is kept ---


def test_waits_come_back_to_the_last_bit(waits: Waits, tmp_path: Path) -> None:
    spoilt = replace(waits, mean=np.array([np.nan, np.inf]), tier_p95=np.array([[0.1, -0.0], [1e-300, np.pi]]))
    for kept in (waits, spoilt):
        again = from_text(as_text(kept))
        assert again is not None and same(again, kept)
    Cache(tmp_path).put("key", waits)
    again = Cache(tmp_path).get("key")
    assert again is not None and same(again, waits)


def test_what_was_stopped_is_not_kept(waits: Waits, tmp_path: Path) -> None:
    store = Cache(tmp_path)
    store.put("key", replace(waits, stopped=True))
    assert store.get("key") is None and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("1", "2", 1),
        lambda text: text.partition("\n")[2],
        lambda text: "\0" * len(text),
        lambda text: text.replace('"median"', '"medium"'),
        lambda text: text + "x",
    ],
    ids=["empty", "half", "a digit", "no digest", "zeros", "a name", "more"],
)
def test_a_damaged_file_counts_as_none_and_is_written_anew(
    waits: Waits, tmp_path: Path, spoil: Callable[[str], str]
) -> None:
    Cache(tmp_path).put("key", waits)
    (path,) = tmp_path.iterdir()
    path.write_text(spoil(path.read_text()))
    store = Cache(tmp_path)
    assert store.get("key") is None
    store.put("key", waits)
    again = Cache(tmp_path).get("key")
    assert again is not None and same(again, waits)


def test_bytes_that_are_no_text_and_records_of_another_program_count_as_none(waits: Waits, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_bytes(b"\xff\xfe\x80")
    assert Cache(tmp_path).get("key") is None
    for body in ("[]", "{}", '{"record": "os"}', '{"record": "Waits"}', '{"record": "simulate_waits"}', "1" * 9):
        assert from_text(f"{cache.sha256(body.encode()).hexdigest()}\n{body}") is None
    assert json.loads(as_text(waits).partition("\n")[2])["record"] == "Waits"


def test_memory_and_disk_are_bounded_and_the_oldest_goes_first(waits: Waits, tmp_path: Path) -> None:
    size = len(as_text(waits).encode())
    store = Cache(tmp_path, most_kept=2, most_bytes=3 * size + 10)
    for number in range(3):
        store.put(f"k{number}", waits)
        os.utime(tmp_path / f"k{number}.json", (number, number))
    assert Cache(tmp_path).get("k0") is not None  # asked for: now the youngest
    store.put("k3", waits)
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["k0", "k2", "k3"]
    assert len(store._kept) == 2


def test_what_was_never_finished_goes_and_what_cannot_go_is_left(waits: Waits, tmp_path: Path) -> None:
    size = len(as_text(waits).encode())
    (tmp_path / "a.json").mkdir()
    for name in (".old.part", ".new.part"):
        (tmp_path / name).write_text("half a file")
    for name in ("a.json", ".old.part"):
        os.utime(tmp_path / name, (0, 0))
    store = Cache(tmp_path, most_bytes=size + 10)
    for key in ("k1", "k2"):
        store.put(key, waits)
        os.utime(tmp_path / f"{key}.json", (1, 1))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".new.part", "a.json", "k2.json"]


def test_a_folder_that_cannot_be_used_costs_nothing_but_time(waits: Waits, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere")):
        store = Cache(folder)
        store.put("key", waits)
        assert store.get("key") is waits  # from memory
        assert Cache(folder).get("key") is None


def test_the_variable_moves_the_cache_and_switches_it_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("HEAVYPRESS_CACHE")
    assert usual_folder() == tmp_path / "xdg" / "heavypress" / "waits"
    monkeypatch.setenv("HEAVYPRESS_CACHE", str(tmp_path / "mine"))
    assert usual_folder() == tmp_path / "mine"
    assert usual_cache() is usual_cache()
    monkeypatch.setenv("HEAVYPRESS_CACHE", "OFF")
    assert usual_folder() is None and usual_cache() is not usual_cache()


WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
from sim.waits.cache import Cache
from sim.waits.cache import from_text
waits = from_text(Path(sys.argv[2]).read_text())
for turn in range(60):
    store = Cache(Path(sys.argv[1]), most_bytes=200_000)
    for number in range(5):
        found = store.get(f"k{number}")
        assert found is None or found.verdict == f"v{number}", found
        store.put(f"k{number}", replace(waits, verdict=f"v{number}"))
"""


def test_two_processes_share_a_folder(waits: Waits, tmp_path: Path) -> None:
    (tmp_path / "waits.txt").write_text(as_text(waits))
    words = [sys.executable, "-c", WRITER, str(tmp_path / "shared"), str(tmp_path / "waits.txt")]
    both = [subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    names = [path.name for path in (tmp_path / "shared").iterdir()]
    assert len(names) <= 5 and all(name.endswith(".json") and not name.startswith(".") for name in names)


# --- who asks it ---


@pytest.fixture
def simulations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds of the queues that were really simulated."""
    seen: list[int] = []

    def noted(monthly: OptionResult, seed: int, **words: Any) -> Waits | None:
        seen.append(seed)
        return simulate_waits(monthly, seed, **words)

    monkeypatch.setattr(parallel, "simulate_waits", noted)
    return seen


def test_the_same_machine_is_simulated_once(monthly: OptionResult, tmp_path: Path, simulations: list[int]) -> None:
    machines = {"one": monthly, "its twin": monthly}
    first = [news for news in simulated(machines, 1, store=Cache(tmp_path)) if news.last]
    assert simulations == [1] and not any(news.cached for news in first)
    again = [news for news in simulated(machines, 1, store=Cache(tmp_path)) if news.last]
    assert simulations == [1] and all(news.cached for news in again)
    assert all(same(a.waits, b.waits) for a, b in zip(first, again, strict=True))
    list(simulated(machines, 1, store=Cache.off()))
    assert simulations == [1, 1]
