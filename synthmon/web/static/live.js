// Keeps a page fresh without loading it again, and says since when it is not. Without it every page still works.
import { morph } from "./morph.js";
import { told } from "./times.js";

const EVERY = 1000 * (document.querySelector("[data-every]")?.dataset.every || 3); // milliseconds between two looks
const SPARE = 10; // so many times as long as an answer took is waited, so that a large page does not keep the server busy
const LONGEST = 60000;

const parts = (from) => [...from.querySelectorAll("[data-live]")];
const note = document.querySelector("[data-live-note]");
const stale = document.querySelector("[data-stale]");

let fresh = Date.now();
let trouble = null;
let timer = 0;
let current = 0; // the number of the newest look: an older one that answers late is of no use

const clock = (at) => new Date(at).toLocaleTimeString([], { hour12: false });
const since = () => `This page shows how it was at ${clock(fresh)}.`;

const show = () => {
  if (note) note.textContent = trouble ? `not fresh since ${clock(fresh)}` : "updates itself";
  if (!stale) return;
  stale.hidden = !trouble;
  const text = trouble ? `${trouble} ${since()}` : "";
  if (stale.textContent !== text) stale.textContent = text;
};

const take = (page) => {
  const old = parts(document), now = parts(page);
  if (old.length !== now.length) { location.reload(); return; }
  const focused = document.activeElement;
  old.forEach((part, index) => morph(part, now[index]));
  if (focused && focused.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
  if (document.title !== page.title) document.title = page.title;
  const [icon, wanted] = [document, page].map((one) => one.querySelector("link[rel=icon]"));
  if (icon && wanted && icon.getAttribute("href") !== wanted.getAttribute("href")) icon.setAttribute("href", wanted.getAttribute("href"));
  told(page);
};

const wrong = (answer) => {
  if (answer.type === "opaqueredirect" || answer.status === 401) return "You have been signed out; load the page again to sign in.";
  if (answer.status === 503) return "The server cannot read its database now.";
  return answer.ok ? null : `The server answers ${answer.status}.`;
};

const refresh = async () => {
  clearTimeout(timer);
  if (document.hidden) return; // whoever comes back gets a fresh page at once
  const mine = ++current;
  const began = performance.now();
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    const text = await answer.text();
    if (mine !== current) return;
    trouble = wrong(answer);
    if (!trouble) {
      take(new DOMParser().parseFromString(text, "text/html"));
      fresh = Date.now();
    }
  } catch {
    if (mine !== current) return;
    trouble = "No connection to the server.";
  }
  show();
  timer = setTimeout(refresh, Math.min(LONGEST, Math.max(EVERY, SPARE * (performance.now() - began))));
};

if (parts(document).length) {
  show();
  timer = setTimeout(refresh, EVERY);
  document.addEventListener("visibilitychange", refresh);
  document.addEventListener("synthmon:refresh", refresh);
  addEventListener("online", refresh);
}
