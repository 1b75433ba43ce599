// A document just big enough for testharness.js and the WebRTC tests: no layout, no rendering.
import { def, Target } from "./events.mjs";
import { openFrame } from "./frames.mjs";
import { runScript } from "./scripts.mjs";

export class NodeShim extends Target {
  constructor(document) {
    super();
    def(this, "ownerDocument", document);
    this.childNodes = [];
    this.parentNode = null;
  }
  get parentElement() {
    return this.parentNode instanceof Element ? this.parentNode : null;
  }
  get firstChild() {
    return this.childNodes[0] ?? null;
  }
  get lastChild() {
    return this.childNodes.at(-1) ?? null;
  }
  get children() {
    return this.childNodes.filter((c) => c instanceof Element);
  }
  get isConnected() {
    let n = this;
    while (n.parentNode) n = n.parentNode;
    return n === this.ownerDocument;
  }
  appendChild(child) {
    return this.insertBefore(child, null);
  }
  append(...nodes) {
    for (const n of nodes) this.appendChild(typeof n === "string" ? new Text(this.ownerDocument, n) : n);
  }
  insertBefore(child, before) {
    child.parentNode?.removeChild(child);
    const i = before ? this.childNodes.indexOf(before) : -1;
    if (i < 0) this.childNodes.push(child);
    else this.childNodes.splice(i, 0, child);
    child.parentNode = this;
    child.inserted?.();
    return child;
  }
  prepend(child) {
    this.insertBefore(child, this.firstChild);
  }
  removeChild(child) {
    const i = this.childNodes.indexOf(child);
    if (i >= 0) this.childNodes.splice(i, 1);
    child.parentNode = null;
    child.removed?.();
    return child;
  }
  remove() {
    this.parentNode?.removeChild(this);
  }
  get textContent() {
    return this.childNodes.map((c) => c.textContent).join("");
  }
  set textContent(v) {
    this.childNodes = [];
    if (v !== "") this.append(String(v));
  }
  get innerHTML() {
    return this.textContent;
  }
  set innerHTML(v) {
    this.textContent = v;
  }
  *descendants() {
    for (const c of this.childNodes)
      if (c instanceof Element) {
        yield c;
        yield* c.descendants();
      }
  }
  getElementsByTagName(tag) {
    return [...this.descendants()].filter((e) => tag === "*" || e.localName === tag.toLowerCase());
  }
  querySelectorAll(selector) {
    const alternatives = selector.split(",").map((s) => s.trim());
    return [...this.descendants()].filter((e) => alternatives.some((s) => e.matches(s)));
  }
  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }
  contains(other) {
    for (let n = other; n; n = n.parentNode) if (n === this) return true;
    return false;
  }
}
export class Text extends NodeShim {
  constructor(document, data) {
    super(document);
    this.data = data;
    this.nodeType = 3;
  }
  get textContent() {
    return this.data;
  }
}
export class Element extends NodeShim {
  constructor(document, name) {
    super(document);
    this.localName = name;
    this.tagName = name.toUpperCase();
    this.nodeType = 1;
    this.attributes = {};
    this.style = {};
    this.dataset = {};
    this.classList = new Set();
  }
  setAttribute(k, v) {
    this.attributes[k] = String(v);
  }
  getAttribute(k) {
    return this.attributes[k] ?? null;
  }
  hasAttribute(k) {
    return k in this.attributes;
  }
  removeAttribute(k) {
    delete this.attributes[k];
  }
  get id() {
    return this.attributes.id ?? "";
  }
  set id(v) {
    this.attributes.id = String(v);
  }
  get name() {
    return this.attributes.name ?? "";
  }
  set name(v) {
    this.attributes.name = String(v);
  }
  get content() {
    return this.attributes.content ?? "";
  }
  get innerText() {
    return this.textContent;
  }
  set innerText(v) {
    this.textContent = v;
  }
  matches(s) {
    const m = /^([\w-]+|\*)?(?:#([\w-]+))?(?:\.([\w-]+))?(?:\[([\w-]+)(?:=["']?(.*?)["']?)?\])?$/.exec(
      s.split(/\s+/).at(-1),
    );
    if (!m) return false;
    return (
      (!m[1] || m[1] === "*" || m[1] === this.localName) &&
      (!m[2] || m[2] === this.id) &&
      (!m[3] || (this.attributes.class ?? "").split(/\s+/).includes(m[3])) &&
      (!m[4] || (m[4] in this.attributes && (m[5] === undefined || this.attributes[m[4]] === m[5])))
    );
  }
  click() {
    this.dispatchEvent(new Event("click", { bubbles: true, cancelable: true }));
  }
  focus() {}
  getBoundingClientRect() {
    return { x: 0, y: 0, left: 0, top: 0, right: 0, bottom: 0, width: 0, height: 0 };
  }
}
export class HTMLElement extends Element {}
export class HTMLScriptElement extends HTMLElement {
  get src() {
    return this.attributes.src ? new URL(this.attributes.src, globalThis.location.href).href : "";
  }
  set src(v) {
    this.attributes.src = v;
  }
  get text() {
    return this.textContent;
  }
  inserted() {
    if (!this.attributes.src || this.parsed || !this.isConnected) return;
    setImmediate(() => {
      try {
        runScript(this.ownerDocument.wptRoot, this.src);
        this.dispatchEvent(new Event("load"));
      } catch (e) {
        if (e.code === "ENOENT") this.dispatchEvent(new Event("error"));
        else throw e;
      }
    });
  }
}
/**
 * A media element has no decoder behind it. An adapter that can show frames exports
 * attachMedia(element, stream|null): it then sets videoWidth/videoHeight/readyState and fires
 * loadedmetadata, playing, resize, ... itself. Without it, play() stays pending and nothing fires.
 */
export class HTMLMediaElement extends HTMLElement {
  #srcObject = null;
  constructor(document, name) {
    super(document, name);
    Object.assign(this, {
      paused: true,
      muted: false,
      autoplay: false,
      currentTime: 0,
      duration: NaN,
      readyState: 0,
      ended: false,
      videoWidth: 0,
      videoHeight: 0,
      volume: 1,
      controls: false,
    });
  }
  get srcObject() {
    return this.#srcObject;
  }
  set srcObject(v) {
    if (v != null && !(typeof MediaStream === "function" && v instanceof MediaStream))
      throw new TypeError("srcObject is not a MediaStream");
    this.#srcObject = v ?? null;
    HTMLMediaElement.attachMedia?.(this, this.#srcObject);
  }
  play() {
    this.paused = false;
    if (HTMLMediaElement.attachMedia && this.readyState >= 2) return Promise.resolve();
    return new Promise((resolve) => this.addEventListener("playing", () => resolve(), { once: true }));
  }
  pause() {
    this.paused = true;
  }
  load() {}
  canPlayType() {
    return "";
  }
}
for (const [value, name] of [
  "HAVE_NOTHING",
  "HAVE_METADATA",
  "HAVE_CURRENT_DATA",
  "HAVE_FUTURE_DATA",
  "HAVE_ENOUGH_DATA",
].entries()) {
  def(HTMLMediaElement, name, value);
  def(HTMLMediaElement.prototype, name, value);
}
export class HTMLVideoElement extends HTMLMediaElement {}
export class HTMLAudioElement extends HTMLMediaElement {}
export class HTMLCanvasElement extends HTMLElement {
  constructor(document, name) {
    super(document, name);
    this.width = 300;
    this.height = 150;
  }
  getContext() {
    return null;
  }
}
/** Shows `srcdoc` or about:blank, see frames.mjs. A frame with a `src` stays empty. */
export class HTMLIFrameElement extends HTMLElement {
  #open = null;
  get srcdoc() {
    return this.attributes.srcdoc ?? "";
  }
  set srcdoc(v) {
    this.attributes.srcdoc = String(v);
  }
  get contentWindow() {
    return this.#open?.frame ?? null;
  }
  get contentDocument() {
    return this.#open?.document ?? null;
  }
  inserted() {
    if (this.#open === null && this.isConnected && !this.attributes.src)
      this.#open = openFrame(this, () => new Document(this.ownerDocument.wptRoot));
  }
  removed() {
    this.#open?.close();
    this.#open = null;
  }
}
const CLASSES = {
  script: HTMLScriptElement,
  video: HTMLVideoElement,
  audio: HTMLAudioElement,
  canvas: HTMLCanvasElement,
  iframe: HTMLIFrameElement,
};

export class Document extends NodeShim {
  constructor(root) {
    super(null);
    def(this, "wptRoot", root);
    Object.assign(this, {
      readyState: "loading",
      visibilityState: "visible",
      hidden: false,
      body: null,
      nodeType: 9,
      fullscreenElement: null,
      compatMode: "CSS1Compat",
    });
    this.documentElement = this.appendChild(this.createElement("html"));
    this.head = this.documentElement.appendChild(this.createElement("head"));
  }
  get ownerDocument() {
    return this;
  }
  get title() {
    return this.querySelector("title")?.textContent ?? "";
  }
  get defaultView() {
    return globalThis;
  }
  get location() {
    return globalThis.location;
  }
  get URL() {
    return globalThis.location.href;
  }
  get domain() {
    return globalThis.location.hostname;
  }
  get scripts() {
    return this.getElementsByTagName("script");
  }
  createElement(name) {
    const localName = String(name).toLowerCase();
    return (
      Document.createElementHook?.(localName, this) ??
      new (CLASSES[localName] ?? HTMLElement)(this, localName)
    );
  }
  createElementNS(_ns, name) {
    return this.createElement(name);
  }
  createTextNode(data) {
    return new Text(this, data);
  }
  getElementById(id) {
    for (const e of this.descendants()) if (e.id === id) return e;
    return null;
  }
  hasFocus() {
    return true;
  }
}
