"""Slurm's accounting: which records are jobs, what they hold, and when, in a zone with summer time."""

from __future__ import annotations

import pytest

from sim.queue.logs import LogError, read_log

HEADER = "JobID|State|Submit|Start|End|Timelimit|AllocTRES\n"
HOUR = 3_600
MAY = 1_714_521_600  # 2024-05-01 UTC


def row(
    job="1",
    state="COMPLETED",
    submit="2024-05-01T00:00:00",
    start="2024-05-01T00:10:00",
    end="2024-05-01T01:10:00",
    limit="02:00:00",
    tres="billing=4,cpu=8,gres/gpu:a100=4,gres/gpu=4,node=2",
):
    """One line under HEADER."""
    return "|".join((job, state, submit, start, end, limit, tres)) + "\n"


@pytest.fixture
def log_of(tmp_path):
    """A function that reads a log of this text."""

    def read(text: str, **options):
        path = tmp_path / "jobs.txt"
        path.write_text(text)
        return read_log(path, **options)

    return read


def test_a_job_is_read(log_of):
    log = log_of(HEADER + row())
    assert log.format == "sacct"
    assert (log.id.tolist(), log.gpus.tolist(), log.line.tolist()) == ([1], [4], [2])
    assert log.submit_seconds.tolist() == [MAY]
    assert log.start_seconds.tolist() == [MAY + 600]
    assert (log.run_seconds.tolist(), log.request_seconds.tolist()) == ([HOUR], [2 * HOUR])
    assert log.start_epoch == 0


def test_columns_may_stand_in_any_order_and_a_stroke_may_end_the_line(log_of):
    text = "AllocTRES|End|Submit|JobName|JobID|Start|Timelimit|State|\n"
    text += "gres/gpu=2|2024-05-01T01:00:00|2024-05-01T00:00:00|train|7|2024-05-01T00:00:00|1-00:00:00|COMPLETED|\n"
    log = log_of(text)
    assert (log.id.tolist(), log.gpus.tolist(), log.request_seconds.tolist()) == ([7], [2], [24 * HOUR])


def test_steps_are_no_jobs_tasks_of_arrays_and_components_are(log_of):
    names = ["1", "1.batch", "1.0", "1.extern", "2_4", "2_4.batch", "3+0", "3+1", "3+1.0"]
    log = log_of(HEADER + "".join(row(job=name) for name in names))
    assert log.id.tolist() == ["1", "2_4", "3+0", "3+1"]
    assert log.faults.found["step"].count == 5


@pytest.mark.parametrize("state", ["PENDING", "RUNNING", "SUSPENDED", "REQUEUED", "RESIZING"])
def test_what_has_not_ended_is_left_out(log_of, state):
    log = log_of(HEADER + row() + row(job="2_[0-5]", state=state, end="Unknown"))
    assert log.id.tolist() == ["1"] or log.id.tolist() == [1]
    assert log.faults.found["unfinished"].lines == [3]


@pytest.mark.parametrize(
    "state",
    ["COMPLETED", "FAILED", "CANCELLED by 1000", "CANCELLED+", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "OUT_OF_MEMORY"],
)
def test_whatever_ended_after_it_ran_is_a_job(log_of, state):
    assert len(log_of(HEADER + row(state=state))) == 1


@pytest.mark.parametrize("start", ["None", "Unknown", "", "2024-05-01T01:10:00"])
def test_what_was_cancelled_before_it_ran_is_left_out(log_of, start):
    log = log_of(HEADER + row() + row(job="2", state="CANCELLED by 1000", start=start, tres=""))
    assert log.faults.found["cancelled"].lines == [3]


@pytest.mark.parametrize("limit", ["UNLIMITED", "Partition_Limit", ""])
def test_no_time_limit(log_of, limit):
    text = HEADER + row() + row(job="2", limit=limit)
    assert log_of(text).faults.found["no_request"].lines == [3]
    assert log_of(text, no_request="run").request_seconds.tolist() == [2 * HOUR, HOUR]


@pytest.mark.parametrize(
    ("column", "text", "gpus"),
    [
        ("AllocTRES", "cpu=8,gres/gpu=4,mem=80G,node=1", 4),
        ("AllocTRES", "cpu=8,gres/gpu:a100=2,gres/gpu:h100=1", 3),
        ("AllocTRES", "gres/gpu:a100=2,gres/gpu=2,gres/gpumem=80G,gres/gpuutil=90", 2),
        ("ReqTRES", "gres/gpu=4", 4),
        ("AllocGRES", "gpu:a100:4", 4),
        ("AllocGRES", "gres:gpu:a100:4", 4),
        ("AllocGRES", "gpu:tesla:2(S:0-1),lustre:1", 2),
    ],
)
def test_gpus_in_every_spelling(log_of, column, text, gpus):
    header = HEADER.replace("AllocTRES", column)
    assert log_of(header + row(tres=text)).gpus.tolist() == [gpus]


def test_generic_resources_requested_are_told_by_the_node(log_of):
    text = (
        "JobID|Submit|Start|End|ReqGRES|NNodes\n1|2024-05-01T00:00:00|2024-05-01T00:00:00|2024-05-01T01:00:00|gpu:4|3\n"
    )
    assert log_of(text).gpus.tolist() == [12]


def test_nodes_or_processors_may_be_counted(log_of):
    text = HEADER + row() + row(job="2", tres="billing=3,cpu=3,node=1")
    assert log_of(text).gpus.tolist() == [4]
    assert log_of(text).faults.found["no_gpus"].lines == [3]
    assert log_of(text, count="nodes").gpus.tolist() == [2, 1]
    assert log_of(text, count="cpus").gpus.tolist() == [8, 3]


def test_seconds_of_1970s_clock_are_times_too(log_of):
    log = log_of(HEADER + row(submit=str(MAY), start=str(MAY + 5), end=str(MAY + 65)))
    assert (log.submit_seconds.tolist(), log.run_seconds.tolist()) == ([MAY], [60])


def test_times_are_those_of_the_zone_that_is_named(log_of):
    berlin = log_of(HEADER + row(), time_zone="Europe/Berlin")
    assert berlin.submit_seconds.tolist() == [MAY - 2 * HOUR]
    assert log_of(HEADER + row(submit="2024-05-01T00:00:00+02:00")).submit_seconds.tolist() == [MAY - 2 * HOUR]


def test_the_hour_that_comes_twice_is_told_and_the_elapsed_time_believed(log_of):
    header = HEADER.replace("Timelimit", "Elapsed")
    autumn = row(submit="2024-10-27T01:00:00", start="2024-10-27T02:30:00", end="2024-10-27T02:40:00", limit="01:10:00")
    log = log_of(header + autumn, time_zone="Europe/Berlin")
    assert log.run_seconds.tolist() == [70 * 60]
    assert log.faults.found["fold"].lines == [2]
    assert log_of(header + autumn).run_seconds.tolist() == [10 * 60]  # UTC has no summer time


def test_a_time_that_comes_twice_does_not_come_before_what_precedes_it(log_of):
    header = HEADER.replace("State", "Comment")
    autumn = row(submit="2024-10-27T01:59:00", start="2024-10-27T02:50:00", end="2024-10-27T02:10:00")
    log = log_of(header + autumn, time_zone="Europe/Berlin")
    assert log.run_seconds.tolist() == [20 * 60]
    assert log.wait_seconds.tolist() == [51 * 60]


def test_the_hour_that_never_comes_is_told(log_of):
    spring = row(submit="2024-03-31T02:30:00", start="2024-03-31T03:30:00", end="2024-03-31T04:30:00")
    assert log_of(HEADER + spring, time_zone="Europe/Berlin").faults.found["gap"].lines == [2]


def test_users_and_accounts_get_numbers_and_keep_their_names(log_of):
    header = "User|Account|" + HEADER
    log = log_of(header + "ann|phys|" + row() + "bob|bio|" + row(job="2") + "|bio|" + row(job="3"))
    assert (log.user.tolist(), log.user_names) == ([0, 1, -1], ("ann", "bob"))
    assert (log.group.tolist(), log.group_names) == ([0, 1, 1], ("phys", "bio"))
    assert log.users()[0].tolist() == [1, 2, 0]
    assert log.jobs().user.tolist() == [1, 2, 0]


def test_partitions_are_names(log_of):
    header = "Partition|" + HEADER
    text = header + "gpu|" + row() + "cpu,gpu|" + row(job="2") + "cpu|" + row(job="3")
    assert log_of(text, partitions=["gpu"]).id.tolist() == [1, 2]
    with pytest.raises(LogError, match="no column Partition"):
        log_of(HEADER + row(), partitions=["gpu"])


def test_a_partition_that_there_is_not_is_refused_with_those_that_are(log_of):
    with pytest.raises(LogError, match="no partition 'gpus'; did you mean 'gpu'\\? There are: gpu"):
        log_of("Partition|" + HEADER + "gpu|" + row(), partitions=["gpus"])


def test_steps_are_steps_also_where_a_partition_is_wanted(log_of):
    text = (
        "Partition|"
        + HEADER
        + "gpu|"
        + row()
        + "|"
        + row(job="1.batch", submit="?")
        + "cpu|"
        + row(job="2", submit="?")
    )
    found = log_of(text, partitions=["gpu"]).faults.found
    assert {kind: finding.lines for kind, finding in found.items()} == {"step": [3], "partition": [4]}
