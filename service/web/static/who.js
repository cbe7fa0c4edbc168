/* Shows who must come while the form is being filled in. Names, numbers and addresses stay on the page: they decide
   nothing here. Without this script "See who must come" does the same. */
"use strict";
(() => {
  const panel = document.getElementById("who");
  const shown = document.getElementById("who-comes");
  const form = document.getElementById("request-form");
  if (!panel || !shown || !form) return;
  const KEPT_HERE = /-(name|nhs|address)$/;
  let timer = 0;
  let last = "";

  const ask = async () => {
    const said = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (value && !KEPT_HERE.test(name)) said.append(name, value);
    }
    if (said.toString() === last) return;
    last = said.toString();
    try {
      const answer = await fetch(panel.dataset.who, { method: "POST", body: said, redirect: "manual" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      shown.replaceChildren(...[...page.body.childNodes].map((node) => document.importNode(node, true)));
    } catch {
      // Away for a moment: the next change asks again.
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 400);
  });
})();
