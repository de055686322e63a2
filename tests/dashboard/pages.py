"""Pages of the dashboard through Streamlit's AppTest, opened by their paths with the least effort."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60
QUICK = {"scenario": "small_country", "draws": "0", "queue": "off"}
TEXTS = ("markdown", "caption", "info", "warning", "error", "subheader", "code")


class At:
    """A page as a user meets it."""

    def __init__(self, path: str, **query: str) -> None:
        self.at = AppTest.from_file(ROOT / "dashboard" / "app.py", default_timeout=PATIENCE_SECONDS)
        for name, value in {**QUICK, **query}.items():
            self.at.query_params[name] = value
        self.at._page_hash = calc_hash(path)  # pages are functions, which `switch_page` does not take
        self.run()

    def run(self) -> Self:
        """Run the script; no exception may come out of it."""
        self.at.run()
        assert not self.at.exception, [error.value for error in self.at.exception]
        return self

    def upload(self, key: str, *files: tuple[str, bytes | str]) -> Self:
        """Give files to an uploader."""
        given = [(name, text.encode() if isinstance(text, str) else text, "text/plain") for name, text in files]
        self.at.file_uploader(key=key).set_value(given)
        return self.run()

    def click(self, key: str) -> Self:
        """Click a button."""
        self.at.button(key=key).click()
        return self.run()

    def state(self, name: str) -> Any:
        """A value of the session, None where there is none."""
        return self.at.session_state.get(name)

    @property
    def text(self) -> str:
        """All text of the page."""
        return "\n".join(str(element.value) for kind in TEXTS for element in getattr(self.at, kind))

    @property
    def plain(self) -> str:
        """The same as it is read: without the signs that keep Markdown from acting on it."""
        return self.text.replace("\\", "").replace("\u2060", "")
