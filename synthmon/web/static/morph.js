// Changes a part of the page into another of the same kind, touching only what differs: what has the focus, is open or
// is being typed into stays as it is.
const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id || node.dataset.key || node.getAttribute("href") : null) || null;

const alike = (one, other) => one.nodeName === other.nodeName && keyOf(one) === keyOf(other);

const isTyped = (field) => field === document.activeElement || (field.type !== "hidden" && field.value !== field.defaultValue);

const attributes = (old, fresh) => {
  const kept = (name) => name === "open" && old.nodeName === "DETAILS"; // whoever opened it goes on reading
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !kept(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value && !kept(name)) old.setAttribute(name, value);
};

const children = (old, fresh) => {
  const wanted = new Set([...fresh.childNodes].map(keyOf));
  const known = new Map([...old.childNodes].filter(keyOf).reverse().map((node) => [keyOf(node), node]));
  let at = old.firstChild;
  const drop = () => { const gone = at; at = at.nextSibling; gone.remove(); };
  const find = (node) => {
    const key = keyOf(node);
    if (key) { const found = known.get(key); known.delete(key); return found; }
    for (let one = at; one; one = one.nextSibling) if (alike(one, node)) return one;
    return undefined;
  };
  for (const node of [...fresh.childNodes]) {
    while (at && keyOf(at) && !wanted.has(keyOf(at))) drop(); // so that those below need not move
    const found = find(node);
    if (!found || !alike(found, node)) { old.insertBefore(document.importNode(node, true), at); continue; }
    if (found === at) at = at.nextSibling;
    else old.insertBefore(found, at);
    morph(found, node);
  }
  while (at) drop();
};

export const morph = (old, fresh) => {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) { old.nodeValue = fresh.nodeValue; return; }
  if (old.matches("input, textarea") && isTyped(old)) return;
  attributes(old, fresh);
  children(old, fresh);
};
