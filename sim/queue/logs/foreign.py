"""What is no log that is read: its first lines say what it is, and a sentence says how a log is made of it.

No sentence holds anything of the file itself, for a record may name its user.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

from sim.queue.logs.sacct import EXAMPLE, looks_like_sacct
from sim.queue.logs.source import BYTE_ORDER_MARK

_LOOKED_AT = 1 << 16  # bytes of a file's beginning
_FIRST_LINES = 1 << 13  # characters of it that the patterns see: they may go over them more than once
_MOST_LINES = 20
TAB = "\t"
MARKS = (",", ";", TAB, "|")
"""What may stand between the columns of a table, the likeliest first."""

NO_HEADER = (
    "line 1 is like a record, not like the names of columns; put a line of names above it, such as "
    "id,submit,start,end,gpus,request,user"
)
_SACCT = f"make the log with {EXAMPLE}"
_CUT_OFF = "is sacct's output without --parsable2, whose fields are cut off; " + _SACCT
_MADE = "; make a log of it: "
# GPUs of a list such as 2:ppn=16:gpus=4+1:ppn=8, each part so many times.
_COUNTED = (
    'function g(s,p,q,i,j,c,m,t,f) {m=split(s,p,"+"); for(i=1;i<=m;i++) {c=split(p[i],q,":"); '
    'f=q[1]~/^[0-9]+$/ ? q[1] : 1; for(j=1;j<=c;j++) if(sub(/^n?gpus=/,"",q[j])) t+=f*q[j]} return t+0} '
)
_KEYS = (
    '{split("",v); n=split($4,a," "); for(i=1;i<=n;i++) {k=index(a[i],"="); v[substr(a[i],1,k-1)]=substr(a[i],k+1)} '
    'r="Resource_List."; s=v[r "ngpus"]; if(s=="") s=g(v[r "select"]); if(s==0) s=g(v[r "nodes"]); '
    'p=v["account"]; if(p=="") p=v["project"]; if(p=="" || p=="_pbs_project_default") p=v["group"]; gsub(/"/,"",p); '
    'print $3","v["user"]","p","v["queue"]","v["qtime"]","v["start"]","v["end"]","s","v[r "walltime"]}'
)
_PBS = (
    f"awk -F';' '{_COUNTED}"
    'BEGIN {print "id,user,group,partition,submit,start,end,gpus,request"} $2=="E" '
    f"{_KEYS}' LOG > jobs.csv"
)
_SGE = (
    'awk -F: \'BEGIN {print "id,user,submit,start,end,procs"} '
    '!/^#/ {print $6 ($36>0 ? "." $36 : "")","$4","$9","$10","$11","$35}\' LOG > jobs.csv'
)
_LSF = (
    'awk \'BEGIN {print "id,user,submit,start,end,procs"} '
    '/^"JOB_FINISH"/ && $11>0 {print $4","$12","$8","$11","$3","$7}\' LOG > jobs.csv'
)
_JOBCOMP = (
    'awk \'BEGIN {OFS="|"; print "JobID|User|Partition|State|Submit|Start|End|TimelimitRaw|AllocTRES"} '
    '{split("",v); for(i=1;i<=NF;i++) {k=index($i,"="); v[substr($i,1,k-1)]=substr($i,k+1)} print v["JobId"],'
    'v["UserId"],v["Partition"],v["JobState"],v["SubmitTime"],v["StartTime"],v["EndTime"],v["TimeLimit"],v["Tres"]}\''
    " LOG > jobs.txt"
)
_GWF = "awk '!/^#/ && NF {for (i=12; i<=18; i++) $i=-1; NF=18; print}' LOG > jobs.swf"
_MADE_OF_GWF = _MADE.replace(":", ", without its users:") + _GWF
_BATSIM = (
    "python3 -c \"import json; d = json.load(open('LOG')); print('id,submit,run,gpus,request'); "
    "[print(j['id'], j['subtime'], d['profiles'][j['profile']]['delay'], j['res'], j.get('walltime', ''), sep=',') "
    "for j in d['jobs']]\" > jobs.csv"
)
_JSON_LINES = "python3 -c \"import pandas; pandas.read_json('LOG', lines=True).to_csv('jobs.csv', index=False)\""
_JSON = "python3 -c \"import pandas; pandas.read_json('LOG').to_csv('jobs.csv', index=False)\""
_STATES = "COMPLETED|FAILED|CANCELLED|TIMEOUT|OUT_OF_ME|NODE_FAIL|PREEMPTED|RUNNING|PENDING"


class Kind(NamedTuple):
    """One kind of file: how it begins, and what to say of it."""

    begins: re.Pattern[str]
    sentence: str


def _kind(begins: str, sentence: str) -> Kind:
    """A kind whose beginning is given without regard to capitals."""
    return Kind(re.compile(begins, re.IGNORECASE), sentence)


KINDS = (
    _kind(
        r"[\w./-]{1,40}: (error|fatal|warning|debug\d?|info)\b|[^\n,;|]*(command not found|permission denied)",
        "line 1 is the message of a command, no header; delete what stands above the header (2> messages.txt keeps "
        "messages out of a log)",
    ),
    _kind(r"<!doctype html|<html|<head", "is a web page, not the file that it shows; download that (GitHub: Raw)"),
    _kind(r"(---\s*\n)?(jobs|meta|errors|warnings):\s", "is YAML; make the log with sacct --allusers --json"),
    _kind(r"sep=.\s*\n", "line 1 names a delimiter for Excel; delete it, and give --delimiter"),
    _kind(r"<\?xml|<!--", "is XML; write the jobs as CSV, with a line of names above them"),
    _kind(r"version https://git-lfs", "is a pointer of Git LFS in the place of the file; get that with git lfs pull"),
    _kind(
        r"(-- .*\n|\s)*(create table|insert into|drop table|-- mysql dump|-- postgresql)",
        "is a dump of a database; write its table of jobs as CSV, with a line of names above them",
    ),
    _kind(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d;[A-Z];", "is the accounting of PBS or Torque" + _MADE + _PBS),
    _kind(
        r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d(\.\d+)?;\w{4};",
        "is the diary of a PBS server; the jobs are in its accounting, server_priv/accounting",
    ),
    _kind(r'"[A-Z_]+" "\d+(\.\d+)?" \d{9,10} ', "is the accounting of LSF, lsb.acct" + _MADE + _LSF),
    _kind(
        r"(#.*\n)*[^:\n]*:[^:\n]*:[^:\n]*:[^:\n]*:[^:\n]*:\d+:[^:\n]*:-?\d+:\d{9,13}:\d+:\d+:",
        "is the accounting of Grid Engine (SGE, UGE)" + _MADE + _SGE,
    ),
    _kind(r"={20,}\s+qname ", "is what qacct prints; name the file accounting that it reads"),
    _kind(
        r"jobid=\d+ ((array|het)\w+=\S+ )*jobname=",
        "is what scontrol show job prints, jobs that are still in memory; " + _SACCT,
    ),
    _kind(r"jobid=\d+ userid=", "is the file of Slurm's plugin jobcomp/filetxt" + _MADE + _JOBCOMP),
    _kind(r"jobid +partition +name +user +st", "is what squeue prints, jobs that have not ended; " + _SACCT),
    _kind(r"jobid +user +stat +queue", "is what bjobs prints, jobs of the moment; name LSF's accounting, lsb.acct"),
    _kind(
        r"job id: [^,;|\n]*\n|job id +name +user|[^,;|]{0,400}\n *job id +user",
        "is what qstat prints, jobs of the moment; name a file of server_priv/accounting",
    ),
    _kind(r"#\s*jobid\s+submittime\s", "is a log of the Grid Workloads Archive (GWF)" + _MADE_OF_GWF),
    _kind(
        r"[^|,;\n]*\bjobid(raw)?\b[^|,;\n]*\n[ \t]*--[- \t]*\r?\n",
        _CUT_OFF,
    ),
    Kind(
        re.compile(rf"\d[\w.+\[\]-]*[ \t]+[^|,;\n]*\b({_STATES})\b[^|,;\n]*\n"),
        "is sacct's output without a header and without --parsable2; " + _SACCT,
    ),
)
_NAMES = {
    *("jobid", "jobidraw", "user", "account", "partition", "state", "submit", "start", "end", "elapsed", "timelimit"),
    *("alloctres", "reqtres", "allocgres", "reqgres", "nnodes", "ncpus", "alloccpus", "allocnodes", "exitcode"),
}
_JSON_BEGINS = re.compile(r"\{\s*[\"}]|\[\s*[\[{\"\]\d-]")
_RECORD = re.compile(
    r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?|\d{4}[-/]\d\d?[-/]\d\d?\b.*|\d\d?[./-]\d\d?[./-]\d{2,4}\b.*|(\d+-)?\d+(:\d\d)+.*"
    r"|[\w.]+=.*|[{\[<].*",
    re.DOTALL,
)
_OF_RECORD = re.compile(
    rf"\d{{4}}-\d\d-\d\d|\d:\d\d:\d\d|(?<![\w.(-])\d+(\.\d+)?(?![\w.)-])|^({_STATES}|OUT_OF_MEMORY)$"
)
"""What no name of a column holds: a date, a time of day, a number by itself, a state of Slurm."""


def foreign(head: bytes, name: str = "") -> str | None:
    """The sentence for a file that begins with `head` and is no log that is read; None where it may be one.

    >>> foreign(b"05/01/2024 00:10:00;S;1.srv;user=ann queue=gpu")[:34]
    'is the accounting of PBS or Torque'
    >>> foreign(b"id,submit,run,gpus") is None, "header" in foreign(b"1|ann|COMPLETED|2024-05-01T00:00:00")
    (True, True)
    """
    text = head[:_LOOKED_AT].removeprefix(BYTE_ORDER_MARK).decode("utf8", "replace").lstrip()
    if _JSON_BEGINS.match(text):
        return _json(text)
    if name.removesuffix(".gz").endswith(".gwf"):
        return "is a log of the Grid Workloads Archive (GWF)" + _MADE_OF_GWF
    found = next((kind.sentence for kind in KINDS if kind.begins.match(text[:_FIRST_LINES])), None)
    if found is None and text.startswith("#") and table_mark(head) is None:
        return "begins with comments; delete the lines that begin with #"
    return found or _of_sacct(text.splitlines()[:_MOST_LINES])


def _json(text: str) -> str:
    """The sentence for JSON that sacct did not print."""
    lines = text.splitlines()
    if '"subtime"' in text:
        return "is a workload of Batsim (its profiles of the type delay are read)" + _MADE + _BATSIM
    if '"attempts"' in text and '"vc"' in text:
        return "is the job log of Philly; docs/logs.md has the lines of Python that make a table of it (philly.py)"
    if '"job_state"' in text and '"jobs"' in text:
        return "is the JSON of squeue or scontrol, jobs of the moment; make the log with sacct --allusers --json"
    if text.startswith("{") and len(lines) > 1 and lines[0].rstrip().endswith("}") and lines[1].startswith("{"):
        return "is JSON, an object a line" + _MADE + _JSON_LINES
    return "is JSON, which is read where sacct --json printed it; elsewhere a list of jobs becomes a log: " + _JSON


def _of_sacct(lines: Sequence[str]) -> str | None:
    """The sentence for sacct's output below something else, between other marks, or without its header."""
    line = lines[0].rstrip() if lines else ""
    if looks_like_sacct(line.encode()):
        return None
    if any(looks_like_sacct(other.encode()) for other in lines):
        return "has something above the header of sacct; delete it"
    cells = line.split("|")
    if len(cells) > 2 and is_record(cells):
        return "is sacct's output without its header; leave out --noheader: " + _SACCT
    words = {word.casefold() for word in re.split(r"\W+", line)}
    between = re.search(r"\w([^\w]+)\w", line)
    if len(words & _NAMES) < 3 or not words & {"jobid", "jobidraw"} or between is None or "=" in line:
        return None
    if between[1] in MARKS:
        return None
    if not between[1].strip():
        return _CUT_OFF
    return "is sacct's output with another mark between its fields; leave out --delimiter: " + _SACCT


def is_record(cells: Sequence[str]) -> bool:
    """True where these are the values of a record, no names of columns: a number, a time, a state, or `key=value`.

    >>> is_record(["id", "submit time", "gpus (2)"]), is_record(["ann", "2024-05-01"]), is_record(["user=ann"])
    (False, True, True)
    """
    plain = [cell.strip().strip("\"'").strip() for cell in cells]
    return any(_RECORD.fullmatch(cell) or _OF_RECORD.search(cell) for cell in plain)


def table_mark(head: bytes) -> str | None:
    """What stands between the columns of a table with a header and records of as many fields; None where it is none.

    >>> table_mark(b"id;submit;gpus\\n1;0;4"), table_mark(b"Dear all,\\nthis is no table"), table_mark(b"id,run")
    (';', None, ',')
    """
    widths = {mark: table_width(head, mark) for mark in MARKS}
    return max(MARKS, key=lambda mark: widths[mark]) if any(widths.values()) else None


def table_width(head: bytes, mark: str) -> int:
    """Columns of a table whose header and at least one of its first records have as many fields; 0 where it is none.

    >>> table_width(b"id;run;gpus\\nbroken\\n1;0;4", ";"), table_width(b"id,run\\n1", ","), table_width(b"id,run", ",")
    (3, 0, 2)
    """
    text = head[:_LOOKED_AT].removeprefix(BYTE_ORDER_MARK).decode("utf8", "replace")
    lines = [line for line in text.splitlines() if line.strip()][: _MOST_LINES + 1]
    first, *rest = [_width(line, mark) for line in lines] or [0]
    return first if first > 1 and (first in rest or not rest) else 0


def _width(line: str, mark: str) -> int:
    """Fields of one line."""
    try:
        return len(next(csv.reader([line], delimiter=mark)))
    except (csv.Error, StopIteration):
        return 0
