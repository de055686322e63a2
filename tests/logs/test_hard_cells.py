"""Cells that stand for nothing, for what cannot be, or that are long."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from sim.queue.logs import LogError, read_log
from sim.queue.logs.resources import gpus_of, resource

DAY = 86_400


def test_blanks_in_a_cell_cost_no_time(read_text):
    text = f"id,submit,run,gpus\n1,0,60,gpu{' ' * 40_000}x\n2,0,60,2\n3,0,60,( {'1' * 12}{' ' * 40_000}x\n4,9,60,1\n"
    assert read_text(text).id.tolist() == [2, 4]
    assert resource("gpu :  4 , cpu = 8", "gpus") == (4, 0, False) and gpus_of("gpu( 2 )")[0] == 2


def test_resources_that_name_nothing_known_are_faults():
    for text in ("7696487:4", "blue:4,red:2"):
        assert gpus_of(text)[1] > 0
    assert resource("7696487:4", "gpus")[1] > 0
    assert resource("cpu=8,gres/gpu=2,license/nvidia_flare=1", "gpus") == (2, 0, False)
    assert resource("cpu=8,license/gpu-sw=1", "gpus") == (0, 0, False)


def test_starts_that_are_the_submissions_are_unknown(read_text):
    text = "id,start_time,end_time,gpus\n1,5,65,2\n2,9,69,2\n"
    log = read_text(text, columns={"submit": "start_time"})
    assert log.run_seconds.tolist() == [60, 60] and log.wait_seconds.tolist() == [-1, -1]


def test_the_load_is_that_of_jobs_that_fit(read_text):
    rows = "".join(f"{k},{k * DAY},{DAY},{64 if k % 2 else 1}\n" for k in range(40))
    assert not read_text(f"id,submit,run,gpus\n{rows}", gpus=2).faults.doubts
    assert read_text(f"id,submit,run,gpus\n{rows}", gpus=2).offered_load(2) > 10


def test_ends_before_submissions_are_a_doubt(read_text):
    rows = "".join(f"{k},{DAY},{10 if k < 3 else 2 * DAY},60,1\n" for k in range(20))
    [doubt] = read_text(f"id,submit,end,run,gpus\n{rows}").faults.doubts
    assert doubt.startswith("3 of 20 records start before they are submitted")


def test_what_databases_write_for_nothing(read_text):
    day = "2024-05-01"
    text = f"""id,submit,start,end,gpus
1,{day} 08:00:00,0000-00-00 00:00:00,{day} 09:00:00,2
2,{day} 08:00:00,\\N,\\N,2
3,{day} 08:00:00,{day} 08:10:00,9999-12-31 23:59:59,2
4,{day} 08:00:00,{day} 08:10:00,{day} 09:00:00,2
"""
    log = read_text(text)
    assert log.id.tolist() == [4] and not log.faults.of("fault")


def test_a_run_time_of_minus_one_beside_start_and_end_is_none(read_text):
    log = read_text("id,submit,start,end,run,gpus\n1,0,10,70,-1,2\n2,0,10,70,60,2\n3,0,10,5,-1,2\n")
    assert log.run_seconds.tolist() == [60, 60] and log.faults.found["backwards"].lines == [4]


def parquet_log(tmp_path, **columns):
    """A log of two jobs with these columns instead of the usual ones."""
    usual = {"id": [1, 2], "submit": [0, 9], "run": [60, 60], "gpus": [2, 2]}
    path = tmp_path / "jobs.parquet"
    parquet.write_table(pa.table({**usual, **columns}), path)
    return read_log(path)


@pytest.mark.parametrize("nested", [pa.array([{"a": 2}] * 2), pa.array([[0, 1]] * 2)])
def test_nested_columns_are_named(tmp_path, nested):
    with pytest.raises(LogError, match="column 'gpus': a cell must hold one value, not several"):
        parquet_log(tmp_path, gpus=nested)


def test_types_of_parquet_that_are_rare(tmp_path):
    log = parquet_log(tmp_path, gpus=pa.array(np.array([2, 2**63], np.uint64)))
    assert log.id.tolist() == [1] and log.faults.found["huge"].count == 1
    views = pa.array(["2024-05-01T08:00:00"] * 2, pa.string_view())
    assert parquet_log(tmp_path, submit=views).submit_seconds.tolist() == [1_714_550_400] * 2
