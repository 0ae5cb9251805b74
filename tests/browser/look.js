// What is wrong with how a page looks: texts of too little contrast (WCAG 2.2 AA), fields without a label, things that
// stick out. Gives a list of sentences.
() => {
  const wrong = [];
  const channels = (color) => {
    const parts = color.match(/[\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const { rgb, alpha } = channels(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return rgb;
    }
    return [255, 255, 255];
  };
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("").trim();
    if (!text || element.closest("title, script, style, defs") || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const ink = channels(element instanceof SVGElement ? style.fill : style.color).rgb;
    const [light, dark] = [luminance(ink), luminance(ground(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) wrong.push(`contrast ${ratio.toFixed(2)}: ${text.slice(0, 40)}`);
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]):not([hidden])"))
    if (!field.labels.length && !field.getAttribute("aria-label")) wrong.push(`no label: ${field.name}`);
  for (const element of document.querySelectorAll("a, button"))
    if (!(element.textContent.trim() || element.getAttribute("aria-label"))) wrong.push(`no name: ${element.outerHTML}`);
  if (document.querySelectorAll("h1").length !== 1) wrong.push(`${document.querySelectorAll("h1").length} main headings`);
  if (!document.querySelector("main")) wrong.push("no main part");
  if (!document.title) wrong.push("no title");
  const beyond = document.scrollingElement.scrollWidth - innerWidth;
  if (beyond > 0) wrong.push(`${beyond} px wider than the window`);
  return wrong;
}
