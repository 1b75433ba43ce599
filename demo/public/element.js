/** The element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * A new element: `properties` are set on it (`dataset` entry by entry), `children` are elements or text. Text is never parsed
 * as HTML.
 */
export function element(tag, { dataset = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

/** Shows facts one behind the other: lines break between them, and not between a number and its unit. */
export function showFacts(line, facts) {
  const text = facts.join(", ");
  if (line.textContent === text) return;
  line.replaceChildren(
    ...facts.flatMap((fact, index) => {
      const last = index === facts.length - 1;
      const whole = element("span", { className: "fact" }, last ? fact : `${fact},`);
      return last ? [whole] : [whole, " "];
    }),
  );
}

/** Adds to a scrolling list: keeps at most `limit` entries, and follows the end if the reader is there. */
export function appendAndFollow(list, item, limit) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(item);
  while (list.children.length > limit) list.firstElementChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
}
