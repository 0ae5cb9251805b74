// Lets "12 s ago" stay true while a page is open, by the clock of the server.
const STEP = 1000;

// As synthmon itself writes a length of time, to the two largest units.
export const span = (seconds) => {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  if (minutes < 60) return rest ? `${minutes} min ${String(rest).padStart(2, "0")} s` : `${minutes} min`;
  const [hours, left] = [Math.floor(minutes / 60), minutes % 60];
  if (hours < 48) return left ? `${hours} h ${String(left).padStart(2, "0")} min` : `${hours} h`;
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${Math.floor(hours / 24)} d`;
};

let offset = 0; // of the server's clock against that of this browser, which need not be right

// The instant at which a page was made, which came just now.
export const told = (page) => {
  const at = Date.parse(page.documentElement.dataset.now || "");
  if (at) offset = at - Date.now();
};

const tick = () => {
  if (document.hidden) return;
  const now = Date.now() + offset;
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const text = `${span(Math.max(0, (now - Date.parse(time.dateTime)) / 1000))} ago`;
    if (time.textContent !== text) time.textContent = text;
  }
};

told(document);
setInterval(tick, STEP);
document.addEventListener("visibilitychange", tick);
