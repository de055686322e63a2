"""Whatever a file holds, reading it ends in jobs that can be or in a sentence: bytes, cells and columns at random."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from sim.queue.logs import Log, LogError, read_log
from sim.queue.logs.reader import READERS
from sim.queue.logs.tables import ALIASES

QUICK, SLOW = 60, 2_500  # files of each of the four formats
MAY = 1_714_521_600
CELLS = (
    *(
        "",
        "0",
        "1",
        "8",
        "-1",
        "1e9",
        "1e999999",
        "-1e999",
        "nan",
        "inf",
        "1,024",
        "1K",
        "0.5",
        "99999999999999999999",
        "x" * 90,
    ),
    *(
        "Unknown",
        "None",
        "N/A",
        "UNLIMITED",
        "(null)",
        "true",
        '"',
        '""',
        '"a',
        "a|b",
        "1 | 2",
        ";",
        "\u00fc",
        "\u0663",
    ),
    *("RUNNING", "PENDING", "COMPLETED", "CANCELLED by 0", "REQUEUED", '["RUNNING"]', "1024", "3"),
    *("2024-05-01T00:00:00", "2024-05-01 00:10:00", "2024-05-01 00:20:00 UTC", "2024-05-01T01:00:00+02:00"),
    *("1970-01-01 00:00:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59-12:00", "2024-02-30", "5/1/2024 12:00"),
    *(
        "13/5/2024",
        "5/13/2024 1:00 PM",
        "01.05.2024 12:00",
        "Wed May  1 12:00:00 2024",
        "32 May 2024",
        "2024-05-01T24:00",
    ),
    *(str(MAY), str(MAY + 600), str(MAY + 4_200), str(MAY * 1_000), str(2**31 - 1), str(2**32 - 1), str(2**63)),
    *("01:00:00", "1-00:00:00", "0 days 02:00:00", "1 day, 2:00:00", "PT2H30M", "P", "PT", "2h30m", "999999999:99:99"),
    *(
        "gres/gpu=4",
        "gres:gpu:a100:2",
        "gpu(2)",
        "gpu:4(IDX:0-3)",
        "gpu:",
        "gpu=x",
        "billing=1,cpu=2,node=1",
        "gpu:a:b:c",
    ),
    *(
        "select=2:ngpus=4",
        "select=",
        "nodes=+",
        "{}",
        "=",
        ":",
        "1_0",
        "+5",
        " 7 ",
        "7\t",
        "\x1b[31m",
        "12.batch",
        "12_[3-5]",
    ),
)
SLURM = (
    *("JobID", "JobIDRaw", "Cluster", "User", "Account", "Partition", "State", "Submit", "Eligible", "Start", "End"),
    *("Elapsed", "ElapsedRaw", "Suspended", "Timelimit", "TimelimitRaw", "AllocTRES", "AllocGRES", "ReqGRES", "NNodes"),
)
TABLE = ("id", "submit", "start", "end", "run", "gpus", "request", "user", "group", "state", "eligible", "cluster")
OPTIONS = ({}, {"gpus": 8}, {"on_error": "refuse"}, {"time_zone": "Europe/Berlin"}, {"over_request": "extend"},
           {"no_request": "run"}, {"eligible": "ignore"}, {"cluster": "all"}, {"count": "nodes"}, {"partitions": ["1"]},
           {"since": "2024-05-01"}, {"columns": {"request": "request:minutes", "gpus": "gpus*2:percent"}})  # fmt: skip


def refused_or_sound(path: Path, **options: object) -> Log | None:
    """The log, every job of which can be; None where it is refused in sentences."""
    log: Log | None = None
    faults: list[str] = []
    try:
        log = read_log(path, **options)
    except LogError as error:
        faults = error.faults
    if log is None:
        assert faults and all(fault.isprintable() and len(fault) < 2_000 for fault in faults)
        return None
    assert (log.submit_seconds >= 0).all() and (np.diff(log.submit_seconds) >= 0).all()
    assert (log.run_seconds >= 1).all() and (log.request_seconds >= log.run_seconds).all()
    assert (log.gpus >= 1).all()
    assert ((log.start_seconds == -1) | (log.start_seconds >= log.submit_seconds)).all()
    assert len(log) <= log.records
    return log


def likely(rng: np.random.Generator, name: str) -> str:
    """A cell that often is what the column calls for."""
    usual = {
        **dict.fromkeys(("id", "jobid", "jobidraw"), (str(rng.integers(9)),)),
        **dict.fromkeys(("submit", "eligible"), (str(MAY), "2024-05-01T00:00:00")),
        **dict.fromkeys(("start",), (str(MAY + 600), "2024-05-01 00:10:00", "0", "2024-04-30 23:00:00")),
        **dict.fromkeys(("end",), (str(MAY + 4_200), "2024-05-01 01:10:00", "2024-05-01 00:09:00")),
        **dict.fromkeys(("gpus", "alloctres", "allocgres", "reqgres"), ("gpu:4", "gres/gpu=4", "0")),
        **dict.fromkeys(("state",), ("COMPLETED", "FAILED", "RUNNING", "REQUEUED")),
        **dict.fromkeys(("elapsedraw", "timelimitraw", "suspended", "nnodes"), ("0", "60")),
        **dict.fromkeys(("user", "account", "group", "partition"), ("a", "b")),
        **dict.fromkeys(("cluster",), ("a",)),
        **dict.fromkeys(("run", "elapsed", "request", "timelimit"), ("3600", "01:00:00")),
    }.get(name.casefold(), CELLS)
    return str(rng.choice(usual if rng.random() < 0.93 else CELLS))


def some_text(rng: np.random.Generator, names: tuple[str, ...], mark: str) -> str:
    """A table of such columns in any order, some of them missing, some twice."""
    chosen = [str(name) for name in rng.permutation(names)[: rng.integers(1, len(names) + 1)]]
    for name in names[:1] + tuple(n for n in names if n in ("submit", "gpus", "run", "Submit", "Elapsed", "AllocTRES")):
        if name not in chosen and rng.random() < 0.9:
            chosen.append(name)
    chosen += chosen[:1] if rng.random() < 0.1 else []
    rows = [mark.join(likely(rng, name) for name in chosen) for _ in range(rng.integers(1, 9))]
    return "\n".join([mark.join(chosen), *rows]) + ("\n" if rng.random() < 0.9 else "")


def swf(rng: np.random.Generator, folder: Path) -> Path:
    """Lines of 18 fields, most of them numbers."""
    path = folder / "log.swf"
    lines = ["; MaxProcs: 8", f"; TimeZoneString: {rng.choice(['Europe/Paris', 'No/Where', '/etc/passwd', '+9'])}"]
    for _ in range(rng.integers(1, 9)):
        fields = [
            str(rng.choice([-1, 0, 1, 2, 5, 8, 60, 400, 10**6])) if rng.random() < 0.95 else str(rng.choice(CELLS))
            for _ in range(18)
        ]
        lines.append(" ".join(fields))
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


def sacct(rng: np.random.Generator, folder: Path) -> Path:
    """A log under a header of Slurm's names."""
    path = folder / "log.txt"
    path.write_text(some_text(rng, SLURM, "|"), encoding="utf8")
    return path


def csv(rng: np.random.Generator, folder: Path) -> Path:
    """A table with our names or others for them."""
    path = folder / "log.csv"
    text = some_text(rng, TABLE, ",")
    header, _, rows = text.partition("\n")
    names = [
        str(rng.choice([name, *ALIASES.get(name, ())])) if rng.random() < 0.3 else name for name in header.split(",")
    ]
    path.write_text(",".join(names) + "\n" + rows, encoding="utf8")
    return path


def table(rng: np.random.Generator, folder: Path) -> Path:
    """A Parquet file with columns of any types."""
    path, n = folder / "log.parquet", int(rng.integers(1, 9))
    kinds: tuple[Callable[[str], pa.Array], ...] = (
        lambda name: pa.array([likely(rng, name) for _ in range(n)]),
        lambda name: pa.array([likely(rng, name) for _ in range(n)], pa.large_string()),
        lambda name: pa.array([likely(rng, name) for _ in range(n)]).dictionary_encode(),
        lambda name: pa.array([[likely(rng, name)] for _ in range(n)]),
        lambda name: pa.array([likely(rng, name).encode() for _ in range(n)]),
        lambda name: pa.array(rng.integers(-1, MAY * 2, n)),
        lambda name: pa.array(rng.integers(0, 9, n).astype(np.uint8)),
        lambda name: pa.array([None if rng.random() < 0.3 else int(v) for v in rng.integers(0, 2**62, n)]),
        lambda name: pa.array(rng.choice([0.5, 1.0, np.nan, np.inf, -1.0, 1e300, MAY], n)),
        lambda name: pa.array(rng.integers(MAY - 9, MAY + 9, n), pa.timestamp(str(rng.choice(["s", "ms", "ns"])))),
        lambda name: pa.array(rng.integers(0, 9_999, n), pa.timestamp("s", "Europe/Berlin")),
        lambda name: pa.array(rng.integers(0, 9_999, n).astype(np.int32), pa.date32()),
        lambda name: pa.array(rng.integers(-9, 9_999, n), pa.duration("s")),
        lambda name: pa.array(rng.random(n) < 0.5),
        lambda name: pa.nulls(n),
        lambda name: pa.array([{"a": 1}] * n),
    )
    names = [name for name in TABLE if name in ("submit", "gpus", "run") or rng.random() < 0.6]
    common = kinds[0] if rng.random() < 0.5 else kinds[5]
    columns = [(common if rng.random() < 0.7 else kinds[rng.integers(len(kinds))])(name) for name in names]
    parquet.write_table(pa.table(columns, names), path)
    return path


MAKERS = {"swf": swf, "sacct": sacct, "csv": csv, "parquet": table}


def try_many(form: str, folder: Path, first: int, files: int) -> int:
    """Read so many files; returns how many of them gave jobs."""
    read = 0
    for seed in range(first, first + files):
        rng = np.random.default_rng(seed)
        path = MAKERS[form](rng, folder)
        if rng.random() < 0.1:  # some bytes of it become others
            content = bytearray(path.read_bytes())
            for place in rng.integers(0, len(content), 3):
                content[place] = rng.integers(256)
            path.write_bytes(content)
        options = OPTIONS[rng.integers(len(OPTIONS))]
        asked = form if rng.random() < 0.9 else "auto"
        read += refused_or_sound(path, format=asked, **options) is not None
    return read


def test_there_is_a_maker_for_each_reader() -> None:
    assert set(MAKERS) <= set(READERS)


@pytest.mark.parametrize("form", MAKERS)
def test_cells_and_columns_at_random_are_jobs_that_can_be_or_a_sentence(form: str, tmp_path: Path) -> None:
    assert try_many(form, tmp_path, 0, QUICK) >= QUICK // 20  # a test in which all is refused would show nothing


@pytest.mark.slow
@pytest.mark.parametrize("form", MAKERS)
def test_ten_thousand_logs_at_random(form: str, tmp_path: Path) -> None:
    assert try_many(form, tmp_path, QUICK, SLOW) >= SLOW // 20


@pytest.mark.parametrize("form", MAKERS)
def test_bytes_at_random_are_refused(form: str, tmp_path: Path) -> None:
    for seed in range(QUICK):
        rng = np.random.default_rng(seed)
        path = tmp_path / "noise"
        begin = rng.choice(["", "PAR1", "JobID|Submit|", "submit,run,gpus\n", "; MaxProcs: 8\n1 2 3\n"])
        path.write_bytes(str(begin).encode() + rng.bytes(int(rng.integers(1, 600))))
        assert refused_or_sound(path, format=form) is None


def test_times_that_contradict_one_another_are_never_a_job(read_text: Callable[..., Log]) -> None:
    rng = np.random.default_rng(7)
    times = [(MAY + int(s), MAY + int(a), MAY + int(e)) for s, a, e in rng.integers(0, (3_000, 5_000, 5_000), (400, 3))]
    rows = "".join(f"{n},{submit},{start},{end},1\n" for n, (submit, start, end) in enumerate(times))
    log = read_text("id,submit,start,end,gpus\n" + rows + f"400,{MAY},{MAY},{MAY + 9},1\n")
    possible = {n for n, (submit, start, end) in enumerate(times) if start >= submit - 300 and end > start}
    assert set(log.id.tolist()) == possible | {400}
    for number, start in zip(log.id.tolist()[:-1], log.start_seconds.tolist()[:-1], strict=True):
        if number != 400:
            assert start == (times[number][1] if times[number][1] >= times[number][0] else -1)
