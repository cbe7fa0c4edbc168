/* Keeps an open worklist fresh. Rows keep their place: a changed one is marked, and only "Refresh" puts all in order.
   Without this script the page works the same and has its link. */
"use strict";
(() => {
  const board = document.getElementById("board");
  const news = document.getElementById("board-news");
  const refresh = document.getElementById("refresh");
  if (!board || !news || !refresh || !window.EventSource) return;
  const byName = (root, name) => new Map([...root.querySelectorAll(`[data-${name}]`)].map((row) => [row.dataset[name], row]));
  const started = new Map([...byName(document, "row")].map(([name, row]) => [name, row.dataset.mark]));
  let stream = null;
  let asking = false;
  let again = false;

  const put = (old, fresh) => old.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));

  const mark = (row, words) => {
    row.classList.add("convene-changed");
    const cell = row.querySelector("td");
    if (cell && !cell.querySelector(".convene-changed-word")) {
      const word = document.createElement("strong");
      word.className = "convene-changed-word";
      word.textContent = words;
      cell.append(document.createElement("br"), word);
    }
  };

  const compare = (fresh) => {
    const rows = byName(fresh, "row");
    let changed = 0;
    for (const [name, row] of byName(document, "row")) {
      const now = rows.get(name);
      if (!now) {
        changed += 1;
        mark(row, "No longer in this list");
        continue;
      }
      // The first cell holds the link that may have the focus: it never changes.
      const cells = row.querySelectorAll("td");
      now.querySelectorAll("td").forEach((cell, index) => put(cells[index], cell));
      if (started.get(name) !== now.dataset.mark) {
        changed += 1;
        mark(row, "Changed");
      } else {
        row.classList.remove("convene-changed");
      }
    }
    const added = [...rows.keys()].filter((name) => !started.has(name)).length;
    const tasks = byName(document, "task");
    const otherTasks = [...byName(fresh, "task").keys()].filter((name) => !tasks.has(name)).length;
    for (const id of ["tabs", "as-of"]) {
      const old = document.getElementById(id);
      const now = fresh.getElementById(id);
      if (old && now && !old.contains(document.activeElement)) put(old, now);
    }
    tell(changed, added, otherTasks);
  };

  const count = (number, one, many) => (number === 1 ? `1 ${one}` : `${number} ${many}`);

  const tell = (changed, added, tasks) => {
    const said = [];
    if (changed) said.push(count(changed, "row has changed", "rows have changed"));
    if (added) said.push(count(added, "meeting is new here", "meetings are new here"));
    if (tasks) said.push(count(tasks, "thing to do is new", "things to do are new"));
    news.hidden = said.length === 0;
    const words = said.length ? `${said.join(", ")}. Rows keep their place until you ask. ` : "";
    if (news.dataset.words === words) return;
    news.dataset.words = words;
    news.replaceChildren(document.createTextNode(words));
    if (words) {
      const link = refresh.cloneNode(true);
      link.removeAttribute("id");
      link.textContent = "Show everything in order";
      news.append(link);
    }
  };

  const ask = async () => {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await fetch(refresh.href, { headers: { "Convene-Unattended": "1" }, redirect: "manual" });
      if (answer.ok) compare(new DOMParser().parseFromString(await answer.text(), "text/html"));
      else if (answer.type === "opaqueredirect") close();
    } catch {
      // Away for a moment: the stream comes back by itself, and says so again.
    }
    asking = false;
    if (again) {
      again = false;
      await ask();
    }
  };

  const close = () => {
    if (stream) stream.close();
    stream = null;
  };

  // A browser opens few connections to one host: a tab nobody looks at gives its own back.
  const look = () => {
    if (document.hidden) {
      close();
    } else if (!stream) {
      stream = new EventSource(board.dataset.changes);
      stream.addEventListener("changed", ask);
      // What changed while nobody listened is not told again.
      stream.addEventListener("open", ask);
    }
  };
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", look);
  look();
})();
