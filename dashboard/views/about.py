"""About: what the model does and does not, how near it comes to the record, how it is cited and how it is checked."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, metadata

import pandas as pd
import streamlit as st

from dashboard import checks, downloads, markdown, names, opening, session, tasks, texts, uploads, words
from dashboard.runs import Shown
from sim.comparison.identity import code_digest, data_digest, versions
from sim.comparison.results import Comparison
from sim.comparison.table import cell
from sim.outcomes import BY_NAME
from sim.packs import citations
from sim.releases.published import COLUMNS, kept_rows
from sim.validation import Report
from sim.validation.report import HEADS, cells, summary
from sim.validation.targets import cases
from sim.version import __version__

MOST_CHECKED = 20_000_000  # bytes of a file that is verified
_LICENCE = "MIT AND CC-BY-4.0"  # where the package is not installed
_DOC = "ABOUT_DOC_"  # before the name of a document among the texts
_MEDIA = {
    "bib": (citations.bibtex, "application/x-bibtex"), "ris": (citations.ris, "application/x-research-info-systems"),
    "json": (citations.csl, "application/json"), "cff": (citations.cff, "text/yaml"),
}  # fmt: skip


def show(sides: tuple[Shown, ...]) -> None:
    """Show the page."""
    st.subheader(words.ABOUT, anchor=False)
    shown = sides[min(session.current().active, len(sides) - 1)]
    show_method(shown)
    show_validation()
    show_citation(shown)
    show_check()
    show_version()
    show_releases(shown)
    show_documents()


def show_method(shown: Shown) -> None:
    """Show what the model does, and what it and the scenario leave out."""
    st.markdown(words.ABOUT_METHOD)
    st.markdown(f"**{words.ABOUT_LIMITS}**\n\n{words.ABOUT_LIMITS_TEXT}")
    if shown.scenario.not_modelled:
        head = markdown.literal(words.ABOUT_NOT_MODELLED.format(title=names.title(shown.scenario)))
        st.markdown(f"{head}\n\n{markdown.bullets(shown.scenario.not_modelled)}")


# --- validation ---


def show_validation() -> None:
    """Show how many published results there are, and on demand how near the model comes to each."""
    every = cases()
    targets = sum(len(case.targets) for case in every)
    st.markdown(f"**{words.ABOUT_VALIDATION}**")
    st.markdown(words.ABOUT_VALIDATION_TEXT.format(targets=targets, cases=len(every)))
    report: Report | None = tasks.show("validation", checks.validation(), words.ABOUT_VALIDATE)
    if report is None:
        return
    st.markdown(markdown.bullets(summary(report)))
    frame = verdicts(report)
    st.dataframe(frame, hide_index=True, alt=words.ABOUT_VERDICTS)
    downloads.button("CSV", lambda: downloads.csv(frame), "heavypress_validation.csv", "text/csv")


def verdicts(report: Report) -> pd.DataFrame:
    """A row a target: kind, what was published, what the model gives, and the verdict."""
    rows = [[verdict.target.kind, *cells(verdict)] for verdict in report.verdicts]
    return pd.DataFrame(rows, columns=["kind", *HEADS])


# --- citing and checking ---


def show_citation(shown: Shown) -> None:
    """Show how the run that is shown is cited, short and long, and its entry for programs that keep references."""
    comparison = shown.kept
    st.markdown(f"**{words.ABOUT_CITE}**")
    st.markdown(
        markdown.bullets(
            [
                words.ABOUT_CITE_SHORT.format(text=citations.short(comparison)),
                words.ABOUT_CITE_LONG.format(text=citations.long(comparison)),
            ]
        )
    )
    st.code(citations.bibtex(comparison), language=None, wrap_lines=True)
    stem = f"{comparison.scenario.key}_{comparison.run_id}"
    with st.container(horizontal=True):
        for suffix, (write, media) in _MEDIA.items():
            label = words.title(f"ABOUT_CITE_{suffix.upper()}")
            downloads.button(label, partial(_encoded, write, comparison), f"{stem}.{suffix}", media)
    if shown.pending:
        st.caption(words.NOT_YET)


def _encoded(write: Callable[[Comparison], str], comparison: Comparison) -> bytes:
    """An entry as the content of a file."""
    return write(comparison).encode("utf8")


def show_check() -> None:
    """Show how a figure is checked, and check one."""
    st.markdown(f"**{words.ABOUT_CHECK}**")
    st.markdown(words.ABOUT_CHECK_TEXT)
    file = st.file_uploader(
        words.ABOUT_CHECK_FILE, key="check_file", max_upload_size=opening.largest_mb(MOST_CHECKED),
        type=["png", "svg", "pdf", "csv", "xlsx", "zip", "docx", "pptx", "html", "json"],
    )  # fmt: skip
    if file is None:
        tasks.drop("verification")
        return
    if file.size > MOST_CHECKED:
        most = MOST_CHECKED / words.MILLION
        sentence = words.UPLOAD_TOO_LARGE.format(size=file.size / words.MILLION, most=most)
        st.error(markdown.literal(f"{file.name}: {sentence}."), icon=":material/error:")
        return
    stem, _, suffix = file.name.rpartition(".")
    name = f"{uploads.safe_name(stem)}.{suffix}"
    found = tasks.show("verification", checks.verification(name, file.getvalue()), words.ABOUT_CHECK_START)
    if found is not None:
        from sim.verification.findings import sentences

        st.markdown(markdown.bullets(sentences(found)))


# --- version and releases ---


def show_version() -> None:
    """Show version, licence, and the digests that say which code and data made the numbers."""
    st.markdown(f"**{words.ABOUT_VERSION}**")
    libraries = ", ".join(f"{name} {release}" for name, release in versions().items())
    st.markdown(
        markdown.bullets(
            [
                words.ABOUT_VERSION_IS.format(version=__version__, day=citations.dated()),
                words.ABOUT_LICENCE.format(licence=licence(), files=f"{citations.LICENCE_TITLE}"),
                words.ABOUT_DIGESTS.format(code=code_digest(), data=data_digest()),
                words.ABOUT_LIBRARIES.format(libraries=libraries),
            ]
        )
    )


def licence() -> str:
    """The licence that the package declares."""
    try:
        return str(metadata("heavypress")["License-Expression"] or _LICENCE)
    except PackageNotFoundError:
        return _LICENCE


@cache
def kept() -> tuple[tuple[str, ...], ...]:
    """The headline of every kept release, as rows of COLUMNS."""
    return tuple(tuple(row) for row in kept_rows())


def show_releases(shown: Shown) -> None:
    """Show what each kept release gave for the scenario that is shown, and the numbers of all to take away."""
    st.markdown(f"**{words.ABOUT_RELEASES}**")
    frame = headlines(shown.base.key, names.options_of(shown.base))
    found = st.expander(words.ABOUT_RELEASES_OPEN, key="releases", on_change="rerun")
    if found.open:
        with found:
            if len(frame):
                st.dataframe(frame, hide_index=True, alt=words.ABOUT_RELEASES_ALT)
            else:
                st.caption(words.ABOUT_RELEASES_NONE)
    downloads.button(words.ABOUT_RELEASES_CSV, results_csv, "heavypress_results.csv", "text/csv")


def headlines(scenario: str, labels: dict[str, str]) -> pd.DataFrame:
    """A row an outcome and release of a scenario, a column an option: the median and its range."""
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in kept():
        found = dict(zip(COLUMNS, row, strict=True))
        outcome = BY_NAME.get(found["outcome"])
        if found["scenario"] != scenario or outcome is None:
            continue
        value, low, high = (float(found[each] or "nan") for each in ("value", "low", "high"))
        mine = rows.setdefault((found["outcome"], names.outcome(outcome), found["release"]), {})
        mine[labels.get(found["option"], found["option"])] = cell(outcome, value, low, high)
    heads = (words.OUTCOME, words.ABOUT_RELEASE)
    return pd.DataFrame([{heads[0]: label, heads[1]: release, **found} for (_, label, release), found in rows.items()])


def results_csv() -> bytes:
    """The headline of every kept release as CSV: docs/results.csv, but for what no release has yet."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([COLUMNS, *kept()])
    return out.getvalue().encode("utf8")


def documents() -> Sequence[tuple[str, str]]:
    """The documents of the project, each with what it is about."""
    return [(name.removeprefix(_DOC), texts.text(name)) for name in texts.table() if name.startswith(_DOC)]


def show_documents() -> None:
    """Show which documents there are."""
    st.markdown(f"**{words.ABOUT_DOCUMENTS}**")
    st.markdown(words.ABOUT_DOCUMENTS_TEXT)
    st.markdown(markdown.bullets(f"docs/{name}.md: {about}" for name, about in documents()))
