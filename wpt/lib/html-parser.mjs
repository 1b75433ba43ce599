// Builds a document from HTML source, running its scripts on the way.
import { def } from "./events.mjs";

const VOID = new Set("area base br col embed hr img input link meta source track wbr".split(" "));
const HEAD = new Set("script meta link title style base head html".split(" "));

/** Builds the document from its source; calls onScript(element) (awaited) at each complete script, like a parser would. */
export async function parseInto(document, html, onScript) {
  const openBody = () => {
    if (!document.body) document.body = document.documentElement.appendChild(document.createElement("body"));
    return document.body;
  };
  let at = document.head;
  let i = 0;
  const tag =
    /<!--[\s\S]*?-->|<![^>]*>|<(\/?)([a-zA-Z][\w-]*)((?:\s+[^\s=>/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]*))?|\s*\/)*)\s*>/g;
  for (;;) {
    tag.lastIndex = i;
    const m = tag.exec(html);
    if (!m) break;
    const text = html.slice(i, m.index);
    if (text.trim()) {
      if (at === document.head) at = openBody();
      at.append(text);
    }
    i = tag.lastIndex;
    if (!m[2]) continue;
    const name = m[2].toLowerCase();
    if (name === "html") continue;
    if (name === "head") {
      if (m[1]) at = document.head;
      continue;
    }
    if (name === "body") {
      if (!m[1]) at = openBody();
      continue;
    }
    if (m[1]) {
      for (let n = at; n && n !== document.body && n !== document.head; n = n.parentNode)
        if (n.localName === name) {
          at = n.parentNode;
          break;
        }
      continue;
    }
    if (at === document.head && !HEAD.has(name)) at = openBody();
    const el = document.createElement(name);
    for (const a of m[3].matchAll(/([^\s=/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?/g))
      el.setAttribute(a[1].toLowerCase(), a[2] ?? a[3] ?? a[4] ?? "");
    if (name === "video" || name === "audio")
      for (const k of ["autoplay", "muted", "controls"]) if (el.hasAttribute(k)) el[k] = true;
    if (el.id && !(el.id in globalThis)) def(globalThis, el.id, el);
    el.parsed = true;
    if (name === "script" || name === "style" || name === "title" || name === "textarea") {
      const end = new RegExp(`</${name}\\s*>`, "gi");
      end.lastIndex = i;
      const e = end.exec(html);
      const body = html.slice(i, e ? e.index : html.length);
      i = e ? end.lastIndex : html.length;
      if (body) el.append(body);
      at.appendChild(el);
      if (name === "script") await onScript(el);
      continue;
    }
    at.appendChild(el);
    if (!VOID.has(name) && !/\/\s*$/.test(m[3])) at = el;
  }
  openBody();
}
