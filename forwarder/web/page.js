"use strict";
(() => {
  const every = 5000; // as often as there is a new sample
  const stale = document.getElementById("stale");

  // The state is a live region: it is touched only when it says something else.
  const take = (fresh) => {
    for (const part of document.querySelectorAll("[data-part]")) {
      const now = fresh.getElementById(part.id);
      if (now && now.innerHTML !== part.innerHTML) part.replaceChildren(...now.childNodes);
    }
    const state = document.getElementById("state");
    const said = fresh.getElementById("state").textContent;
    if (state.textContent !== said) state.textContent = said;
    document.getElementById("at").replaceWith(fresh.getElementById("at"));
    document.title = fresh.title;
  };

  const refresh = async () => {
    try {
      const answer = await fetch(location.pathname + location.search, { cache: "no-store", signal: AbortSignal.timeout(2 * every) });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!fresh.getElementById("state")) throw new Error("not the page");
      if (document.querySelectorAll("[data-part]").length !== fresh.querySelectorAll("[data-part]").length) {
        location.reload();
        return;
      }
      take(fresh);
      stale.hidden = true;
    } catch {
      stale.hidden = false;
    }
  };

  // Nobody looks at a hidden page, and somebody copies from a selection.
  let due = 0;
  const tick = async () => {
    if (!document.hidden && getSelection().isCollapsed && Date.now() >= due) {
      due = Infinity;
      await refresh();
      due = Date.now() + every;
    }
    setTimeout(tick, 1000);
  };
  due = Date.now() + every;
  setTimeout(tick, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && due !== Infinity) due = 0; });
})();
