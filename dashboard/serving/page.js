// Where the server is, seen from a page, which lies right below it: the browser would look below every page first.
window.__streamlit = {BACKEND_BASE_URL: new URL("./", location.href).href};

// A step back leads to the state before a change, never to the same state without its parameters: what the server adds
// to an address that was just opened, and what is found for the same settings, are no steps of their own. Moves of one
// control in one go are one step, as they are one to undo.
{
  const ONE_MOVE_MS = 1500; // as in dashboard/session.py
  const {pushState, replaceState} = history;
  const last = {what: "", at: -Infinity};
  const settings = (url) => {
    const {searchParams, pathname} = new URL(url, location.href);
    ["model", "found"].forEach((name) => searchParams.delete(name));
    return [pathname, ...[...searchParams].map((pair) => pair.join(" "))];
  };
  // What differs: of a setting its path, without the value that a control moves through.
  const moved = (before, after) => {
    const differs = [...before.filter((each) => !after.includes(each)), ...after.filter((each) => !before.includes(each))];
    return [...new Set(differs.map((each) => each.split("=")[0]))].join(" ");
  };
  history.pushState = (state, title, url) => {
    const what = moved(settings(location.href), settings(url));
    const opened = !location.search && new URL(url, location.href).pathname === location.pathname;
    const isSame = what === last.what && performance.now() - last.at < ONE_MOVE_MS;
    if (what) Object.assign(last, {what, at: performance.now()});
    (opened || !what || isSame ? replaceState : pushState).call(history, state, title, url);
  };
  addEventListener("popstate", () => (last.what = ""));
}

// A table that is wider than its place lies in a box that scrolls: the keyboard reaches it in every browser.
new MutationObserver(() => {
  for (const each of document.querySelectorAll("[data-testid=stTable], [data-testid=stTable] div"))
    if (each.tabIndex < 0 && each.scrollWidth > each.clientWidth && getComputedStyle(each).overflowX === "auto")
      each.tabIndex = 0;
}).observe(document, {subtree: true, childList: true});
