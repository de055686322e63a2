"""A table without a header: what its first record holds is never printed."""

from __future__ import annotations

import pytest

from sim.queue.logs import LogError


def test_the_first_record_of_a_table_without_a_header_is_never_printed(read_text):
    rows = (
        "ann,gpu job of 2024-05-01,proj",
        "ann,COMPLETED,proj",
        "ann,run 7 of it,proj",
        "ann,proj,secret",
    )
    for row in rows:
        with pytest.raises(LogError) as refused:
            read_text(f"{row}\n{row}\n")
        assert "ann" not in str(refused.value).replace("jobs.csv", "") and "proj" not in str(refused.value)
    with pytest.raises(LogError, match="there are: id, mine"):
        read_text("id,mine\n1,2\n")
