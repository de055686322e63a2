"""What Streamlit runs, with this folder's parent on the path, as `heavypress dashboard` puts it.

The guard is needed. Workers are started by a fork server, and each of them first loads the script of its parent as
`__mp_main__`: without the guard every worker would compose a page of its own, and none would ever answer.
"""

from __future__ import annotations

if __name__ == "__main__":
    import streamlit as st

    from dashboard.limits import refused_session
    from dashboard.page import page

    if full := refused_session(st.session_state):
        st.warning(full, icon=":material/group:")
    else:
        page()
