// What a keyboard cannot reach, or reaches without showing it. To be called after a key was pressed, so that the browser
// shows where the focus is. Gives a list of sentences.
() => {
  const wrong = [];
  const known = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  for (const one of document.querySelectorAll(known)) {
    if (!one.checkVisibility({ visibilityProperty: true }) || one.disabled || one.closest("[inert]")) continue;
    const what = one.outerHTML.slice(0, 120);
    if (one.tabIndex < 0) { wrong.push(`cannot be reached: ${what}`); continue; }
    if (one.tabIndex > 0) wrong.push(`jumps the queue: ${what}`);
    one.focus({ preventScroll: true });
    if (document.activeElement !== one) { wrong.push(`takes no focus: ${what}`); continue; }
    const style = getComputedStyle(one);
    if (style.outlineStyle === "none" && style.boxShadow === "none") wrong.push(`does not show that it has the focus: ${what}`);
  }
  for (const one of document.querySelectorAll(".scroll")) {
    const wide = one.scrollWidth > one.clientWidth + 1;
    const inside = one.querySelector("a[href], button, input, select");
    if (wide && one.tabIndex < 0 && !inside) wrong.push(`scrolls, and no key reaches it: ${one.outerHTML.slice(0, 120)}`);
  }
  return wrong;
}
