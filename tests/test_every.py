"""Many cases as one test: none is left out, and each that fails is named."""

from __future__ import annotations

import inspect

import pytest

from tests.every import every


def test_every_case_is_judged_and_those_that_fail_are_named() -> None:
    seen = []

    @every(("one", "other"), [(1, 1), pytest.param(2, 3, id="two"), (4, 5)])
    def alike(one: int, other: int, more: str) -> None:
        """Says so."""
        seen.append((one, other, more))
        assert one == other, "they differ"

    assert list(inspect.signature(alike).parameters) == ["more"] and alike.__doc__ == "Says so."
    with pytest.raises(AssertionError) as told:
        alike(more="x")
    assert seen == [(1, 1, "x"), (2, 3, "x"), (4, 5, "x")]
    head, *lines = str(told.value).splitlines()
    assert head.startswith("2 of 3 cases failed")
    named = [line for line in lines if "they differ" in line]
    assert [line.partition(":")[0] for line in named] == ["2, 3", "4, 5"]
    assert all("AssertionError in line " in line and "line None" not in line for line in named)


def test_whatever_ends_a_case_ends_no_other() -> None:
    ended: list[int] = []

    @every("number", range(3))
    def broken(number: int) -> None:
        ended.append(number)
        if number == 0:
            pytest.fail("it fails")
        assert 1 / (number - 1)

    with pytest.raises(AssertionError, match=r"(?s)0: Failed in line \d+: it fails.*1: ZeroDivisionError"):
        broken()
    assert ended == [0, 1, 2]


def test_no_cases_are_a_fault() -> None:
    with pytest.raises(AssertionError, match="there are no cases"):
        every("number", [])(lambda number: None)()
