"""Times that a spreadsheet changed, and dates without marks."""

from __future__ import annotations

import pytest

from sim.queue.logs import LogError

MAY_8 = 1_714_550_400  # 2024-05-01 08:00
HOUR, DAY = 3_600, 86_400


def table(n, header, row):
    """A CSV table of n rows."""
    return "\n".join([header, *(row(k) for k in range(n))]) + "\n"


def test_days_as_excel_counts_them_are_refused_with_what_works(read_text):
    text = table(6, "id,submit,start,end,gpus", lambda k: f"{k},{45413.3 + k},{45413.5 + k},{45413.75 + k},4")
    columns = {name: f"{name}:days" for name in ("submit", "start", "end")}
    with pytest.raises(LogError, match="submit counts days, as Excel does") as refused:
        read_text(text)
    assert " ".join(f"--column {ours}={unit}" for ours, unit in columns.items()) in str(refused.value)
    assert read_text(text, columns=columns).run_seconds.tolist() == [DAY // 4] * 6
    with pytest.raises(LogError, match="counts days"):
        read_text(table(40, "id,submit,duration,gpus", lambda k: f"{k},{45413.33 + k / 7},{3600 + k},4"))


def test_dates_without_marks_are_read_where_they_have_a_time_of_day(read_text):
    for submit, start, end in (("20240501080000", "20240501081000", "20240501091000"),
                               ("202405010800", "202405010810", "202405010910"),
                               ("20240501 08:00:00", "20240501 08:10:00", "20240501 09:10:00")):  # fmt: skip
        log = read_text(f"id,submit,start,end,gpus\n1,{submit},{start},{end},2\n2,{submit},{start},{end},2\n")
        assert log.submit_seconds.tolist() == [MAY_8] * 2 and log.run_seconds.tolist() == [HOUR] * 2


def test_dates_without_marks_and_time_of_day_are_refused(read_text):
    text = "id,submit,run,gpus\n1,20240501,60,2\n2,20240502,60,2\n"
    with pytest.raises(LogError, match=r"dates without marks, such as 20240501: write dates as 2024-05-01"):
        read_text(text)
    assert read_text(text, columns={"submit": "submit:seconds"}).span_seconds == 1
    assert len(read_text("id,submit,run,gpus\n1,20240577,60,2\n2,20240599,60,2\n")) == 2  # seconds


def test_milliseconds_are_no_dates(read_text):
    with pytest.raises(LogError, match="submit=NAME:milliseconds"):
        read_text("id,submit,run,gpus\n1,1714550400000,60,2\n")


def test_submissions_of_few_digits_are_a_doubt(read_text):
    [doubt] = read_text(table(40, "id,submit,run,gpus", lambda k: f"{k},1.71E+09,{3600 + k},4")).faults.doubts
    assert doubt.startswith("40 submissions are written with few digits, such as 1.71E+09")


def test_run_times_with_fractions_below_a_minute_are_a_doubt(read_text):
    text = table(30, "id,submit,duration,gpus", lambda k: f"{k},{k * DAY},{0.25 + k % 7 * 1.5},4")
    [doubt] = read_text(text).faults.doubts
    assert "are they in hours? Write --column run=duration:hours or" in doubt
    assert not read_text(text, columns={"run": "duration:hours"}).faults.doubts


def test_a_few_jobs_far_beyond_limits_in_minutes_are_a_doubt(read_text):
    def text(n):
        return table(100, "id,submit,run,gpus,request", lambda k: f"{k},{k * DAY},{HOUR if k < n else 60},1,120")

    [doubt] = read_text(text(2)).faults.doubts
    assert doubt.startswith("2 of 100 jobs run longer than their time limit: is it in minutes? Write --column request=")
    assert not read_text(text(1)).faults.doubts
    hours = text(3).replace(",120\n", ",02:00\n")  # hours and minutes
    assert "is it in minutes?" in read_text(hours).faults.doubts[0]
