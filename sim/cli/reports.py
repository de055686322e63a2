"""The command `report`: a brief of a few pages, or a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.cli.commands import RefusedError, command
from sim.cli.options import OneOf, file_path, option
from sim.cli.runs import compared_or_recorded, ran_or_recorded

FORMATS = ("html", "docx", "xlsx", "pdf")  # those of sim.reports


@command(
    "report",
    "report isambard_ai_uk --draws 0 --no-queue --out isambard.pdf",
    "report nairr_us --draws 512 --set cloud.decline_per_year=0.1 --format docx",
    "report small_country --draws 20 --no-queue --out small_country.xlsx",
    "report --format docx --template-out ours.docx",
)
@compared_or_recorded
@option("--format", "form", type=OneOf(FORMATS), help="of the file  [default: by the ending of --out, else html]")
@option("--out", type=file_path(), metavar="FILE", help="where to write it  [default: SCENARIO.html, .docx, ...]")
@option("--template", type=file_path(), metavar="FILE", help="your own template in the place of the one that ships")
@option(
    "--template-out", type=file_path(), metavar="FILE", help="write the template that ships, to start from, and stop"
)
def report(form: str | None, out: Path | None, template: Path | None, template_out: Path | None, **asked: Any) -> None:
    """Write the report, and print where it is."""
    from sim.reports import check_template, form_of, save_template, writable, write

    form = form_of(out, form) if out is not None and template_out is None else form or "html"
    if template_out is not None:
        save_template(form, template_out)
        print(f"The template is {template_out}; use it with --template {template_out}")
        return
    if template is not None and form == "xlsx":
        raise RefusedError("--template: a workbook has no template")
    path = out or Path(f"{Path(asked['scenario']).stem}.{form}")
    writable(path, form)
    check_template(form, template)
    with ran_or_recorded(of={"form", "out", "template", "template_out"}, **asked) as (comparison, bar):
        bar.say("writing the report")
        write(comparison, path, form, template)
    print(f"The report of run {comparison.run_id} is {path}")
