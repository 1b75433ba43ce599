// What windows and dedicated workers share: location, fetch from the checkout, error events, the adapter's globals.
import { Worker as NodeWorker } from "node:worker_threads";
import { def, ErrorEvent, PromiseRejectionEvent, Target } from "./events.mjs";
import { ORIGIN, readServed } from "./tests.mjs";

class FileReader extends Target {
  constructor() {
    super();
    this.readyState = 0;
    this.result = null;
    this.error = null;
  }
  #read(blob, convert) {
    this.readyState = 1;
    blob.arrayBuffer().then(
      (ab) => {
        this.result = convert(ab);
        this.readyState = 2;
        this.dispatchEvent(new Event("load"));
        this.dispatchEvent(new Event("loadend"));
      },
      (e) => {
        this.error = e;
        this.readyState = 2;
        this.dispatchEvent(new Event("error"));
        this.dispatchEvent(new Event("loadend"));
      },
    );
  }
  readAsArrayBuffer(blob) {
    this.#read(blob, (ab) => ab);
  }
  readAsText(blob) {
    this.#read(blob, (ab) => new TextDecoder().decode(ab));
  }
  readAsDataURL(blob) {
    this.#read(blob, (ab) => `data:${blob.type};base64,${Buffer.from(ab).toString("base64")}`);
  }
}

function localFetch(root) {
  const real = globalThis.fetch;
  return async (input, init) => {
    const u = new URL(
      typeof input === "string" ? input : (input.url ?? String(input)),
      globalThis.location.href,
    );
    if (u.protocol === "blob:" || u.protocol === "data:") return real(u.href, init);
    if (u.origin !== ORIGIN) throw new TypeError(`fetch: no network in this window (${u.origin})`);
    try {
      return new Response(readServed(root, u.pathname), { status: 200 });
    } catch {
      return new Response("", { status: 404 });
    }
  };
}

/** A dedicated worker on worker_threads; the adapter is loaded in it too, unless it exports inWorker = false. `nodeWorker` is the thread, for an implementation's own wiring. */
export function makeWorkerClass(options) {
  return class Worker extends Target {
    constructor(url) {
      super();
      const href = new URL(url, globalThis.location.href).href;
      def(
        this,
        "nodeWorker",
        new NodeWorker(new URL("./worker.mjs", import.meta.url), {
          workerData: { ...options, href },
          stdout: !options.verbose,
          stderr: !options.verbose,
        }),
      );
      this.nodeWorker.on("message", (data) => this.dispatchEvent(new MessageEvent("message", { data })));
      this.nodeWorker.on("error", (error) =>
        this.dispatchEvent(new ErrorEvent("error", { error, message: String(error?.message ?? error) })),
      );
      this.nodeWorker.unref();
    }
    postMessage(data, transfer) {
      this.nodeWorker.postMessage(data, Array.isArray(transfer) ? transfer : transfer?.transfer);
    }
    terminate() {
      this.nodeWorker.terminate();
    }
  };
}

/** What window and worker scopes share. */
export function installScope({ root, url }, adapter, isWorker) {
  const g = globalThis;
  const bus = new EventTarget();
  for (const m of ["addEventListener", "removeEventListener"]) def(g, m, (...a) => bus[m](...a));
  def(g, "dispatchEvent", (e) => {
    if (typeof g[`on${e.type}`] === "function")
      bus.addEventListener(e.type, g[`on${e.type}`].bind(g), { once: true });
    return bus.dispatchEvent(e);
  });
  def(g, "self", g);
  const location = new URL(url, ORIGIN);
  for (const f of ["reload", "assign", "replace"]) def(location, f, () => {});
  def(g, "location", location);
  def(g, "origin", ORIGIN);
  def(g, "isSecureContext", true);
  def(g, "fetch", localFetch(root));
  for (const c of [ErrorEvent, PromiseRejectionEvent, FileReader]) if (!g[c.name]) def(g, c.name, c);
  if (!isWorker) {
    class Navigator {
      get userAgent() {
        return "Node.js";
      }
      get platform() {
        return process.platform;
      }
      get language() {
        return "en-US";
      }
      get mediaDevices() {
        return adapter.mediaDevices;
      }
      get permissions() {
        return adapter.permissions;
      }
    }
    def(g, "Navigator", Navigator);
    def(g, "navigator", new Navigator());
  }
  for (const [name, value] of Object.entries(adapter.globals ?? {}))
    if (value !== undefined) def(g, name, value);
  // Uncaught errors become window events, as in a browser; testharness.js turns them into a harness error.
  process.on("uncaughtException", (error) =>
    g.dispatchEvent(
      new ErrorEvent("error", { error, message: String(error?.message ?? error), cancelable: true }),
    ),
  );
  process.on("unhandledRejection", (reason, promise) => {
    promise.catch?.(() => {});
    g.dispatchEvent(new PromiseRejectionEvent("unhandledrejection", { reason, promise, cancelable: true }));
  });
}

/** The classes whose instance a dedicated worker's global object is. */
export function workerScopeClasses() {
  function WorkerGlobalScope() {}
  Object.defineProperty(WorkerGlobalScope, Symbol.hasInstance, { value: (v) => v === globalThis });
  class DedicatedWorkerGlobalScope extends WorkerGlobalScope {}
  return { WorkerGlobalScope, DedicatedWorkerGlobalScope };
}
