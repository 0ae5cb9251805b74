// Keeps a page fresh without reloading it: fetches it again and swaps the parts that changed. Without it pages still work.
(() => {
  "use strict";
  const EVERY = 3000;
  const live = () => document.querySelector("[data-live]");
  if (!live()) return;
  const note = document.querySelector("[data-live-note]");
  const typed = (field) => field.type !== "hidden" && field.value !== field.defaultValue;
  // Nothing is swapped under the fingers of somebody who types, or who has typed and looks around before sending.
  const busy = (part) =>
    (part.contains(document.activeElement) && /^(INPUT|BUTTON|TEXTAREA)$/.test(document.activeElement.tagName)) ||
    [...part.querySelectorAll("input, textarea")].some(typed);

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
      const old = live();
      if (fresh && !busy(old) && fresh.innerHTML !== old.innerHTML) {
        const open = [...old.querySelectorAll("details")].map((part) => part.open);
        [...fresh.querySelectorAll("details")].forEach((part, index) => { part.open = part.open || Boolean(open[index]); });
        const focused = document.activeElement && document.activeElement.getAttribute("href");
        old.replaceWith(document.adoptNode(fresh));
        if (focused) { const again = live().querySelector(`a[href="${CSS.escape(focused)}"]`); if (again) again.focus({ preventScroll: true }); }
      }
      if (note) note.textContent = "updates itself";
    } catch (error) {
      if (note) note.textContent = "cannot reach synthmon; what you see may be old";
    }
  };
  if (note) note.textContent = "updates itself";
  setInterval(refresh, EVERY);
  document.addEventListener("visibilitychange", refresh);
})();
