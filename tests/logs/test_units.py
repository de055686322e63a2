"""Units and products of columns: what the user says, and what Slurm's names say."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyarrow import parquet

from sim.cli import main
from sim.queue.logs import LogError, read_log

MAY = 1_714_521_600
HEADER = "submit,run,gpus,limit\n"


@pytest.mark.parametrize(
    ("unit", "value", "seconds"),
    [("minutes", "120", 7_200), ("hours", "2", 7_200), ("days", "0.5", 43_200), ("seconds", "90", 90),
     ("milliseconds", "90000", 90), ("minutes", "1.5", 90), ("minutes", "02:00:00", 7_200), ("minutes", "2:00", 7_200),
     ("hours", "1e1", 36_000)],
)  # fmt: skip
def test_a_unit_of_a_time_limit(read_text, unit, value, seconds):
    log = read_text(f"{HEADER}0,60,1,{value}\n", columns={"request": f"limit:{unit}"})
    assert log.request_seconds.tolist() == [seconds]


@pytest.mark.parametrize(("unit", "per"), [("milliseconds", 1_000), ("microseconds", 10**6), ("nanoseconds", 10**9)])
def test_a_unit_of_times(read_text, unit, per):
    columns = {"submit": f"at:{unit}", "run": f"took:{unit}"}
    log = read_text(f"at,took,gpus\n{MAY * per},{60 * per},1\n", columns=columns)
    assert (log.submit_seconds.tolist(), log.run_seconds.tolist(), log.start_epoch) == ([MAY], [60], 0)


def test_times_that_are_too_large_get_the_unit_to_try(read_text):
    with pytest.raises(LogError) as refused:
        read_text(f"submit,run,gpus\n{MAY * 1_000},60,1\n")
    assert refused.value.faults[-1].endswith("as --column submit=NAME:milliseconds")


@pytest.mark.parametrize(
    ("mapped", "gpus"),
    [
        ("gpu:percent", [3]),
        ("inst*gpu:percent", [6]),
        ("gpu*10:thousandths", [3]),
        ("inst*8", [16]),
        ("inst*inst", [4]),
        ("inst", [2]),
    ],
)
def test_sizes_are_percentages_and_products(read_text, mapped, gpus):
    assert read_text("submit,run,inst,gpu\n0,5,2,300\n", columns={"gpus": mapped}).gpus.tolist() == gpus


def test_a_product_may_be_whole_where_its_factors_are_not_and_its_parts_may_be_lists_of_resources(read_text):
    text = "submit,run,inst,gpu\n0,5,2,50\n1,5,1,50\n2,5,3,0\n3,5,,100\n"
    log = read_text(text, columns={"gpus": "inst*gpu:percent"})
    assert log.gpus.tolist() == [1]
    found = {kind: finding.lines for kind, finding in log.faults.found.items()}
    assert found == {"part_gpu": [3], "no_gpus": [4], "zero_gpus": [5], "request_from_run": [2]}
    assert read_text("submit,run,nodes,gres\n0,5,3,gpu:a100:4\n", columns={"gpus": "nodes*gres"}).gpus.tolist() == [12]


def test_products_and_units_of_typed_columns(tmp_path):
    path = tmp_path / "jobs.parquet"
    table = {"submit": [0, 0], "run": [60.0, 1.5], "inst": [2, 7], "gpu": [50.0, 700.0], "limit": [2, None]}
    parquet.write_table(pa.table(table), path)
    log = read_log(path, columns={"gpus": "inst*gpu:percent", "request": "limit:hours", "run": "run:minutes"})
    assert (log.gpus.tolist(), log.run_seconds.tolist(), log.request_seconds.tolist()) == ([1], [3_600], [7_200])
    assert log.faults.found["no_request"].lines == [2]
    assert read_log(path, columns={"gpus": "gpu:percent"}, no_request="run").gpus.tolist() == [7]


def test_a_name_with_a_colon_or_a_star_is_a_name(read_text):
    log = read_text("submit,run,a*b,limit:minutes\n0,50,3,100\n", columns={"gpus": "a*b", "request": "limit:minutes"})
    assert (log.gpus.tolist(), log.request_seconds.tolist()) == ([3], [100])


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"request": "limit:minuets"}, "--column request=limit:minuets: no unit 'minuets'; did you mean 'minutes'?"),
        ({"request": "limt:minutes"}, "--column request=limt:minutes: no column 'limt'; did you mean 'limit'?"),
        ({"gpus": "gpus:hours"}, "--column gpus=gpus:hours: no unit 'hours'; there are: gpus, percent, thousandths"),
        ({"gpus": "gpus*gpsu"}, "--column gpus=gpus*gpsu: no column 'gpsu'; did you mean 'gpus'?"),
        ({"gpus": "8*2"}, "--column gpus=8*2: names no column"),
        ({"run": "run*gpus"}, "--column run=run*gpus: only gpus may be a product, 'run' is one column"),
        ({"user": "limit:minutes"}, "--column user=limit:minutes: 'user' has no unit"),
    ],
)
def test_a_unit_that_there_is_not_gets_the_nearest(read_text, columns, fault):
    with pytest.raises(LogError) as refused:
        read_text(f"{HEADER}0,60,1,9\n", columns=columns)
    assert refused.value.faults == [fault]


SLURM = "id_job,state,timelimit,time_submit,time_start,time_end,gpus\n"


def test_a_whole_time_limit_beside_slurms_names_is_in_minutes(read_text):
    rows = f"101,3,120,{MAY},{MAY + 600},{MAY + 4_200},2\n102,3,{2**32 - 1},{MAY},{MAY + 600},{MAY + 7_800},4\n"
    log = read_text(SLURM + rows)
    assert (log.run_seconds.tolist(), log.request_seconds.tolist()) == ([3_600], [7_200])
    assert log.faults.found["minutes"].lines == [2] and log.faults.found["no_request"].lines == [3]
    said = {"request": "timelimit:seconds"}
    assert read_text(SLURM + rows, columns=said).run_seconds[0] == 120
    texts = SLURM + f"101,3,02:00:00,{MAY},{MAY + 600},{MAY + 4_200},2\n"
    assert read_text(texts).request_seconds.tolist() == [7_200]


def test_a_whole_time_limit_of_sacct_is_in_minutes(read_text):
    text = "JobID|Submit|Start|End|Timelimit|AllocTRES\n"
    text += "".join(f"{n}|{MAY}|{MAY}|{MAY + 900}|{limit}|gres/gpu=1\n" for n, limit in ((1, "60"), (2, "01:00:00")))
    log = read_text(text, "jobs.txt")
    assert log.request_seconds.tolist() == [3_600, 3_600] and log.faults.found["minutes"].lines == [2]


def test_the_command_takes_a_unit(read_text, tmp_path, capsys):
    (tmp_path / "jobs.csv").write_text(f"{HEADER}0,3600,1,120\n")
    words = ["replay", str(tmp_path / "jobs.csv"), "--gpus", "4", "--column", "request=limit:minutes"]
    assert main(words) == 0
    assert "cut to the request" not in capsys.readouterr().out
