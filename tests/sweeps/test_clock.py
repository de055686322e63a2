"""A clock that is set back again and again changes nothing: times are those of a clock that only goes forward."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sweeps.ledgers import json_lines, litter, results, swept

_BACK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <sys/time.h>
static long calls;
int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(clock, at);
    if (clock == CLOCK_REALTIME) at->tv_sec -= 3600 * ++calls;
    return code;
}
time_t time(time_t *to) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (to) *to = at.tv_sec;
    return at.tv_sec;
}
int gettimeofday(struct timeval *at, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""


@pytest.mark.slow
def test_a_clock_that_goes_back_an_hour_at_every_look(sweep: Path, right: bytes, tmp_path: Path) -> None:
    if (compiler := shutil.which("cc")) is None:
        pytest.skip("no compiler for the library that sets the clock back")
    library = tmp_path / "back.so"
    (tmp_path / "back.c").write_text(_BACK, encoding="utf8")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, tmp_path / "back.c", "-ldl"], check=True)
    env = {"LD_PRELOAD": str(library)}
    clock = [sys.executable, "-c", "import time; print(time.time() > time.time() + 3000)"]
    assert subprocess.run(clock, env=env, capture_output=True, text=True, check=True).stdout == "True\n"
    folder = tmp_path / "out"
    code, _, err = swept("run", sweep, "--out", folder, "--workers", "2", "--progress", "json", env=env)
    lines = json_lines(err)
    assert code == 0 and [line["seconds"] for line in lines] == sorted(line["seconds"] for line in lines)
    assert all(line["runs_per_second"] >= 0 for line in lines)
    assert all(line["seconds_left"] is None or line["seconds_left"] >= 0 for line in lines)
    assert results(folder) == right and litter(folder) == []
