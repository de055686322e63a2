"""What every test in a browser does: open a tab that notes what goes wrong in it, wait, move by keyboard."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_MS = 30_000
NOISE = ("Infinite extent for field", '"useWorker" is true')  # warnings of libraries that stop nothing
SMALL = {"scenario": "small_country", "draws": "64", "queue": "off"}
OF_THE_MODEL = ("model", "found")  # of an address: with which model it was made, and what it found
HAND_MS = 300  # until a slider sends what the keys did
MOST_TABS = 150  # pressed in search of something that the keyboard reaches

# Four looks in a row at a page that is computed and shown.
_QUIET = """() => new Promise(done => {
    let quiet = 0
    const look = setInterval(() => {
        const app = document.querySelector('[data-testid=stApp]')
        const shown = document.querySelector('[data-testid=stMain] [data-testid=stMarkdown]')
        quiet = shown && app.dataset.testScriptState === 'notRunning' ? quiet + 1 : 0
        if (quiet === 4) { clearInterval(look); done() }
    }, 80)
})"""
# What has the focus, without the names of its icons.
_FOCUSED = """(at => {
    const copy = at.cloneNode(true)
    for (const icon of copy.querySelectorAll('[data-testid=stIconMaterial]')) icon.remove()
    return (at.getAttribute('aria-label') || copy.textContent).trim()
})(document.activeElement)"""


def open_tab(browser: Any, **context: Any) -> Any:
    """A tab that nobody has used; it notes in `faults` what fails in it, and in `asked` every address it asks for."""
    tab = browser.new_page(**{"viewport": {"width": 1440, "height": 900}, **context})
    tab.set_default_timeout(PATIENCE_MS)
    tab.faults, tab.asked = [], []
    tab.on("console", lambda line: tab.faults.append(line.text) if counts(line) else None)
    tab.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.on("requestfailed", lambda sent: tab.faults.append(f"{sent.url}: {sent.failure}") if lost(sent) else None)
    tab.on("request", lambda sent: tab.asked.append(sent.url))
    return tab


def counts(line: Any) -> bool:
    """True for a line of the console that says that something is wrong."""
    return line.type in ("error", "warning") and not any(noise in line.text for noise in NOISE)


def lost(sent: Any) -> bool:
    """True for a request that failed, other than because its page was left."""
    return "ERR_ABORTED" not in str(sent.failure)


def address(url: str, path: str = "", **query: str) -> str:
    """The address of a page of a server, quick to compute unless the query says otherwise."""
    return f"{url}/{path}?{urlencode({**SMALL, **query})}"


def asks(tab: Any) -> dict[str, list[str]]:
    """What the address of a tab asks for, but for what is of the model."""
    return {name: texts for name, texts in parse_qs(urlsplit(tab.url).query).items() if name not in OF_THE_MODEL}


def settle(tab: Any) -> None:
    """Wait until the script of the page has run."""
    tab.evaluate(_QUIET)


def visit(tab: Any, url: str) -> Any:
    """Open an address, and wait until it is shown."""
    tab.goto(url)
    settle(tab)
    return tab


def slider(tab: Any, label: str) -> Any:
    """A slider by its label."""
    return tab.get_by_role("slider", name=label)  # which says it twice


def worth(tab: Any, label: str) -> str:
    """What a slider says that it is at."""
    return str(slider(tab, label).get_attribute("aria-valuetext"))


def press(tab: Any, *keys: str) -> None:
    """Press keys, and wait for what comes of them."""
    for key in keys:
        tab.keyboard.press(key)
    tab.wait_for_timeout(HAND_MS)
    settle(tab)


def nudge(tab: Any, label: str, steps: int) -> None:
    """Move a slider some steps up by its keys."""
    slider(tab, label).focus()
    press(tab, *["ArrowRight"] * steps)


def tab_to(tab: Any, label: str, key: str = "Tab") -> None:
    """Press the tabulator, or the arrow of a menu, until what begins with this label has the focus."""
    for _ in range(MOST_TABS):
        tab.keyboard.press(key)
        if tab.evaluate("document.activeElement !== document.body") and tab.evaluate(_FOCUSED).startswith(label):
            return
    raise AssertionError(f"the keyboard does not reach {label!r}")


def choose_page(tab: Any, group: str, title: str) -> None:
    """Go to another page by its menu."""
    tab.get_by_test_id("stTopNavSection").filter(has_text=group).click()
    tab.get_by_test_id("stTopNavDropdownLink").filter(has_text=title).click()
    tab.get_by_role("heading", name=title).first.wait_for()
    settle(tab)


def downloaded(tab: Any, path: Path, act: Any) -> bytes:
    """What is downloaded when one acts."""
    with tab.expect_download() as begun:
        act()
    begun.value.save_as(path)
    return path.read_bytes()
