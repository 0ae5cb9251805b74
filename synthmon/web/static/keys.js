// The keyboard's way through the pages: `?` shows the keys. Whoever is disturbed by them switches them off there.
const OFF = "synthmon-keys-off";
const GO = { s: "/", i: "/incidents", q: "/silences", a: "/agents", r: "/reports" };
const PAUSE = 1500; // milliseconds in which a second key belongs to the first

const box = document.querySelector("#keys");
const filter = document.querySelector("[data-filter]");
let first = 0; // when `g` was pressed

const stored = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
const keep = (off) => { try { localStorage.setItem(OFF, off ? "1" : "0"); } catch { /* a browser that keeps nothing */ } };

const types = (element) => element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

const step = (by) => {
  const links = [...document.querySelectorAll("[data-row]")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
};

const press = (selector) => { const found = document.querySelector(selector); if (found) found.click(); };

const does = {
  "?": () => { if (box && !box.open) box.showModal(); },
  "/": () => { if (filter) { filter.focus(); filter.select(); } else location.assign("/#filter"); },
  j: () => step(1),
  k: () => step(-1),
  w: () => press("[data-wall]"),
  t: () => press("[data-theme-switch]"),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && event.target === filter) { filter.blur(); return; }
  if (types(event.target) || (box && box.open)) return;
  if (stored() && event.key !== "?") return;
  const after = first && event.timeStamp - first < PAUSE;
  first = 0;
  if (after && GO[event.key]) { location.assign(GO[event.key]); return; }
  if (event.key === "g") { first = event.timeStamp; return; }
  if (does[event.key]) { event.preventDefault(); does[event.key](); }
});

if (box) {
  const wanted = box.querySelector("[data-keys-on]");
  wanted.checked = !stored();
  wanted.addEventListener("change", () => keep(!wanted.checked));
  for (const opener of document.querySelectorAll("[data-keys-open]")) {
    opener.hidden = false;
    opener.addEventListener("click", () => box.showModal());
  }
}
if (filter && location.hash === "#filter") filter.focus();
