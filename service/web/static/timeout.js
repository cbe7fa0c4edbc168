/* Warns before a session ends, and keeps it alive with one press. Without this script the page says the time itself. */
"use strict";
(() => {
  const box = document.getElementById("timeout");
  const warning = document.getElementById("timeout-warning");
  if (!box || !warning) return;
  const WARN = 300;
  const STEPS = [300, 240, 180, 120, 60, 30];
  let ends = 0;
  let told = 0;
  let timer = 0;

  const left = () => Math.round((ends - Date.now()) / 1000);

  // What is left, as the service knows it: another tab may have kept the session alive meanwhile.
  const ask = async (unattended) => {
    const answer = await fetch("/account", {
      headers: unattended ? { "Convene-Unattended": "1" } : {},
      redirect: "manual",
    });
    if (!answer.ok) return 0;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return Number(page.getElementById("timeout")?.dataset.seconds ?? 0);
  };

  const sleep = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(1, seconds) * 1000);
  };

  const say = (words, button) => {
    const line = document.createElement("p");
    line.className = "govuk-body";
    line.textContent = words;
    warning.replaceChildren(line);
    if (button) {
      const press = document.createElement("button");
      press.type = "button";
      press.className = "govuk-button govuk-!-margin-bottom-0";
      press.textContent = "Stay signed in";
      press.addEventListener("click", stay);
      warning.append(press);
    }
    warning.hidden = false;
  };

  const set = (seconds) => {
    ends = Date.now() + seconds * 1000;
    told = 0;
    if (seconds > WARN) {
      warning.hidden = true;
      warning.replaceChildren();
      sleep(seconds - WARN);
    } else {
      sleep(1);
    }
  };

  const stay = async () => {
    try {
      const seconds = await ask(false);
      set(seconds);
      if (seconds > WARN) return;
    } catch {
      // Said below: the service cannot be reached just now.
    }
    say("You cannot stay signed in any longer. What you have typed and send is kept for you: sign in again to go on.", false);
  };

  const look = async () => {
    if (left() <= WARN && told === 0) {
      try {
        const seconds = await ask(true);
        if (seconds > left() + 2) {
          set(seconds);
          return;
        }
      } catch {
        // Warn all the same.
      }
    }
    const rest = left();
    if (rest <= 0) {
      say("You have been signed out. What you have typed and send now is kept for you until you have signed in.", false);
      return;
    }
    const step = STEPS.filter((each) => rest <= each).pop();
    if (step && step !== told) {
      told = step;
      const minutes = Math.ceil(step / 60);
      const words = step < 60 ? "less than a minute" : `${minutes} minute${minutes === 1 ? "" : "s"}`;
      say(`You will be signed out in ${words}.`, true);
    }
    sleep(step ? 5 : rest - WARN);
  };

  set(Number(box.dataset.seconds));
})();
