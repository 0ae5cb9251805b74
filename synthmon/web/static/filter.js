// Filters while one types or chooses: the address tells the choice, so it can be sent on, and the page is asked for again.
const form = document.querySelector("form[data-filters]");
const PAUSE = 200; // milliseconds after the last key

const address = () => {
  const chosen = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) chosen.append(name, value);
  const query = chosen.toString();
  return query ? `${location.pathname}?${query}` : location.pathname;
};

let timer = 0;
const apply = () => {
  clearTimeout(timer);
  history.replaceState(null, "", address());
  document.dispatchEvent(new Event("synthmon:refresh"));
};

if (form) {
  form.classList.add("scripted");
  form.addEventListener("input", (event) => { clearTimeout(timer); timer = setTimeout(apply, event.target.matches("select") ? 0 : PAUSE); });
  form.addEventListener("submit", (event) => { event.preventDefault(); apply(); });
}
