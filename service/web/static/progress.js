/* Keeps a page that waits for long work fresh: its figures are asked for again and put in place, and announced. Nothing
   that has the focus is touched. Without this script the link "Check again" does the same. */
"use strict";
(() => {
  const part = document.getElementById("progress");
  const again = document.getElementById("progress-again");
  if (!part || !again) return;
  const EVERY = 3000;
  const SLOWEST = 30000;
  let wait = EVERY;

  const look = async () => {
    try {
      // Nobody has pressed anything, so it must not keep the session alive.
      const answer = await fetch(location.href, { headers: { "Convene-Unattended": "1" }, redirect: "manual" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("progress");
      wait = EVERY;
      if (!fresh) {
        part.textContent = part.dataset.over;
        again.textContent = again.dataset.over;
        document.getElementById("progress-meanwhile")?.remove();
        return;
      }
      if (fresh.textContent !== part.textContent) part.textContent = fresh.textContent;
    } catch {
      // Away for a moment: ask again, less often.
      wait = Math.min(2 * wait, SLOWEST);
    }
    setTimeout(look, wait);
  };

  setTimeout(look, EVERY);
})();
