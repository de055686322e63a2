// Where the server is, seen from a page, which lies right below it: the browser would look below every page first.
window.__streamlit = {BACKEND_BASE_URL: new URL("./", location.href).href};

// A step back leads to the state before a change, never to the same state without its parameters: what the server adds
// to an address that was just opened, and what is found for the same settings, are no steps of their own. Moves of one
// control in one go are one step, as they are one to undo; a move that is undone in one go is none.
{
  const ONE_MOVE_MS = 1500; // as in dashboard/session.py
  const {pushState, replaceState} = history;
  const last = {what: "", at: -Infinity, before: ""};
  let idle = false; // the step is the one below it again: what was moved is undone
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
  const text = (url) => settings(url).sort().join("\n");
  history.pushState = (state, title, url) => {
    const what = moved(settings(location.href), settings(url));
    const opened = !location.search && new URL(url, location.href).pathname === location.pathname;
    const isSame = what === last.what && performance.now() - last.at < ONE_MOVE_MS;
    const isNew = what && !opened && !isSame;
    if (what) Object.assign(last, {what, at: performance.now()});
    if (isNew || opened) last.before = isNew ? text(location.href) : "";
    (isNew && !idle ? pushState : replaceState).call(history, state, title, url);
    if (what) idle = isSame && text(url) === last.before;
    if (idle) last.what = "";
  };
  addEventListener("popstate", (event) => {
    const isIdle = idle;
    last.what = "";
    idle = false;
    if (!isIdle) return;
    event.stopImmediatePropagation(); // nothing has changed: the server need not hear of it
    history.back();
  });
}

// What is wider than its place lies in a box that scrolls: a table, and a figure, which is shown as large as it is
// exported, so that a telephone does not make its print too small to read. The keyboard reaches it in every browser.
{
  const style = document.createElement("style");
  style.textContent =
    "[data-testid=stImageContainer]:has(> img[style*='width: 780px']) {overflow-x: auto; max-width: 100%}" +
    "[data-testid=stImageContainer] > img[style*='width: 780px'] {max-width: none !important}" +
    "[data-testid=stCaptionContainer] code {color: #000 !important}"; // as pale as the text around it, it is too pale on its ground
  document.head.append(style);
  const BOXES = "[data-testid=stTable], [data-testid=stTable] div, [data-testid=stImageContainer]";
  const look = () => {
    for (const each of document.querySelectorAll(BOXES)) {
      if (each.tabIndex >= 0 || each.scrollWidth <= each.clientWidth) continue;
      if (getComputedStyle(each).overflowX !== "auto") continue;
      each.tabIndex = 0;
      const figure = each.querySelector(":scope > img");
      if (figure) Object.assign(each, {role: "group", ariaLabel: figure.alt.split(":")[0]});
    }
  };
  new MutationObserver(look).observe(document, {subtree: true, childList: true});
  addEventListener("resize", look);
}
