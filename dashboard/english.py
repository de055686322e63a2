"""The one sentence, on pages that are not in the model's language, on what follows in it."""

from __future__ import annotations

import streamlit as st

from dashboard import amounts, markdown


def show(text: str) -> None:
    """Show it; nothing on a page in the language of the model."""
    if amounts.is_foreign():
        st.caption(markdown.literal(text))
