// Frames of the window: about:blank and srcdoc documents of the same origin. Each is a JavaScript realm of its own
// (vm context) with its own window, document and messages; the platform's interfaces are those of the window.
import vm from "node:vm";
import { def } from "./events.mjs";
import { parseInto } from "./html-parser.mjs";
import { ORIGIN } from "./tests.mjs";

/** Names that every window has for itself. */
const OWN = new Set([
  "window",
  "self",
  "globalThis",
  "frames",
  "parent",
  "top",
  "document",
  "location",
  "name",
  "length",
  "closed",
  "postMessage",
  "addEventListener",
  "removeEventListener",
  "dispatchEvent",
]);

let platform = [];

/** Called before a test's first script: frames get the globals that exist now, not what tests add. */
export function rememberPlatform() {
  platform = Object.getOwnPropertyNames(globalThis).filter((name) => !OWN.has(name));
}

/** Opens the document of an iframe: runs its scripts, then fires "load" at the element. Returns its window. */
export function openFrame(element, createDocument) {
  const context = vm.createContext({});
  const frame = vm.runInContext("globalThis", context);
  const builtin = new Set(vm.runInContext("Object.getOwnPropertyNames(globalThis)", context));
  for (const name of platform) if (!builtin.has(name)) def(frame, name, globalThis[name]);
  const connections = trackConnections(frame);
  const bus = new EventTarget();
  const document = createDocument();
  const own = {
    window: frame,
    self: frame,
    frames: frame,
    parent: globalThis,
    top: globalThis,
    document,
    location: new URL("about:srcdoc"),
    name: element.name,
    length: 0,
    closed: false,
    addEventListener: (...args) => bus.addEventListener(...args),
    removeEventListener: (...args) => bus.removeEventListener(...args),
    dispatchEvent(event) {
      const handler = frame[`on${event.type}`];
      if (typeof handler === "function")
        bus.addEventListener(event.type, handler.bind(frame), { once: true });
      return bus.dispatchEvent(event);
    },
    postMessage(data, target, transfer) {
      const copy = structuredClone(data, { transfer: Array.isArray(transfer) ? transfer : target?.transfer });
      setImmediate(() => {
        if (!frame.closed)
          frame.dispatchEvent(new MessageEvent("message", { data: copy, origin: ORIGIN, source: null }));
      });
    },
  };
  for (const [name, value] of Object.entries(own)) def(frame, name, value);
  load(element, frame, document, context);
  return {
    frame,
    document,
    /** The element has left its document: so do the frame's connections. */
    close() {
      frame.closed = true;
      for (const connection of connections) connection.close();
    },
  };
}

async function load(element, frame, document, context) {
  await parseInto(document, element.getAttribute("srcdoc") ?? "", async (script) => {
    try {
      vm.runInContext(script.textContent, context, { filename: "about:srcdoc" });
    } catch (error) {
      // As a script of the window's would be.
      queueMicrotask(() => {
        throw error;
      });
    }
  });
  await new Promise((resolve) => setImmediate(resolve));
  if (frame.closed) return;
  frame.dispatchEvent(new Event("load"));
  element.dispatchEvent(new Event("load"));
}

/** What leaving a document does to connections needs to know them. */
function trackConnections(frame) {
  const connections = new Set();
  if (typeof frame.RTCPeerConnection !== "function") return connections;
  const tracked = new Proxy(frame.RTCPeerConnection, {
    construct(target, args, newTarget) {
      const connection = Reflect.construct(target, args, newTarget === tracked ? target : newTarget);
      connections.add(connection);
      return connection;
    },
  });
  def(frame, "RTCPeerConnection", tracked);
  return connections;
}
